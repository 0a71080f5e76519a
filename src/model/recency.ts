/**
 * A map that knows what was used longest ago. A Map is in order of insertion, but moving a key to its end by deleting and setting it
 * leaves a hole each time, and what is looked for is looked for among the holes: with many keys, and some of them used all the time, that
 * took more time than all the rest. Here a use is four numbers in two arrays.
 */
import { grown } from './slots.ts'

export class Recency<Key, Value> {
  readonly #places = new Map<Key, number>()
  /** by place, from here on; places count from 1, and place 0 is both ends of the order */
  readonly #keys: (Key | undefined)[] = [undefined]
  readonly #values: (Value | undefined)[] = [undefined]
  #newer = new Int32Array(64)
  #older = new Int32Array(64)
  readonly #free: number[] = []

  get size(): number {
    return this.#places.size
  }

  /** Where that key is, or 0; good until it is forgotten. */
  place(key: Key): number {
    return this.#places.get(key) ?? 0
  }

  /** What stands there; undefined: nothing, as at 0. */
  at(place: number): Value | undefined {
    return this.#values[place]
  }

  /** Puts another value there. */
  put(place: number, value: Value): void {
    this.#values[place] = value
  }

  /** It is the one used last. */
  use(place: number): void {
    if (place === 0 || this.#older[0] === place) return
    this.#unlink(place)
    this.#link(place)
  }

  /** A key that is not there yet, as the one used last; returns its place. */
  add(key: Key, value: Value): number {
    const place = this.#free.pop() ?? this.#keys.length
    this.#keys[place] = key
    this.#values[place] = value
    this.#newer = grown(this.#newer, place + 1)
    this.#older = grown(this.#older, place + 1)
    this.#places.set(key, place)
    this.#link(place)
    return place
  }

  #link(place: number): void {
    const newest = this.#older[0] as number
    this.#older[place] = newest
    this.#newer[place] = 0
    this.#newer[newest] = place
    this.#older[0] = place
  }

  #unlink(place: number): void {
    const [newer, older] = [this.#newer[place] as number, this.#older[place] as number]
    this.#older[newer] = older
    this.#newer[older] = newer
  }

  /** Forgets what was used longest ago until no more than `limit` are left. */
  trim(limit: number): void {
    while (this.size > limit) {
      const oldest = this.#newer[0] as number
      this.#unlink(oldest)
      this.#places.delete(this.#keys[oldest] as Key)
      this.#keys[oldest] = undefined
      this.#values[oldest] = undefined
      this.#free.push(oldest)
    }
  }
}
