/**
 * A map that knows what was used longest ago. A Map is in order of insertion, but moving a key to its end by deleting and setting it
 * leaves a hole each time, and what is looked for is looked for among the holes: with many keys, and some of them used all the time, that
 * took more time than all the rest.
 */
import { Ages } from './ages.ts'

export class Recency<Key, Value> {
  readonly #places = new Map<Key, number>()
  /** by place, from here on; places count from 1 */
  readonly #keys: (Key | undefined)[] = [undefined]
  readonly #values: (Value | undefined)[] = [undefined]
  readonly #ages = new Ages()
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
    if (place !== 0) this.#ages.use(place)
  }

  /** A key that is not there yet, as the one used last; returns its place. */
  add(key: Key, value: Value): number {
    const place = this.#free.pop() ?? this.#keys.length
    this.#keys[place] = key
    this.#values[place] = value
    this.#places.set(key, place)
    this.#ages.use(place)
    return place
  }

  /** Forgets what was used longest ago and returns it; undefined where there is nothing. */
  forgetOldest(): Value | undefined {
    const oldest = this.#ages.oldest()
    if (oldest < 0) return undefined
    const value = this.#values[oldest]
    this.#ages.forget(oldest)
    this.#places.delete(this.#keys[oldest] as Key)
    this.#keys[oldest] = undefined
    this.#values[oldest] = undefined
    this.#free.push(oldest)
    return value
  }

  /** Forgets what was used longest ago until no more than `limit` are left. */
  trim(limit: number): void {
    while (this.size > limit) this.forgetOldest()
  }
}
