/** The last so many of what came, in order, each with its number: for a new one the oldest goes. */

export class Last<T extends { readonly seq: number }> {
  readonly #most: number
  readonly #weigh: (item: T) => number
  readonly #mostWeight: number
  #weight = 0
  #items: T[] = []
  /** those before it are let go */
  #from = 0
  #dropped = 0

  /** `most`: how many are kept, as long as together they weigh no more than `mostWeight`. */
  constructor(most: number, weigh: (item: T) => number = () => 0, mostWeight = 0) {
    this.#most = most
    this.#weigh = weigh
    this.#mostWeight = mostWeight
  }

  get size(): number {
    return this.#items.length - this.#from
  }

  /** The number of the last one that was let go; 0: none was. Numbers begin with 1. */
  get dropped(): number {
    return this.#dropped
  }

  /** From 0, the oldest. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#from + index]
  }

  /** Its number is higher than all before. */
  push(item: T): void {
    this.#items.push(item)
    this.#weight += this.#weigh(item)
    if (this.size <= this.#most && this.#weight <= this.#mostWeight) return
    while (this.size > this.#most || this.#weight > this.#mostWeight) this.#drop()
    // Not one by one, since all that stay are moved each time; nor all at once, since those let go stay in memory until then.
    if (this.#from * 4 < this.#most) return
    this.#items.splice(0, this.#from)
    this.#from = 0
  }

  #drop(): void {
    const oldest = this.#items[this.#from++]
    if (!oldest) return
    this.#dropped = oldest.seq
    this.#weight -= this.#weigh(oldest)
  }

  /** Where the first stands whose number is at least that; `size`: none is. */
  place(seq: number): number {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.at(middle)?.seq ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Those that pass, kept by themselves. */
  filtered(passes: (item: T) => boolean): Last<T> {
    const copy = new Last<T>(this.#most, this.#weigh, this.#mostWeight)
    copy.#items = this.#items.slice(this.#from).filter(passes)
    for (const item of copy.#items) copy.#weight += this.#weigh(item)
    copy.#dropped = this.#dropped
    return copy
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#from; i < this.#items.length; i++) yield this.#items[i] as T
  }
}
