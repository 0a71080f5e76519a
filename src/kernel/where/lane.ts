/**
 * Reads of files that strangers own, one at a time: a file system may never answer (it may be a stranger's program), which holds one of
 * the few threads that all file work here shares. So no more than one is ever held, and nobody waits for it.
 */

/** ms after which a job is taken for held. */
const HELD_MS = 2000

/** Jobs that wait; more are not done. */
const MOST = 1000

interface Waiting {
  start(): void
  drop(): void
}

export class Lane {
  readonly #heldMs: number
  #waiting: Waiting[] = []
  #running = false
  #held = false
  #closed = false

  constructor(heldMs = HELD_MS) {
    this.#heldMs = heldMs
  }

  /** What the job gives; null where it failed, or was not done: this was closed, too many wait, or one is held. */
  run<T>(job: () => Promise<T>): Promise<T | null> {
    return new Promise((resolve) => {
      if (this.#closed || this.#held || this.#waiting.length >= MOST) return resolve(null)
      this.#waiting.push({ start: () => void this.#do(job).then(resolve), drop: () => resolve(null) })
      this.#next()
    })
  }

  async #do<T>(job: () => Promise<T>): Promise<T | null> {
    const timer = setTimeout(() => {
      this.#held = true
      this.#dropAll()
    }, this.#heldMs)
    timer.unref()
    try {
      return await job()
    } catch {
      return null
    } finally {
      clearTimeout(timer)
      this.#running = false
      this.#held = false
      this.#next()
    }
  }

  #next(): void {
    if (this.#running) return
    const next = this.#waiting.shift()
    if (!next) return
    this.#running = true
    next.start()
  }

  #dropAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { drop } of waiting) drop()
  }

  /** Does no more. A job that is held is not waited for; then the process, which would wait for it when it ends, is ended by a signal. */
  async close(): Promise<void> {
    this.#closed = true
    this.#dropAll()
    for (const until = performance.now() + this.#heldMs; this.#running && performance.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 5))
    if (this.#running) process.once('exit', () => this.#running && process.kill(process.pid, 'SIGKILL'))
  }
}
