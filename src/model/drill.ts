/** One process or one file looked at closely: what it has to do with which others, and the last minute of it. */
import type { FileFact, FileId, ProcessFact, ProcessId } from '../batch/batch.ts'
import { type Counts, noCounts, perSecond } from './counts.ts'
import { FileAt, type FileRow, type HotProcess, hotProcess } from './file-look.ts'
import { GROUP_ORDER, type GroupColumn, type GroupRow, groupTie, ratesOf } from './group-look.ts'
import { columnOf, Leading, rowOrder } from './order.ts'
import type { ProcessState } from './process.ts'
import { hotFile, type ProcessRow, type ProcessViews } from './process-view.ts'
import { type Handle, slotOf } from './slots.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type Window, type World } from './world.ts'

/** How the files of a process, or the processes of a file, are shown. */
export interface DrillSpec extends Window {
  sort: GroupColumn
  reverse: boolean
  kinds: Kinds
}

/** One tick of the last minute. */
export interface Sample {
  /** seconds before the running tick */
  ago: number
  /** a second; null: not remembered whole, for want of room */
  rates: Counts | null
}

/** A process above or below another. */
export interface Relative {
  id: ProcessId
  pid: number
  comm: string
  /** false: ended, or it did nothing itself that was seen */
  alive: boolean
}

/** A process closely. */
export interface ProcessDetail {
  row: ProcessRow
  /** null: nothing is known of it but what it did */
  fact: ProcessFact | null
  /** what it did to each file, in order; members is 1 */
  files: GroupRow[]
  /** its files that are remembered, in all */
  count: number
  history: Sample[]
  /** nearest first */
  ancestors: Relative[]
  /** those that did something that was seen, by pid */
  children: Relative[]
}

/** A file closely. */
export interface FileDetail {
  row: FileRow
  /** null: not there yet */
  fact: FileFact | null
  /** what each process did to it, in order, as long as the process is remembered */
  processes: GroupRow[]
  /** such processes, in all */
  count: number
  history: Sample[]
  /** who changed it last that was seen, its content, name or attributes; null: nobody */
  changed: Changed | null
}

/** A change of a file, as it was seen. */
export interface Changed {
  by: HotProcess | null
  /** others changed it in the same tick */
  among: boolean
  /** ms since the epoch, and before now: when the tick ended that it was seen in */
  timeMs: number
  agoMs: number
}

/** Bounded: a damaged recording may hold a circle. */
const HIGHEST = 64

/** Rates of the ticks of the last minute, oldest first, of the entries that are meant. */
export function historyOf({ recent, clock }: World, isMeant: (entry: number) => boolean): Sample[] {
  return recent.ticks.map(({ timeNs, seconds, from }, i) => {
    const ago = (clock.nowNs - timeNs) / 1e9
    if (from < recent.from) return { ago, rates: null }
    const sum = noCounts()
    const end = recent.ticks[i + 1]?.from ?? recent.end
    for (let entry = from; entry < end; entry++) if (isMeant(entry)) recent.addTo(entry, sum)
    return { ago, rates: perSecond(sum, seconds) }
  })
}

/** What the entries of the running tick came to, by the other side of each. */
function runningBy({ recent }: World, of: (entry: number) => Handle, other: (entry: number) => Handle, meant: Handle): Map<Handle, Counts> {
  const sums = new Map<Handle, Counts>()
  const { from, end } = recent.running()
  for (let entry = from; entry < end; entry++) {
    if (of(entry) !== meant) continue
    const sum = sums.get(other(entry)) ?? noCounts()
    sums.set(other(entry), sum)
    recent.addTo(entry, sum)
  }
  return sums
}

function first(rows: Iterable<GroupRow>, { sort, reverse, from = 0, limit = SCREENFUL }: DrillSpec): { rows: GroupRow[]; count: number } {
  const leading = new Leading<GroupRow>(from + limit, rowOrder(columnOf(GROUP_ORDER, sort), reverse, groupTie))
  let count = 0
  for (const row of rows) {
    count++
    leading.offer(row)
  }
  return { rows: leading.take().slice(from), count }
}

const MEMBER = { depth: 0, members: 1, gone: 0, expandable: false, expanded: false, process: null, file: null }

