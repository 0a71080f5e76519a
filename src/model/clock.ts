/** The model's time, made of the batches' times: it never goes back, and it says which tick a batch belongs to. */

/** A tick is never shorter, so that a rate is never made of a few operations and next to no time. */
const SHORTEST_NS = 1e6

/**
 * A batch whose time did not advance (a clock that stood still or was set back, two batches taken at once) belongs to the running
 * tick: its operations add to that tick's, and the tick keeps its seconds. The choice was between that and a tick of its own, whose
 * length would be made up and its rates with it. After a clock was set back, ticks are counted from there, and the time in between
 * is no time at all.
 */
export class Clock {
  /** ns since the first batch */
  nowNs = 0
  /** how long the running tick is; the first has no beginning and counts as one second */
  seconds = 1
  #batchNs: number | null = null

  /** Takes a batch's time (ns); says whether it begins a tick. */
  advance(timeNs: number): boolean {
    const before = this.#batchNs
    const step = before === null ? 0 : timeNs - before
    if (before !== null && step < SHORTEST_NS) {
      // A little time is not lost: it is part of the next tick.
      this.#batchNs = Math.min(before, timeNs)
      return false
    }
    this.#batchNs = timeNs
    if (before === null) return true
    this.nowNs += step
    this.seconds = step / 1e9
    return true
  }
}
