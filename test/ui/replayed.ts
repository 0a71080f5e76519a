/** The program in a terminal, at the end of the recording of real events. */
import { recording, Terminal } from './terminal.ts'

let terminal: Terminal | undefined

/** Closes it. */
export function close(): void {
  terminal?.close()
}

/** Plays the recording to its end and holds there. */
export async function replayed(columns: number, rows: number, args = ''): Promise<Terminal> {
  terminal = new Terminal(columns, rows)
  await terminal.untilShown('before the program')
  terminal.start(`--replay ${recording('demo.ndjson')} --speed 0 ${args}`)
  await terminal.untilShown('recording over')
  return terminal
}

/** The row with the mark of the selection, without it. */
export function selectedRow(t: Terminal): string {
  return (t.lines().find((line, i) => i >= 5 && line.startsWith('>')) ?? '').slice(1).trim()
}
