/** Sums of operations: of a process, of a tick. */
import type { CounterDelta } from '../batch/batch.ts'

/** How often what was done; as in CounterDelta. */
export interface Counts {
  opens: number
  reads: number
  readBytes: number
  writes: number
  writeBytes: number
  mmapPages: number
  changes: number
  errors: number
}

/** A new sum, all zero. */
export function noCounts(): Counts {
  return { opens: 0, reads: 0, readBytes: 0, writes: 0, writeBytes: 0, mmapPages: 0, changes: 0, errors: 0 }
}

/** Adds `more` to `sum`, in place. */
export function addCounts(sum: Counts, more: Counts | CounterDelta): void {
  sum.opens += more.opens
  sum.reads += more.reads
  sum.readBytes += more.readBytes
  sum.writes += more.writes
  sum.writeBytes += more.writeBytes
  sum.mmapPages += more.mmapPages
  sum.changes += more.changes
  sum.errors += more.errors
}

/** Subtracts `less` from `sum`, in place. */
export function subtractCounts(sum: Counts, less: Counts): void {
  sum.opens -= less.opens
  sum.reads -= less.reads
  sum.readBytes -= less.readBytes
  sum.writes -= less.writes
  sum.writeBytes -= less.writeBytes
  sum.mmapPages -= less.mmapPages
  sum.changes -= less.changes
  sum.errors -= less.errors
}

/** Sets all counts to 0, in place. */
export function clearCounts(sum: Counts): void {
  subtractCounts(sum, sum)
}

/** Did anything happen? */
export function anyCounts(counts: Counts): boolean {
  return counts.opens + counts.reads + counts.writes + counts.mmapPages + counts.changes + counts.errors > 0
}

/** Counts of some seconds as rates, the caller's own. */
export function perSecond(counts: Counts, seconds: number): Counts {
  return {
    opens: counts.opens / seconds,
    reads: counts.reads / seconds,
    readBytes: counts.readBytes / seconds,
    writes: counts.writes / seconds,
    writeBytes: counts.writeBytes / seconds,
    mmapPages: counts.mmapPages / seconds,
    changes: counts.changes / seconds,
    errors: counts.errors / seconds,
  }
}
