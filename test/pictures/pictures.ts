/**
 * `npm run pictures`: the README's pictures, from real frames. The built program plays recordings in a terminal. Writes docs/pictures/NAME.svg, and NAME.png beside it where rsvg-convert is installed (Debian: librsvg2-bin).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { recording, Terminal } from '../ui/terminal.ts'
import { svgOf } from './svg.ts'

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs/pictures')

/** What is pressed, at a moment of the recording when much goes on and the screen stands still. */
const PICTURES: { name: string; title: string; rows?: number; keys: string[]; theme?: 'dark' | 'light'; play?: 'events' }[] = [
  { name: 'processes', title: 'the processes that open, read and write files', keys: [] },
  { name: 'processes-light', title: 'the processes, on a light ground', keys: [], theme: 'light' },
  { name: 'files', title: 'the files, and who does most to each', keys: ['2'] },
  { name: 'directories', title: 'directories with the sums of all below', keys: ['3', 'Right', 'Down', 'Right'] },
  { name: 'events', title: 'the events, one operation a row', keys: ['4'], play: 'events' },
  { name: 'groups', title: 'processes by name, one group open', keys: ['b', 'Right'] },
  { name: 'process', title: 'a process looked at closely', keys: ['Enter'] },
  { name: 'file', title: 'a file looked at closely', keys: ['2', 'Enter'] },
  { name: 'rule', title: 'a rule that is being written, and what it would have hit', keys: ['d'] },
  { name: 'commands', title: 'the list of all that can be done', keys: [':', 's', 'o'] },
  { name: 'help', title: 'the help', rows: 40, keys: ['?'] },
]
const COLUMNS = 120

/** Writes both forms of a picture. */
function write(name: string, svg: string): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.svg`)
  writeFileSync(path, svg)
  const made = spawnSync('rsvg-convert', ['--output', path.replace(/svg$/, 'png'), path], { stdio: 'inherit' })
  if (made.error) console.error(`${name}: no PNG, since rsvg-convert cannot be run (${made.error.message}): install librsvg2-bin`)
}

for (const { name, title, rows = 30, keys, theme = 'dark', play = 'demo' } of PICTURES) {
  const terminal = new Terminal(COLUMNS, rows)
  try {
    await terminal.untilShown('before the program')
    terminal.start(`--no-config --theme ${theme} --replay ${recording(`${play}.ndjson`)} --speed 2`)
    // So many megabytes a second are written only in the middle of it.
    await terminal.until((lines) => play === 'events' || / written [\d.]+M\/s/.test(lines[1] ?? ''), 'a busy moment')
    if (play === 'events') await pause(3000)
    terminal.keys('Space')
    for (const key of keys) {
      terminal.keys(key)
      await pause(300)
    }
    await pause(500)
    write(name, await svgOf(terminal.coloured(), `fswatch-tui: ${title}`, COLUMNS, rows, theme))
    console.log(name)
  } finally {
    terminal.close()
  }
}
