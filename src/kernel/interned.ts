/** Equal texts as one: each record of the kernel brings texts of its own, and a hundred thousand processes have the same parent, program and session. */

/** Texts that are remembered; then all are forgotten and it begins anew. */
const MOST = 4096

/** Longer ones are not remembered: names of programs are shorter. UTF-16 units. */
const LONGEST = 512

export class Interned {
  readonly #known = new Map<string, string>()

  /** The text that was given first of those equal to this one. */
  of(text: string): string {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (text.length > LONGEST) return text
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(text, text)
    return text
  }
}

/** The same ASCII text in one piece: V8 keeps one that was put together as a tree of its parts. */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
