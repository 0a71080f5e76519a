/** A recording as a source. */
import { createReadStream, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { Batch, Source, SourceInfo } from '../batch/batch.ts'
import { LINE_BYTES, Malformed, parseHead, parseLine } from './format.ts'

/** Lines of a file, without ever holding more than one over-long line. `whole` is false for a last line without its newline. */
async function* linesOf(path: string): AsyncGenerator<{ text: string; whole: boolean }> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    rest += decoder.write(chunk as Buffer)
    let from = 0
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n', from)) {
      yield { text: rest.slice(from, at), whole: true }
      from = at + 1
    }
    rest = rest.slice(from)
    if (rest.length > LINE_BYTES) throw new Malformed('a line is longer than any recording has')
  }
  rest += decoder.end()
  if (rest !== '') yield { text: rest, whole: false }
}

export class Recording implements Source {
  readonly info: SourceInfo
  /** after the end: what was wrong with the file, or null */
  warning: string | null = null
  readonly #path: string
  readonly #lines: AsyncGenerator<{ text: string; whole: boolean }>
  /** 0: as fast as asked */
  readonly #speed: number
  #line = 1
  #batches = 0
  #lastNs: number | null = null
  #over = false

  private constructor(path: string, info: SourceInfo, lines: AsyncGenerator<{ text: string; whole: boolean }>, speed: number) {
    this.#path = path
    this.info = info
    this.#lines = lines
    this.#speed = speed
  }

  /** Throws a sentence where `path` is no recording this program reads. */
  static async open(path: string, speed: number): Promise<Recording> {
    try {
      if (!statSync(path).isFile()) throw new Malformed('it is no regular file')
      const lines = linesOf(path)
      const first = await lines.next()
      if (first.done) throw new Malformed('it is empty')
      return new Recording(path, parseHead(first.value.text), lines, speed)
    } catch (error) {
      if (error instanceof Malformed) throw new Error(`${path} is not a recording of fswatch-tui: ${error.message}. Recordings are made with --record FILE`)
      const { code, message } = error as NodeJS.ErrnoException
      throw new Error(code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read: ${message}`)
    }
  }

  async #read(): Promise<Batch | null> {
    const next = await this.#lines.next()
    if (next.done) {
      this.warning = `the recording is cut: its end is missing after ${this.#batches} batches`
      return null
    }
    this.#line++
    const parsed = parseLine(next.value.text)
    if ('batch' in parsed) {
      this.#batches++
      return parsed.batch
    }
    if (parsed.end !== this.#batches) this.warning = `the recording is damaged: it says it has ${parsed.end} batches, and has ${this.#batches}`
    return null
  }

  async next(): Promise<Batch | null> {
    if (this.#over) return null
    let batch: Batch | null = null
    try {
      batch = await this.#read()
    } catch (error) {
      // What came before is good; the view keeps it and says why it stops here.
      this.warning = `the recording is damaged at line ${this.#line}: ${error instanceof Malformed ? error.message : `${this.#path}: ${(error as Error).message}`}`
    }
    if (!batch) {
      this.#over = true
      return null
    }
    const passed = this.#lastNs === null ? 0 : (batch.timeNs - this.#lastNs) / 1e6
    this.#lastNs = batch.timeNs
    if (this.#speed > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(60_000, Math.max(0, passed)) / this.#speed))
    return batch
  }

  async close(): Promise<void> {
    this.#over = true
    await this.#lines.return(undefined)
  }
}
