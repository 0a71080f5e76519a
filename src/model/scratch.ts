/** Arrays for a moment's work, used again the next time: new ones each time would keep the garbage collector busy. */
import { grown } from './slots.ts'
import { Sums } from './tally.ts'

export class Scratch {
  readonly #arrays = new Map<string, Int32Array<ArrayBuffer>>()
  readonly #sums = new Map<string, Sums>()

  /** The array of that name with at least `length` places, the first ones filled; good until it is asked for again. */
  ints(name: string, length: number, fill: number): Int32Array<ArrayBuffer> {
    const array = grown(this.#arrays.get(name) ?? new Int32Array(0), length)
    this.#arrays.set(name, array)
    return array.fill(fill, 0, length)
  }

  /** The sums of that name with at least `slots` slots, the first ones zero; good until they are asked for again. */
  sums(name: string, slots: number): Sums {
    const sums = this.#sums.get(name) ?? new Sums()
    this.#sums.set(name, sums)
    sums.clearFirst(slots)
    return sums
  }
}
