/**
 * Each key of the key table, and each way to press it, in a real terminal over a recording: what it does is seen on the screen. A key
 * that is new in the table fails this test until it is pressed here. The views of rules, asks and quotas, and the word that arms a dangerous
 * rule, need a kernel that may be braked: theirs are pressed in guests.
 */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { KEYS, type Mode } from '../../src/ui/keys.ts'
import { recording, Terminal } from './terminal.ts'

const ELSEWHERE: ReadonlySet<Mode> = new Set(['rules', 'asks', 'quotas', 'confirm'])

/** By the key table's names; characters are their own. */
const TMUX: Record<string, string> = {
  leftArrow: 'Left',
  rightArrow: 'Right',
  upArrow: 'Up',
  downArrow: 'Down',
  'shift+upArrow': 'S-Up',
  'shift+downArrow': 'S-Down',
  'ctrl+leftArrow': 'C-Left',
  'ctrl+rightArrow': 'C-Right',
  'meta+leftArrow': 'M-Left',
  'meta+rightArrow': 'M-Right',
  'shift+tab': 'BTab',
  tab: 'Tab',
  pageUp: 'PageUp',
  pageDown: 'PageDown',
  home: 'Home',
  end: 'End',
  ' ': 'Space',
  return: 'Enter',
  escape: 'Escape',
  backspace: 'BSpace',
  delete: 'DC',
}
const tmuxName = (key: string) => TMUX[key] ?? (key.startsWith('ctrl+') ? `C-${key.slice(5)}` : key)

/** What a line of the screen is; what none is; what is drawn inverse, as what is chosen. */
type Shows = string | RegExp | { no: string | RegExp } | { chosen: string }
/** In which mode, what is pressed, what the screen shows then. Where the mode is 'text', characters are typed. */
type Press = [mode: Mode | 'text', key: string, shows: Shows]

const chosen = (text: string) => ({ chosen: text })

/** What of a coloured text is drawn inverse. */
function inverse(coloured: string): string {
  let [is, found] = [false, '']
  for (const part of coloured.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) found += is ? part : ''
    else for (const code of codes.split(';')) is = code === '7' || (is && code !== '0' && code !== '27' && code !== '')
  }
  return found
}

/** Does the screen of a terminal show it? */
function isShown(t: Terminal, shows: Shows): boolean {
  if (typeof shows === 'object' && 'chosen' in shows) return inverse(t.coloured()).includes(shows.chosen)
  const is = (what: string | RegExp) => t.lines().some((line) => (typeof what === 'string' ? line.includes(what) : what.test(line)))
  return typeof shows === 'object' && 'no' in shows ? !is(shows.no) : is(shows)
}

const FIRST = '1 of 21'
const [WRITE, BYTES, READ] = [/WRITE(\/s)?▾/, /BYTES(\/s)?▾/, /READ(\/s)?▾/]
const NOT_HERE = 'a recording cannot be stopped'
const PAGED = /(1\d|20) of 21/

/** Keys that edit, on `ab cd` with the cursor at its end, in a line that `label` begins; they leave `ab cd`. */
function editing(mode: Mode, label: string): Press[] {
  const is = (text: string) => new RegExp(`^${label}${text}$`)
  const typed: Press = ['text', 'X', '']
  const at = (text: string): Press => [typed[0], typed[1], is(text)]
  return [
    ['text', 'ab cd', is('ab cd')],
    [mode, 'leftArrow', is('ab cd')],
    at('ab cXd'),
    [mode, 'rightArrow', is('ab cXd')],
    [mode, 'backspace', is('ab cX')],
    [mode, 'ctrl+leftArrow', is('ab cX')],
    at('ab XcX'),
    [mode, 'delete', is('ab XX')],
    [mode, 'home', is('ab XX')],
    at('Xab XX'),
    [mode, 'ctrl+rightArrow', is('Xab XX')],
    [mode, 'ctrl+a', is('Xab XX')],
    [mode, 'delete', is('ab XX')],
    [mode, 'end', is('ab XX')],
    at('ab XXX'),
    [mode, 'meta+leftArrow', is('ab XXX')],
    at('ab XXXX'),
    [mode, 'meta+rightArrow', is('ab XXXX')],
    at('ab XXXXX'),
    [mode, 'ctrl+a', is('ab XXXXX')],
    [mode, 'ctrl+e', is('ab XXXXX')],
    [mode, 'ctrl+w', is('ab')],
    [mode, 'ctrl+u', is('')],
  ]
}

