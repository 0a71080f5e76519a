/** One directory looked at closely: who works on the files below it, which of them are hottest, and the last minute of it. */
import { type Counts, noCounts } from './counts.ts'
import { NOWHERE } from './directories.ts'
import { historyOf, type Sample } from './drill.ts'
import { FILE_COLUMNS, FILE_ORDER, FileAt, type FileLook, type FileRow } from './file-look.ts'
import { GROUP_COLUMNS, GROUP_ORDER, type GroupColumn, type GroupRow, groupTie, type MemberFile, ratesOf } from './group-look.ts'
import { columnOf, Leading, Picker, sorted } from './order.ts'
import type { ProcessState } from './process.ts'
import { hotFile, type ProcessViews } from './process-view.ts'
import type { Scratch } from './scratch.ts'
import { type Handle, slotOf } from './slots.ts'
import { keptSums } from './sums-below.ts'
import { FIELD } from './tally.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type Window, type World } from './world.ts'

/** What is shown of a directory: the processes at work below it, or the files. */
export interface DirectoryDrillSpec extends Window {
  rows: 'processes' | 'files'
  /** one of GroupColumn for processes, of FileColumn for files; any other is taken for 'bytes' */
  sort: string
  reverse: boolean
  kinds: Kinds
  /** the id of a process or file whose place is asked for */
  keep: string | null
}

/** A directory closely. */
export interface DirectoryDetail {
  path: string
  /** of all files below: a second over the last tick, and in all, forgotten files too */
  rates: Counts
  total: Counts
  /** known files below */
  known: number
  /** the window of what is asked for; `file` of a process is its hottest one below */
  processes: GroupRow[]
  files: FileRow[]
  /** of those, in all */
  count: number
  /** where the one asked for stands, or -1 */
  at: number
  /** what writes most and what is written most, few; of what the rows do not show */
  leading: { processes: GroupRow[]; files: FileRow[] }
  history: Sample[]
}

/** Named beside the rows, at most. */
const LEADING = 8

/** What of the model lies below one directory. */
class Below {
  readonly #world: World
  readonly #kinds: Kinds
  /** by directory: 1 where it is the one meant, or below */
  readonly #places: Uint8Array

  constructor(world: World, top: number, kinds: Kinds) {
    this.#world = world
    this.#kinds = kinds
    const { tree } = world.files
    this.#places = new Uint8Array(tree.end)
    for (const waiting = [top]; waiting.length > 0; ) {
      const at = waiting.pop() as number
      this.#places[at] = 1
      for (const child of tree.children(at)) waiting.push(child)
    }
  }

  /** Is the file in that slot below, and of the kinds that are meant? */
  holds(slot: number): boolean {
    const { files } = this.#world
    return this.#places[files.directory(slot)] === 1 && files.shows(slot, this.#kinds)
  }

  has(file: Handle): boolean {
    return this.#world.files.has(file) && this.holds(slotOf(file))
  }

  /** Slots of the known files. */
  *slots(): Generator<number> {
    const { end } = this.#world.files
    for (let slot = 0; slot < end; slot++) if (this.holds(slot)) yield slot
  }
}

interface Work {
  state: ProcessState
  total: Counts
  tick: Counts
  /** the pair whose file is hottest */
  best: number
}

function workBelow({ processes, recent }: World, below: Below, scratch: Scratch): Work[] {
  const { store } = processes
  const totals = scratch.sums('totals', processes.slots)
  const best = scratch.ints('best', processes.slots, -1)
  for (let pair = 0; pair < store.end; pair++) {
    if (!store.used(pair) || !below.has(store.file(pair))) continue
    const owner = store.owner(pair)
    const known = best[owner] as number
    if (known < 0 || store.score(pair) > store.score(known)) best[owner] = pair
    store.addTo(pair, totals, owner)
  }
  const works = new Map<Handle, Work>()
  for (let owner = 0; owner < processes.slots; owner++) {
    const state = best[owner] === -1 ? undefined : processes.inSlot(owner)
    if (state) works.set(state.handle, { state, total: totals.read(owner), tick: noCounts(), best: best[owner] as number })
  }
  const { from, end } = recent.running()
  for (let entry = from; entry < end; entry++) {
    const work = works.get(recent.process(entry))
    if (work && below.has(recent.file(entry))) recent.addTo(entry, work.tick)
  }
  return [...works.values()]
}

