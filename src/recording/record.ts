/** Writes down what a source gives while passing it on. */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Batch, Source, SourceInfo } from '../batch/batch.ts'
import { batchLine, endLine, headLine } from './format.ts'

export class Recorder implements Source {
  readonly info: SourceInfo
  readonly #source: Source
  readonly #file: WriteStream
  #batches = 0
  /** why the recording stopped early, as a sentence; the view goes on */
  failure: string | null = null

  private constructor(source: Source, file: WriteStream, path: string) {
    this.#source = source
    this.info = source.info
    this.#file = file
    file.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = `recording to ${path} stopped: ${error.code === 'ENOSPC' ? 'the disk is full' : error.message}`
    })
  }

  /** Creates `path`, readable by its owner only: paths and command names are nobody else's business. Throws a sentence. */
  static async create(source: Source, path: string): Promise<Recorder> {
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
    try {
      await once(file, 'open')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw new Error(code === 'EEXIST' ? `--record ${path}: it exists already, and is not overwritten` : `--record ${path}: ${message}`)
    }
    const recorder = new Recorder(source, file, path)
    await recorder.#write(headLine(source.info))
    return recorder
  }

  async #write(line: string): Promise<void> {
    if (this.failure !== null || this.#file.destroyed) return
    // A slow disk slows the ticks down rather than filling memory.
    if (!this.#file.write(`${line}\n`)) await Promise.race([once(this.#file, 'drain'), once(this.#file, 'close')]).catch(() => {})
  }

  async next(): Promise<Batch | null> {
    const batch = await this.#source.next()
    if (batch) {
      this.#batches++
      await this.#write(batchLine(batch))
    }
    return batch
  }

  async close(): Promise<void> {
    await this.#source.close()
    await this.#write(endLine(this.#batches))
    if (!this.#file.destroyed) await new Promise<void>((resolve) => this.#file.end(resolve))
  }
}
