/** Asks about what is looked at, again and again: one question at a time, at most one a second, and it is said when no answer comes. */
import type { Now, Target } from '../batch/now.ts'

/** What is known of what is looked at. */
export interface NowSeen {
  target: Target
  /** null: not answered yet */
  now: Now | null
  /** the answer is overdue */
  silent: boolean
}

/** ms between two questions; and after which an answer is overdue. A slow answer slows the questions down. */
const [EVERY_MS, OVERDUE_MS, REST] = [1000, 2000, 9]

/** Are they about the same thing? The list of open files may be wanted or not. */
function isAbout(a: Target, b: Target): boolean {
  if (a.of !== b.of) return false
  return a.of === 'process' ? a.id === (b as typeof a).id : a.path === (b as typeof a).path
}

export class Asking {
  readonly #ask: (target: Target) => Promise<Now | null>
  readonly #changed: (seen: NowSeen | null) => void
  readonly #clock: () => number
  #seen: NowSeen | null = null
  #key = ''
  #again = true
  /** counted up with each target: answers to earlier ones are dropped */
  #turn = 0
  #timers: NodeJS.Timeout[] = []

  /** `ask`: null where it was not asked, since an earlier question is not answered. `changed` hears what is known whenever it is something else. `clock`: ms, monotonic. */
  constructor(ask: (target: Target) => Promise<Now | null>, changed: (seen: NowSeen | null) => void, clock: () => number = () => performance.now()) {
    this.#clock = clock
    this.#ask = ask
    this.#changed = changed
  }

  /** What is looked at now; null: nothing to ask about. `again`: go on asking. Call it as often as you like. */
  want(target: Target | null, again = true): void {
    const key = target === null ? '' : JSON.stringify(target)
    const resumes = again && !this.#again
    this.#again = again
    if (key === this.#key && !resumes) return
    this.#key = key
    this.stop()
    if (target === null) {
      this.#show(null)
      return
    }
    const before = this.#seen
    this.#show({ target, now: before && isAbout(before.target, target) ? before.now : null, silent: false })
    void this.#question(target, this.#turn)
  }

  #show(seen: NowSeen | null): void {
    if (JSON.stringify(seen) === JSON.stringify(this.#seen)) return
    this.#seen = seen
    this.#changed(seen)
  }

  #later(ms: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(then, ms)
    timer.unref()
    this.#timers.push(timer)
    return timer
  }

  async #question(target: Target, turn: number): Promise<void> {
    const began = this.#clock()
    const overdue = this.#later(OVERDUE_MS, () => this.#seen && this.#show({ ...this.#seen, silent: true }))
    const now = await this.#ask(target)
    if (turn !== this.#turn) return
    clearTimeout(overdue)
    this.#timers = []
    const seen = this.#seen
    if (now !== null) this.#show({ target, now, silent: false })
    else if (seen) this.#show({ ...seen, silent: true })
    const rest = Math.max(EVERY_MS, REST * (this.#clock() - began))
    this.#later(rest, () => void (this.#again && this.#question(target, turn)))
  }

  /** Asks no more until something else is wanted. */
  stop(): void {
    this.#turn++
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
  }
}