/** A process's part as a row, in order; what else is shown of it is added for those on the screen. */
function processRows(world: World, works: readonly Work[], sort: GroupColumn, reverse: boolean): { row: GroupRow; work: Work }[] {
  const same = { depth: 0, members: 1, gone: 0, expandable: false, expanded: false, process: null, file: null }
  const rows = new Map<GroupRow, Work>()
  for (const work of works) {
    const { state, total, tick } = work
    rows.set({ ...same, key: state.id, name: state.fact?.comm ?? '?', ...ratesOf(tick, world.clock.seconds), total }, work)
  }
  return sorted(rows.keys(), columnOf(GROUP_ORDER, sort), reverse, groupTie).map((row) => ({ row, work: rows.get(row) as Work }))
}

function hottestOf({ processes, files }: World, pair: number): MemberFile | null {
  const slot = slotOf(processes.store.file(pair))
  return hotFile(files.fact(slot))
}

function filesFirst(world: World, below: Below, { sort, reverse, from = 0, limit = SCREENFUL, keep }: DirectoryDrillSpec): { files: FileRow[]; at: number } {
  const { files } = world
  const at = new FileAt(world)
  const look = (slot: number): FileLook => {
    at.slot = slot
    return at
  }
  const tie = (a: number, b: number) => (a === b ? 0 : files.id(a) < files.id(b) ? -1 : 1)
  const kept = keep === null ? -1 : files.find(keep)
  const column = columnOf(FILE_ORDER, FILE_COLUMNS.find((id) => id === sort) ?? 'bytes')
  const picked = new Picker(column, reverse, from + limit, look, tie).pick(below.slots(), kept >= 0 && below.holds(kept) ? kept : -1)
  return { files: picked.first.slice(from).map((slot) => at.row(slot)), at: picked.at }
}

/** The files that are written most, now and else in all, and how many files there are: of very many, so without a look at more than that. */
function filesLeading(world: World, below: Below): { files: FileRow[]; known: number } {
  const { files } = world
  const { tick, total } = files.sums
  const { writeBytes } = FIELD
  const order = (a: number, b: number) =>
    tick.get(b, writeBytes) - tick.get(a, writeBytes) || total.get(b, writeBytes) - total.get(a, writeBytes) || (files.id(a) < files.id(b) ? -1 : 1)
  const leading = new Leading<number>(LEADING, order)
  let known = 0
  for (const slot of below.slots()) {
    known++
    const { last } = leading
    // Nearly all are behind the last of the few by this alone.
    if (last === undefined || tick.get(slot, writeBytes) > 0 || total.get(slot, writeBytes) >= total.get(last, writeBytes)) leading.offer(slot)
  }
  const at = new FileAt(world)
  return { files: leading.take().map((slot) => at.row(slot)), known }
}

/** A directory closely; null: no known file lies below it. `scratch` is used until the next call. */
export function directoryDetail(world: World, path: string, spec: DirectoryDrillSpec, views: ProcessViews, scratch: Scratch): DirectoryDetail | null {
  const { files, recent } = world
  const place = files.tree.find(path)
  if (place === NOWHERE) return null
  const below = new Below(world, place, spec.kinds)
  const { from = 0, limit = SCREENFUL, kinds, reverse, keep } = spec
  const works = workBelow(world, below, scratch)
  const shown = ({ row, work }: { row: GroupRow; work: Work }): GroupRow => ({
    ...row,
    process: views.row(work.state, kinds),
    file: hottestOf(world, work.best),
  })
  const { rates, total } = keptSums(world, kinds).read(place)
  const most = filesLeading(world, below)
  const history = historyOf(world, (entry) => below.has(recent.file(entry)))
  const same = { path, rates, total, known: most.known, history }
  if (spec.rows === 'processes') {
    const all = processRows(world, works, GROUP_COLUMNS.find((id) => id === spec.sort) ?? 'bytes', reverse)
    const window = all.slice(from, from + limit).map(shown)
    const at = keep === null ? -1 : all.findIndex(({ row }) => row.key === keep)
    return { ...same, processes: window, files: [], count: all.length, at, leading: { processes: [], files: most.files } }
  }
  const leaders = processRows(world, works, 'bytes', false).slice(0, LEADING).map(shown)
  return { ...same, processes: [], count: most.known, leading: { processes: leaders, files: [] }, ...filesFirst(world, below, spec) }
}
