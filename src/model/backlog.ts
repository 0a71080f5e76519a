/** Batches that wait while the screen stands still: nothing that was counted is lost, and memory stays bounded however long it takes. */
import { type Batch, type CounterDelta, NO_FILE } from '../batch/batch.ts'
import type { LoggedBatch } from './event-log.ts'

/**
 * So many batches wait one by one, so that a short pause leaves no gap in the last minute; and so many {process, file} increments and
 * events in all.
 */
const [MOST_BATCHES, MOST_DELTAS, MOST_EVENTS] = [60, 200_000, 10_000]

/** A batch that waited. `eventsSkipped`: so many events before those it has are left out. */
export type Waited = Batch & Pick<LoggedBatch, 'eventsSkipped'>

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

/** Two batches that follow each other as one: what was done in both, and what was known at the end. */
export function merged(first: Waited, second: Waited): Waited {
  const last = <Fact extends { id: string }>(facts: Fact[]) => [...new Map(facts.map((fact) => [fact.id, fact])).values()]
  return {
    ...second,
    counters: summed([...first.counters, ...second.counters]),
    processes: last([...first.processes, ...second.processes]),
    files: last([...first.files, ...second.files]),
    exits: [...new Set([...first.exits, ...second.exits])],
    events: [...first.events, ...second.events],
    eventsSkipped: (first.eventsSkipped ?? 0) + (second.eventsSkipped ?? 0),
  }
}

/**
 * At most `most` increments: of the oldest only what each process did in all is kept, as if no file were named; then those of the processes
 * seen first go. The totals are the batch's own and stay.
 */
function shrunk(batch: Waited, most: number): Waited {
  if (batch.counters.length <= most) return batch
  const cut = batch.counters.length - Math.floor(most / 2)
  const folded = summed(batch.counters.slice(0, cut).map((delta) => ({ ...delta, file: NO_FILE })))
  const counters = summed([...folded, ...batch.counters.slice(cut)]).slice(-most)
  const [processes, files] = [new Set(counters.map(({ process }) => process)), new Set(counters.map(({ file }) => file))]
  return {
    ...batch,
    counters,
    processes: batch.processes.filter(({ id }) => processes.has(id)),
    files: batch.files.filter(({ id }) => files.has(id)),
    exits: batch.exits.slice(-most),
  }
}

export class Backlog {
  readonly #mostBatches: number
  readonly #mostDeltas: number
  readonly #mostEvents: number
  #waiting: Waited[] = []
  #deltas = 0
  #events = 0

  constructor(mostBatches = MOST_BATCHES, mostDeltas = MOST_DELTAS, mostEvents = MOST_EVENTS) {
    this.#mostBatches = mostBatches
    this.#mostDeltas = mostDeltas
    this.#mostEvents = mostEvents
  }

  /** One more; where there are too many, the oldest become one. */
  add(batch: Batch): void {
    this.#waiting.push(batch)
    this.#deltas += batch.counters.length
    this.#events += batch.events.length
    if (this.#events > this.#mostEvents) this.#skipEvents()
    while (this.#waiting.length > 1 && (this.#waiting.length > this.#mostBatches || this.#deltas > this.#mostDeltas)) {
      const [first, second, ...rest] = this.#waiting as [Waited, Waited, ...Waited[]]
      const one = shrunk(merged(first, second), this.#mostDeltas / 2)
      this.#deltas += one.counters.length - first.counters.length - second.counters.length
      this.#waiting = [one, ...rest]
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
    this.#events = 0
    return all
  }
}
