/** What is remembered of each {process, file} pair, side by side in typed arrays: some 60 bytes a pair. Who has which is FileUses' business. */
import type { CounterDelta } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import { COLD, heatOf, type Score, warmed } from './heat.ts'
import { grown, type Handle, slotOf } from './slots.ts'
import { FIELD, type Sums, WIDTH } from './tally.ts'

/** Marks of a pair. NEW_…: its last operations were its first of that sort. */
const USED = 1
const OTHER = 2
const READ = 4
const WROTE = 8
/** the pair is new */
export const NEW_PAIR = 16
/** the process reads the file for the first time */
export const NEW_READER = 32
/** the process writes the file for the first time */
export const NEW_WRITER = 64
const NEWS = NEW_PAIR | NEW_READER | NEW_WRITER

/** Calls are counted up to 2^32 a pair, which is months of nothing else. */
const MOST = 2 ** 32 - 1

export class Pairs {
  #marks = new Uint8Array(0)
  #scores = new Float64Array(0)
  #owners = new Int32Array(0)
  #files = new Float64Array(0)
  /** opens, reads, writes, mmapPages, changes, errors */
  #calls = new Uint32Array(0)
  /** read, written */
  #bytes = new Float64Array(0)
  readonly #free: number[] = []
  #end = 0

  /** All pairs are below this; not all below it are pairs (see `used`). */
  get end(): number {
    return this.#end
  }

  /** A new pair of the process in that slot, with nothing done. */
  take(owner: number, score: Score = COLD): number {
    const pair = this.#free.pop() ?? this.#end++
    if (this.#end > this.#marks.length) this.#grow()
    this.#marks[pair] = USED
    this.#scores[pair] = score
    this.#owners[pair] = owner
    this.#files[pair] = 0
    this.#calls.fill(0, pair * 6, pair * 6 + 6)
    this.#bytes.fill(0, pair * 2, pair * 2 + 2)
    return pair
  }

  #grow(): void {
    this.#marks = grown(this.#marks, this.#end)
    const { length } = this.#marks
    this.#scores = grown(this.#scores, length)
    this.#owners = grown(this.#owners, length)
    this.#files = grown(this.#files, length)
    this.#calls = grown(this.#calls, length * 6)
    this.#bytes = grown(this.#bytes, length * 2)
  }

  release(pair: number): void {
    this.#marks[pair] = 0
    this.#free.push(pair)
  }

  /** Adds what was done; `fresh`: this process did not touch this file before (see `news`). */
  add(pair: number, delta: CounterDelta, others: boolean, file: Handle, nowNs: number, fresh: boolean): void {
    const calls = this.#calls
    const at = pair * 6
    calls[at] = Math.min(MOST, (calls[at] as number) + delta.opens)
    calls[at + 1] = Math.min(MOST, (calls[at + 1] as number) + delta.reads)
    calls[at + 2] = Math.min(MOST, (calls[at + 2] as number) + delta.writes)
    calls[at + 3] = Math.min(MOST, (calls[at + 3] as number) + delta.mmapPages)
    calls[at + 4] = Math.min(MOST, (calls[at + 4] as number) + delta.changes)
    calls[at + 5] = Math.min(MOST, (calls[at + 5] as number) + delta.errors)
    this.#bytes[pair * 2] = (this.#bytes[pair * 2] as number) + delta.readBytes
    this.#bytes[pair * 2 + 1] = (this.#bytes[pair * 2 + 1] as number) + delta.writeBytes
    this.#scores[pair] = warmed(this.#scores[pair] as number, heatOf(delta), nowNs)
    this.#files[pair] = file
    this.#marks[pair] = marksAfter(this.#marks[pair] as number, delta, others, fresh)
  }

  used(pair: number): boolean {
    return this.#marks[pair] !== 0 && pair < this.#end
  }

  /** What was new about its last operations: NEW_… */
  news(pair: number): number {
    return (this.#marks[pair] as number) & NEWS
  }

  /** Is it about a socket, pipe, terminal or anonymous inode? */
  isOther(pair: number): boolean {
    return ((this.#marks[pair] as number) & OTHER) !== 0
  }

  score(pair: number): Score {
    return this.#scores[pair] as number
  }

  /** The slot of its process. */
  owner(pair: number): number {
    return this.#owners[pair] as number
  }

  /** Its file, which may have been forgotten; 0: none. */
  file(pair: number): Handle {
    return this.#files[pair] as number
  }

  /** The slot of its file, which may have been forgotten. */
  fileSlot(pair: number): number {
    return slotOf(this.#files[pair] as number)
  }

  /** What was done since the pair is remembered, the caller's own. */
  read(pair: number): Counts {
    const call = (i: number) => this.#calls[pair * 6 + i] as number
    return {
      opens: call(0),
      reads: call(1),
      readBytes: this.#bytes[pair * 2] as number,
      writes: call(2),
      writeBytes: this.#bytes[pair * 2 + 1] as number,
      mmapPages: call(3),
      changes: call(4),
      errors: call(5),
    }
  }

  /** Adds that to a slot of sums that has been reached. */
  addTo(pair: number, sums: Sums, slot: number): void {
    const { values } = sums
    const calls = this.#calls
    const [from, at] = [pair * 6, slot * WIDTH]
    values[at + FIELD.opens] = (values[at + FIELD.opens] as number) + (calls[from] as number)
    values[at + FIELD.reads] = (values[at + FIELD.reads] as number) + (calls[from + 1] as number)
    values[at + FIELD.readBytes] = (values[at + FIELD.readBytes] as number) + (this.#bytes[pair * 2] as number)
    values[at + FIELD.writes] = (values[at + FIELD.writes] as number) + (calls[from + 2] as number)
    values[at + FIELD.writeBytes] = (values[at + FIELD.writeBytes] as number) + (this.#bytes[pair * 2 + 1] as number)
    values[at + FIELD.mmapPages] = (values[at + FIELD.mmapPages] as number) + (calls[from + 3] as number)
    values[at + FIELD.changes] = (values[at + FIELD.changes] as number) + (calls[from + 4] as number)
    values[at + FIELD.errors] = (values[at + FIELD.errors] as number) + (calls[from + 5] as number)
  }
}

function marksAfter(before: number, delta: CounterDelta, others: boolean, fresh: boolean): number {
  const marks = (before & (READ | WROTE)) | USED | (others ? OTHER : 0) | (fresh ? NEW_PAIR : 0)
  const reads = delta.reads > 0 ? READ | (before & READ ? 0 : NEW_READER) : 0
  const writes = delta.writes + delta.mmapPages > 0 ? WROTE | (before & WROTE ? 0 : NEW_WRITER) : 0
  return marks | reads | writes
}
