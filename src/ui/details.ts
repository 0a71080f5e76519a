/** What there is to say of one process, file or directory besides its rows: who and what it is, its last minute, the rules about it. */
import type { FileFact, SourceInfo } from '../batch/batch.ts'
import type { FileNow } from '../batch/now.ts'
import type { Changed, FileDetail, ProcessDetail, Relative } from '../model/drill.ts'
import { printable } from '../text/printable.ts'
import { exact } from '../text/units.ts'
import { firstFitting, fitPath, listed, width } from '../text/width.ts'
import { callsTexts, historyLine, type Known, LABEL, labelled, rulesAbout, rulesText, said } from './detail-lines.ts'
import { directoryLines } from './directory-details.ts'
import { type Line, plain } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { isWhole, pathText } from './names.ts'
import {
  ASKING,
  answerOf,
  changedTexts,
  changerTexts,
  commandText,
  diskText,
  ownerText,
  runsText,
  sessionText,
  sinceText,
  sizeText,
  UNASKABLE,
} from './now-text.ts'
import type { Place } from './trail.ts'
import type { Detail } from './view.ts'
import { type Was, wasLines } from './was.ts'

/** Lines they take at most. */
const LINES = { live: { process: 9, file: 9, directory: 9 }, recording: { process: 9, file: 8, directory: 8 } }

/** Lines they take where `free` lines are to be shared with the rows: always as many, so that nothing jumps. */
export function detailsRows({ kind }: Place, source: SourceInfo['kind'], free: number): number {
  return kind === 'process' || kind === 'file' || kind === 'directory' ? Math.min(LINES[source][kind], Math.ceil(free / 2)) : 0
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

function processLines({ row, fact, history, ancestors, children }: ProcessDetail, { rules, now, live }: Known, columns: number, look: ScreenLook): Line[] {
  const hits = rules.flatMap(({ id, text, processes }) =>
    processes.filter(({ pid }) => pid === row.pid).map((hit) => ({ text: `${id} hit it ${exact(hit.hits)}×: ${text}` })),
  )
  const [exe, rest] = [
    printable(row.exe) || '(unknown)',
    `  user ${printable(userText(row))}  cgroup ${printable(fact?.cgroup ?? '?')}${row.group && row.container !== '' ? ` (${printable(row.container)})` : ''}${row.alive ? '' : '  ended'}`,
  ]
  const who = fitPath(exe, Math.max(LEAST_EXE, columns - LABEL - width(rest))) + rest
  const answer = answerOf(now, 'process', live, row.alive ? ASKING : 'it has ended')
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
    labelled('command', said(answer, commandText), columns),
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
  const plainly = [6, 3, 0].flatMap((shift) => ['r', 'w', 'x'].map((sign, i) => ((mode >> shift) & (4 >> i) ? sign : '-')))
  // Set-user-id, set-group-id and sticky stand in the place of an x; without one they are capital.
  for (const [bit, at, sign] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const)
    if (mode & bit) plainly[at] = plainly[at] === 'x' ? sign : sign.toUpperCase()
  return plainly.join('')
}

/** `now`: what the machine says, where it is of that very file. */
function factText(fact: FileFact | null, id: string, now: FileNow | null, cells: number): string {
  if (!fact) return `its name has not come yet  ${id}`
  const { fstype } = fact
  const { mode, links } = now ?? fact
  const marks = [
    fact.cut ? 'its root end is missing' : '',
    fact.noMount ? 'path from the root of its file system' : '',
    fact.asGiven ? 'path as it was given' : '',
  ]
  const type = TYPES.get(mode & 0o170000) ?? 'of no known type'
  const text = (...some: string[]) => [type, permissions(mode), ...some, ...marks].filter((part) => part !== '').join('  ')
  const [owner, names] = [now ? ownerText(now) : '', `${links} ${links === 1 ? 'link' : 'links'}`]
  return firstFitting(
    [text(owner, names, printable(fstype), printable(id)), text(owner, names, printable(fstype)), text(owner, names), text(names), text()],
    cells,
  )
}

/** When it was changed, by whom that was seen. */
function changeLine(answer: string | FileNow, changed: Changed | null, live: boolean, columns: number): Line {
  const [whole, content, short] = typeof answer === 'string' || answer.same === false ? ['', '', ''] : changedTexts(answer)
  const [seen, briefly] = changed ? changerTexts(changed).map((text) => `last seen: ${text}`) : live ? ['', ''] : ['no change of it was seen', '']
  const pairs = [
    [whole, seen],
    [content, seen],
    [content, briefly],
    [short, briefly],
    // Without the time of day.
    [short.replace(/ \([^()]*\)$/, ''), briefly],
  ]
  const texts = pairs.map((parts) => parts.filter((part) => part).join('; ') || 'not known')
  return labelled('changed', firstFitting(texts, columns - LABEL), columns)
}

function fileLines({ row, fact, history, changed }: FileDetail, { rules, now, live }: Known, columns: number, look: ScreenLook): Line[] {
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
  const { deleted: _, ...named } = row
  const answer = answerOf(now, 'file', live, isWhole(named) ? ASKING : UNASKABLE)
  const told = [
    labelled(
      'size',
      said(answer, (file) => sizeText(file, columns - LABEL)),
      columns,
    ),
    typeof answer === 'string' ? plain('', columns) : labelled('disk', diskText(answer, columns - LABEL), columns),
  ]
  return [
    labelled('path', fitPath(pathText(row), columns - LABEL), columns),
    labelled('is', factText(fact, row.id, typeof answer === 'string' || answer.same === false ? null : answer, columns - LABEL), columns),
    changeLine(answer, changed, live, columns),
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

function goneLines(was: Was | null, columns: number): Line[] {
  return was ? wasLines(was, columns) : [plain(GONE, columns, { role: 'warn' })]
}

/** Exactly `room` lines. `was`: what is known of it where the model remembers it no more. */
export function detailsLines(detail: Detail | null, known: Known, columns: number, room: number, look = USUAL_LOOK, was: Was | null = null): Line[] {
  const lines = detail === null ? goneLines(was, columns) : linesOf(detail, known, columns, look)
  return Array.from({ length: room }, (_, i) => lines[i] ?? [{ text: '' }])
}
