/** The state behind every view: fed batches, asked for rows. Pure: no clock, no I/O; its time is the batches' time. */
import { type Batch, type FileFact, type FileId, NO_FILE, type PathMarks, type ProcessId, type SourceInfo, type Totals } from '../batch/batch.ts'
import { anyCounts, type Counts } from './counts.ts'
import { FileTable, isFile } from './files.ts'
import type { Filter } from './filter.ts'
import { type Loss, lossesInWords } from './losses.ts'
import { matcher, pathInterest, type Subject } from './match.ts'
import { ProcessState } from './process.ts'
import { type ProcessColumn, sortRows } from './sort.ts'

/** How much is remembered. Beyond it the oldest goes; the totals keep it. */
export interface ModelLimits {
  processes: number
  files: number
  filesPerProcess: number
  /** ns an ended process stays in view */
  endedNs: number
}

const LIMITS: ModelLimits = { processes: 10_000, files: 50_000, filesPerProcess: 2_000, endedNs: 10e9 }

/** Ticks of history behind the sparkline. */
export const HISTORY = 60

export interface ViewSpec {
  sort: ProcessColumn
  reverse: boolean
  filter: Filter | null
  /** 'files': files proper; 'all': also sockets, pipes, terminals, anonymous inodes */
  kinds: 'files' | 'all'
}

export interface HotFile extends PathMarks {
  id: FileId
  path: string
}

/** Rates are per second over the last tick. */
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

export interface HeaderStats {
  timeMs: number
  /** live processes seen */
  processes: number
  files: number
  opens: number
  writes: number
  writeBytes: number
  readBytes: number
  errors: number
  /** last HISTORY ticks, oldest first, per second */
  history: { writeBytes: number[]; ops: number[] }
  losses: Loss[]
}

export interface ProcessView {
  rows: ProcessRow[]
  header: HeaderStats
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

export class Model {
  readonly info: SourceInfo
  readonly #limits: ModelLimits
  readonly #files: FileTable
  #processes = new Map<ProcessId, ProcessState>()
  #byPid = new Map<number, ProcessState>()
  #active: ProcessState[] = []
  #seconds = 1
  #nowNs = 0
  #totals: Totals | null = null
  #header: HeaderStats

  constructor(info: SourceInfo, limits: Partial<ModelLimits> = {}) {
    this.info = info
    this.#limits = { ...LIMITS, ...limits }
    this.#files = new FileTable(this.#limits.files)
    this.#header = {
      timeMs: info.startedMs,
      processes: 0,
      files: 0,
      opens: 0,
      writes: 0,
      writeBytes: 0,
      readBytes: 0,
      errors: 0,
      history: { writeBytes: [], ops: [] },
      losses: [],
    }
  }

