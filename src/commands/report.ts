/** What `batch --json` prints: every figure by its name, so that a reader needs no table of ours. README.md lists the fields. */
import { type FileId, type Losses, OPS, type Op, type PathMarks, type SourceInfo, type Totals } from '../batch/batch.ts'
import type { Counts } from '../model/counts.ts'

/** What one process did to one file. */
export interface FileReport extends Counts {
  path: string
  marks: PathMarks
  fstype: string
  /** st_mode */
  mode: number
  file: FileId
}

/** One process, and the files it touched. */
export interface ProcessReport {
  pid: number
  comm: string
  exe: string
  uid: number
  ppid: number
  parentComm: string
  alive: boolean
  files: FileReport[]
}

/** The totals since the start, by the names of the operations. */
export interface NamedTotals {
  /** successful calls; those of no file too */
  calls: Record<Exclude<Op, 'mmap_write'>, number>
  /** pages dirtied through shared mappings: no call is made for these */
  mmapPages: number
  /** failed calls */
  errors: Record<Exclude<Op, 'mmap_write'>, number>
  /** returned by reading and writing calls */
  readBytes: number
  writeBytes: number
}

/** Processes that are in no row, since there were too many: how many, with how many files, and what they did. */
export interface Forgotten extends Counts {
  processes: number
  files: number
}

/** What --json prints. */
export interface Report {
  info: SourceInfo
  totals: NamedTotals
  losses: Losses
  /** exit status of the command, null without one */
  status: number | null
  forgotten: Forgotten
  processes: ProcessReport[]
}

/**
 * When an event happened, as ISO 8601 in UTC with ms: by the wall clock as it was at the start, so that a clock that is set meanwhile puts none before
 * another. '' where the two clocks are not tied.
 */
export function wallTimeOf({ timeNs }: { timeNs: number }, { startedMs, startedNs }: Pick<SourceInfo, 'startedMs' | 'startedNs'>): string {
  return startedNs === undefined ? '' : new Date(startedMs + (timeNs - startedNs) / 1e6).toISOString()
}

function byOp(counts: readonly number[]): Record<Op, number> {
  return Object.fromEntries(OPS.map((op, i) => [op, counts[i] ?? 0])) as Record<Op, number>
}

/** The totals with a name for each number. */
export function namedTotals({ calls, errors, readBytes, writeBytes }: Totals): NamedTotals {
  const { mmap_write: mmapPages, ...made } = byOp(calls)
  const { mmap_write: _, ...failed } = byOp(errors)
  return { calls: made, mmapPages, errors: failed, readBytes, writeBytes }
}
