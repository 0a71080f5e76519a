/** Batches that wait while the screen stands still: nothing that was counted is lost, and memory stays bounded however long it takes. */
import { type Batch, type CounterDelta, NO_FILE, type ProcessId } from '../batch/batch.ts'
import type { LoggedBatch } from './event-log.ts'

/**
 * So many batches wait one by one, so that a short pause leaves no gap in the last minute; and so many {process, file} increments and
 * events in all. A fifth of the batches become one at once, since what is old, and much, is added up anew each time: 60 are always left.
 */
const [MOST_BATCHES, MOST_DELTAS, MOST_EVENTS] = [75, 200_000, 10_000]

/** A batch that waited. `eventsSkipped`: so many events before those it has are left out. */
export type Waited = Batch & Pick<LoggedBatch, 'eventsSkipped'>

/** What waits, for those who look at a screen that stands still. */
export interface Waiting {
  batches: number
  /** further batches that became part of the oldest, for want of room */
  merged: number
  /** ns since boot, of the newest; 0 where none waits */
  timeNs: number
}

/** Facts of processes and files, and ends of processes, in all; some 60 MB. */
const MOST_FACTS = 150_000

function factsOf({ processes, files, exits }: Batch): number {
  return processes.length + files.length + exits.length
}

/** Adds up increments of the same process and file; the caller's own. */
function summed(deltas: Iterable<CounterDelta>): CounterDelta[] {
  const sums = new Map<string, CounterDelta>()
  for (const delta of deltas) {
    const key = `${delta.process} ${delta.file}`
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, { ...delta })
      continue
    }
    sum.opens += delta.opens
    sum.reads += delta.reads
    sum.readBytes += delta.readBytes
    sum.writes += delta.writes
    sum.writeBytes += delta.writeBytes
    sum.mmapPages += delta.mmapPages
    sum.changes += delta.changes
    sum.errors += delta.errors
  }
  return [...sums.values()]
}

/** Batches that follow each other as one: what was done in all, and what was known at the end. */
function merged(batches: readonly Waited[]): Waited {
  const last = <Fact extends { id: string }>(facts: Fact[]) => [...new Map(facts.map((fact) => [fact.id, fact])).values()]
  return {
    ...(batches.at(-1) as Waited),
    counters: summed(batches.flatMap(({ counters }) => counters)),
    processes: last(batches.flatMap(({ processes }) => processes)),
    files: last(batches.flatMap(({ files }) => files)),
    exits: [...new Set(batches.flatMap(({ exits }) => exits))],
    events: batches.flatMap(({ events }) => events),
    eventsSkipped: batches.reduce((sum, { eventsSkipped = 0 }) => sum + eventsSkipped, 0),
  }
}

/** At most `most` of each list, the newest, where increments need no more: processes come and go that do nothing that is counted. */
function cutLists(batch: Waited, most: number): Waited {
  const { processes, files, exits } = batch
  if (Math.max(processes.length, files.length, exits.length) <= most) return batch
  return { ...batch, processes: processes.slice(-most), files: files.slice(-most), exits: exits.slice(-most) }
}

/**
 * At most `most` increments: of the oldest only what each process did in all is kept, as if no file were named; then those of the processes
 * seen first go. The totals are the batch's own and stay.
 */
function shrunk(batch: Waited, most: number, mostFacts: number): Waited {
  if (batch.counters.length <= most) return cutLists(batch, Math.min(most, Math.floor(mostFacts / 6)))
  const cut = batch.counters.length - Math.floor(most / 2)
  const folded = summed(batch.counters.slice(0, cut).map((delta) => ({ ...delta, file: NO_FILE })))
  const counters = summed([...folded, ...batch.counters.slice(cut)]).slice(-most)
  const [processes, files] = [new Set(counters.map(({ process }) => process)), new Set(counters.map(({ file }) => file))]
  return {
    ...batch,
    counters,
    processes: batch.processes.filter(({ id }) => processes.has(id)).slice(-most),
    files: batch.files.filter(({ id }) => files.has(id)).slice(-most),
    exits: batch.exits.slice(-most),
  }
}

export class Backlog {
  readonly #mostBatches: number
  readonly #mostDeltas: number
  readonly #mostEvents: number
  readonly #mostFacts: number
  #waiting: Waited[] = []
  #deltas = 0
  #facts = 0
  #events = 0
  #merged = 0

  constructor(mostBatches = MOST_BATCHES, mostDeltas = MOST_DELTAS, mostEvents = MOST_EVENTS, mostFacts = MOST_FACTS) {
    this.#mostBatches = mostBatches
    this.#mostDeltas = mostDeltas
    this.#mostEvents = mostEvents
    this.#mostFacts = mostFacts
  }

  /** How much waits. */
  get waiting(): Waiting {
    return { batches: this.#waiting.length, merged: this.#merged, timeNs: this.#waiting.at(-1)?.timeNs ?? 0 }
  }

  /** Did that process end in what waits? */
  hasEnded(id: ProcessId): boolean {
    return this.#waiting.some(({ exits }) => exits.includes(id))
  }

  /** One more; where there are too many, the oldest become one. */
  add(batch: Batch): void {
    this.#waiting.push(batch)
    this.#deltas += batch.counters.length
    this.#facts += factsOf(batch)
    this.#events += batch.events.length
    if (this.#events > this.#mostEvents) this.#skipEvents()
    const some = 1 + Math.max(1, Math.floor(this.#mostBatches / 5))
    while (this.#waiting.length > 1 && (this.#waiting.length > this.#mostBatches || this.#deltas > this.#mostDeltas || this.#facts > this.#mostFacts)) {
      const oldest = this.#waiting.splice(0, some)
      const one = shrunk(merged(oldest), this.#mostDeltas / 2, this.#mostFacts)
      this.#deltas += one.counters.length - oldest.reduce((sum, { counters }) => sum + counters.length, 0)
      this.#facts += factsOf(one) - oldest.reduce((sum, batch) => sum + factsOf(batch), 0)
      this.#waiting.unshift(one)
      this.#merged += oldest.length - 1
    }
  }

  /** The oldest events go. */
  #skipEvents(): void {
    this.#waiting = this.#waiting.map((batch) => {
      const skip = Math.min(batch.events.length, this.#events - this.#mostEvents)
      if (skip <= 0) return batch
      this.#events -= skip
      return { ...batch, events: batch.events.slice(skip), eventsSkipped: (batch.eventsSkipped ?? 0) + skip }
    })
  }

  /** All that wait, oldest first; then none do. */
  take(): Waited[] {
    const all = this.#waiting
    this.#waiting = []
    this.#deltas = 0
    this.#facts = 0
    this.#events = 0
    this.#merged = 0
    return all
  }
}
