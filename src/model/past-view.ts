/** The processes and files views as they were at a past tick, of those that did most in it; who did nothing then is not in them. */
import type { SourceInfo } from '../batch/batch.ts'
import type { FileRow } from './file-look.ts'
import type { FileSpec, FileView } from './file-view.ts'
import { refine, refineFiles } from './frozen.ts'
import { type HeaderStats, HISTORY } from './headline.ts'
import type { History } from './history.ts'
import { identityOf } from './identity.ts'
import { hotFile, type ProcessRow, type ProcessView, type ViewSpec } from './process-view.ts'
import { COUNTS, countsAt, type Snapshot } from './snapshot.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL } from './world.ts'

/** One place of the time scrubber. Rates are per second. */
export interface Moment {
  /** its number, which stays */
  tick: number
  timeMs: number
  /** on the model's clock, which never goes back: since the first batch */
  seconds: number
  /** how long the tick was, in seconds */
  lasts: number
  /** calls that succeeded */
  ops: number
  opens: number
  writes: number
  writeBytes: number
  readBytes: number
  errors: number
}

/** A view as it was. */
export type PastView<View> = View & {
  /** are all that did something in it? else only those that did most */
  whole: boolean
}

/** Made once of each snapshot: what can be gone back to is asked after each batch. */
const made = new WeakMap<Snapshot, Moment>()

function momentOf(snapshot: Snapshot): Moment {
  const known = made.get(snapshot)
  if (known) return known
  const { tick, timeNs, seconds, header } = snapshot
  const { timeMs, ops, opens, writes, writeBytes, readBytes, errors } = header
  const moment = { tick, timeMs, seconds: timeNs / 1e9, lasts: seconds, ops, opens, writes, writeBytes, readBytes, errors }
  made.set(snapshot, moment)
  return moment
}

/** What can be gone back to, oldest first. */
export function moments(history: History): Moment[] {
  return history.snapshots.map(momentOf)
}

/** The header as it was, with what came before it. */
function headerOf(history: History, { tick, header }: Snapshot): HeaderStats {
  const before = history.snapshots.filter((snapshot) => snapshot.tick <= tick).slice(-HISTORY)
  const { ops: _ops, ...rest } = header
  return { ...rest, history: { writeBytes: before.map((one) => one.header.writeBytes), ops: before.map((one) => one.header.ops) } }
}

/** The header as it was at a tick, or at the last one kept before it; null: none is. */
export function headerAt(history: History, tick: number): HeaderStats | null {
  const snapshot = history.at(tick)
  return snapshot ? headerOf(history, snapshot) : null
}

function processRows({ processes, seconds }: Snapshot, info: SourceInfo, kinds: Kinds): ProcessRow[] {
  const { numbers, width } = processes
  const all = kinds === 'all' ? 1 : 0
  return processes.rows.flatMap(({ id, fact, alive, hottest, hottestOfAll }, i) => {
    const at = i * width
    const rates = countsAt(numbers, at + 2 * all * COUNTS, seconds)
    const total = countsAt(numbers, at + (2 * all + 1) * COUNTS, 1)
    if (Object.values(total).every((count) => count === 0)) return []
    const row: ProcessRow = {
      id,
      pid: fact?.pid ?? Number.parseInt(id, 10),
      ppid: fact?.ppid ?? 0,
      parentComm: fact?.parentComm ?? '',
      ...identityOf(fact, info),
      comm: fact?.comm ?? '?',
      exe: fact?.exe ?? '',
      alive,
      opens: rates.opens,
      writes: rates.writes,
      bytes: rates.writeBytes,
      reads: rates.readBytes,
      errors: rates.errors,
      files: numbers[at + 4 * COUNTS + all] ?? 0,
      hottest: hotFile(all ? hottestOfAll : hottest),
      total,
    }
    return [row]
  })
}

function fileRows({ files, seconds }: Snapshot, kinds: Kinds): FileRow[] {
  const { numbers, width } = files
  return files.rows.flatMap(({ id, fact, kind, user, userFact }, i) => {
    if (kinds === 'files' && kind === 'others') return []
    const at = i * width
    const rates = countsAt(numbers, at, seconds)
    const [processes = 0, readers = 0, writers = 0] = numbers.subarray(at + 2 * COUNTS, at + width)
    const hottest = user === null ? null : { id: user, pid: userFact?.pid ?? Number.parseInt(user, 10), comm: userFact?.comm ?? '?' }
    const { opens, writes, errors } = rates
    const named = hotFile(fact) ?? { id, path: '' }
    const total = countsAt(numbers, at + COUNTS, 1)
    return [{ ...named, kind, opens, writes, bytes: rates.writeBytes, reads: rates.readBytes, errors, processes, readers, writers, hottest, total }]
  })
}

/** The processes view at a past tick, or at the last one kept before it; null: none is. */
export function processesAt(history: History, info: SourceInfo, tick: number, spec: ViewSpec): PastView<ProcessView> | null {
  const snapshot = history.at(tick)
  if (!snapshot) return null
  const rows = refine(processRows(snapshot, info, spec.kinds), spec.filter, spec.sort, spec.reverse)
  const { from = 0, limit = Number.POSITIVE_INFINITY } = spec
  const at = rows.findIndex(({ id }) => id === spec.keep)
  return { rows: rows.slice(from, from + limit), count: rows.length, at, header: headerOf(history, snapshot), whole: snapshot.processes.whole }
}

/** The files view at a past tick, or at the last one kept before it; null: none is. */
export function filesAt(history: History, tick: number, spec: FileSpec): PastView<FileView> | null {
  const snapshot = history.at(tick)
  if (!snapshot) return null
  const { from = 0, limit = SCREENFUL } = spec
  const rows = refineFiles(fileRows(snapshot, spec.kinds), spec.filter, spec.sort, spec.reverse)
  const at = rows.findIndex(({ id }) => id === spec.keep)
  return { rows: rows.slice(from, from + limit), count: rows.length, at, header: headerOf(history, snapshot), whole: snapshot.files.whole }
}
