/** The files view: the first rows of all known files, by any column. Only those that are shown become rows. */
import type { FileId } from '../batch/batch.ts'
import { NOWHERE } from './directories.ts'
import type { FileFilter } from './file-filter.ts'
import { FILE_ORDER, FileAt, type FileColumn, type FileLook, type FileRow } from './file-look.ts'
import type { Filter } from './filter.ts'
import type { HeaderStats } from './headline.ts'
import { columnOf, keyOrder, Leading, type SortColumn } from './order.ts'
import { filesByPath, placeByPath } from './path-order.ts'
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

/** A file that may be shown: its slot, and what it is sorted by. */
interface Candidate {
  slot: number
  key: number | string
}

/** Which files are meant, and in which order. */
export class FileScan {
  readonly at: FileAt
  readonly #world: World
  readonly #filter: FileFilter
  readonly #kinds: Kinds

  constructor(world: World, filter: FileFilter, kinds: Kinds) {
    this.#world = world
    this.#filter = filter
    this.#kinds = kinds
    this.at = new FileAt(world)
    filter.prepare(world)
  }

  /** Are all files of these kinds meant? */
  get open(): boolean {
    return this.#filter.open
  }

  /** Is the file in that slot meant? */
  passes(slot: number): boolean {
    const { files } = this.#world
    if (!files.used(slot) || (this.#kinds === 'files' && files.isOther(slot))) return false
    if (this.#filter.open) return true
    this.at.slot = slot
    return this.#filter.passes(this.at, this.#world)
  }

  /** The order of a column; equals go by sums, then by id. */
  order(column: SortColumn<FileLook>, reverse: boolean): (a: Candidate, b: Candidate) => number {
    const keys = keyOrder(column)
    const sign = reverse ? -1 : 1
    const next = (slot: number) => {
      this.at.slot = slot
      return column.next?.(this.at) ?? 0
    }
    const { files } = this.#world
    return (a, b) => sign * (keys(a.key, b.key) || next(b.slot) - next(a.slot)) || (files.id(a.slot) < files.id(b.slot) ? -1 : a.slot === b.slot ? 0 : 1)
  }

  /** What a file is sorted by. */
  key(column: SortColumn<FileLook>, slot: number): number | string {
    this.at.slot = slot
    return column.value(this.at)
  }
}

/** What a scan comes to: slots of the first files, how many there are, and where the kept one stands. */
interface Selection {
  slots: number[]
  count: number
  at: number
}

function select(world: World, scan: FileScan, { sort, reverse }: FileSpec, most: number, keep: number): Selection {
  const column = columnOf(FILE_ORDER, sort)
  const order = scan.order(column, reverse)
  const leading = new Leading<Candidate>(most, order)
  const kept: Candidate | null = keep >= 0 ? { slot: keep, key: scan.key(column, keep) } : null
  // One candidate is looked at again and again; only who comes among the first is made one of its own.
  const look: Candidate = { slot: 0, key: 0 }
  let [count, before] = [0, 0]
  for (let slot = 0; slot < world.files.end; slot++) {
    if (!scan.passes(slot)) continue
    count++
    look.slot = slot
    look.key = scan.key(column, slot)
    if (leading.wants(look)) leading.offer({ ...look })
    if (kept && order(look, kept) < 0) before++
  }
  return { slots: leading.take().map(({ slot }) => slot), count, at: kept ? before : -1 }
}

function selectByPath(world: World, scan: FileScan, { reverse, kinds }: FileSpec, most: number, keep: number): Selection {
  const { files } = world
  const nowhere: number[] = []
  let count = 0
  for (let slot = 0; slot < files.end; slot++) {
    if (!scan.passes(slot)) continue
    count++
    if (files.directory(slot) === NOWHERE) nowhere.push(slot)
  }
  const paths = { files, kinds, open: scan.open, passes: (slot: number) => scan.passes(slot) }
  return { slots: filesByPath(paths, reverse, most, nowhere), count, at: keep >= 0 ? placeByPath(paths, keep, reverse, count, nowhere) : -1 }
}

/** The files view: filtered, sorted. */
export function filesView(world: World, spec: FileSpec, filter: FileFilter): FileView {
  const { from = 0, limit = SCREENFUL, keep } = spec
  const scan = new FileScan(world, filter, spec.kinds)
  const wanted = keep ? world.files.find(keep) : -1
  const kept = wanted >= 0 && scan.passes(wanted) ? wanted : -1
  const found = (spec.sort === 'path' ? selectByPath : select)(world, scan, spec, from + limit, kept)
  const rows = found.slots.slice(from).map((slot) => {
    scan.at.slot = slot
    return scan.at.row()
  })
  return { rows, count: found.count, at: found.at, header: world.header }
}
