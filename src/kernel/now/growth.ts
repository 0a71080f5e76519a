/** How fast a number grows, from looks at it now and then. Pure. */

/** How far back looks count, ms, and how long it takes until something is said. */
const [WINDOW_MS, LEAST_MS] = [10_000, 900]

export class Growth {
  #key = ''
  #looks: { timeMs: number; value: number }[] = []

  /** A second, over the last ten seconds; null: not looked at for long enough. `key`: of what it is; another one begins anew. */
  add(key: string, timeMs: number, value: number): number | null {
    const last = this.#looks.at(-1)
    if (key !== this.#key || (last && timeMs < last.timeMs)) this.#looks = []
    this.#key = key
    this.#looks.push({ timeMs, value })
    // One look from before the window stays: rare looks are looks too.
    while (this.#looks.length > 2 && (this.#looks[1]?.timeMs ?? timeMs) <= timeMs - WINDOW_MS) this.#looks.shift()
    const first = this.#looks[0]
    const seconds = first ? (timeMs - first.timeMs) / 1000 : 0
    return first && seconds * 1000 >= LEAST_MS ? (value - first.value) / seconds : null
  }
}
