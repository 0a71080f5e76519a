/** How hot a file is, as one number that stands still while nothing happens to the file. */
import type { Counts } from './counts.ts'

/** Heat halves in this time: a file stays hottest for some ten seconds after the last byte. */
const HALF_LIFE_NS = 5e9

/**
 * log2(heat) + time / half-life, at the time of the last touch. All heat decays alike, so two files keep their order while neither
 * is touched: the one with the higher score is the hotter one now, whenever now is. It never falls.
 */
export type Score = number

/** The score of a file that was never warm: only failed operations. */
export const COLD: Score = Number.NEGATIVE_INFINITY

/** What operations add to a file's heat: bytes, and one for each call. */
export function heatOf(delta: Counts): number {
  return delta.writeBytes + delta.readBytes + delta.mmapPages * 4096 + delta.opens + delta.reads + delta.writes + delta.changes
}

/** The score after `heat` came at `nowNs`, a time that does not go back. */
export function warmed(score: Score, heat: number, nowNs: number): Score {
  const halfLives = nowNs / HALF_LIFE_NS
  return Math.max(score, Math.log2(2 ** (score - halfLives) + heat) + halfLives)
}
