/** Looks through all known files for those that are meant, and the first of them. */
import type { FileFilter } from './file-filter.ts'
import { FileAt, type FileLook } from './file-look.ts'
import { keyOrder, Leading, type SortColumn } from './order.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Slots of the first files, how many there are in all, and where the kept one stands (-1: nowhere). */
export interface Selection {
  slots: number[]
  count: number
  at: number
}

/** A file to be compared: what it is sorted by is worked out at most once. */
export class Place {
  slot = 0
  key: number | string | undefined
  next: number | undefined
}

export class FileScan {
  readonly #world: World
  readonly #filter: FileFilter
  readonly #kinds: Kinds
  readonly #at: FileAt
  /** are all files of these kinds meant? */
  readonly open: boolean

  constructor(world: World, filter: FileFilter, kinds: Kinds) {
    this.#world = world
    this.#filter = filter
    this.#kinds = kinds
    this.#at = new FileAt(world)
    this.open = filter.open
    filter.prepare(world)
  }

  /** Is the file in that slot meant? */
  passes(slot: number): boolean {
    const { files } = this.#world
    if (!files.used(slot) || (this.#kinds === 'files' && files.isOther(slot))) return false
    if (this.open) return true
    this.#at.slot = slot
    return this.#filter.passes(this.#at, this.#world)
  }

  /** A file as it is compared. */
  place(slot: number): Place {
    const place = new Place()
    place.slot = slot
    return place
  }

  /** The order of a column; equals go by its sums, then by id. */
  order(column: SortColumn<FileLook>, reverse: boolean): (a: Place, b: Place) => number {
    const at = this.#at
    const { files } = this.#world
    const { value, next } = column
    const keys = keyOrder(column)
    const sign = reverse ? -1 : 1
    const key = (place: Place) => {
      if (place.key !== undefined) return place.key
      at.slot = place.slot
      place.key = value(at)
      return place.key
    }
    const behind = (place: Place) => {
      if (place.next !== undefined) return place.next
      at.slot = place.slot
      place.next = next?.(at) ?? 0
      return place.next
    }
    return (a, b) => {
      const first = keys(key(a), key(b)) || behind(b) - behind(a)
      if (first !== 0) return sign * first
      return a.slot === b.slot ? 0 : files.id(a.slot) < files.id(b.slot) ? -1 : 1
    }
  }

  /** The first `most` of those that have any of the column's rate now. */
  active(column: SortColumn<FileLook>, most: number): number[] {
    const leading = new Leading<Place>(most, this.order(column, false))
    // A slot that was forgotten and given away within the tick stands in the list once.
    for (const slot of this.#world.files.sums.tick.active) {
      if (!this.passes(slot)) continue
      this.#at.slot = slot
      const key = column.value(this.#at)
      if (key === 0) continue
      const place = this.place(slot)
      place.key = key
      leading.offer(place)
    }
    return leading.take().map(({ slot }) => slot)
  }

  /** Looks at all: the first `most`, and where `keep`, which is meant, stands. */
  all(column: SortColumn<FileLook>, reverse: boolean, most: number, keep: number): Selection {
    const order = this.order(column, reverse)
    const leading = new Leading<Place>(most, order)
    const kept = keep >= 0 ? this.place(keep) : null
    // One place is used again and again; only who comes among the first gets one of its own.
    const look = this.place(0)
    const mostFirst = (column.first === 'most') !== reverse
    let [count, before] = [0, 0]
    for (let slot = 0; slot < this.#world.files.end; slot++) {
      if (!this.passes(slot)) continue
      count++
      this.#at.slot = slot
      const key = column.value(this.#at)
      // Nearly all are behind the last of the few by their numbers alone: that is seen here, before anything else is worked out.
      const last = leading.last?.key
      if (!kept && typeof key === 'number' && typeof last === 'number' && (mostFirst ? key < last : key > last)) continue
      look.slot = slot
      look.key = key
      look.next = undefined
      if (leading.wants(look)) leading.offer(this.place(slot))
      if (kept && order(look, kept) < 0) before++
    }
    return { slots: leading.take().map(({ slot }) => slot), count, at: kept ? before : -1 }
  }
}