function* filesOf(world: World, state: ProcessState, kinds: Kinds): Generator<GroupRow> {
  const { recent, processes, names, files, clock } = world
  const ticks = runningBy(
    world,
    (entry) => recent.process(entry),
    (entry) => recent.file(entry),
    state.handle,
  )
  for (const [id, pair] of state.files(kinds)) {
    const total = processes.store.read(pair)
    const slot = files.find(id)
    const fact = names.get(id) ?? (slot >= 0 ? files.fact(slot) : null)
    const file = hotFile(fact) ?? { id, path: '' }
    yield { ...MEMBER, key: id, name: file.path, file, ...ratesOf(ticks.get(processes.store.file(pair)) ?? noCounts(), clock.seconds), total }
  }
}

function relative(id: ProcessId, pid: number, comm: string, state: ProcessState | undefined): Relative {
  return { id, pid, comm: state?.fact?.comm ?? comm, alive: state !== undefined && state.endedNs === null }
}

function ancestorsOf({ processes }: World, state: ProcessState): Relative[] {
  const out: Relative[] = []
  const seen = new Set([state.id])
  for (let fact = state.fact; fact?.parent && !seen.has(fact.parent) && out.length < HIGHEST; ) {
    const parent = processes.find(fact.parent)
    seen.add(fact.parent)
    out.push(relative(fact.parent, fact.ppid, fact.parentComm, parent))
    fact = parent?.fact ?? null
  }
  return out
}

function childrenOf({ processes }: World, id: ProcessId): Relative[] {
  const out: Relative[] = []
  for (const state of processes) if (state.fact?.parent === id) out.push(relative(state.id, state.pid, '?', state))
  return out.sort((a, b) => a.pid - b.pid || (a.id < b.id ? -1 : 1))
}

/** A process closely; null: it is not remembered. */
export function processDetail(world: World, id: ProcessId, spec: DrillSpec, views: ProcessViews): ProcessDetail | null {
  const { processes, recent, files } = world
  const state = processes.find(id)
  if (!state) return null
  const row = views.row(state, spec.kinds)
  // Whatever the filter asked last is about.
  row.hottest = hotFile(state.hottestOfAll(spec.kinds))
  // What is not remembered of a file is taken for a file proper.
  const isShown = (file: Handle) => spec.kinds === 'all' || !files.has(file) || !files.isOther(slotOf(file))
  const { rows, count } = first(filesOf(world, state, spec.kinds), spec)
  return {
    row,
    fact: state.fact,
    files: rows,
    count,
    history: historyOf(world, (entry) => recent.process(entry) === state.handle && isShown(recent.file(entry))),
    ancestors: ancestorsOf(world, state),
    children: childrenOf(world, id),
  }
}

function* processesOf(world: World, slot: number, kinds: Kinds, views: ProcessViews): Generator<GroupRow> {
  const { recent, processes, files, clock } = world
  const { store } = processes
  const handle = files.handle(slot)
  const ticks = runningBy(
    world,
    (entry) => recent.file(entry),
    (entry) => recent.process(entry),
    handle,
  )
  for (let pair = 0; pair < store.end; pair++) {
    const state = store.used(pair) && store.file(pair) === handle ? processes.inSlot(store.owner(pair)) : undefined
    if (!state) continue
    const total = store.read(pair)
    const row = views.row(state, kinds)
    yield { ...MEMBER, key: state.id, name: row.comm, process: row, ...ratesOf(ticks.get(state.handle) ?? noCounts(), clock.seconds), total }
  }
}

function changedOf({ files, clock, header }: World, slot: number): Changed | null {
  const last = files.lastChange(slot)
  if (!last) return null
  const agoMs = (clock.nowNs - last.ns) / 1e6
  return { by: hotProcess(last.who), among: last.among, timeMs: header.timeMs - agoMs, agoMs }
}

/** A file closely; null: it is not remembered. */
export function fileDetail(world: World, id: FileId, spec: DrillSpec, views: ProcessViews): FileDetail | null {
  const { files, recent } = world
  const slot = files.find(id)
  if (slot < 0) return null
  const handle = files.handle(slot)
  const { rows, count } = first(processesOf(world, slot, spec.kinds, views), spec)
  return {
    row: new FileAt(world).row(slot),
    fact: files.fact(slot),
    processes: rows,
    count,
    history: historyOf(world, (entry) => recent.file(entry) === handle),
    changed: changedOf(world, slot),
  }
}
