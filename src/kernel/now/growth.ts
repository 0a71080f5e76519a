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

/** How fast what was seen is forgotten, ms: after a minute one part in twenty is left of it. And how long it takes until something is said. */
const [FADE_MS, TREND_LEAST_MS] = [20_000, 10_000]

/** The same where it is to say what is to come: steady, since a disk fills by fits and starts. */
export class Trend {
  #key = ''
  #last: { timeMs: number; value: number } | null = null
  /** what it grew by and how long that took, ms, the older the less of both; and how long all took that was seen */
  #grown = 0
  #took = 0
  #seen = 0

  /** A second; null: not looked at for long enough. `key`: of what it is; another one begins anew. */
  add(key: string, timeMs: number, value: number): number | null {
    const last = this.#last
    this.#last = { timeMs, value }
    if (!last || key !== this.#key || timeMs < last.timeMs) {
      this.#key = key
      this.#grown = this.#took = this.#seen = 0
      return null
    }
    const step = timeMs - last.timeMs
    const left = Math.exp(-step / FADE_MS)
    this.#grown = this.#grown * left + value - last.value
    this.#took = this.#took * left + step
    this.#seen += step
    return this.#seen >= TREND_LEAST_MS ? (this.#grown / this.#took) * 1000 : null
  }
}