  /** Takes a batch in: cost by what is in the batch, not by what is known. */
  apply(batch: Batch): void {
    // The first batch has no beginning, and a clock may be set back in a recording: a tick is never shorter than 1 ms.
    this.#seconds = this.#nowNs === 0 ? 1 : Math.max(0.001, (batch.timeNs - this.#nowNs) / 1e9)
    this.#nowNs = Math.max(this.#nowNs, batch.timeNs)
    for (const state of this.#active) state.clearTick()
    this.#active = []
    for (const fact of batch.files) this.#files.learn(fact)
    for (const fact of batch.processes) {
      const state = this.#process(fact.id)
      state.fact = fact
      state.lastNs = this.#nowNs
      this.#byPid.set(fact.pid, state)
    }
    const touched = new Set<ProcessState>()
    for (const delta of batch.counters) {
      const state = this.#process(delta.process)
      state.add(delta, isFile(this.#files.touch(delta.file)), this.#nowNs)
      touched.add(state)
    }
    this.#active = [...touched]
    for (const id of batch.exits) {
      const state = this.#processes.get(id)
      if (state) state.endedNs = this.#nowNs
    }
    this.#forget()
    this.#headline(batch)
  }

  #process(id: ProcessId): ProcessState {
    let state = this.#processes.get(id)
    if (!state) {
      state = new ProcessState(id, this.#limits.filesPerProcess)
      this.#processes.set(id, state)
    }
    return state
  }

  #forget(): void {
    for (const [id, state] of this.#processes) {
      const gone = state.endedNs !== null && this.#nowNs - state.endedNs > this.#limits.endedNs
      const tooMany = this.#processes.size > this.#limits.processes
      if (!gone && !tooMany) continue
      this.#processes.delete(id)
      if (this.#byPid.get(state.pid) === state) this.#byPid.delete(state.pid)
    }
  }

  #headline(batch: Batch): void {
    const before = this.#totals ?? batch.totals
    const { totals } = batch
    this.#totals = totals
    const grown = (index: number, field: 'calls' | 'errors') => Math.max(0, (totals[field][index] ?? 0) - (before[field][index] ?? 0)) / this.#seconds
    const ops = Math.max(0, sum(totals.calls) - sum(before.calls)) / this.#seconds
    const writeBytes = Math.max(0, totals.writeBytes - before.writeBytes) / this.#seconds
    const { history } = this.#header
    this.#header = {
      timeMs: batch.timeMs,
      processes: [...this.#processes.values()].filter((state) => state.endedNs === null).length,
      files: this.#files.size,
      opens: grown(0, 'calls'),
      writes: grown(3, 'calls'),
      writeBytes,
      readBytes: Math.max(0, totals.readBytes - before.readBytes) / this.#seconds,
      errors: Math.max(0, sum(totals.errors) - sum(before.errors)) / this.#seconds,
      history: { writeBytes: [...history.writeBytes, writeBytes].slice(-HISTORY), ops: [...history.ops, ops].slice(-HISTORY) },
      losses: lossesInWords(batch.losses),
    }
  }

  /** A file's name and nature, as long as it is remembered. */
  file(id: FileId): FileFact | undefined {
    return this.#files.get(id)
  }

  /** The processes view: filtered, sorted. */
  processes(spec: ViewSpec): ProcessView {
    const matches = matcher(spec.filter)
    const interest = pathInterest(spec.filter)
    const rows: ProcessRow[] = []
    for (const state of this.#processes.values()) {
      const counts = state.counts(spec.kinds)
      if (!anyCounts(counts.total)) continue
      const row = this.#row(state, counts)
      if (spec.filter && !matches(this.#subject(state, row, spec.kinds))) continue
      rows.push(row)
      row.hottest = this.#hottest(state, spec.kinds, interest)
    }
    return { rows: sortRows(rows, spec.sort, spec.reverse), header: this.#header }
  }

  #row(state: ProcessState, { total, tick, distinct }: ReturnType<ProcessState['counts']>): ProcessRow {
    const { fact } = state
    const uid = fact?.uid ?? -1
    const rate = (n: number) => n / this.#seconds
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
      opens: rate(tick.opens),
      writes: rate(tick.writes),
      bytes: rate(tick.writeBytes),
      reads: rate(tick.readBytes),
      errors: rate(tick.errors),
      files: distinct,
      hottest: null,
      total,
    }
  }

  #subject(state: ProcessState, row: ProcessRow, kinds: 'files' | 'all'): Subject {
    return {
      pid: row.pid,
      comm: row.comm,
      user: row.user,
      uid: row.uid,
      exe: row.exe,
      container: state.fact?.cgroup ?? '',
      rates: { bytes: row.bytes, writes: row.writes, opens: row.opens, reads: row.reads, errors: row.errors, files: row.files },
      total: row.total,
      descendsFrom: (pid) => this.#descends(state, pid),
      touches: (passes) => {
        for (const id of state.files(kinds)) {
          const path = this.#files.get(id)?.path
          if (path !== undefined && passes(path)) return true
        }
        return false
      },
    }
  }

  #descends(state: ProcessState, pid: number): boolean {
    let at: ProcessState | undefined = state
    // Bounded: a damaged recording may hold a circle.
    for (let steps = 0; at && steps < 1000; steps++) {
      if (at.pid === pid || at.fact?.ppid === pid) return true
      at = at.fact?.parent ? (this.#processes.get(at.fact.parent) ?? this.#byPid.get(at.fact.ppid)) : undefined
    }
    return false
  }

  #hottest(state: ProcessState, kinds: 'files' | 'all', interest: ((path: string) => boolean) | null): HotFile | null {
    const id = state.hottest(kinds, this.#nowNs, (file) => {
      if (file === NO_FILE) return false
      const path = this.#files.get(file)?.path
      return path !== undefined && (!interest || interest(path))
    })
    const fact = id === null ? undefined : this.#files.get(id)
    if (!fact) return null
    const { mode: _mode, links: _links, fstype: _fstype, ...hot } = fact
    return hot
  }
}
