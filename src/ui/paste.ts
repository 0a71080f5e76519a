/** Bracketed paste: collects what the terminal sends between its markers, and makes one harmless line of it. Pure. */

/** What a terminal sends before and after a paste while mode 2004 is on. */
export const [PASTE_START, PASTE_END] = ['\u001b[200~', '\u001b[201~']

/** The longest paste that is kept, bytes: no filter, rule or name needs more, and each key edits the whole line. */
export const MAX_PASTE_BYTES = 16_384

/**
 * How long to wait for more of a paste, ms. After an end marker: a pasted text can hold one, and the rest of it is then in the same read
 * or in the next. Without one: the terminal may have lost it, and keys must not be swallowed for ever.
 */
export const [AFTER_END_MS, WITHOUT_END_MS] = [30, 2000]

/** Control characters, and the two line ends of Unicode. Tab becomes a blank before. */
const DROPPED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** The text as one line: tabs are blanks, line ends and all other control characters are dropped. */
export function oneLine(text: string): string {
  return text.replace(/\t/g, ' ').replace(DROPPED, '')
}

/** Collects one paste. Bytes are given as characters of that code. */
export class PasteReader {
  #bytes = ''
  /** the end of all that came: the start of a marker may lie in it */
  #tail = ''
  #hasEnd = false

  /** More of the paste. All that comes before `finish` belongs to it, also behind an end marker: nothing of a paste is a key. */
  take(bytes: string): void {
    const recent = this.#tail + bytes
    this.#hasEnd ||= recent.includes(PASTE_END)
    this.#tail = recent.slice(-PASTE_END.length)
    this.#bytes += bytes.slice(0, Math.max(0, MAX_PASTE_BYTES - this.#bytes.length))
  }

  /** The silence after which the paste is over, ms. */
  get waitMs(): number {
    return this.#hasEnd ? AFTER_END_MS : WITHOUT_END_MS
  }

  /** The paste as one line. An end marker inside it is text, without its Esc. */
  finish(): string {
    const bytes = this.#bytes.endsWith(PASTE_END) ? this.#bytes.slice(0, -PASTE_END.length) : this.#bytes
    return oneLine(Buffer.from(bytes, 'latin1').toString('utf8'))
  }
}
