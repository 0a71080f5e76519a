/** What a terminal sends, told apart: keys, reports of its mouse, pastes; and whether a read was one key alone. Pure. */
import { type Gesture, MouseReader } from './mouse.ts'
import { PASTE_END, PASTE_START, PasteReader } from './paste.ts'

/** What one read of the terminal holds. Keys are bytes, each as a character of that code. */
export interface Read {
  /** a paste among them stands between its markers, as one line without control characters */
  keys: string
  gestures: Gesture[]
  /** one key (or the same one repeated, as a held key is), or one report of the mouse, and nothing else */
  isSingle: boolean
}

const CTRL_C = '\u0003'

/** Ms to wait for what follows an Esc before it is the key; and for the rest of what can only be a report. */
const [KEY_MS, REPORT_MS] = [10, 1000]

/** A control sequence as terminals send it for a key. */
const SEQUENCE = /^\u001b(\[\[?[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]|O[\u0030-\u003b]*[\u0040-\u007e])$/

/** Are these bytes one key? An Esc with a character behind it is none: two keys, or Alt with one. */
function isOneKey(bytes: string): boolean {
  if (bytes.startsWith('\u001b')) return bytes.length === 1 || SEQUENCE.test(bytes)
  return /^(.)\1*$/su.test(Buffer.from(bytes, 'latin1').toString('utf8'))
}

/** Reads bytes as they come. */
export class InputReader {
  readonly #mouse = new MouseReader()
  #paste: PasteReader | null = null

  /** The end of a read may be held back: see `waitMs`. */
  read(bytes: string): Read {
    // A paste whose end was lost: Ctrl-C must always be heard.
    if (this.#paste && bytes === CTRL_C) this.#paste = null
    if (this.#paste) {
      this.#paste.take(bytes)
      return { keys: '', gestures: [], isSingle: false }
    }
    const isWhole = this.#mouse.held === 'nothing'
    const { keys, gestures, paste } = this.#mouse.read(bytes)
    if (paste !== null) {
      this.#paste = new PasteReader()
      this.#paste.take(paste)
    }
    const isAlone = keys === '' ? gestures.length <= 1 : gestures.length === 0 && isOneKey(keys)
    return { keys, gestures, isSingle: isWhole && this.waitMs === null && isAlone }
  }

  /** Ms without a read after which `settle` is to be called; null: nothing is held back. */
  get waitMs(): number | null {
    if (this.#paste) return this.#paste.waitMs
    const { held } = this.#mouse
    return held === 'nothing' ? null : held === 'key' ? KEY_MS : REPORT_MS
  }

  /** Nothing more came: what was held back, as keys. */
  settle(): Read {
    if (this.#paste) {
      const text = this.#paste.finish()
      this.#paste = null
      const keys = text === '' ? '' : PASTE_START + Buffer.from(text).toString('latin1') + PASTE_END
      return { keys, gestures: [], isSingle: false }
    }
    const keys = this.#mouse.settle()
    return { keys, gestures: [], isSingle: isOneKey(keys) }
  }
}
