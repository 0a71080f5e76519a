/** The program in a terminal, at the end of the recording of real events. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recording, Terminal } from './terminal.ts'

const golden = join(dirname(fileURLToPath(import.meta.url)), 'golden')
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

/** Compares with test/ui/golden/NAME.txt; UPDATE_GOLDEN=1 writes it. */
export function sameAsGolden(name: string, lines: string[]): void {
  const path = join(golden, `${name}.txt`)
  const text = `${lines.join('\n')}\n`
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(path)) writeFileSync(path, text)
  assert.equal(text, readFileSync(path, 'utf8'), `the screen is not test/ui/golden/${name}.txt (UPDATE_GOLDEN=1 accepts it)`)
}

/** The row with the mark of the selection, without it. */
export function selectedRow(t: Terminal): string {
  return (t.lines().find((line, i) => i >= 5 && line.startsWith('>')) ?? '').slice(1).trim()
}
