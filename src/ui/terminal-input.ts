/** The terminal's input for Ink: without the reports of its mouse, with each paste in one piece, and with a word on which keys came alone. */
import { Readable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { InputReader, type Read } from './input-reader.ts'
import type { Gesture } from './mouse.ts'

/**
 * Ms without input after which a key counts as pressed by hand. The parts of a pasted text that a terminal sends without brackets follow
 * each other in well under 1 ms; a held key repeats every 30 ms.
 */
const QUIET_MS = 10

/** How the keys came that are being handled. */
export interface Arrival {
  /** one key alone, in a read of its own */
  isSingle: boolean
  /** and no other input came just before */
  isQuiet: boolean
}

const TOGETHER: Arrival = { isSingle: false, isQuiet: false }

/** What Ink asks of an input is a terminal's: raw mode is that terminal's own. */
export class TerminalInput extends Readable {
  readonly isTTY = true
  /** is the terminal's mouse reported? */
  readonly hasMouse: boolean
  /** told of what the mouse did */
  onGestures: ((gestures: Gesture[], arrival: Arrival) => void) | null = null
  readonly #terminal: ReadStream
  #reader = new InputReader()
  #timer: NodeJS.Timeout | undefined
  /** reads so far: a timer that is overtaken by one does nothing */
  #reads = 0
  #isQuiet = true
  /** of each push that Ink has not read yet */
  #pushed: Arrival[] = []
  #arrival = TOGETHER

  constructor(terminal: ReadStream, hasMouse = true) {
    super()
    this.#terminal = terminal
    this.hasMouse = hasMouse
  }

  /** How the keys came that Ink hands over now. */
  get arrival(): Arrival {
    return this.#arrival
  }

  /** The key that came alone has done its work: what else Ink makes of the same read is no key alone. */
  spend(): void {
    this.#arrival = TOGETHER
  }

  readonly #take = (chunk: Buffer) => {
    clearTimeout(this.#timer)
    const isQuiet = this.#isQuiet
    this.#reads++
    this.#isQuiet = false
    this.#hand(this.#reader.read(chunk.toString('latin1')), isQuiet)
    const { waitMs } = this.#reader
    this.#after(waitMs ?? QUIET_MS, () => {
      if (waitMs !== null) this.#hand(this.#reader.settle(), isQuiet)
      this.#isQuiet = true
    })
  }

  /** Does it unless input comes before. What waits in the terminal when the time is over is read first: a timer that is late must not miss it. */
  #after(ms: number, then: () => void): void {
    const reads = this.#reads
    const due = () => {
      if (reads === this.#reads) then()
    }
    this.#timer = setTimeout(() => setImmediate(due), ms)
    this.#timer.unref()
  }

  #hand({ keys, gestures, isSingle }: Read, isQuiet: boolean): void {
    const arrival = { isSingle, isQuiet }
    if (keys !== '') {
      this.#pushed.push(arrival)
      this.push(Buffer.from(keys, 'latin1'))
    }
    // After the keys that came with it, which Ink reads when this turn is over.
    if (gestures.length > 0) setImmediate(() => this.onGestures?.(gestures, arrival))
  }

  /** As Ink reads: all that was pushed since it read last comes as one piece. */
  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    if (chunk !== null) {
      const [only, ...others] = this.#pushed
      this.#arrival = only && others.length === 0 ? only : TOGETHER
      this.#pushed = []
    }
    return chunk
  }

  /** Input is read only while it is raw: what is typed meanwhile is the shell's. */
  setRawMode(on: boolean): this {
    clearTimeout(this.#timer)
    this.#reads++
    this.#reader = new InputReader()
    this.#isQuiet = true
    this.#pushed = []
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
