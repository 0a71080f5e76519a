/** What happened in the last minute, by process and file: what a rule would have hit. Bounded: the oldest goes. */
import type { CounterDelta, FileId, ProcessId } from '../batch/batch.ts'

/** How far back, ns, and how many entries at most: some 5 MB. */
const [WINDOW_NS, MOST] = [60e9, 40_000]

/** Operations of one process on one file within one tick. */
export interface RecentUse {
  timeNs: number
  process: ProcessId
  file: FileId
  opens: number
  reads: number
  /** calls, and pages dirtied through mappings */
  writes: number
  changes: number
}

export class Recent {
  #uses: RecentUse[] = []
  #from = 0
  /** something within the window was forgotten for want of room */
  #cutNs = 0

  add(delta: CounterDelta, timeNs: number): void {
    const { process, file, opens, reads, writes, mmapPages, changes } = delta
    if (opens + reads + writes + mmapPages + changes === 0) return
    this.#uses.push({ timeNs, process, file, opens, reads, writes: writes + mmapPages, changes })
  }

  /** Call once a tick: forgets what is too old, or too much. */
  trim(nowNs: number): void {
    const first = this.#uses.length - MOST
    if (first > this.#from) this.#cutNs = (this.#uses[first - 1] as RecentUse).timeNs
    let from = Math.max(this.#from, first)
    while (from < this.#uses.length && (this.#uses[from] as RecentUse).timeNs < nowNs - WINDOW_NS) from++
    this.#from = from
    // Cut off in large pieces: each removal from the front moves the rest.
    if (from > MOST / 2) {
      this.#uses = this.#uses.slice(from)
      this.#from = 0
    }
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<RecentUse> {
    for (let i = this.#from; i < this.#uses.length; i++) yield this.#uses[i] as RecentUse
  }

  /** Seconds that are remembered whole. */
  seconds(nowNs: number): number {
    const first = this.#uses[this.#from]
    if (!first) return 60
    const since = Math.max(this.#cutNs, nowNs - WINDOW_NS)
    return Math.max(1, Math.round((nowNs - since) / 1e9))
  }
}
