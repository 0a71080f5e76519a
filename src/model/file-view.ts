/** The files view: the first rows of all known files, by any column. Only those that are shown become rows. */
import type { FileId } from '../batch/batch.ts'
import { FileFilter } from './file-filter.ts'
import { FILE_ORDER, FileAt, type FileColumn, type FileRow } from './file-look.ts'
import { FileScan, type Selection } from './file-scan.ts'
import type { Filter } from './filter.ts'
import type { HeaderStats } from './headline.ts'
import { columnOf } from './order.ts'
import { filesByPath, placeByPath } from './path-order.ts'
import { slotOf } from './slots.ts'
import { Standing } from './standing.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type Window, type World } from './world.ts'

/** What the files view shows. */
export interface FileSpec extends Window {
  sort: FileColumn
  reverse: boolean
  /** The same object for as long as it is the same filter: what was answered for it is kept. */
  filter: Filter | null
  kinds: Kinds
  /** a file whose place in the order is asked for */
  keep?: FileId | null
}

/** A window of the files that pass. */
export interface FileView {
  rows: FileRow[]
  /** files that pass, in all */
  count: number
  /** where the one asked for stands, or -1 */
  at: number
  header: HeaderStats
}

/** Sorted by what is done now: only who does something has any of it. */
const RATES: ReadonlySet<FileColumn> = new Set(['opens', 'writes', 'bytes', 'reads', 'errors'])
/** Sorted by what only grows. */
const SUMS: ReadonlySet<FileColumn> = new Set(['writers', 'readers', 'processes', 'total'])

/** Keeps what one query can leave to the next. */
export class FileViews {
  readonly #world: World
  #filter = new FileFilter(null)
  readonly #standings = new Map<string, Standing>()

  constructor(world: World) {
    this.#world = world
  }

  /** The filter made ready for files, the same as long as it is the same object. */
  filter(filter: Filter | null): FileFilter {
    if (this.#filter.filter !== filter) this.#filter = new FileFilter(filter)
    return this.#filter
  }

  /** The files view: filtered, sorted. */
  view(spec: FileSpec): FileView {
    const { from = 0, limit = SCREENFUL, keep } = spec
    const { files, header } = this.#world
    const scan = new FileScan(this.#world, this.filter(spec.filter), spec.kinds)
    const wanted = keep ? files.find(keep) : -1
    const found = this.#select(scan, spec, from + limit, wanted >= 0 && scan.passes(wanted) ? wanted : -1)
    const at = new FileAt(this.#world)
    return { rows: found.slots.slice(from).map((slot) => at.row(slot)), count: found.count, at: found.at, header }
  }

  #select(scan: FileScan, spec: FileSpec, most: number, keep: number): Selection {
    if (spec.sort === 'path') return this.#byPath(scan, spec, most, keep)
    const slots = scan.open && !spec.reverse ? this.#kept(scan, spec, most) : null
    if (slots) {
      const near = keep >= 0 ? slots.indexOf(keep) : -1
      const at = keep < 0 || near >= 0 ? near : scan.place(spec.sort, spec.reverse, keep)
      if (at !== null) return { slots, count: this.#world.files.count(spec.kinds), at }
    }
    return scan.all(columnOf(FILE_ORDER, spec.sort), spec.reverse, most, keep)
  }

  /** The first ones, by what changed since the last query; null where all have to be looked at. */
  #kept(scan: FileScan, { sort, kinds }: FileSpec, most: number): number[] | null {
    const column = columnOf(FILE_ORDER, sort)
    if (SUMS.has(sort)) return this.#standing(`${sort} ${kinds}`, scan, scan.picker(column, false, most).comparer(), most)
    if (!RATES.has(sort)) return null
    const active = scan.active(column, most)
    if (active.length >= most) return active
    // The others all have a rate of zero, so their sums decide. Of those that come first by these, some may be active.
    const quiet = scan.picker({ ...column, value: () => 0 }, false, most).comparer()
    const doing = new Set(active)
    const behind = this.#standing(`${sort} ${kinds}`, scan, quiet, most + active.length).filter((slot) => !doing.has(slot))
    return [...active, ...behind].slice(0, most)
  }

  #standing(name: string, scan: FileScan, order: (a: number, b: number) => number, most: number): number[] {
    const { files } = this.#world
    const standing = this.#standings.get(name) ?? new Standing()
    this.#standings.set(name, standing)
    const things = {
      end: files.end,
      handle: (slot: number) => files.handle(slot),
      belongs: (slot: number) => scan.passes(slot),
      order,
      membership: files.membership,
      tick: files.tick,
      changed: [...files.sums.tick.active, ...files.sums.tick.before],
    }
    return standing.first(things, most, slotOf)
  }

  #byPath(scan: FileScan, { reverse, kinds }: FileSpec, most: number, keep: number): Selection {
    const { files } = this.#world
    const nowhere = [...files.nowhere].filter((slot) => scan.passes(slot))
    let count = files.count(kinds)
    if (!scan.open) {
      count = 0
      for (let slot = 0; slot < files.end; slot++) if (scan.passes(slot)) count++
    }
    const paths = { files, kinds, open: scan.open, passes: (slot: number) => scan.passes(slot) }
    return { slots: filesByPath(paths, reverse, most, nowhere), count, at: keep >= 0 ? placeByPath(paths, keep, reverse, count, nowhere) : -1 }
  }
}
