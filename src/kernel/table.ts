/** The counter table's user half: turns monotonic kernel counters into increments, and gives entries back that are done. */
import type { CounterDelta, ProcessId } from '../batch/batch.ts'
import { fileIdAt, processIdAt, u64 } from './decode.ts'
import { counterKey, counters } from './layout.gen.ts'

/** Counters of an entry that increments are taken of. */
const FIELDS = 8

/** Ticks an entry of a living process may lie idle before it may go, once the table is half full. */
const IDLE_TICKS = 10

interface Reading {
  count: number
  keys: Uint8Array
  values: Uint8Array
}

/**
 * Last values of up to `capacity` entries, side by side in one array: an array each would take three times the memory. The kernel's
 * map holds no more keys than that, and a key leaves here when it leaves there.
 */
class LastValues {
  readonly values: Float64Array
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []

  constructor(capacity: number) {
    this.values = new Float64Array(capacity * FIELDS)
  }

  /** Index in `values` where those of `key` begin; all 0 for a new key. */
  of(key: string): number {
    const known = this.#slots.get(key)
    if (known !== undefined) return known * FIELDS
    const slot = this.#free.pop() ?? this.#slots.size
    this.#slots.set(key, slot)
    this.values.fill(0, slot * FIELDS, (slot + 1) * FIELDS)
    return slot * FIELDS
  }

  /** Sets the value at index `at`. Returns how much it grew by. */
  grow(at: number, value: number): number {
    const more = value - (this.values[at] as number)
    this.values[at] = value
    return more
  }

  forget(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#free.push(slot)
  }

  get size(): number {
    return this.#slots.size
  }
}

/** Turns readings of the kernel's counter table into what grew since the last one. */
export class CounterTable {
  readonly #maxEntries: number
  readonly #last: LastValues

  /** `maxEntries`: entries for all pairs; `reserve`: further entries, for files that rules are about. */
  constructor(maxEntries: number, reserve = 0) {
    this.#maxEntries = maxEntries
    this.#last = new LastValues(maxEntries + reserve)
  }

  /** Entries known now. */
  get size(): number {
    return this.#last.size
  }

  /**
   * What grew since the last reading, and the packed keys of entries to delete: those of ended processes (their last values are
   * in this reading), and idle ones when the table is more than half full. `since`: rows whose tick is older did not change.
   */
  take(reading: Reading, since: number, ended: ReadonlySet<ProcessId>): { deltas: CounterDelta[]; done: Uint8Array } {
    const keyView = new DataView(reading.keys.buffer, reading.keys.byteOffset, reading.keys.byteLength)
    const valueView = new DataView(reading.values.buffer, reading.values.byteOffset, reading.values.byteLength)
    const rawKeys = Buffer.from(reading.keys.buffer, reading.keys.byteOffset, reading.keys.byteLength)
    const deltas: CounterDelta[] = []
    const done: number[] = []
    const crowded = reading.count > this.#maxEntries / 2
    for (let i = 0; i < reading.count; i++) {
      const keyAt = i * counterKey.size
      const valueAt = i * counters.size
      const tick = valueView.getUint32(valueAt + counters.tick, true)
      const changed = tick >= since
      if (!changed && ended.size === 0 && !crowded) continue
      const process = processIdAt(keyView, keyAt + counterKey.processTgid)
      const over = ended.has(process)
      const idle = crowded && tick + IDLE_TICKS < since
      if (!changed && !over && !idle) continue
      const raw = rawKeys.toString('latin1', keyAt, keyAt + counterKey.size)
      this.#push(deltas, process, keyView, keyAt, this.#last.of(raw), valueView, valueAt)
      if (over || idle) {
        done.push(keyAt)
        this.#last.forget(raw)
      }
    }
    const packed = new Uint8Array(done.length * counterKey.size)
    for (const [i, keyAt] of done.entries()) packed.set(reading.keys.subarray(keyAt, keyAt + counterKey.size), i * counterKey.size)
    return { deltas, done: packed }
  }

  /** Pushes a delta, if anything grew. `at`: index of the last values (LastValues.of()). */
  #push(deltas: CounterDelta[], process: ProcessId, keys: DataView, keyAt: number, at: number, values: DataView, valueAt: number): void {
    const last = this.#last
    const opens = last.grow(at, u64(values, valueAt + counters.opens))
    const reads = last.grow(at + 1, u64(values, valueAt + counters.reads))
    const readBytes = last.grow(at + 2, u64(values, valueAt + counters.readBytes))
    const writes = last.grow(at + 3, u64(values, valueAt + counters.writes))
    const writeBytes = last.grow(at + 4, u64(values, valueAt + counters.writeBytes))
    const mmapPages = last.grow(at + 5, u64(values, valueAt + counters.mmapPages))
    const changes = last.grow(at + 6, u64(values, valueAt + counters.changes))
    const errors = last.grow(at + 7, u64(values, valueAt + counters.errors))
    if (opens === 0 && reads === 0 && readBytes === 0 && writes === 0 && writeBytes === 0 && mmapPages === 0 && changes === 0 && errors === 0) return
    const file = fileIdAt(keys, keyAt + counterKey.fileIno)
    deltas.push({ process, file, opens, reads, readBytes, writes, writeBytes, mmapPages, changes, errors })
  }
}
