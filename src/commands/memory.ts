/**
 * Keeps resident memory low while processes come and go by the thousand. V8 collects garbage step by step beside the work; on a machine
 * without idle time it finishes late, the heap grows to twice of what lives in it, and its freed pages stay resident.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** ms between two looks. */
const EVERY_MS = 1000

/** Garbage that is collected at once: bytes, and the share of what lived after the last collection. */
const [GARBAGE_BYTES, GARBAGE_SHARE] = [16e6, 0.3]

/** Resident bytes from which on freed pages are given back, and ms between two times: that takes some hundred ms. */
const [RESIDENT_BYTES, GIVE_BACK_MS] = [200e6, 15_000]

type Collect = (options?: { type: 'major'; execution: 'sync'; flavor: 'regular' | 'last-resort' }) => void

/** What is measured and done; tests put others in its place. */
export interface Heap {
  usedBytes(): number
  residentBytes(): number
  collect: Collect
  nowMs(): number
}

function ownHeap(): Heap {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  // memoryUsage() also counts every array buffer, which takes longer.
  return { usedBytes: () => process.memoryUsage().heapUsed, residentBytes: () => process.memoryUsage.rss(), collect, nowMs: () => performance.now() }
}

/** Decides when to collect. */
export class MemoryKeeper {
  readonly #heap: Heap
  #livingBytes: number
  #gaveBackMs = Number.NEGATIVE_INFINITY

  constructor(heap: Heap) {
    this.#heap = heap
    this.#livingBytes = heap.usedBytes()
  }

  /** Collects where there is much garbage, or much memory resident. */
  look(): void {
    const { usedBytes, residentBytes, collect, nowMs } = this.#heap
    const used = usedBytes()
    const late = nowMs() - this.#gaveBackMs >= GIVE_BACK_MS
    if (late && residentBytes() > RESIDENT_BYTES) {
      this.#gaveBackMs = nowMs()
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    } else if (used > this.#livingBytes * (1 + GARBAGE_SHARE) + GARBAGE_BYTES) collect({ type: 'major', execution: 'sync', flavor: 'regular' })
    else {
      // V8 collected by itself.
      this.#livingBytes = Math.min(this.#livingBytes, used)
      return
    }
    this.#livingBytes = usedBytes()
  }
}

/** From now on until the program ends; it does not keep the program from ending. */
export function keepMemoryLow(): void {
  const keeper = new MemoryKeeper(ownHeap())
  setInterval(() => keeper.look(), EVERY_MS).unref()
}
