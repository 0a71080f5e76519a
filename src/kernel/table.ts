/** The counter table's user half: turns monotonic kernel counters into increments, and gives entries back that are done. */
import type { CounterDelta, ProcessId } from '../batch/batch.ts'
import { fileIdAt, processIdAt, u64 } from './decode.ts'
import { counterKey, counters } from './layout.gen.ts'

const FIELDS = [counters.opens, counters.reads, counters.readBytes, counters.writes, counters.writeBytes, counters.mmapPages, counters.changes, counters.errors]

/** Ticks an entry of a living process may lie idle before it may go, once the table is half full. */
const IDLE_TICKS = 10

interface Reading {
  count: number
  keys: Uint8Array
  values: Uint8Array
}

export class CounterTable {
  readonly #maxEntries: number
  /** last values by raw key */
  #last = new Map<string, Float64Array>()

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
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
        this.#last.delete(raw)
      }
    }
    const packed = new Uint8Array(done.length * counterKey.size)
    for (const [i, keyAt] of done.entries()) packed.set(reading.keys.subarray(keyAt, keyAt + counterKey.size), i * counterKey.size)
    return { deltas, done: packed }
  }

  #delta(raw: string, view: DataView, at: number): Omit<CounterDelta, 'process' | 'file'> | null {
    let last = this.#last.get(raw)
    if (!last) {
      last = new Float64Array(FIELDS.length)
      this.#last.set(raw, last)
    }
    const grown: number[] = []
    let any = false
    for (const [i, offset] of FIELDS.entries()) {
      const value = u64(view, at + offset)
      grown.push(value - (last[i] as number))
      if (value !== last[i]) any = true
      last[i] = value
    }
    if (!any) return null
    const [opens = 0, reads = 0, readBytes = 0, writes = 0, writeBytes = 0, mmapPages = 0, changes = 0, errors = 0] = grown
    return { opens, reads, readBytes, writes, writeBytes, mmapPages, changes, errors }
  }
}
