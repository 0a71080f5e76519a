/** Small numbers for things that come and go, so that what is known of each can stand side by side in typed arrays. */

/** A slot, and which of those who had it: given once and never again, so that one kept too long is seen to be old. 0 is nobody's. */
export type Handle = number

/** The slot is in the low bits. 4 million things at a time, 2 thousand million in all. */
const BITS = 22
const MASK = 2 ** BITS - 1

/** The slot of a handle, which others may have by now (see Slots.has). */
export function slotOf(handle: Handle): number {
  // An integer beyond 32 bits is taken modulo 2^32 here, which leaves the low bits as they are.
  return handle & MASK
}

/** Any of the arrays that columns are made of. */
type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** The same array when it has `length` places, else a longer copy with room to spare, filled up with zeros. */
export function grown<T extends Column>(column: T, length: number): T {
  if (column.length >= length) return column
  const longer = new (column.constructor as new (length: number) => T)(Math.max(64, length, Math.ceil(column.length * 1.5)))
  longer.set(column as never)
  return longer
}

/** Gives slots out and takes them back; the lowest ones are in use. */
export class Slots {
  /** by slot: whose it is now, 0: nobody's */
  #handles = new Float64Array(0)
  readonly #free: number[] = []
  #end = 0
  #serial = 0

  /** All slots in use are below this. */
  get end(): number {
    return this.#end
  }

  /** In use. */
  get size(): number {
    return this.#end - this.#free.length
  }

  /** A free slot, as a handle. Throws where 4 million are in use. */
  take(): Handle {
    const slot = this.#free.pop() ?? this.#end
    if (slot > MASK) throw new Error(`more than ${MASK + 1} things are remembered at a time: lower the limits of the model`)
    if (slot === this.#end) this.#end++
    this.#handles = grown(this.#handles, this.#end)
    const handle = ++this.#serial * 2 ** BITS + slot
    this.#handles[slot] = handle
    return handle
  }

  /** Is it still whose it was? */
  has(handle: Handle): boolean {
    return handle !== 0 && this.#handles[slotOf(handle)] === handle
  }

  /** Whose slot is it now? 0: nobody's. */
  at(slot: number): Handle {
    return this.#handles[slot] ?? 0
  }

  /** Gives a slot back; one that is old already is left alone. */
  release(handle: Handle): void {
    if (!this.has(handle)) return
    this.#handles[slotOf(handle)] = 0
    this.#free.push(slotOf(handle))
  }
}
