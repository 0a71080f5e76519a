/** What one process or file moved in each of the last ticks, as far as the snapshots know: bars for a row of a table. */
import type { History } from './history.ts'
import { COUNTS, countsAt, type Snapshot } from './snapshot.ts'
import type { Kinds } from './uses.ts'

/** Bytes written and read a second in each tick, oldest first; null: not known, since it was not among those kept of a busy tick, or before the first. */
export type Trace = readonly (number | null)[]

/** The trace of the process or file of an id. */
export type TraceOf = (id: string) => Trace

/** What a snapshot keeps of processes, or of files. */
interface Kept {
  rows: readonly { id: string }[]
  numbers: Float32Array
  width: number
  whole: boolean
}

/** `at`: where in a row its counts of the tick begin. */
function traces(history: History, tick: number | null, ticks: number, kept: (snapshot: Snapshot) => Kept, at: number): TraceOf {
  const { snapshots } = history
  const end = tick === null ? snapshots.length : snapshots.findLastIndex((snapshot) => snapshot.tick <= tick) + 1
  const shown = snapshots.slice(Math.max(0, end - ticks), end)
  // Who is not in a snapshot did nothing then, but only where the snapshot has all who did something.
  const unknown = Array.from({ length: ticks - shown.length }, () => null)
  const absent: Trace = [...unknown, ...shown.map((snapshot) => (kept(snapshot).whole ? 0 : null))]
  const all = new Map<string, (number | null)[]>()
  for (const [n, snapshot] of shown.entries()) {
    const { rows, numbers, width } = kept(snapshot)
    for (const [i, { id }] of rows.entries()) {
      const trace = all.get(id) ?? [...absent]
      all.set(id, trace)
      const { writeBytes, readBytes } = countsAt(numbers, i * width + at, snapshot.seconds)
      trace[unknown.length + n] = writeBytes + readBytes
    }
  }
  return (id) => all.get(id) ?? absent
}

/** Of processes, up to a tick or (null) up to now. */
export function processTraces(history: History, tick: number | null, kinds: Kinds, ticks: number): TraceOf {
  return traces(history, tick, ticks, ({ processes }) => processes, kinds === 'all' ? 2 * COUNTS : 0)
}

/** The same of files. */
export function fileTraces(history: History, tick: number | null, ticks: number): TraceOf {
  return traces(history, tick, ticks, ({ files }) => files, 0)
}
