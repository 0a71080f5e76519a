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
  readonly #values: Float64Array
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity * FIELDS)
  }

  /** The values of `key`, to read and to write; all zero for a new one. */
  of(key: string): Float64Array {
    const known = this.#slots.get(key)
    const slot = known ?? this.#free.pop() ?? this.#slots.size
    const values = this.#values.subarray(slot * FIELDS, (slot + 1) * FIELDS)
    if (known === undefined) {
      this.#slots.set(key, slot)
      values.fill(0)
    }
    return values
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
      const delta = this.#delta(raw, valueView, valueAt)
      if (delta) deltas.push({ process, file: fileIdAt(keyView, keyAt + counterKey.fileIno), ...delta })
      if (over || idle) {
        done.push(keyAt)
        this.#last.forget(raw)
      }
    }
    const packed = new Uint8Array(done.length * counterKey.size)
    for (const [i, keyAt] of done.entries()) packed.set(reading.keys.subarray(keyAt, keyAt + counterKey.size), i * counterKey.size)
    return { deltas, done: packed }
  }

  #delta(raw: string, view: DataView, at: number): Omit<CounterDelta, 'process' | 'file'> | null {
    const last = this.#last.of(raw)
    let any = false
    const grown = (field: number, offset: number): number => {
      const value = u64(view, at + offset)
      const more = value - (last[field] as number)
      if (more !== 0) any = true
      last[field] = value
      return more
    }
    const delta = {
      opens: grown(0, counters.opens),
      reads: grown(1, counters.reads),
      readBytes: grown(2, counters.readBytes),
      writes: grown(3, counters.writes),
      writeBytes: grown(4, counters.writeBytes),
      mmapPages: grown(5, counters.mmapPages),
      changes: grown(6, counters.changes),
      errors: grown(7, counters.errors),
    }
    return any ? delta : null
  }
}
