/** The processes view: a row a process, filtered and sorted. */
import type { FileFact, FileId, PathMarks, ProcessId } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import type { Filter } from './filter.ts'
import type { HeaderStats } from './headline.ts'
import type { Identity } from './identity.ts'
import { below, columnOf, Picker, type SortColumn } from './order.ts'
import { type Plan, planOf } from './plan.ts'
import type { ProcessState } from './process.ts'
import { ProcessAt } from './process-look.ts'
import { ProcessStandings } from './process-standings.ts'
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
  /** the first row wanted, from 0 (0) */
  from?: number
  /** rows wanted; else all */
  limit?: number
  /** the process whose place is asked for */
  keep?: ProcessId | null
}

/** A file by name. */
export interface HotFile extends PathMarks {
  id: FileId
  path: string
}

/** A snapshot: what comes later does not change it. Rates are per second over the last tick. */
export interface ProcessRow extends Identity {
  id: ProcessId
  pid: number
  ppid: number
  parentComm: string
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
  /** where the one asked for stands, or -1 */
  at: number
  header: HeaderStats
}

/** A file by name, without its nature. */
export function hotFile(fact: FileFact | null): HotFile | null {
  if (!fact) return null
  const { mode: _mode, links: _links, fstype: _fstype, ...hot } = fact
  return hot
}

/** How processes are ordered. */
export interface ProcessOrder {
  column: SortColumn<ProcessAt>
  reverse: boolean
  /** operations on which files count */
  kinds: Kinds
}

/** Makes rows of processes, and keeps the filter made ready. */
export class ProcessViews {
  readonly #world: World
  readonly #standings: ProcessStandings
  #plan: Plan = planOf(null)

  constructor(world: World) {
    this.#world = world
    this.#standings = new ProcessStandings(world)
  }

  /** The processes that did something and pass. */
  *passing(filter: Filter | null, kinds: Kinds): Generator<ProcessState> {
    this.#ready(filter)
    let at: ProcessAt | null = null
    for (const state of this.#world.processes) {
      if (!state.anything(kinds)) continue
      at ??= this.#at(state, kinds)
      at.state = state
      if (at.passes()) yield state
    }
  }

  #ready(filter: Filter | null): void {
    if (this.#plan.filter !== filter) this.#plan = planOf(filter)
  }

  #at(state: ProcessState, kinds: Kinds): ProcessAt {
    return new ProcessAt(this.#world, this.#plan, kinds, state, (one) => this.#hottest(one, kinds))
  }

  /** Its hottest file, of those the filter is about. */
  #hottest(state: ProcessState, kinds: Kinds): HotFile | null {
    return hotFile(state.hottest(this.#plan, kinds))
  }

  /** The processes view. */
  view(spec: ViewSpec): ProcessView {
    const { sort, reverse, filter, kinds, from = 0, limit = Number.POSITIVE_INFINITY, keep = null } = spec
    const kept = filter === null ? this.#standings.view(spec) : null
    if (kept) {
      this.#ready(filter)
      return { rows: kept.states.slice(from).map((state) => this.row(state, kinds)), count: kept.count, at: kept.at, header: this.#world.header }
    }
    const states = [...this.passing(filter, kinds)]
    const first = this.first(states, { column: columnOf(PROCESS_ORDER, sort), reverse, kinds }, from + limit, keep)
    const rows = first.states.slice(from).map((state) => this.row(state, kinds))
    return { rows, count: states.length, at: first.at, header: this.#world.header }
  }

  /** The first `most` of some processes, and where the kept one stands among all of them, or -1. */
  first(states: readonly ProcessState[], by: ProcessOrder, most: number, keep: ProcessId | null = null): { states: ProcessState[]; at: number } {
    const [some] = states
    if (!some) return { states: [], at: -1 }
    const at = this.#at(some, by.kinds)
    const look = (i: number) => {
      at.state = states[i] as ProcessState
      return at
    }
    const tie = (a: number, b: number) => processTie(states[a] as ProcessState, states[b] as ProcessState)
    const picker = new Picker<ProcessAt>(by.column, by.reverse, most, look, tie)
    const picked = picker.pick(below(states.length), keep === null ? -1 : states.findIndex(({ id }) => id === keep))
    return { states: picked.first.map((i) => states[i] as ProcessState), at: picked.at }
  }

  /** A process as a row; its hottest file is of those that the filter asked last is about. */
  row(state: ProcessState, kinds: Kinds): ProcessRow {
    return this.#at(state, kinds).row(this.#hottest(state, kinds))
  }
}
