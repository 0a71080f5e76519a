/** Looks through all known files for those that are meant, and the first of them. */
import type { FileFilter } from './file-filter.ts'
import { FileAt, type FileColumn, type FileLook } from './file-look.ts'
import { fileNumbers } from './file-numbers.ts'
import { Picker, type SortColumn } from './order.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Slots of the first files, how many there are in all, and where the kept one stands (-1: nowhere). */
export interface Selection {
  slots: number[]
  count: number
  at: number
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
    if (!files.shows(slot, this.#kinds)) return false
    if (this.open) return true
    this.#at.slot = slot
    return this.#filter.passes(this.#at, this.#world)
  }

  /** Picks by a column; equals go by its sums, then by id. */
  picker(column: SortColumn<FileLook>, reverse: boolean, most: number): Picker<FileLook> {
    const at = this.#at
    const { files } = this.#world
    const look = (slot: number): FileLook => {
      at.slot = slot
      return at
    }
    return new Picker(column, reverse, most, look, (a, b) => (a === b ? 0 : files.id(a) < files.id(b) ? -1 : 1))
  }

  /** The first `most` of those that have any of the column's rate now. */
  active(column: SortColumn<FileLook>, most: number): number[] {
    const picker = this.picker(column, false, most)
    // A slot that was forgotten and given away within the tick stands in the list once.
    for (const slot of this.#world.files.sums.tick.active) {
      if (!this.passes(slot)) continue
      this.#at.slot = slot
      if (column.value(this.#at) !== 0) picker.offer(slot)
    }
    return picker.take()
  }

  /** Where `keep`, which is meant, stands among all by a column of numbers; null by any other. */
  place(column: FileColumn, reverse: boolean, keep: number): number | null {
    const { files } = this.#world
    const numbers = fileNumbers(files, column)
    if (!numbers) return null
    const [key, next] = [numbers.key(keep), numbers.next(keep)]
    let before = 0
    for (let slot = 0; slot < files.end; slot++) {
      // What is compared comes first: asking whether a file is meant may take longer.
      const own = numbers.key(slot)
      if (own !== key) {
        if (own > key !== reverse && this.passes(slot)) before++
        continue
      }
      const more = numbers.next(slot)
      const comes = more !== next ? more > next !== reverse : slot !== keep && files.used(slot) && files.id(slot) < files.id(keep)
      if (comes && this.passes(slot)) before++
    }
    return before
  }

  /** Looks at all: the first `most`, and where `keep`, which is meant, stands. */
  all(column: SortColumn<FileLook>, reverse: boolean, most: number, keep: number): Selection {
    const picker = this.picker(column, reverse, most)
    const compared = keep >= 0 ? picker.comparedWith(keep) : null
    let [count, before] = [0, 0]
    for (let slot = 0; slot < this.#world.files.end; slot++) {
      if (!this.passes(slot)) continue
      count++
      picker.offer(slot)
      if (compared && compared(slot) < 0) before++
    }
    return { slots: picker.take(), count, at: keep >= 0 ? before : -1 }
  }
}
