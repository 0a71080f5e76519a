/** What there is to say of one process or file besides its rows: who and what it is, its last minute, the rules about it. */
import type { FileFact } from '../batch/batch.ts'
import type { FileDetail, ProcessDetail, Relative, Sample } from '../model/drill.ts'
import type { RuleState } from '../rules/control.ts'
import { coversPath } from '../rules/match.ts'
import { harmless, printable } from '../text/printable.ts'
import { bytes, exact, sparkline } from '../text/units.ts'
import { fitPath } from '../text/width.ts'
import { clip, type Line, plain } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { isWhole, pathText } from './names.ts'
import type { Place } from './trail.ts'
import type { Detail } from './view.ts'

/** Lines they take at most. */
const LINES = { process: 7, file: 6 }

/** Lines they take where `free` lines are to be shared with the rows: always as many, so that nothing jumps. */
export function detailsRows({ kind }: Place, free: number): number {
  return kind === 'process' || kind === 'file' ? Math.min(LINES[kind], Math.floor(free / 2)) : 0
}

/** Cells of what a line begins with. */
const LABEL = 9

function labelled(label: string, text: string, columns: number): Line {
  return clip([{ text: label.padEnd(LABEL), bold: true }, { text: text === '' ? ' ' : text }], columns)
}

/** The last minute as bars, and the highest of it. */
function historyLine(label: string, history: readonly Sample[], of: 'writeBytes' | 'readBytes', total: number, columns: number, look: ScreenLook): Line {
  const values = history.map(({ rates }) => rates?.[of] ?? 0)
  const peak = Math.max(0, ...values)
  const bars = Math.max(10, Math.min(60, columns - LABEL - 31))
  return clip(
    [
      { text: label.padEnd(LABEL), bold: true },
      { text: look.screenReader ? '' : sparkline(values, bars), role: 'good' },
      { text: ` peak ${bytes(peak) || '0'}/s, ${bytes(total) || '0'} in all` },
    ],
    columns,
  )
}

const NAMED = 8

function relatives(all: readonly Relative[], between: string): string {
  const names = all.slice(0, NAMED).map(({ comm, pid }) => `${printable(comm)} ${pid}`)
  return names.join(between) + (all.length > NAMED ? ` and ${exact(all.length - NAMED)} more` : '')
}

function rulesText(rules: readonly { text: string }[]): string {
  return rules.map(({ text }) => harmless(text)).join('; ')
}

/** Where it is called otherwise here, both names. */
function userText({ user, hostUser }: ProcessDetail['row']): string {
  return user.startsWith('~') ? `${user} (here ${hostUser})` : user
}

function processLines(
  { row, fact, history, ancestors, children }: ProcessDetail,
  rules: readonly RuleState[],
  command: string | null,
  columns: number,
  look: ScreenLook,
): Line[] {
  const hits = rules.flatMap(({ id, text, processes }) =>
    processes.filter(({ pid }) => pid === row.pid).map((hit) => ({ text: `${id} hit it ${exact(hit.hits)}×: ${text}` })),
  )
  const who = `${printable(row.exe) || '(unknown)'}  user ${printable(userText(row))}  cgroup ${printable(fact?.cgroup ?? '?')}${row.group && row.container !== '' ? ` (${printable(row.container)})` : ''}${row.alive ? '' : '  ended'}`
  return [
    labelled('program', who, columns),
    labelled('command', command === null ? '(not known: it has ended, or this is a recording)' : printable(command), columns),
    historyLine('written', history, 'writeBytes', row.total.writeBytes, columns, look),
    historyLine('read', history, 'readBytes', row.total.readBytes, columns, look),
    labelled('from', relatives(ancestors, ' ← ') || '(unknown)', columns),
    labelled('started', relatives(children, ', ') || 'nobody that was seen', columns),
    labelled('rules', rulesText(hits) || 'none hit it', columns),
  ]
}

const TYPES = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symbolic link'],
  [0o020000, 'character device'],
  [0o060000, 'block device'],
  [0o010000, 'pipe'],
  [0o140000, 'socket'],
])

/** As `ls` writes them. */
function permissions(mode: number): string {
  return [6, 3, 0].map((shift) => ['r', 'w', 'x'].map((sign, i) => ((mode >> shift) & (4 >> i) ? sign : '-')).join('')).join('')
}

function factText(fact: FileFact | null, id: string): string {
  if (!fact) return `its name has not come yet  ${id}`
  const { mode, links, fstype } = fact
  const marks = [
    fact.cut ? 'its root end is missing' : '',
    fact.noMount ? 'path from the root of its file system' : '',
    fact.asGiven ? 'path as it was given' : '',
  ]
  const type = TYPES.get(mode & 0o170000) ?? 'of no known type'
  return [type, permissions(mode), `${links} ${links === 1 ? 'link' : 'links'}`, printable(fstype), printable(id), ...marks]
    .filter((part) => part !== '')
    .join('  ')
}

function fileLines({ row, fact, history }: FileDetail, rules: readonly RuleState[], columns: number, look: ScreenLook): Line[] {
  const { total, writers, readers, processes } = row
  const about = rules
    .filter(({ state, rule }) => state === 'armed' && isWhole(row) && coversPath(rule.object, row.path))
    .map(({ id, text }) => ({ text: `${id}: ${text}` }))
  const calls = `${exact(total.opens)} opens, ${exact(total.writes)} writes, ${exact(total.reads)} reads, ${exact(total.changes)} changes, ${exact(total.errors)} errors`
  return [
    labelled('path', fitPath(pathText(row), columns - LABEL), columns),
    labelled('is', factText(fact, row.id), columns),
    historyLine('written', history, 'writeBytes', total.writeBytes, columns, look),
    historyLine('read', history, 'readBytes', total.readBytes, columns, look),
    labelled('in all', `${calls}; ${exact(writers)} wrote it, ${exact(readers)} read it, ${exact(processes)} touched it`, columns),
    labelled('rules', rulesText(about) || 'none is about it', columns),
  ]
}

/** Exactly `room` lines. `command`: the process's command line; null: not known. */
export function detailsLines(
  detail: Detail | null,
  rules: readonly RuleState[],
  command: string | null,
  columns: number,
  room: number,
  look = USUAL_LOOK,
): Line[] {
  const gone = () => [plain('This is remembered no more. Esc goes back.', columns, { role: 'warn' })]
  const lines =
    detail === null ? gone() : detail.of === 'process' ? processLines(detail, rules, command, columns, look) : fileLines(detail, rules, columns, look)
  return Array.from({ length: room }, (_, i) => lines[i] ?? [{ text: '' }])
}
