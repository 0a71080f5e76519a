/**
 * `npm run pictures`: the README's pictures, from real frames. The program plays test/recordings/demo.ndjson in a terminal; what needs rules runs in
 * a guest (with --guest). Writes docs/pictures/NAME.svg, and NAME.png beside it where rsvg-convert is installed (Debian: librsvg2-bin).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recording, Terminal } from '../ui/terminal.ts'
import { svgOf } from './svg.ts'

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs/pictures')

/** Name, size, keys, and the ground it is drawn on. */
const PICTURES: { name: string; columns: number; rows: number; keys: string[]; theme?: 'dark' | 'light' }[] = [
  { name: 'processes', columns: 120, rows: 30, keys: [] },
  { name: 'processes-light', columns: 120, rows: 30, keys: [], theme: 'light' },
  { name: 'files', columns: 120, rows: 30, keys: ['2'] },
  { name: 'directories', columns: 120, rows: 30, keys: ['3', 'Right', 'Down', 'Right', 'Down', 'Right'] },
  { name: 'groups', columns: 120, rows: 30, keys: ['b', 'Right'] },
  { name: 'process', columns: 120, rows: 30, keys: ['Enter'] },
  { name: 'file', columns: 120, rows: 30, keys: ['2', 'Enter'] },
  { name: 'rule', columns: 120, rows: 30, keys: ['d'] },
  { name: 'help', columns: 120, rows: 40, keys: ['?'] },
]

/** Writes both forms of a picture. */
export function write(name: string, svg: string): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.svg`)
  writeFileSync(path, svg)
  const made = spawnSync('rsvg-convert', ['--zoom', '1.5', '--output', path.replace(/svg$/, 'png'), path], { stdio: 'inherit' })
  if (made.error) console.error(`${name}: no PNG, since rsvg-convert cannot be run (${made.error.message}): install librsvg2-bin`)
}

for (const { name, columns, rows, keys, theme = 'dark' } of PICTURES) {
  const terminal = new Terminal(columns, rows)
  try {
    await terminal.untilShown('before the program')
    terminal.start(`--no-config --theme ${theme} --replay ${recording('demo.ndjson')} --speed 0`)
    await terminal.untilShown('recording over')
    for (const key of keys) {
      terminal.keys(key)
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    write(name, await svgOf(terminal.coloured(), `fswatch-tui: ${name}`, columns, rows, theme))
    console.log(name)
  } finally {
    terminal.close()
  }
}
