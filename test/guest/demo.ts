/** The demos as a newcomer runs them: in a terminal, by npm, in a guest. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../ui/terminal.ts'

/** ms that the screen may take to show what a key does, and that a guest may take to load the programs: ten times what a quiet machine takes. */
export const [KEY_MS, LOAD_MS] = [60_000, 600_000] as const

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Starts a demo; `play` has its screen, and leaves it as the table. Then it is quit, and must end well. */
export async function runDemo(name: 'ask' | 'quota', play: (terminal: Terminal) => Promise<void>): Promise<void> {
  const terminal = new Terminal(100, 24)
  try {
    terminal.type(`cd ${project} && npm run -s guest -- demo ${name}; echo "ended with $?"`)
    await terminal.untilShown('Enter starts it', LOAD_MS)
    terminal.keys('Enter')
    await play(terminal)
    await terminal.untilShown('d deny', KEY_MS)
    terminal.keys('q')
    await terminal.untilShown('ended with 0', LOAD_MS)
  } finally {
    terminal.close()
  }
}
