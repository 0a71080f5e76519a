/**
 * When each of many things was used last, and which were used longest ago. A list of neighbours has that too, but each use of one changes four
 * others somewhere in memory, which with 200,000 of them takes longer than all else that is done for a use. Here it is one number; who goes is
 * looked for when somebody has to, some thousand at a time.
 */
import { grown } from './slots.ts'

/** Found at once: finding takes a look at all. */
const MOST = 4096
/** Ages are told apart in so many steps before those of one step are sorted. */
const STEPS = 1024

export class Ages {
  /** by slot: the number of its last use; 0: it is nobody's slot */
  #uses = new Float64Array(0)
  #clock = 0
  /** of those that were the oldest when that was looked for, in order, and how many are taken; one used since has another number now */
  #oldest: { slot: number; use: number }[] = []
  #taken = 0

  /** It is used now. */
  use(slot: number): void {
    if (slot >= this.#uses.length) this.#uses = grown(this.#uses, slot + 1)
    this.#uses[slot] = ++this.#clock
  }

  /** Another thing's slot, or nobody's, from now on. */
  forget(slot: number): void {
    this.#uses[slot] = 0
  }

  /** The slot of what was used longest ago; -1: there is none. */
  oldest(): number {
    for (;;) {
      const next = this.#oldest[this.#taken]
      if (!next) {
        if (!this.#find()) return -1
        continue
      }
      if (this.#uses[next.slot] === next.use) return next.slot
      this.#taken++
    }
  }

  /** Looks for the oldest of all; false: there are none. */
  #find(): boolean {
    const uses = this.#uses
    let first = Number.POSITIVE_INFINITY
    for (let slot = 0; slot < uses.length; slot++) {
      const use = uses[slot] as number
      if (use !== 0 && use < first) first = use
    }
    this.#oldest = []
    this.#taken = 0
    if (first === Number.POSITIVE_INFINITY) return false
    const end = this.#endOfOldest(first)
    for (let slot = 0; slot < uses.length; slot++) {
      const use = uses[slot] as number
      if (use !== 0 && use < end) this.#oldest.push({ slot, use })
    }
    this.#oldest.sort((a, b) => a.use - b.use)
    return true
  }

  /** A number of uses before which some were used last, about MOST of them. */
  #endOfOldest(first: number): number {
    const step = (this.#clock + 1 - first) / STEPS
    const counts = new Uint32Array(STEPS)
    for (let slot = 0; slot < this.#uses.length; slot++) {
      const use = this.#uses[slot] as number
      if (use === 0) continue
      const at = Math.min(STEPS - 1, Math.floor((use - first) / step))
      counts[at] = (counts[at] as number) + 1
    }
    let sum = 0
    for (let i = 0; i < STEPS; i++) {
      sum += counts[i] as number
      if (sum >= MOST) return first + (i + 1) * step
    }
    return this.#clock + 1
  }
}