const WALKS: Record<string, Press[]> = {
  'moving in a table': [
    ['table', 'downArrow', '2 of 21'],
    ['table', 'j', '3 of 21'],
    ['table', 'k', '2 of 21'],
    ['table', 'upArrow', FIRST],
    ['table', 'pageDown', PAGED],
    ['table', 'pageUp', FIRST],
    ['table', 'ctrl+f', PAGED],
    ['table', 'ctrl+b', FIRST],
    ['table', 'G', '21 of 21'],
    ['table', 'g', FIRST],
    ['table', 'end', '21 of 21'],
    ['table', 'home', FIRST],
  ],
  sorting: [
    ['table', 's', 'Enter done'],
    ['sort', 'rightArrow', READ],
    ['sort', 'leftArrow', BYTES],
    ['sort', 'upArrow', WRITE],
    ['sort', 'downArrow', BYTES],
    ['sort', 'h', WRITE],
    ['sort', 'l', BYTES],
    ['sort', 'k', WRITE],
    ['sort', 'j', BYTES],
    ['sort', 'r', /BYTES(\/s)?▴/],
    ['sort', 'return', { no: 'Enter done' }],
    ['table', 'r', BYTES],
    ['table', 's', 'Enter done'],
    ['sort', 'l', READ],
    ['sort', 's', { no: 'Enter done' }],
    ['table', '<', BYTES],
    ['table', '>', READ],
    ['table', 's', 'Enter done'],
    ['sort', 'h', BYTES],
    ['sort', 'escape', READ],
    ['table', 's', 'Enter done'],
    ['sort', 'h', BYTES],
    ['sort', 'q', READ],
  ],
  'views, groups and close looks': [
    ['table', '2', '1 of 19'],
    ['table', '3', '▾ /srv/demo/'],
    ['table', '4', 'holds no events'],
    ['table', '1', FIRST],
    ['table', 'tab', '1 of 19'],
    ['table', 'shift+tab', FIRST],
    ['table', 'b', 'by name'],
    ['table', 'rightArrow', /^>.*▾/],
    ['table', 'leftArrow', { no: /^>.*▾/ }],
    ['table', 'l', /^>.*▾/],
    ['table', 'h', { no: /^>.*▾/ }],
    ['table', 'b', 'by program'],
    ['table', 'b', 'by user'],
    ['table', 'b', 'by container'],
    ['table', 'b', 'by parent'],
    ['table', 'b', 'by session'],
    ['table', 'b', FIRST],
    ['table', 'return', 'processes › ×dd 15472'],
    ['table', 'i', 'open files'],
    ['table', 'i', { no: 'open files' }],
    ['table', 'e', ': events'],
    ['table', 'e', { no: ': events' }],
    ['table', 'return', '› /srv/demo/big.bin'],
    ['table', 'e', /› \/srv\/demo\/big.bin: events$/],
    ['table', 'escape', /› \/srv\/demo\/big.bin$/],
    ['table', 'm', '› /srv/demo/big.bin › /srv/demo/'],
    ['table', 'n', 'a recording does not tell how large'],
    ['table', 'escape', /› \/srv\/demo\/big.bin$/],
    ['table', 'backspace', /^processes › ×dd 15472$/],
    ['table', 'escape', FIRST],
    ['table', '.', 'all kinds'],
    ['table', '.', { no: / all kinds +\d/ }],
    ['table', '5', NOT_HERE],
    ['table', 'u', NOT_HERE],
    ['table', 'w', NOT_HERE],
    ['table', 'C', NOT_HERE],
    ['table', ' ', 'PAUSED'],
    ['table', ' ', { no: 'PAUSED' }],
    ['table', '[', 'as it was'],
    ['table', '{', 'oldest'],
    ['table', ']', { no: 'oldest' }],
    ['table', '}', { no: 'as it was' }],
    ['table', '[', 'as it was'],
    ['table', '\\', { no: 'as it was' }],
    ['table', 'ctrl+l', FIRST],
  ],
  'rule lines': [
    ['table', 'd', 'rule: deny modify /srv/demo/big.bin by comm=dd'],
    ['rule', 'tab', 'rule: kill modify'],
    ['rule', 'ctrl+u', /^rule:$/],
    ...editing('rule', 'rule: ?'),
    ['rule', 'escape', { no: 'rule:' }],
    ['table', 'x', 'rule: kill modify'],
    ['rule', 'escape', { no: 'rule:' }],
    ['table', 'a', 'rule: ask'],
    ['rule', 'escape', { no: 'rule:' }],
    ['table', 'f', 'rule: freeze modify'],
    ['rule', 'escape', { no: 'rule:' }],
    ['table', 'A', 'rule: audit modify'],
    ['rule', 'escape', { no: 'rule:' }],
    ['table', 'c', 'rule: quota '],
    ['rule', 'return', NOT_HERE],
    ['table', 'x', 'rule: kill modify'],
    ['rule', 'upArrow', 'rule: quota'],
    ['rule', 'downArrow', 'rule: kill modify'],
  ],
  'the filter': [
    ['table', '/', /^filter:$/],
    ...editing('filter', 'filter: ?'),
    ['text', 'comm=', 'filter: comm='],
    ['filter', 'tab', /comm=\w+/],
    ['filter', 'shift+tab', /filter: comm=/],
    ['filter', 'ctrl+u', /^filter:$/],
    ['text', 'comm:cp', '1 of 5'],
    ['filter', 'return', /^filter: comm:cp$/],
    ['table', '/', 'Enter keep'],
    ['filter', 'ctrl+u', /^filter:$/],
    ['filter', 'upArrow', /^filter: comm:cp$/],
    ['filter', 'downArrow', /^filter:$/],
    ['text', 'comm:dd', '1 of 4'],
    ['filter', 'ctrl+s', 'save as:'],
    ...editing('naming', 'save as: ?'),
    ['text', 'disks', 'save as: disks'],
    ['naming', 'return', /saved/i],
    ['filter', 'ctrl+s', 'save as:'],
    ['naming', 'escape', { no: 'save as:' }],
    ['filter', 'escape', /^filter: comm:cp$/],
    ['table', 'escape', FIRST],
  ],
  'what a row says': [
    ['table', '=', chosen('comm=dd')],
    ['cell', 'rightArrow', chosen('pid:15472')],
    ['cell', 'leftArrow', chosen('comm=dd')],
    ['cell', 'downArrow', chosen('pid:15472')],
    ['cell', 'upArrow', chosen('comm=dd')],
    ['cell', 'tab', chosen('pid:15472')],
    ['cell', 'shift+tab', chosen('comm=dd')],
    ['cell', '-', 'leave out: -comm=dd'],
    ['cell', '=', 'filter by: comm=dd'],
    ['cell', 'return', '1 of 4'],
    ['table', 'escape', FIRST],
    ['table', '-', 'leave out: -comm=dd'],
    ['cell', 'escape', { no: 'leave out' }],
    ['table', '-', 'leave out: -comm=dd'],
    ['cell', 'backspace', { no: 'leave out' }],
  ],
  'saved filters': [
    ['table', 'F', 'None yet'],
    ['saved', 'F', { no: 'Saved filters' }],
    ...['cp', 'dd', 'cat'].flatMap((name): Press[] => [
      ['table', '/', /^filter:/],
      ['filter', 'ctrl+u', /^filter:$/],
      ['text', `comm:${name}`, `filter: comm:${name}`],
      ['filter', 'ctrl+s', 'save as:'],
      ['text', `only-${name}`, `save as: only-${name}`],
      ['naming', 'return', { no: 'save as' }],
      ['filter', 'escape', FIRST],
    ]),
    ['table', 'F', chosen('only-cp')],
    ['saved', 'downArrow', chosen('only-dd')],
    ['saved', 'j', chosen('only-cat')],
    ['saved', 'k', chosen('only-dd')],
    ['saved', 'upArrow', chosen('only-cp')],
    ['saved', 'pageDown', chosen('only-cat')],
    ['saved', 'pageUp', chosen('only-cp')],
    ['saved', 'ctrl+f', chosen('only-cat')],
    ['saved', 'ctrl+b', chosen('only-cp')],
    ['saved', 'G', chosen('only-cat')],
    ['saved', 'g', chosen('only-cp')],
    ['saved', 'end', chosen('only-cat')],
    ['saved', 'home', chosen('only-cp')],
    ['saved', 'x', { no: 'only-cp' }],
    ['saved', 'delete', { no: 'only-dd' }],
    ['saved', 'escape', { no: 'Saved filters' }],
    ['table', 'F', chosen('only-cat')],
    ['saved', 'q', { no: 'Saved filters' }],
    ['table', 'F', chosen('only-cat')],
    ['saved', 'return', '1 of 4'],
  ],
  'the column picker': [
    ['table', 'o', chosen('BYTES')],
    ['columns', 'g', chosen('PID')],
    ['columns', 'downArrow', chosen('USER')],
    ['columns', 'upArrow', chosen('PID')],
    ['columns', 'j', chosen('USER')],
    ['columns', 'k', chosen('PID')],
    ['columns', 'G', chosen('HOTTEST')],
    ['columns', 'home', chosen('PID')],
    ['columns', 'end', chosen('HOTTEST')],
    ['columns', 'ctrl+b', { no: /^>.*HOTTEST/ }],
    ['columns', 'ctrl+f', chosen('HOTTEST')],
    ['columns', 'pageUp', chosen('PID')],
    ['columns', 'pageDown', chosen('HOTTEST')],
    ['columns', 'g', chosen('PID')],
    ['columns', 'rightArrow', /^ USER +PID/],
    ['columns', 'leftArrow', /^ +PID USER/],
    ['columns', 'J', /^ USER +PID/],
    ['columns', 'K', /^ +PID USER/],
    ['columns', 'shift+downArrow', /^ USER +PID/],
    ['columns', 'shift+upArrow', /^ +PID USER/],
    ['columns', ' ', /^ USER/],
    ['columns', '0', /^ +PID USER/],
    ['columns', ' ', /^ USER/],
    ['columns', 'r', /^ +PID USER/],
    ['columns', ' ', /^ USER/],
    ['columns', 'return', { no: 'Columns, from' }],
    ['table', 'o', 'Columns, from'],
    ['columns', '0', /^ +PID USER/],
    ['columns', 'o', { no: 'Columns, from' }],
    ['table', 'o', 'Columns, from'],
    ['columns', 'g', chosen('PID')],
    ['columns', ' ', /^ USER/],
    ['columns', 'escape', /^ +PID USER/],
    ['table', 'o', 'Columns, from'],
    ['columns', 'q', { no: 'Columns, from' }],
  ],
  'help and commands': [
    ['table', '?', 'In the table'],
    ['help', 'downArrow', { no: 'In the table' }],
    ['help', 'upArrow', 'In the table'],
    ['help', 'j', { no: 'In the table' }],
    ['help', 'k', 'In the table'],
    ['help', 'pageDown', { no: 'In the table' }],
    ['help', 'pageUp', 'In the table'],
    ['help', 'ctrl+f', { no: 'In the table' }],
    ['help', 'ctrl+b', 'In the table'],
    ['help', ' ', { no: 'In the table' }],
    ['help', 'g', 'In the table'],
    ['help', 'G', { no: 'In the table' }],
    ['help', 'home', 'In the table'],
    ['help', 'end', { no: 'In the table' }],
    ['help', 'escape', FIRST],
    ...['?', 'q', 'return'].flatMap((key): Press[] => [
      ['table', '?', /Esc close/],
      ['help', key, FIRST],
    ]),
    ['table', '?', /Esc close/],
    ['help', ':', 'WHAT IT DOES'],
    ['palette', 'escape', { no: 'WHAT IT DOES' }],
    ['help', 'escape', FIRST],
    ['table', ':', chosen('look at the process')],
    ['palette', 'downArrow', chosen('more about the directory')],
    ['palette', 'upArrow', chosen('look at the process')],
    ['palette', 'pageDown', { no: 'look at the process' }],
    ['palette', 'pageUp', chosen('look at the process')],
    ...editing('palette', ': ?'),
    ['text', 'quit', chosen('quit')],
    ['palette', 'ctrl+u', chosen('look at the process')],
    ['text', 'PAUSE', /Space/],
    ['palette', 'ctrl+u', chosen('look at the process')],
    ['text', 'reverse', chosen('reverse')],
    ['palette', 'return', /BYTES(\/s)?▴/],
    ['table', 'q', 'ended with 0'],
  ],
  suspending: [
    ['table', 'ctrl+z', /Stopped|suspended/],
    ['text', 'fg', 'fg'],
  ],
}

describe('each key', () => {
  const pressed = new Set<string>()
  let t: Terminal | undefined
  afterEach(() => t?.close())

  for (const [name, presses] of Object.entries(WALKS)) {
    it(name, async () => {
      t = new Terminal(110, 24)
      await t.untilShown('before the program')
      t.start(`--no-config --replay ${recording('demo.ndjson')} --speed 0`)
      await t.untilShown('recording over')
      for (const [i, [mode, key, shows]] of presses.entries()) {
        if (mode === 'text') t.text(key)
        else t.keys(tmuxName(key))
        const terminal = t
        await t.until(() => isShown(terminal, shows), `${inspect(shows)} after press ${i + 1}, ${mode} ${key}`)
        pressed.add(`${mode} ${key}`)
      }
    })
  }

  after(() => {
    const all = KEYS.filter(({ mode }) => !ELSEWHERE.has(mode)).flatMap(({ mode, match }) => match.map((key) => `${mode} ${key}`))
    assert.deepEqual(
      all.filter((key) => !pressed.has(key)),
      [],
      'keys that were not pressed',
    )
  })
})
