/** Shares the main thread between long work and everything else: keys, signals, timers. */

/** ms of work after which the event loop gets a turn. */
const SLICE_MS = 5

export class TimeSlices {
  #beganMs = performance.now()
  #turn: Promise<void> | null = null

  /** Call it between two steps of long work. Waits for a turn of the event loop if the slice is used up. Rejects with the signal's reason. */
  async rest(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    // All that work in these slices wait for the same turn; the first of them to go on begins the next slice.
    while (performance.now() - this.#beganMs >= SLICE_MS) {
      this.#turn ??= new Promise((resolve) => {
        setImmediate(() => {
          this.#turn = null
          this.#beganMs = performance.now()
          resolve()
        })
      })
      await this.#turn
      signal?.throwIfAborted()
    }
  }
}
