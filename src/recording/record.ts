/** Writes down what a source gives while passing it on. */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import type { Batch, Source, SourceInfo } from '../batch/batch.ts'
import { printable } from '../text/printable.ts'
import { batchJson, endJson, headJson, Seal } from './format.ts'
import { partsOf } from './parts.ts'

/** Why a file could not be made, and what to do about it. */
function whyNotMade(path: string, { code, message }: NodeJS.ErrnoException): string {
  const folder = printable(dirname(path))
  switch (code) {
    case 'EEXIST':
      return 'it exists already, and is not overwritten'
    case 'ENOENT':
      return path === '' ? 'a file name is wanted' : `there is no folder ${folder} (ENOENT): make it first`
    case 'ENOTDIR':
      return `${folder} is no folder (ENOTDIR)`
    case 'EACCES':
    case 'EROFS':
      return `${folder} may not be written to (${code})`
    default:
      return printable(message)
  }
}

export class Recorder implements Source {
  readonly info: SourceInfo
  readonly #source: Source
  readonly #file: WriteStream
  readonly #seal = new Seal()
  /** lines with batches */
  #batches = 0
  /** why the recording stopped early, as a sentence; the view goes on */
  failure: string | null = null

  private constructor(source: Source, file: WriteStream, path: string) {
    this.#source = source
    this.info = source.info
    this.#file = file
    file.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = `recording to ${printable(path)} stopped: ${error.code === 'ENOSPC' ? 'the disk is full' : error.message}`
    })
  }

  /** Creates `path`, readable by its owner only: paths and command names are nobody else's business. Throws a sentence. */
  static async create(source: Source, path: string): Promise<Recorder> {
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
    try {
      await once(file, 'open')
    } catch (error) {
      throw new Error(`--record ${printable(path)}: ${whyNotMade(path, error as NodeJS.ErrnoException)}`)
    }
    const recorder = new Recorder(source, file, path)
    await recorder.#write(headJson(source.info))
    return recorder
  }

  async #write(json: string): Promise<void> {
    if (this.failure !== null || this.#file.destroyed) return
    // A slow disk slows the ticks down rather than filling memory. Called back after a failure too.
    await new Promise<void>((resolve) => this.#file.write(`${this.#seal.close(json)}\n`, () => resolve()))
  }

  /** As the source itself: what is looked at is recorded too. All of it, so the stream is never narrowed. */
  wantEvents(on: boolean): boolean {
    return this.#source.wantEvents?.(on) ?? false
  }

  async next(): Promise<Batch | null> {
    const batch = await this.#source.next()
    if (!batch) return null
    for (const part of partsOf(batch)) {
      this.#batches++
      await this.#write(batchJson(part))
    }
    return batch
  }

  async close(): Promise<void> {
    await this.#source.close()
    await this.#write(endJson(this.#batches))
    if (!this.#file.destroyed) await new Promise<void>((resolve) => this.#file.end(resolve))
  }
}
