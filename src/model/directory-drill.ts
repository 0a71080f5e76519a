/** One directory looked at closely: who works on the files below it, which of them are hottest, and the last minute of it. */
import { addCounts, type Counts, noCounts, perSecond } from './counts.ts'
import { NOWHERE } from './directories.ts'
import { historyOf, type Sample } from './drill.ts'
import { FILE_COLUMNS, FILE_ORDER, FileAt, type FileColumn, type FileLook, type FileRow } from './file-look.ts'
import { GROUP_COLUMNS, GROUP_ORDER, type GroupColumn, type GroupRow, groupTie, type MemberFile, ratesOf } from './group-look.ts'
import { columnOf, Picker, sorted } from './order.ts'
import type { ProcessState } from './process.ts'
import { hotFile, type ProcessViews } from './process-view.ts'
import { type Handle, slotOf } from './slots.ts'
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
  /** slots of the known files */
  readonly slots: number[] = []
  readonly #places: Uint8Array

  constructor(world: World, top: number, kinds: Kinds) {
    this.#world = world
    this.#kinds = kinds
    const { files } = world
    this.#places = new Uint8Array(files.tree.end)
    for (const waiting = [top]; waiting.length > 0; ) {
      const at = waiting.pop() as number
      this.#places[at] = 1
      for (const slot of files.tree.files(at)) if (files.shows(slot, kinds)) this.slots.push(slot)
      for (const child of files.tree.children(at)) waiting.push(child)
    }
  }

  /** Is that file below, and of the kinds that are meant? */
  has(file: Handle): boolean {
    const { files } = this.#world
    if (!files.has(file)) return false
    const slot = slotOf(file)
    return this.#places[files.directory(slot)] === 1 && files.shows(slot, this.#kinds)
  }
}

interface Work {
  state: ProcessState
  total: Counts
  tick: Counts
  /** the pair with most bytes */
  best: number
  most: number
}

function workBelow(world: World, below: Below): Work[] {
  const { processes, recent } = world
  const { store } = processes
  const works = new Map<Handle, Work>()
  for (let pair = 0; pair < store.end; pair++) {
    if (!store.used(pair) || !below.has(store.file(pair))) continue
    const state = processes.inSlot(store.owner(pair))
    if (!state) continue
    const work = works.get(state.handle) ?? { state, total: noCounts(), tick: noCounts(), best: pair, most: -1 }
    works.set(state.handle, work)
    const counts = store.read(pair)
    addCounts(work.total, counts)
    const much = counts.writeBytes + counts.readBytes
    if (much > work.most) Object.assign(work, { best: pair, most: much })
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

function filesFirst(world: World, slots: readonly number[], sort: FileColumn, reverse: boolean, most: number, keep: string | null) {
  const { files } = world
  const at = new FileAt(world)
  const look = (slot: number): FileLook => {
    at.slot = slot
    return at
  }
  const tie = (a: number, b: number) => (a === b ? 0 : files.id(a) < files.id(b) ? -1 : 1)
  const kept = keep === null ? -1 : files.find(keep)
  const picked = new Picker(columnOf(FILE_ORDER, sort), reverse, most, look, tie).pick(slots, slots.includes(kept) ? kept : -1)
  return { rows: (from: number) => picked.first.slice(from).map((slot) => new FileAt(world).row(slot)), at: picked.at }
}

/** A directory closely; null: no known file lies below it. */
export function directoryDetail(world: World, path: string, spec: DirectoryDrillSpec, views: ProcessViews): DirectoryDetail | null {
  const { files, recent, clock } = world
  const place = files.tree.find(path)
  if (place === NOWHERE) return null
  const below = new Below(world, place, spec.kinds)
  const { from = 0, limit = SCREENFUL, kinds, reverse, keep } = spec
  const works = workBelow(world, below)
  const shown = ({ row, work }: { row: GroupRow; work: Work }): GroupRow => ({
    ...row,
    process: views.row(work.state, kinds),
    file: hottestOf(world, work.best),
  })
  const tick = files.tree.below.files.tally.tick.read(place)
  const total = files.tree.below.files.tally.total.read(place)
  if (kinds === 'all') {
    addCounts(tick, files.tree.below.others.tally.tick.read(place))
    addCounts(total, files.tree.below.others.tally.total.read(place))
  }
  const same = {
    path,
    rates: perSecond(tick, clock.seconds),
    total,
    known: below.slots.length,
    history: historyOf(world, (entry) => below.has(recent.file(entry))),
  }
  if (spec.rows === 'processes') {
    const all = processRows(world, works, GROUP_COLUMNS.find((id) => id === spec.sort) ?? 'bytes', reverse)
    const hottest = filesFirst(world, below.slots, 'bytes', false, LEADING, null).rows(0)
    const window = all.slice(from, from + limit).map(shown)
    const at = keep === null ? -1 : all.findIndex(({ row }) => row.key === keep)
    return { ...same, processes: window, files: [], count: all.length, at, leading: { processes: [], files: hottest } }
  }
  const leaders = processRows(world, works, 'bytes', false).slice(0, LEADING).map(shown)
  const found = filesFirst(world, below.slots, FILE_COLUMNS.find((id) => id === spec.sort) ?? 'bytes', reverse, from + limit, keep)
  return { ...same, processes: [], files: found.rows(from), count: below.slots.length, at: found.at, leading: { processes: leaders, files: [] } }
}
