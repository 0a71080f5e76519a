/** What is missing from the picture, in words, and how long ago the last of it was. The most serious first: what was not counted at all. */
import type { Losses } from '../batch/batch.ts'

export interface Loss {
  text: string
  /** in all: no loss is ever forgotten */
  count: number
  /** ms from the last of it to the newest batch */
  quietMs: number
}

const WORDS: [keyof Losses, string][] = [
  ['recursionMisses', 'operations not seen (a BPF program was busy)'],
  ['callUnmatched', 'calls whose end was not seen'],
  ['countersFull', 'operations in the totals only (table full)'],
  ['eventsFull', 'events dropped (ring full)'],
  ['pathCut', 'paths cut'],
  ['factsFull', 'names late (ring full)'],
  ['scratchBusy', 'names late (buffers busy)'],
]

export class LossLog {
  /** how much there was of each, and when that grew last */
  readonly #last = new Map<keyof Losses, { count: number; timeMs: number }>()

  /** What a batch says is lost so far; only what is not zero. */
  take(losses: Losses, timeMs: number): Loss[] {
    return WORDS.filter(([key]) => losses[key] > 0).map(([key, text]) => {
      const count = losses[key]
      const known = this.#last.get(key)
      const last = known && known.count >= count ? known : { count, timeMs }
      this.#last.set(key, last)
      return { text, count, quietMs: Math.max(0, timeMs - last.timeMs) }
    })
  }
}
