/** The help screen's text, from the same tables that the keys and columns come from. */
import type { SourceInfo } from '../batch/batch.ts'
import { COLUMNS } from './columns.ts'
import { KEYS, type Mode } from './keys.ts'

const MODES: [Mode, string][] = [
  ['table', 'In the table'],
  ['filter', 'While typing a filter'],
  ['sort', 'While choosing the sort column'],
]

const FILTERS: [string, string][] = [
  ['nginx', 'a bare word: part of the name or of a path touched'],
  ['comm:git  exe:/usr/bin/**', 'the name; the program file'],
  ['pid:4711  pid:4711+', 'one process; with its descendants'],
  ['path:/var/log/**  path:/etc', 'touches such a path (* within a component, ** across)'],
  ['user:www-data', 'name or number'],
  ['op:write', 'open, read, write, map, change or error: has done it'],
  ['bytes>1M  errors>0', 'per second; also opens, writes, reads; files: in all'],
  ['-comm:sshd  !user:root', '- or ! turns a term around'],
  ['"two words"', 'quotes for blanks'],
]

/** Lines of plain text; the screen cuts them to its width. */
export function helpLines(info: SourceInfo): string[] {
  const lines: string[] = []
  for (const [mode, title] of MODES) {
    lines.push(title)
    for (const key of KEYS) if (key.mode === mode) lines.push(`  ${key.keys.padEnd(12)} ${key.help}`)
    lines.push('')
  }
  lines.push('Columns (rates are those of the last interval)')
  for (const column of COLUMNS) lines.push(`  ${column.title.padEnd(12)} ${column.help}`)
  lines.push('', 'Filters (all terms must hold)')
  for (const [example, meaning] of FILTERS) lines.push(`  ${example.padEnd(28)} ${meaning}`)
  if (info.limits.length > 0) {
    lines.push('', `What cannot be seen by ${info.attach} on kernel ${info.kernel}`)
    for (const limit of info.limits) lines.push(`  - ${limit}`)
  }
  return lines
}
