/** The processes view: a row a process, filtered and sorted. */
import type { FileFact, FileId, PathMarks, ProcessId } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import type { Filter } from './filter.ts'
import type { HeaderStats } from './headline.ts'
import { columnOf, Leading, rowOrder } from './order.ts'
import { type Plan, planOf } from './plan.ts'
import type { ProcessState } from './process.ts'
import { PROCESS_ORDER, type ProcessColumn, processTie } from './sort.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** What the processes view shows. */
export interface ViewSpec {
  sort: ProcessColumn
  reverse: boolean
  /** The same object for as long as it is the same filter: what was answered for it is kept. */
  filter: Filter | null
  /** 'files': files proper; 'all': also sockets, pipes, terminals, anonymous inodes */
  kinds: Kinds
  /** rows wanted, the first ones; else all */
  limit?: number
}

/** A file by name. */
export interface HotFile extends PathMarks {
  id: FileId
  path: string
}

/** A snapshot: what comes later does not change it. Rates are per second over the last tick. */
export interface ProcessRow {
  id: ProcessId
  pid: number
  ppid: number
  parentComm: string
  uid: number
  user: string
  comm: string
  exe: string
  alive: boolean
  opens: number
  writes: number
  /** written */
  bytes: number
  /** bytes read */
  reads: number
  errors: number
  /** distinct files, in all */
  files: number
  hottest: HotFile | null
  total: Counts
}

/** The rows, and the numbers above them. */
export interface ProcessView {
  rows: ProcessRow[]
  /** processes that pass, in all */
  count: number
  header: HeaderStats
}

/** A file by name, without its nature. */
export function hotFile(fact: FileFact | null): HotFile | null {
  if (!fact) return null
  const { mode: _mode, links: _links, fstype: _fstype, ...hot } = fact
  return hot
}

/** Makes rows of processes, and keeps the filter made ready. */
export class ProcessViews {
  readonly #world: World
  #plan: Plan = planOf(null)

  constructor(world: World) {
    this.#world = world
  }

  /** The processes that did something and pass, each with its row, which has no hottest file yet. */
  *passing(filter: Filter | null, kinds: Kinds): Generator<[ProcessState, ProcessRow]> {
    if (this.#plan.filter !== filter) this.#plan = planOf(filter)
    for (const state of this.#world.processes) {
      if (!state.anything(kinds)) continue
      const row = this.row(state, kinds)
      if (this.#matches(state, row, this.#plan, kinds)) yield [state, row]
    }
  }

  /** Its hottest file, of those the filter is about. */
  hottest(state: ProcessState, kinds: Kinds): HotFile | null {
    return hotFile(state.hottest(this.#plan, kinds))
  }

  /** The processes view. */
  view({ sort, reverse, filter, kinds, limit = Number.POSITIVE_INFINITY }: ViewSpec): ProcessView {
    const states = new Map<ProcessId, ProcessState>()
    const name = (row: ProcessRow) => {
      const state = states.get(row.id)
      row.hottest = state ? this.hottest(state, kinds) : null
    }
    const first = new Leading<ProcessRow>(limit, rowOrder(columnOf(PROCESS_ORDER, sort), reverse, processTie))
    let count = 0
    for (const [state, row] of this.passing(filter, kinds)) {
      count++
      if (sort === 'file') row.hottest = this.hottest(state, kinds)
      if (!first.wants(row)) continue
      states.set(row.id, state)
      first.offer(row)
    }
    const rows = first.take()
    // Asked only of those that are shown, unless it is what they are sorted by.
    if (sort !== 'file') for (const row of rows) name(row)
    return { rows, count, header: this.#world.header }
  }

  /** A process as a row, without its hottest file. */
  row(state: ProcessState, kinds: Kinds): ProcessRow {
    const { fact } = state
    const { total, tick, distinct } = state.counts(kinds)
    const uid = fact?.uid ?? -1
    const { seconds } = this.#world.clock
    return {
      id: state.id,
      pid: state.pid,
      ppid: fact?.ppid ?? 0,
      parentComm: fact?.parentComm ?? '',
      uid,
      user: uid < 0 ? '?' : (this.#world.info.users[uid] ?? String(uid)),
      comm: fact?.comm ?? '?',
      exe: fact?.exe ?? '',
      alive: state.endedNs === null,
      opens: tick.opens / seconds,
      writes: tick.writes / seconds,
      bytes: tick.writeBytes / seconds,
      reads: tick.readBytes / seconds,
      errors: tick.errors / seconds,
      files: distinct,
      hottest: null,
      total,
    }
  }

  #matches(state: ProcessState, row: ProcessRow, plan: Plan, kinds: Kinds): boolean {
    if (plan.tests.length === 0) return true
    let term = 0
    const subject = {
      ...row,
      container: state.fact?.cgroup ?? '',
      rates: { bytes: row.bytes, writes: row.writes, opens: row.opens, reads: row.reads, errors: row.errors, files: row.files },
      descendsFrom: (pid: number) => this.#world.processes.descends(state, pid),
      touches: (passes: (path: string) => boolean) => state.touches(plan, kinds, term, passes),
    }
    return plan.tests.every((test, i) => {
      term = i
      return test(subject)
    })
  }
}
