/** What a terminal reports of its mouse, taken out of what is typed: whole reports, parts of them, and bytes that only look like one. Pure. */
import { PASTE_START } from './paste.ts'

/** Switches reports of presses and releases on, written in decimal so that any column can be told; and off. */
export const [MOUSE_ON, MOUSE_OFF] = ['\u001b[?1000h\u001b[?1006h', '\u001b[?1006l\u001b[?1000l']

/** What a hand did: pressed the first button on a cell (both counted from 0), or turned the wheel; towards oneself is > 0. */
export type Gesture = { kind: 'click'; x: number; y: number } | { kind: 'wheel'; notches: number }

/** As xterm's documentation calls them: decimal (1006), and in three bytes from terminals that do not know that. */
const [DECIMAL, BYTES] = [/^\u001b\[<(\d{1,6});(\d{1,6});(\d{1,6})([Mm])/, /^\u001b\[M([\u0020-\u00ff])([\u0020-\u00ff])([\u0020-\u00ff])/]

/** What may become a report or the start of a paste, or part of a decimal report that is none: dropped up to its end, since it is no key either. */
const [BEGUN, BROKEN] = [/^\u001b(\[(<[\u0020-\u003f]*|M[\u0020-\u00ff]{0,2}|20{0,2})?)?$/, /^\u001b\[<[\u0020-\u003f]*[\u0040-\u007e]?/]

/** Longer than any report. What is still none then stays none, however long it gets. */
const LONGEST = 64

/** What is kept of such a one. */
const ENDLESS = '\u001b[<:'

/** Bits of a button's number: moved with it held down, the wheel, buttons beyond those. */
const [MOTION, WHEEL, BEYOND] = [32, 64, 128]

function gestureOf(button: number, column: number, row: number, isRelease: boolean): Gesture | null {
  if (button & (MOTION | BEYOND)) return null
  if (button & WHEEL) return button & 2 ? null : { kind: 'wheel', notches: button & 1 ? 1 : -1 }
  return (button & 3) === 0 && !isRelease && column > 0 && row > 0 ? { kind: 'click', x: column - 1, y: row - 1 } : null
}

/** A report at the start of a text: how long it is, and what it tells. */
function reportAt(text: string): { length: number; gesture: Gesture | null } | null {
  const decimal = DECIMAL.exec(text)
  if (decimal) return { length: decimal[0].length, gesture: gestureOf(Number(decimal[1]), Number(decimal[2]), Number(decimal[3]), decimal[4] === 'm') }
  const bytes = BYTES.exec(text)
  if (!bytes) return null
  const [button = 0, column = 0, row = 0] = bytes.slice(1).map((byte) => byte.charCodeAt(0) - 32)
  return { length: bytes[0].length, gesture: button < 0 ? null : gestureOf(button, column, row, false) }
}

/** Reads bytes as they come; each as a character of that code. */
export class MouseReader {
  #held = ''
  #given = ''

  /**
   * What is to be read as keys, and what the mouse did. The end of it may be held back: see `settle`. `paste`: what follows the start of a
   * paste, which ends the keys; null: no paste starts here.
   */
  read(bytes: string): { keys: string; gestures: Gesture[]; paste: string | null } {
    // An Esc that was given away as a key, when what followed it was late: the rest of that report is no keys, nor is a paste.
    const whole = this.#given + bytes
    const late = this.#given !== '' && (reportAt(whole) || whole.startsWith(PASTE_START)) ? this.#given : ''
    let text = late + this.#held + bytes
    this.#held = ''
    this.#given = ''
    let keys = ''
    const gestures: Gesture[] = []
    while (text !== '') {
      const at = text.indexOf('\u001b')
      if (at < 0) return { keys: keys + text, gestures, paste: null }
      keys += text.slice(0, at)
      text = text.slice(at)
      if (text.startsWith(PASTE_START)) return { keys, gestures, paste: text.slice(PASTE_START.length) }
      const report = reportAt(text)
      if (report) {
        if (report.gesture) gestures.push(report.gesture)
        text = text.slice(report.length)
      } else if (BEGUN.test(text)) {
        this.#held = text.length > LONGEST ? ENDLESS : text
        return { keys, gestures, paste: null }
      } else {
        const broken = BROKEN.exec(text)
        if (!broken) keys += '\u001b'
        text = text.slice(broken ? broken[0].length : 1)
      }
    }
    return { keys, gestures, paste: null }
  }

  /** Is something held back? 'key': it may be a key as well, which must not wait; 'report': it can only be part of a report. */
  get held(): 'nothing' | 'key' | 'report' {
    if (this.#held === '') return 'nothing'
    return this.#held.length <= 2 ? 'key' : 'report'
  }

  /** Nothing followed in time: what is to be read as keys of what was held back. */
  settle(): string {
    const held = this.#held
    const isKey = this.held === 'key'
    this.#held = ''
    this.#given = isKey ? held : ''
    return isKey ? held : ''
  }
}
