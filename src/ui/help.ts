/** The help screen's text, from the same tables that the keys and columns come from. */
import type { SourceInfo } from '../batch/batch.ts'
import { inWords } from '../text/ascii.ts'
import { harmless, printable } from '../text/printable.ts'
import { wrap } from '../text/width.ts'
import { KEYS, type KeyRow, type Mode, offeredKeys } from './keys.ts'
import { VIEWS } from './views.ts'

const MODES: [Mode, string][] = [
  ['table', 'In the table'],
  ['filter', 'While typing a filter'],
  ['naming', 'While naming a filter'],
  ['cell', 'While choosing what to filter by'],
  ['saved', 'In the saved filters'],
  ['columns', 'While choosing columns'],
  ['palette', 'In the list of commands (:)'],
  ['sort', 'While choosing the sort column'],
  ['rule', 'While writing a rule'],
  ['confirm', 'While a rule that can stop the machine asks for the word yes'],
  ['rules', 'In the rules view'],
  ['asks', 'While somebody waits for an answer (capital letters deny)'],
  ['quotas', 'In the quotas view'],
  ['help', 'In this help'],
]

/** What there is nothing of in a recording. */
const OF_RULES: ReadonlySet<Mode> = new Set<Mode>(['rule', 'confirm', 'rules', 'asks', 'quotas'])

/** Said in their stead. */
const NO_RULES = 'A recording cannot be stopped, so the keys for rules are left out: they work on the live screen.'

const FILTERS: [string, string][] = [
  ['nginx', 'a bare word: part of the name or of a path touched'],
  ['comm:git  exe:/usr/bin/**', 'the name; the program file'],
  ['pid:4711  pid:4711+', 'one process; with its descendants'],
  ['path:/var/log/**  path:/etc', 'touches such a path (* within a component, ** across)'],
  ['user:www-data', 'name or number'],
  ['dir:/srv/demo', 'what lies below that directory'],
  ['comm=cat  path=/etc/hosts', 'the whole of it: not concatenate; also exe, user, container'],
  ['op:write', 'open, read, write, map, change, error, or as the events have it: unlink, "open w" …'],
  ['bytes>1M  errors>0', 'per second; also opens, writes, reads; files: in all'],
  ['took>10ms', 'among events: the call took longer; ns, us, ms, s'],
  ['-comm:sshd  !user:root', '- or ! turns a term around'],
  ['unlink  ENOENT', 'among events a bare word is also part of what was done, or of why it failed'],
  ['"two words"  "a\\nb"', 'quotes for blanks; in them \\n, \\x9b or \\u{200b} for what cannot be typed'],
]

const RULES: [string, string][] = [
  ['deny write,delete /etc/hosts', 'refuse these operations on one file'],
  ['deny:EROFS modify /srv/app/** by comm=nginx', 'all changes below a folder, with another error, by one program'],
  ['kill open **/block_test.c by uid=1000', 'end whoever opens a file of this name; the call is refused too'],
  ['kill:TERM write **/*.log by pid=4711+', 'another signal; + means its descendants too'],
  ['freeze write /data/db by !exe=/usr/bin/db', 'stop it inside the call; resumed (kill -CONT) it goes on'],
  ['ask open /root/.ssh/** by !exe=/usr/bin/ssh', 'hold it inside the call until you answer'],
  ['quota 50G /mnt/pv1 warn 80%', 'so much may lie below; more fails with EDQUOT'],
  ['audit modify /usr/** for 10m', 'only tell of it; for a time'],
  ['kill modify /srv/** by uid=0', 'can stop the machine: armed only after the word yes, typed'],
]

/** No sentence of the help is longer. */
const MOST_LINES = 20

/** `left` in `cells`, and beside it `text`, on as many lines as it takes. */
function beside(left: string, cells: number, text: string, columns: number): string[] {
  return wrap(inWords(text), columns - cells - 3, MOST_LINES).map((part, i) => `  ${(i === 0 ? inWords(left) : '').padEnd(cells)} ${part}`)
}

/** Lines of plain text, at most `columns` wide. */
export function helpLines(info: SourceInfo, columns: number, shownKeys: readonly KeyRow[] = KEYS): string[] {
  const lines: string[] = []
  const tell = (left: string, cells: number, text: string) => void lines.push(...beside(left, cells, text, columns))
  const recorded = info.kind === 'recording'
  for (const [mode, title] of MODES) {
    if (recorded && OF_RULES.has(mode)) continue
    lines.push(title)
    for (const { keys, help } of offeredKeys(mode, recorded, null, shownKeys)) tell(keys, 12, help)
    lines.push('')
  }
  for (const { title, view } of VIEWS) {
    lines.push(`Columns of ${title} (rates: last interval)`)
    for (const column of view.columns) tell(column.title, 12, column.help)
    lines.push('')
  }
  lines.push('Filters (all terms must hold)')
  for (const [example, meaning] of FILTERS) tell(example, 28, meaning)
  if (recorded) lines.push('', ...wrap(NO_RULES, columns, MOST_LINES))
  else {
    lines.push('', inWords('Rules: ACTION OPS OBJECT [by SUBJECT …] [for TIME]'))
    for (const [example, meaning] of RULES) tell(example, 44, meaning)
    tell('OPS:', 4, 'open, read, write, create, delete, rename, link, attr, exec, modify (all changes), all')
  }
  if (info.limits.length > 0) {
    lines.push('', `What cannot be seen by ${info.attach} on kernel ${printable(info.kernel)}`)
    for (const limit of info.limits) tell('-', 1, harmless(limit))
  }
  return lines
}
