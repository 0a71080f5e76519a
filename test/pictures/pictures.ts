/**
 * `npm run pictures [-- NAME …]`: the README's pictures, all from real frames: the built program plays recordings in a terminal; rules, quotas and asks are
 * armed in an emulated machine (see `npm run guest -- demo`). Writes docs/pictures/NAME.svg, and NAME.png beside it where rsvg-convert is installed (Debian:
 * librsvg2-bin).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { recording, Terminal } from '../ui/terminal.ts'
import { svgOf } from './svg.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = join(project, 'docs/pictures')

/** A picture: what is pressed before it is taken. */
interface Picture {
  name: string
  title: string
  rows?: number
  keys: string[]
  theme?: 'dark' | 'light'
  /** of which recording; or of which demo in an emulated machine, where rules are armed and hit */
  of?: 'demo' | 'events' | Guest
}

type Guest = 'guest ask' | 'guest quota' | 'guest rules'

/** Over a recording the keys come at a moment when much goes on and the screen stands still; in a guest when what is waited for is there. */
const PICTURES: Picture[] = [
  { name: 'processes', title: 'the processes that open, read and write files', keys: [] },
  { name: 'processes-light', title: 'the processes, on a light ground', keys: [], theme: 'light' },
  { name: 'files', title: 'the files, and who does most to each', keys: ['2'] },
  { name: 'directories', title: 'directories with the sums of all below', keys: ['3', 'Right', 'Down', 'Right'] },
  { name: 'events', title: 'the events, one operation a row', keys: ['4'], of: 'events' },
  { name: 'groups', title: 'processes by name, one group open', keys: ['b', 'Right'] },
  { name: 'tree', title: 'processes below those that started them', keys: ['b', 'b', 'b', 'b', 'b'] },
  { name: 'process', title: 'a process looked at closely', keys: ['Enter'] },
  { name: 'file', title: 'a file looked at closely', keys: ['2', 'Enter'] },
  { name: 'directory', title: 'a directory looked at closely', keys: ['3', 'm'] },
  { name: 'past', title: 'the processes as they were some seconds ago', keys: ['[', '[', '['] },
  { name: 'rule', title: 'a rule that is being written, and what it would have hit', keys: ['d'] },
  { name: 'rules', title: 'rules that are armed, and what they did', keys: ['5', 'Down'], of: 'guest rules' },
  { name: 'quotas', title: 'quotas, how full they are and who fills them', keys: ['C'], of: 'guest quota' },
  { name: 'ask', title: 'a process that is held until somebody answers', keys: ['w'], of: 'guest ask' },
  { name: 'commands', title: 'the list of all that can be done', keys: [':', 's', 'o'] },
  { name: 'help', title: 'the help', rows: 40, keys: ['?'] },
]
const COLUMNS = 120

/** What a demo's screen shows before the keys are pressed, and after. Its machine is emulated: the kernel takes its time to check the programs. */
const SHOWN: Record<Guest, [before: string, after: string]> = {
  'guest ask': ['wants to open, read /tmp/demo/secret', 'command   '],
  'guest quota': ['2 rules', '##########  100'],
  'guest rules': ['3 rules', 'hit sh'],
}
const PATIENCE_MS = 300_000

async function press(terminal: Terminal, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    terminal.keys(key)
    await pause(300)
  }
}

/** Plays a recording up to a busy moment, and stands still there. */
async function playRecording(terminal: Terminal, { keys, theme = 'dark', of = 'demo' }: Picture): Promise<void> {
  terminal.start(`--no-config --theme ${theme} --replay ${recording(`${of}.ndjson`)} --speed 2`)
  // So much a second is written only once, after some busy seconds.
  await terminal.until((lines) => of === 'events' || / written 10M\/s/.test(lines[1] ?? ''), 'a busy moment')
  if (of === 'events') await pause(3000)
  terminal.keys('Space')
  await press(terminal, keys)
  await pause(500)
}

/** Runs a demo in a guest, until what it is about is on the screen. */
async function playGuest(terminal: Terminal, of: Guest, keys: readonly string[]): Promise<void> {
  const [before, after] = SHOWN[of]
  terminal.type(`cd ${project} && npm run -s guest -- demo ${of.split(' ')[1]}`)
  await terminal.untilShown('Enter starts it', PATIENCE_MS)
  terminal.keys('Enter')
  await terminal.untilShown(before, PATIENCE_MS)
  await press(terminal, keys)
  await terminal.untilShown(after, PATIENCE_MS)
}

/** Writes both forms of a picture. */
function write(name: string, svg: string): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.svg`)
  writeFileSync(path, svg)
  const made = spawnSync('rsvg-convert', ['--output', path.replace(/svg$/, 'png'), path], { stdio: 'inherit' })
  if (made.error) console.error(`${name}: no PNG, since rsvg-convert cannot be run (${made.error.message}): install librsvg2-bin`)
}

function isGuest(of: Picture['of']): of is Guest {
  return of?.startsWith('guest ') ?? false
}

/** Those that are named after the command; without any, all. */
const names = process.argv.slice(2)
const unknown = names.filter((name) => !PICTURES.some((picture) => picture.name === name))
if (unknown.length > 0) throw new Error(`there is no picture ${unknown.join(', ')}: choose ${PICTURES.map(({ name }) => name).join(', ')}`)

for (const picture of PICTURES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const { name, title, rows = 30, keys, theme = 'dark', of } = picture
  const terminal = new Terminal(COLUMNS, rows)
  try {
    await terminal.untilShown('before the program')
    if (isGuest(of)) await playGuest(terminal, of, keys)
    else await playRecording(terminal, picture)
    write(name, await svgOf(terminal.coloured(), `fswatch-tui: ${title}`, COLUMNS, rows, theme))
    console.log(name)
  } finally {
    terminal.close()
  }
}
