/**
 * Keeps resident memory low while processes come and go by the thousand. V8 collects garbage step by step beside the work; on a machine
 * without idle time it finishes late, the heap grows to twice of what lives in it, and its freed pages stay resident.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** ms between two checks. */
const EVERY_MS = 250

/** Garbage from which on it is collected: bytes, plus this share of the heap that lived after the last collection. */
const [GARBAGE_BYTES, GARBAGE_SHARE] = [8e6, 0.3]

/** Resident bytes from which on freed pages are given back to the kernel, and ms between two times: that takes some 100 ms. */
const [RESIDENT_BYTES, GIVE_BACK_MS] = [200e6, 15_000]

/** The same near the limit (250 MB), and the share of the time that it may take: on a busy machine it takes seconds. */
const [PRESSING_BYTES, PRESSING_MS, PRESSING_SHARE] = [220e6, 1500, 0.1]

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
  return { usedBytes: () => getHeapStatistics().used_heap_size, residentBytes: () => process.memoryUsage.rss(), collect, nowMs: () => performance.now() }
}

/** Decides when to collect. */
export class MemoryKeeper {
  readonly #heap: Heap
  #livingBytes: number
  #gaveBackMs = Number.NEGATIVE_INFINITY
  /** ms that giving back took the last time */
  #tookMs = 0

  constructor(heap: Heap) {
    this.#heap = heap
    this.#livingBytes = heap.usedBytes()
  }

  /** Collects where there is much garbage, or much memory resident. */
  look(): void {
    const { usedBytes, residentBytes, collect, nowMs } = this.#heap
    const used = usedBytes()
    const sinceMs = nowMs() - this.#gaveBackMs
    const resident = sinceMs >= Math.max(PRESSING_MS, this.#tookMs / PRESSING_SHARE) ? residentBytes() : 0
    if (resident > (sinceMs >= GIVE_BACK_MS ? RESIDENT_BYTES : PRESSING_BYTES)) {
      const begin = nowMs()
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      this.#gaveBackMs = nowMs()
      this.#tookMs = this.#gaveBackMs - begin
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
