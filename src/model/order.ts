/** Row order, for every view: columns are data, and one place knows how to compare by them and how to find the first few of many. */

/** What rows can be sorted by. `Row` is all the column has to see of a row. */
export interface SortColumn<Row, Id extends string = string> {
  readonly id: Id
  /** which rows come first unless reversed: those with the most, or the least (text: from a to z) */
  readonly first: 'most' | 'least'
  readonly value: (row: Row) => number | string
  /** decides between equals, most first: a sum since the start, so that a quiet table keeps its order */
  readonly next?: (row: Row) => number
  /** how text is compared; else by its code units */
  readonly compare?: (a: string, b: string) => number
}

/** A column by its id. Throws where there is none: ids come from the same list. */
export function columnOf<C extends { id: string }>(columns: readonly C[], id: string): C {
  const column = columns.find((one) => one.id === id)
  if (!column) throw new Error(`there is no column ${id}: choose one of ${columns.map((one) => one.id).join(', ')}`)
  return column
}

const byUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
/** Infinities too, of which a difference would be no number. */
const byNumber = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)

/** Compares two values of a column, unreversed. */
export function keyOrder<Row>(column: SortColumn<Row>): (a: number | string, b: number | string) => number {
  const text = column.compare ?? byUnits
  const sign = column.first === 'most' ? -1 : 1
  return (a, b) => sign * (typeof a === 'number' ? byNumber(a, b as number) : text(a, b as string))
}

/** Compares rows; `tie` decides between equals, whether reversed or not, so that rows do not jump whatever order they come in. */
export function rowOrder<Row>(column: SortColumn<Row>, reverse: boolean, tie: (a: Row, b: Row) => number): (a: Row, b: Row) => number {
  const keys = keyOrder(column)
  const { value, next } = column
  const sign = reverse ? -1 : 1
  return (a, b) => sign * (keys(value(a), value(b)) || (next ? byNumber(next(b), next(a)) : 0)) || tie(a, b)
}

/** Sorted copy of rows. */
export function sorted<Row>(rows: Iterable<Row>, column: SortColumn<Row>, reverse: boolean, tie: (a: Row, b: Row) => number): Row[] {
  return [...rows].sort(rowOrder(column, reverse, tie))
}

/** The first few of many, in order, without sorting the rest: each that comes is compared with the last of the few. `Look`: all that is compared. */
export class Leading<Item extends Look, Look = Item> {
  readonly #limit: number
  readonly #order: (a: Look, b: Look) => number
  #kept: Item[] = []
  /** the last of the first `limit`, once there are so many */
  #last: Item | undefined

  constructor(limit: number, order: (a: Look, b: Look) => number) {
    this.#limit = limit
    this.#order = order
  }

  /** The last of the first few; undefined as long as there are not so many. */
  get last(): Item | undefined {
    return this.#last
  }

  /** Would it be kept? */
  wants(item: Look): boolean {
    return this.#limit > 0 && (this.#last === undefined || this.#order(item, this.#last) < 0)
  }

  offer(item: Item): void {
    if (!this.wants(item)) return
    this.#kept.push(item)
    // Sorted again only now and then: when twice as many have come.
    if (this.#kept.length >= 2 * this.#limit + 64) this.#cut()
  }

  #cut(): void {
    this.#kept.sort(this.#order)
    this.#kept.length = Math.min(this.#kept.length, this.#limit)
    if (this.#kept.length === this.#limit) this.#last = this.#kept.at(-1)
  }

  /** The first ones that came so far. */
  take(): Item[] {
    this.#cut()
    return [...this.#kept]
  }
}

/** One of many, known by a number, as it is compared: what it is sorted by is worked out at most once. */
interface Place {
  index: number
  key: number | string | undefined
  next: number | undefined
}

/** The numbers below `end`. */
export function* below(end: number): Generator<number> {
  for (let i = 0; i < end; i++) yield i
}

/** Finds the first few of many without making rows of all: `look` says what there is to see of the one with a number, until it is asked again. */
export class Picker<Look> {
  readonly #column: SortColumn<Look>
  readonly #look: (index: number) => Look
  readonly #order: (a: Place, b: Place) => number
  readonly #leading: Leading<Place>
  /** do the largest numbers come first? */
  readonly #mostFirst: boolean
  readonly #reverse: boolean
  readonly #asked: Place = { index: 0, key: undefined, next: undefined }

  constructor(column: SortColumn<Look>, reverse: boolean, most: number, look: (index: number) => Look, tie: (a: number, b: number) => number) {
    this.#column = column
    this.#look = look
    this.#reverse = reverse
    this.#mostFirst = (column.first === 'most') !== reverse
    const keys = keyOrder(column)
    const sign = reverse ? -1 : 1
    this.#order = (a, b) => sign * (keys(this.#key(a), this.#key(b)) || byNumber(this.#next(b), this.#next(a))) || tie(a.index, b.index)
    this.#leading = new Leading(most, this.#order)
  }

  #key(place: Place): number | string {
    place.key ??= this.#column.value(this.#look(place.index))
    return place.key
  }

  #next(place: Place): number {
    place.next ??= this.#column.next?.(this.#look(place.index)) ?? 0
    return place.next
  }

  offer(index: number): void {
    const asked = this.#asked
    asked.index = index
    asked.key = this.#column.value(this.#look(index))
    asked.next = undefined
    const { last } = this.#leading
    // Nearly all are behind the last of the few by this alone: that is seen here, before anything else is worked out.
    if (last && this.#isBehind(asked, last)) return
    if (this.#leading.wants(asked)) this.#leading.offer({ ...asked })
  }

  /** Is it certain by its key, or by what decides between equals? */
  #isBehind(a: Place, b: Place): boolean {
    if (this.#column.compare) return false
    const [key, other] = [this.#key(a), this.#key(b)]
    if (key !== other) return this.#mostFirst === key < other
    const [next, otherNext] = [this.#next(a), this.#next(b)]
    return this.#reverse ? next > otherNext : next < otherNext
  }

  /** The first ones of those that came, in order. */
  take(): number[] {
    return this.#leading.take().map(({ index }) => index)
  }

  /** Offers all of some numbers; the first ones, and how many come before `keep` (-1: none is asked for). */
  pick(indices: Iterable<number>, keep: number): { first: number[]; at: number } {
    const compared = keep >= 0 ? this.comparedWith(keep) : null
    let before = 0
    for (const index of indices) {
      this.offer(index)
      if (compared && compared(index) < 0) before++
    }
    return { first: this.take(), at: compared ? before : -1 }
  }

  /** Compares two by number; what each is sorted by is remembered for as long as the function is. */
  comparer(): (a: number, b: number) => number {
    const places = new Map<number, Place>()
    const place = (index: number) => {
      const known = places.get(index) ?? { index, key: undefined, next: undefined }
      places.set(index, known)
      return known
    }
    return (a, b) => this.#order(place(a), place(b))
  }

  /** How does each of many compare with this one? */
  comparedWith(index: number): (other: number) => number {
    const fixed: Place = { index, key: undefined, next: undefined }
    const asked: Place = { index: 0, key: undefined, next: undefined }
    return (other) => {
      asked.index = other
      asked.key = undefined
      asked.next = undefined
      return this.#isBehind(asked, fixed) ? 1 : this.#order(asked, fixed)
    }
  }
}
