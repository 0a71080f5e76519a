/** The terminal's input without what its mouse reports, for Ink: it takes reports that come in two pieces for keys. */
import { Readable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { type Gesture, MouseReader } from './mouse.ts'

/** Ms to wait for what follows an Esc before it is the key; and for the rest of what can only be a report. */
const [KEY_MS, REPORT_MS] = [10, 1000]

/** What Ink asks of an input is a terminal's: raw mode is that terminal's own. */
export class TerminalInput extends Readable {
  readonly isTTY = true
  /** told of what the mouse did */
  onGestures: ((gestures: Gesture[]) => void) | null = null
  readonly #terminal: ReadStream
  readonly #reader = new MouseReader()
  #timer: NodeJS.Timeout | undefined

  constructor(terminal: ReadStream) {
    super()
    this.#terminal = terminal
  }

  readonly #take = (chunk: Buffer) => {
    clearTimeout(this.#timer)
    const { keys, gestures } = this.#reader.read(chunk.toString('latin1'))
    if (keys !== '') this.push(Buffer.from(keys, 'latin1'))
    // After the keys that came with it, which Ink reads when this turn is over.
    if (gestures.length > 0) setImmediate(() => this.onGestures?.(gestures))
    const { held } = this.#reader
    if (held !== 'nothing') this.#timer = setTimeout(this.#settle, held === 'key' ? KEY_MS : REPORT_MS)
  }

  readonly #settle = () => {
    const keys = this.#reader.settle()
    if (keys !== '') this.push(Buffer.from(keys, 'latin1'))
  }

  /** Input is read only while it is raw: what is typed meanwhile is the shell's. */
  setRawMode(on: boolean): this {
    clearTimeout(this.#timer)
    this.#terminal.setRawMode(on)
    this.#terminal.off('data', this.#take)
    if (on) this.#terminal.on('data', this.#take).resume()
    else this.#terminal.pause()
    return this
  }

  ref(): this {
    this.#terminal.ref()
    return this
  }

  unref(): this {
    this.#terminal.unref()
    return this
  }

  override _read(): void {
    // Comes by itself.
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#terminal.off('data', this.#take)
    done(error)
  }
}
