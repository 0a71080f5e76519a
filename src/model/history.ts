/** The last ten minutes, a snapshot a second, in bounded memory. */
import type { FileFact, ProcessFact } from '../batch/batch.ts'
import type { Snapshot } from './snapshot.ts'

/** How far back, and how far snapshots are apart at least, ns: where ticks are shorter, one of each second is kept. */
const [WINDOW_NS, STEP_NS] = [600e9, 0.95e9]

/**
 * With every place of every snapshot taken, 600 of them have 10.7 MB of numbers, rows and references. What is left is for names,
 * which the model may have forgotten: where they need more, the oldest snapshots go.
 */
export const HISTORY_BYTES = 14e6

/** What V8 needs for an object or array beside its content, and for a reference; a little more than it does. */
const [OBJECT, REFERENCE] = [56, 8]

type Fact = FileFact | ProcessFact

function textBytes(fact: object): number {
  let bytes = OBJECT
  // Two bytes a character, which is the most, and one reference a field.
  for (const value of Object.values(fact)) {
    bytes += REFERENCE + (typeof value === 'string' ? OBJECT + 2 * value.length : typeof value === 'object' && value ? textBytes(value) : 16)
  }
  return bytes
}

function factsOf(snapshot: Snapshot): Fact[] {
  const of = [
    ...snapshot.processes.rows.flatMap(({ fact, hottest, hottestOfAll }) => [fact, hottest, hottestOfAll]),
    ...snapshot.files.rows.flatMap(({ fact, userFact }) => [fact, userFact]),
  ]
  return of.filter((fact) => fact !== null)
}

/** What a snapshot takes without its facts, which others may have too. */
function ownBytes({ processes, files }: Snapshot): number {
  const numbers = processes.numbers.byteLength + files.numbers.byteLength
  return 12 * OBJECT + 40 * REFERENCE + numbers + (processes.rows.length + files.rows.length) * (OBJECT + 6 * REFERENCE)
}

export class History {
  readonly #limit: number
  /** oldest first */
  #snapshots: Snapshot[] = []
  /** how many snapshots have a fact: it is counted once */
  readonly #facts = new Map<Fact, number>()
  #bytes = 0

  constructor(limit = HISTORY_BYTES) {
    this.#limit = limit
  }

  /** Bytes taken, by reckoning; never more than the limit. */
  get bytes(): number {
    return this.#bytes
  }

  /** Oldest first. */
  get snapshots(): readonly Snapshot[] {
    return this.#snapshots
  }

  /** Is that tick the last one kept, which may have gone on, or far enough from it? */
  wants(tick: number, timeNs: number): boolean {
    const last = this.#snapshots.at(-1)
    return !last || tick === last.tick || timeNs - last.timeNs >= STEP_NS
  }

  /** Keeps a snapshot, which comes later than all before, or in place of the last one of the same tick. */
  add(snapshot: Snapshot): void {
    const last = this.#snapshots.at(-1)
    if (last?.tick === snapshot.tick) {
      this.#forget(last)
      this.#snapshots.pop()
    }
    this.#snapshots.push(snapshot)
    this.#bytes += ownBytes(snapshot)
    for (const fact of factsOf(snapshot)) {
      const held = this.#facts.get(fact) ?? 0
      if (held === 0) this.#bytes += textBytes(fact) + 4 * REFERENCE
      this.#facts.set(fact, held + 1)
    }
    let over = 0
    for (const old of this.#snapshots) {
      if (this.#bytes <= this.#limit && snapshot.timeNs - old.timeNs <= WINDOW_NS) break
      this.#forget(old)
      over++
    }
    if (over > 0) this.#snapshots.splice(0, over)
  }

  #forget(snapshot: Snapshot): void {
    this.#bytes -= ownBytes(snapshot)
    for (const fact of factsOf(snapshot)) {
      const held = (this.#facts.get(fact) ?? 0) - 1
      if (held > 0) this.#facts.set(fact, held)
      else {
        this.#facts.delete(fact)
        this.#bytes -= textBytes(fact) + 4 * REFERENCE
      }
    }
  }

  /** The tick of that number, or the last one kept before it. */
  at(tick: number): Snapshot | undefined {
    return this.#snapshots.findLast((snapshot) => snapshot.tick <= tick)
  }
}
