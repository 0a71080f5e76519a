/** A recording as a source. */
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Batch, Source, SourceInfo } from '../batch/batch.ts'
import { printable } from '../text/printable.ts'
import { LINE_BYTES, parseHead, parseLine, Seal } from './format.ts'
import { linesOf, type RawLine } from './lines.ts'
import { Malformed } from './shape.ts'

/** A machine that slept, or a time that makes no sense, is not waited out. And no timer takes more than 2^31 ms. */
const [LONGEST_MS, TIMER_MS] = [60_000, 2 ** 31 - 1]

interface Reading {
  path: string
  lines: AsyncGenerator<RawLine>
  seal: Seal
  closeFile(): Promise<void>
}

async function begin(path: string): Promise<Reading> {
  // Asked before it is opened too: opening a device can do things.
  if (!(await stat(path)).isFile()) throw new Malformed('it is no regular file')
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  if (!(await file.stat()).isFile()) {
    await file.close()
    throw new Malformed('it is no regular file')
  }
  return { path, lines: linesOf(file, LINE_BYTES), seal: new Seal(), closeFile: () => file.close() }
}

/** What is wrong, as part of a sentence fit for a terminal. */
function reasonOf(error: unknown): string {
  return error instanceof Malformed ? error.message : printable((error as Error).message)
}

export class Recording implements Source {
  readonly info: SourceInfo
  /** after the end: what was wrong with the file, a sentence fit for a terminal, or null */
  warning: string | null = null
  readonly #reading: Reading
  /** 0: as fast as asked */
  readonly #speed: number
  readonly #stop = new AbortController()
  #line = 1
  #batches = 0
  #lastNs: number | null = null
  #over = false

  private constructor(reading: Reading, info: SourceInfo, speed: number) {
    this.#reading = reading
    this.info = info
    this.#speed = speed
  }

  /** Throws a sentence where `path` is no recording this program reads. */
  static async open(path: string, speed: number): Promise<Recording> {
    const shown = printable(path)
    let reading: Reading | null = null
    try {
      reading = await begin(path)
      const first = await reading.lines.next()
      if (first.done) throw new Malformed('it is empty')
      return new Recording(reading, parseHead(first.value.bytes, reading.seal), speed)
    } catch (error) {
      await reading?.closeFile()
      if (error instanceof Malformed)
        throw new Error(`${shown} is not a recording that can be played: ${error.message}. Recordings are made with --record FILE`)
      throw new Error((error as NodeJS.ErrnoException).code === 'ENOENT' ? `${shown} does not exist` : `${shown} cannot be read: ${reasonOf(error)}`)
    }
  }

  #shown(): string {
    return this.#batches === 0 ? 'nothing came before' : 'what came before is shown'
  }

  async #read(): Promise<Batch | null> {
    const { lines, seal } = this.#reading
    this.#line++
    const next = await lines.next()
    if (next.done) {
      this.warning = `the recording is cut: its end is missing; ${this.#shown()}`
      return null
    }
    let parsed: ReturnType<typeof parseLine>
    try {
      parsed = parseLine(next.value.bytes, seal)
    } catch (error) {
      if (next.value.whole) throw error
      this.warning = `the recording is cut in line ${this.#line}; ${this.#shown()}`
      return null
    }
    if ('batch' in parsed) {
      this.#batches++
      return parsed.batch
    }
    if (parsed.end !== this.#batches) this.warning = `the recording is damaged: it says it has ${parsed.end} batches, and has ${this.#batches}`
    else if (!(await lines.next()).done) this.warning = 'the recording is damaged: there is more behind its end, which is not shown'
    return null
  }

  async next(): Promise<Batch | null> {
    if (this.#over) return null
    let batch: Batch | null = null
    try {
      batch = await this.#read()
    } catch (error) {
      // What came before is good; the view keeps it and says why it stops here.
      this.warning = `the recording is damaged at line ${this.#line}: ${reasonOf(error)}; ${this.#shown()}`
    }
    if (!batch) {
      this.#over = true
      return null
    }
    const passed = this.#lastNs === null ? 0 : (batch.timeNs - this.#lastNs) / 1e6
    this.#lastNs = batch.timeNs
    if (this.#speed > 0) await this.#wait(Math.min(LONGEST_MS, Math.max(0, passed)) / this.#speed)
    return batch
  }

  /** Until closed at the latest: who quits does not wait for the next batch. */
  async #wait(ms: number): Promise<void> {
    await pause(Math.min(ms, TIMER_MS), undefined, { signal: this.#stop.signal }).catch(() => {})
  }

  async close(): Promise<void> {
    this.#over = true
    this.#stop.abort()
    await this.#reading.lines.return(undefined)
    await this.#reading.closeFile()
  }
}
