/**
 * Reads that may never end, one at a time: the owner of a file system or of memory may not answer (FUSE, a dead NFS server,
 * userfaultfd). Such a read holds a thread of libuv's pool, which has four, and it cannot be cancelled. So all lanes together
 * occupy at most two threads, a job that takes long fails for its caller, and while it is held its lane takes no other.
 */

/** ms after which a job is taken for held. */
const HELD_MS = 2000

/** Jobs that wait in one lane; more are not done. */
const MOST = 1000

/** Jobs of all lanes that run at a time: libuv's pool has four threads, and maps of the kernel are read in it too. */
const MOST_RUNNING = 2

interface Waiting {
  start(): void
  drop(): void
}

/** Which lanes run a job now, and which wait for their turn. */
export class Turns {
  #running = 0
  readonly #next: (() => void)[] = []
  readonly #most: number

  constructor(most = MOST_RUNNING) {
    this.#most = most
  }

  /** Calls `begin` when fewer than the most run. */
  take(begin: () => void): void {
    if (this.#running < this.#most) {
      this.#running++
      begin()
    } else this.#next.push(begin)
  }

  /** A job is over: the next one begins. */
  give(): void {
    const next = this.#next.shift()
    if (next) next()
    else this.#running--
  }
}

/** Of this process's pool. */
const turns = new Turns()

export class Lane {
  readonly #heldMs: number
  readonly #turns: Turns
  #waiting: Waiting[] = []
  /** has its turn, or waits for it */
  #busy = false
  #running = false
  #held = false
  #closed = false

  constructor(heldMs = HELD_MS, shared = turns) {
    this.#heldMs = heldMs
    this.#turns = shared
  }

  /**
   * What the job gives; null where it failed, or was not done: this was closed, too many wait, or one is held. While the job itself is
   * held this does not settle: see `soon`.
   */
  run<T>(job: () => Promise<T>): Promise<T | null> {
    return new Promise((resolve) => {
      if (this.#closed || this.#held || this.#waiting.length >= MOST) return resolve(null)
      this.#waiting.push({ start: () => void this.#do(job).then(resolve), drop: () => resolve(null) })
      this.#next()
    })
  }

  /** The same, and null as soon as the job is held. */
  soon<T>(job: () => Promise<T>): Promise<T | null> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const begun = () => {
        timer = setTimeout(() => resolve(null), this.#heldMs)
        timer.unref()
        return job()
      }
      void this.run(begun).then((result) => {
        clearTimeout(timer)
        resolve(result)
      })
    })
  }

  async #do<T>(job: () => Promise<T>): Promise<T | null> {
    this.#running = true
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
      this.#busy = false
      this.#turns.give()
      this.#next()
    }
  }

  #next(): void {
    if (this.#busy || this.#waiting.length === 0) return
    this.#busy = true
    // The turns of all lanes may be held: then this lane takes no job either until it has its turn.
    const timer = setTimeout(() => {
      this.#held = true
      this.#dropAll()
    }, this.#heldMs)
    timer.unref()
    this.#turns.take(() => {
      clearTimeout(timer)
      this.#held = false
      const next = this.#waiting.shift()
      if (next) return next.start()
      this.#busy = false
      this.#turns.give()
    })
  }

  #dropAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { drop } of waiting) drop()
  }

  /**
   * Does no more. A job that runs is waited for `waitMs`; after that the process, which would wait for it when it ends, is ended by a
   * signal.
   */
  async close(waitMs = this.#heldMs): Promise<void> {
    this.#closed = true
    this.#dropAll()
    for (const until = performance.now() + waitMs; this.#running && performance.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 5))
    if (this.#running) process.once('exit', () => this.#running && process.kill(process.pid, 'SIGKILL'))
  }
}
