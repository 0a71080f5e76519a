/** The state behind every view: fed batches, asked for rows. Pure: no clock, no I/O; its time is the batches' time. */
import { type Batch, type FileFact, type FileId, NO_FILE, type PathMarks, type ProcessFact, type ProcessId, type SourceInfo } from '../batch/batch.ts'
import { Clock } from './clock.ts'
import type { Counts } from './counts.ts'
import { FileFilter } from './file-filter.ts'
import { FileStates } from './file-states.ts'
import { type FileSpec, type FileView, filesView } from './file-view.ts'
import { FileTable } from './files.ts'
import type { Filter } from './filter.ts'
import { emptyHeader, type HeaderStats, Headline } from './headline.ts'
import { LateNames } from './late.ts'
import { type Plan, planOf } from './plan.ts'
import type { ProcessState } from './process.ts'
import { Recent, type RecentUse } from './recent.ts'
import { type Handle, slotOf } from './slots.ts'
import { type ProcessColumn, sortRows } from './sort.ts'
import { ProcessTable, type TableLimits } from './table.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

export { type HeaderStats, HISTORY } from './headline.ts'

/** How much is remembered. Beyond it the oldest goes; the totals and each process's hottest file keep it. */
export interface ModelLimits extends TableLimits {
  /** files known by name */
  files: number
}

const LIMITS: ModelLimits = { processes: 10_000, files: 50_000, pairs: 200_000, filesPerProcess: 2_000, endedNs: 10e9 }

export interface ViewSpec {
  sort: ProcessColumn
  reverse: boolean
  /** The same object for as long as it is the same filter: what was answered for it is kept. */
  filter: Filter | null
  /** 'files': files proper; 'all': also sockets, pipes, terminals, anonymous inodes */
  kinds: Kinds
}

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

export interface ProcessView {
  rows: ProcessRow[]
  header: HeaderStats
}

function hotFile(fact: FileFact | null): HotFile | null {
  if (!fact) return null
  const { mode: _mode, links: _links, fstype: _fstype, ...hot } = fact
  return hot
}

export class Model {
  readonly info: SourceInfo
  readonly #files: FileTable
  readonly #states: FileStates
  readonly #processes: ProcessTable
  readonly #late: LateNames
  readonly #recent = new Recent()
  readonly #clock = new Clock()
  readonly #headline = new Headline()
  #fileFilter = new FileFilter(null)
  #batches = 0
  /** who did something in the running tick */
  #active = new Set<ProcessState>()
  #header: HeaderStats
  #plan: Plan = planOf(null)

  constructor(info: SourceInfo, limits: Partial<ModelLimits> = {}) {
    this.info = info
    const all = { ...LIMITS, ...limits }
    this.#files = new FileTable(all.files)
    this.#states = new FileStates(all.files)
    this.#late = new LateNames(all.files)
    this.#processes = new ProcessTable(all, this.#files)
    this.#header = emptyHeader(info.startedMs)
  }

