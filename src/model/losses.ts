/** What is missing from the picture, in words. The most serious first: what was not counted at all. */
import type { Losses } from '../batch/batch.ts'

export interface Loss {
  text: string
  count: number
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

/** Only what is not zero. */
export function lossesInWords(losses: Losses): Loss[] {
  return WORDS.filter(([key]) => losses[key] > 0).map(([key, text]) => ({ text, count: losses[key] }))
}
