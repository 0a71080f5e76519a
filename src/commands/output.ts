/**
 * Standard output and standard error as lines that never hold up this thread: a write to a pipe that is not read waits for ever, and then
 * neither a signal is heard nor a pending request answered.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'

/** ms between two attempts while the reader takes nothing. */
const AGAIN_MS = 20

/** Bytes that wait for a reader; further lines are dropped and counted. */
const MOST_WAITING = 4 * 1024 * 1024

/**
 * The same pipe or terminal by a description of its own, so that the mode of those who share it stays. A regular file never makes anybody
 * wait, and a socket cannot be opened again: both stay as they are.
 */
function nonBlocking(fd: 1 | 2): number {
  const stats = fstatSync(fd)
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return fd
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // Another user's terminal, after su.
    return fd
  }
}

function linesOf(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

export class Output {
  readonly #fd: 1 | 2
  readonly #mostWaiting: number
  #opened: number | null = null
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | null = null
  #dropped = 0
  /** why nothing can be written any more, as EPIPE */
  #failure: Error | null = null

  constructor(fd: 1 | 2, mostWaiting = MOST_WAITING) {
    this.#fd = fd
    this.#mostWaiting = mostWaiting
  }

  /** Lines that were dropped, since the reader takes nothing. */
  get dropped(): number {
    return this.#dropped
  }

  /** Does anything wait for the reader? */
  get isBehind(): boolean {
    return this.#waitingBytes > 0
  }

  /** Writes a text, now or as soon as the reader takes it. Throws what write(2) said once: EPIPE where there is no reader any more. */
  write(text: string): void {
    if (this.#failure) throw this.#failure
    if (text === '') return
    const bytes = Buffer.from(text)
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes.length > this.#mostWaiting) {
      this.#dropped += linesOf(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#timer) this.#pump()
    if (this.#failure) throw this.#failure
  }

  /** A line. */
  line(text: string): void {
    this.write(`${text}\n`)
  }

  #pump(): void {
    this.#timer = null
    this.#opened ??= nonBlocking(this.#fd)
    try {
      for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
        const written = writeSync(this.#opened, first)
        this.#waitingBytes -= written
        if (written === first.length) this.#waiting.shift()
        else this.#waiting[0] = first.subarray(written)
      }
    } catch (error) {
      // It takes nothing now.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#timer = setTimeout(() => this.#pump(), AGAIN_MS)
      else {
        this.#failure = error as Error
        this.#waiting = []
        this.#waitingBytes = 0
      }
    }
  }

  /** Resolves when all is written, or `isOver` says that it is waited for no longer. */
  async flush(isOver: () => boolean = () => false): Promise<void> {
    while (this.isBehind && !isOver()) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    if (this.#failure) throw this.#failure
  }

  /** The last of it: at most `ms` are waited for. What is left is dropped; how many lines that were, with those before. */
  async end(ms: number): Promise<number> {
    const until = performance.now() + ms
    await this.flush(() => performance.now() > until).catch(() => {})
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    for (const bytes of this.#waiting) this.#dropped += linesOf(bytes)
    this.#waiting = []
    this.#waitingBytes = 0
    if (this.#opened !== null && this.#opened !== this.#fd) closeSync(this.#opened)
    this.#opened = null
    return this.#dropped
  }
}

/** ms that the reader of the output is waited for after a signal. */
export const LAST_LINES_MS = 1000

/** What to say of lines that were not written; null: all were. */
export function droppedSentence(dropped: number): string | null {
  return dropped === 0
    ? null
    : `${dropped.toLocaleString('en-US')} ${dropped === 1 ? 'line was' : 'lines were'} not written: the reader of the output did not take them`
}