  /** Takes a batch in: cost by what is in the batch, not by what is known. */
  apply(batch: Batch): void {
    this.#batches++
    const begins = this.#clock.advance(batch.timeNs)
    if (begins) {
      for (const state of this.#active) state.clearTick()
      this.#active.clear()
      this.#states.clearTick()
      this.#recent.begin(this.#clock.nowNs, this.#clock.seconds)
    }
    for (const fact of batch.files) this.#learn(fact)
    for (const fact of batch.processes) this.#processes.learn(fact, this.#batches)
    this.#count(batch)
    for (const id of batch.exits) this.#processes.end(id, this.#clock.nowNs)
    this.#processes.trim(this.#clock.nowNs)
    this.#states.settle()
    this.#files.trim()
    this.#late.trim()
    this.#recent.trim(this.#clock.nowNs)
    this.#header = this.#headline.take(batch, begins, this.#clock.seconds, { processes: this.#processes.live, files: this.#files.size })
  }

  #learn(fact: FileFact): void {
    const known = this.#files.learn(fact)
    this.#states.learn(known)
    for (const id of this.#late.take(fact.id)) this.#processes.find(id)?.named(known)
  }

  #count(batch: Batch): void {
    const touched = new Set<ProcessState>()
    for (const delta of batch.counters) {
      const state = this.#processes.touch(delta.process, this.#batches)
      const fact = this.#files.touch(delta.file)
      if (!fact && delta.file !== NO_FILE) this.#late.wait(delta.file, delta.process)
      const file = this.#states.touch(delta.file, fact)
      const pair = state.add(delta, fact, this.#clock.nowNs, file)
      if (file !== 0) this.#states.add(file, delta, this.#processes.store, pair, state.who)
      this.#recent.add(delta, state.handle, file)
      touched.add(state)
    }
    for (const state of touched) {
      this.#processes.settle(state)
      this.#active.add(state)
    }
  }

  /** {process, file} pairs remembered now. */
  get pairs(): number {
    return this.#processes.pairs
  }

  /** A file's name and nature, as long as it is remembered. */
  file(id: FileId): FileFact | undefined {
    return this.#files.get(id)
  }

  /** What happened in the last minute, oldest first, and how many seconds of it are remembered whole. */
  recent(): { uses: Iterable<RecentUse>; seconds: number } {
    const process = (handle: Handle) => this.#processes.at(handle)?.id
    const file = (handle: Handle) => (this.#states.has(handle) ? this.#states.id(slotOf(handle)) : undefined)
    return { uses: this.#recent.uses({ process, file }), seconds: this.#recent.seconds(this.#clock.nowNs) }
  }

  /** Who a process is, as long as it is remembered: its record, and the pids above it, nearest first. */
  who(id: ProcessId): { fact: ProcessFact; ancestors: number[] } | null {
    const fact = this.#processes.find(id)?.fact
    if (!fact) return null
    const ancestors: number[] = []
    // Bounded: a damaged recording may hold a circle.
    for (let at: ProcessFact | null = fact; at && at.ppid > 0 && ancestors.length < 64; ) {
      ancestors.push(at.ppid)
      at = at.parent ? (this.#processes.find(at.parent)?.fact ?? null) : null
    }
    return { fact, ancestors }
  }

  get #world(): World {
    return {
      info: this.info,
      clock: this.#clock,
      processes: this.#processes,
      names: this.#files,
      files: this.#states,
      recent: this.#recent,
      batches: this.#batches,
      header: this.#header,
    }
  }

  /** The files view: filtered, sorted, as many rows as wanted. */
  files(spec: FileSpec): FileView {
    if (this.#fileFilter.filter !== spec.filter) this.#fileFilter = new FileFilter(spec.filter)
    return filesView(this.#world, spec, this.#fileFilter)
  }

  /** The processes view: filtered, sorted. */
  processes(spec: ViewSpec): ProcessView {
    if (this.#plan.filter !== spec.filter) this.#plan = planOf(spec.filter)
    const plan = this.#plan
    const rows: ProcessRow[] = []
    for (const state of this.#processes) {
      if (!state.anything(spec.kinds)) continue
      const row = this.#row(state, spec.kinds)
      if (!this.#matches(state, row, plan, spec.kinds)) continue
      row.hottest = hotFile(state.hottest(plan, spec.kinds))
      rows.push(row)
    }
    return { rows: sortRows(rows, spec.sort, spec.reverse), header: this.#header }
  }

  #row(state: ProcessState, kinds: Kinds): ProcessRow {
    const { fact } = state
    const { total, tick, distinct } = state.counts(kinds)
    const uid = fact?.uid ?? -1
    const { seconds } = this.#clock
    return {
      id: state.id,
      pid: state.pid,
      ppid: fact?.ppid ?? 0,
      parentComm: fact?.parentComm ?? '',
      uid,
      user: uid < 0 ? '?' : (this.info.users[uid] ?? String(uid)),
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
      descendsFrom: (pid: number) => this.#processes.descends(state, pid),
      touches: (passes: (path: string) => boolean) => state.touches(plan, kinds, term, passes),
    }
    return plan.tests.every((test, i) => {
      term = i
      return test(subject)
    })
  }
}
