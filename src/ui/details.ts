/** What there is to say of one process, file or directory besides its rows: who and what it is, its last minute, the rules about it. */
import type { FileFact } from '../batch/batch.ts'
import type { FileDetail, ProcessDetail, Relative } from '../model/drill.ts'
import { printable } from '../text/printable.ts'
import { exact } from '../text/units.ts'
import { firstFitting, fitPath, listed, width } from '../text/width.ts'
import { callsTexts, historyLine, type Known, LABEL, labelled, rulesAbout, rulesText, said } from './detail-lines.ts'
import { directoryLines } from './directory-details.ts'
import { type Line, plain } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { isWhole, pathText } from './names.ts'
import { answerOf, mountText, runsText, sessionText, sinceText, sizeText } from './now-text.ts'
import type { Place } from './trail.ts'
import type { Detail } from './view.ts'

/** Lines they take at most. */
const LINES = { process: 9, file: 8, directory: 8 }

/** Lines they take where `free` lines are to be shared with the rows: always as many, so that nothing jumps. */
export function detailsRows({ kind }: Place, free: number): number {
  return kind === 'process' || kind === 'file' || kind === 'directory' ? Math.min(LINES[kind], Math.floor(free / 2)) : 0
}

const NAMED = 8

/** Cells that the path of a program has at least. */
const LEAST_EXE = 16

function relatives(all: readonly Pick<Relative, 'comm' | 'pid'>[], between: string, columns: number): string {
  const names = all.slice(0, NAMED).map(({ comm, pid }) => `${printable(comm)} ${pid}`)
  return listed(names, between, columns - LABEL, all.length)
}

/** Where it is called otherwise here, both names. */
function userText({ user, hostUser }: ProcessDetail['row']): string {
  return user.startsWith('~') ? `${user} (here ${hostUser})` : user
}

function unknownCommand(alive: boolean, live: boolean): string {
  if (!live) return '(not known: a recording does not tell)'
  return alive ? '(not known: it may not be read)' : '(not known: it has ended)'
}

function processLines(
  { row, fact, history, ancestors, children }: ProcessDetail,
  { rules, command, now, live }: Known,
  columns: number,
  look: ScreenLook,
): Line[] {
  const hits = rules.flatMap(({ id, text, processes }) =>
    processes.filter(({ pid }) => pid === row.pid).map((hit) => ({ text: `${id} hit it ${exact(hit.hits)}×: ${text}` })),
  )
  const [exe, rest] = [
    printable(row.exe) || '(unknown)',
    `  user ${printable(userText(row))}  cgroup ${printable(fact?.cgroup ?? '?')}${row.group && row.container !== '' ? ` (${printable(row.container)})` : ''}${row.alive ? '' : '  ended'}`,
  ]
  const who = fitPath(exe, Math.max(LEAST_EXE, columns - LABEL - width(rest))) + rest
  const answer = answerOf(now, 'process', live, 'it has ended')
  const session = typeof answer === 'string' ? fact?.session : answer.session
  const since = typeof answer === 'string' ? '' : `, ${sinceText(answer)}`
  const told = [
    labelled(
      'runs',
      said(answer, (process) => runsText(process, columns - LABEL)),
      columns,
    ),
    labelled('session', `${session ? sessionText(session) : '(not known)'}${since}`, columns),
  ]
  return [
    labelled('program', who, columns),
    labelled('command', command === null ? unknownCommand(row.alive, live) : printable(command), columns),
    ...(live ? told : []),
    historyLine('written', history, 'writeBytes', row.total.writeBytes, columns, look),
    historyLine('read', history, 'readBytes', row.total.readBytes, columns, look),
    labelled('rules', rulesText(hits, columns) || 'none hit it', columns),
    labelled('from', relatives(typeof answer === 'string' ? ancestors : answer.ancestors, ' ← ', columns) || '(unknown)', columns),
    labelled('started', relatives(children, ', ', columns) || 'nobody that was seen', columns),
    // A recording tells less of it: that must not push out what it does tell.
    ...(live ? [] : told.reverse()),
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

function fileLines({ row, fact, history }: FileDetail, { rules, now, live }: Known, columns: number, look: ScreenLook): Line[] {
  const { total, writers, readers, processes } = row
  const [calls, fewer] = callsTexts(total)
  const by = (wrote: string, read: string) =>
    [...(writers > 0 ? [`${exact(writers)} ${wrote}`] : []), ...(readers > 0 ? [`${exact(readers)} ${read}`] : [])].join(', ')
  const touched = `${exact(processes)} ${processes === 1 ? 'process' : 'processes'}`
  const done = by('wrote it', 'read it')
  const inAll = [
    done === '' ? `${calls}; by ${touched}` : `${calls}; of ${touched} ${done}`,
    ...(done === '' ? [] : [`${calls}; of ${exact(processes)}: ${by('wrote', 'read')}`]),
    `${fewer}; by ${touched}`,
    `${fewer}; by ${exact(processes)}`,
  ]
  const answer = answerOf(now, 'file', live, 'its path is not known whole, so it cannot be asked for')
  const told = [
    labelled(
      'size',
      said(answer, (file) => sizeText(file, columns - LABEL)),
      columns,
    ),
    typeof answer === 'string' ? plain('', columns) : labelled('disk', mountText(answer, columns - LABEL), columns),
  ]
  return [
    labelled('path', fitPath(pathText(row), columns - LABEL), columns),
    labelled('is', factText(fact, row.id), columns),
    ...(live ? told : []),
    historyLine('written', history, 'writeBytes', total.writeBytes, columns, look),
    historyLine('read', history, 'readBytes', total.readBytes, columns, look),
    labelled('rules', rulesText(isWhole(row) ? rulesAbout(row.path, rules) : [], columns) || 'none is about it', columns),
    labelled('in all', firstFitting(inAll, columns - LABEL), columns),
    ...(live ? [] : told),
  ]
}

/** What is said where nothing of it is known. */
const GONE = 'This is remembered no more. Esc goes back.'

function linesOf(detail: Detail, known: Known, columns: number, look: ScreenLook): Line[] {
  switch (detail.of) {
    case 'process':
      return processLines(detail, known, columns, look)
    case 'file':
      return fileLines(detail, known, columns, look)
    case 'directory':
      return directoryLines(detail, known, columns, look)
  }
}

/** Exactly `room` lines. */
export function detailsLines(detail: Detail | null, known: Known, columns: number, room: number, look = USUAL_LOOK): Line[] {
  const lines = detail === null ? [plain(GONE, columns, { role: 'warn' })] : linesOf(detail, known, columns, look)
  return Array.from({ length: room }, (_, i) => lines[i] ?? [{ text: '' }])
}
