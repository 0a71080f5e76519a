/** The state behind every view: fed batches, asked for rows. Pure: no clock, no I/O; its time is the batches' time. */
import { type Batch, type FileFact, type FileId, NO_FILE, type ProcessFact, type ProcessId, type SourceInfo } from '../batch/batch.ts'
import { Clock } from './clock.ts'
import { type DirectoryDetail, type DirectoryDrillSpec, directoryDetail } from './directory-drill.ts'
import { type DirectorySpec, type DirectoryView, directoriesView } from './directory-view.ts'
import { type DrillSpec, type FileDetail, fileDetail, type ProcessDetail, processDetail } from './drill.ts'
import { EventLog, type EventSpec, type EventView, type LoggedBatch } from './event-log.ts'
import type { EventHit } from './event-rules.ts'
import { FileStates } from './file-states.ts'
import { type FileSpec, type FileView, FileViews } from './file-view.ts'
import { FileTable } from './files.ts'
import { type GroupSpec, type GroupView, groupsView } from './group-view.ts'
import { emptyHeader, type HeaderStats, Headline } from './headline.ts'
import { History } from './history.ts'
import { KeptFiles } from './kept-files.ts'
import { LateNames } from './late.ts'
import { filesAt, headerAt, type Moment, moments, type PastView, processesAt } from './past-view.ts'
import type { ProcessState } from './process.ts'
import { type TreeSpec, treeView } from './process-tree.ts'
import { type ProcessView, ProcessViews, type ViewSpec } from './process-view.ts'
import { Recent, type RecentUse } from './recent.ts'
import { Scratch } from './scratch.ts'
import { type Handle, slotOf } from './slots.ts'
import { takeSnapshot } from './snapshot.ts'
import { ProcessTable, type TableLimits } from './table.ts'
import { fileTraces, processTraces, type TraceOf } from './traces.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

export { type HeaderStats, HISTORY } from './headline.ts'
export type { HotFile, ProcessRow, ProcessView, ViewSpec } from './process-view.ts'

/** How much is remembered. Beyond it the oldest goes; the totals and each process's hottest file keep it. */
export interface ModelLimits extends TableLimits {
  /** files known by name */
  files: number
}

const LIMITS: ModelLimits = { processes: 10_000, files: 50_000, pairs: 200_000, filesPerProcess: 2_000, endedNs: 10e9, ended: 2_000 }

export class Model {
  readonly info: SourceInfo
  readonly #files: FileTable
  readonly #states: FileStates
  readonly #kept: KeptFiles
  readonly #processes: ProcessTable
  readonly #late: LateNames
  readonly #recent = new Recent()
  readonly #history = new History()
  readonly #scratch = new Scratch()
  readonly #clock = new Clock()
  readonly #headline = new Headline()
  #batches = 0
  #header: HeaderStats
  /** null: not asked for since the last batch */
  #moments: readonly Moment[] | null = null
  readonly #world: World
  readonly #processViews: ProcessViews
  readonly #fileViews: FileViews
  readonly #events: EventLog

  constructor(info: SourceInfo, limits: Partial<ModelLimits> = {}) {
    this.info = info
    const all = { ...LIMITS, ...limits }
    this.#files = new FileTable(all.files)
    this.#states = new FileStates(all.files)
    this.#kept = new KeptFiles(this.#files, this.#states)
    this.#late = new LateNames(all.files)
    this.#processes = new ProcessTable(all, this.#files)
    this.#header = emptyHeader(info.startedMs)
    this.#world = this.#look()
    this.#processViews = new ProcessViews(this.#world)
    this.#fileViews = new FileViews(this.#world)
    this.#events = new EventLog(this.#world)
  }

  /** What the makers of views see; what changes is asked for when it is wanted. */
  #look(): World {
    const model = this
    return {
      info: this.info,
      clock: this.#clock,
      processes: this.#processes,
      names: this.#files,
      files: this.#states,
      recent: this.#recent,
      get batches() {
        return model.#batches
      },
      get header() {
        return model.#header
      },
    }
  }

  /** Takes a batch in: cost by what is in the batch, not by what is known. */
  apply(batch: Batch & Pick<LoggedBatch, 'eventsSkipped'>): void {
    this.#batches++
    this.#moments = null
    const begins = this.#clock.advance(batch.timeNs)
    if (begins) {
      this.#processes.clearTick()
      this.#states.clearTick()
      this.#recent.begin(this.#clock.nowNs, this.#clock.seconds)
    }
    for (const fact of batch.files) this.#learn(fact)
    for (const fact of batch.processes) this.#processes.learn(fact, this.#batches)
    this.#count(batch)
    this.#events.add(batch)
    for (const id of batch.exits) this.#processes.end(id, this.#clock.nowNs)
    this.#processes.trim(this.#clock.nowNs)
    this.#kept.use()
    this.#states.settle()
    this.#files.trim()
    this.#late.trim()
    this.#recent.trim(this.#clock.nowNs)
    this.#header = this.#headline.take(batch, begins, this.#clock.seconds, { processes: this.#processes.live, files: this.#files.size })
    if (this.#history.wants(this.#states.tick, this.#clock.nowNs)) this.#history.add(takeSnapshot(this.#world))
  }

  #learn(fact: FileFact): void {
    const place = this.#files.learn(fact)
    const known = this.#files.at(place) as FileFact
    this.#states.learn(known, this.#files.state(place))
    this.#kept.learn(known)
    const waiting = this.#late.take(fact.id)
    if (waiting) for (const id of waiting) this.#processes.find(id)?.named(known)
  }

  #count(batch: Batch): void {
    const touched = new Set<ProcessState>()
    for (const delta of batch.counters) {
      const state = this.#processes.touch(delta.process, this.#batches)
      const place = this.#files.touch(delta.file)
      const fact = this.#files.at(place)
      if (!fact && delta.file !== NO_FILE) this.#late.wait(delta.file, delta.process)
      const file = this.#states.touch(delta.file, fact, this.#files.state(place))
      this.#files.keepState(place, file)
      const pair = state.add(delta, fact, this.#clock.nowNs, file)
      if (file !== 0) this.#states.add(file, delta, this.#processes.store, pair, state.who, this.#clock.nowNs)
      this.#recent.add(delta, state.handle, file)
      touched.add(state)
    }
    for (const state of touched) this.#processes.settle(state)
  }

  /** The numbers above every view. */
  get header(): HeaderStats {
    return this.#header
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

  /** The files view: filtered, sorted, as many rows as wanted. */
  files(spec: FileSpec): FileView {
    return this.#fileViews.view(spec)
  }

  /** The directories view: the tree as far as it is expanded, each directory with the sums of all files below. */
  directories(spec: DirectorySpec): DirectoryView {
    return directoriesView(this.#world, spec, this.#fileViews.filter(spec.filter))
  }

  /** Processes, or the files they touched, grouped by what the processes have in common. */
  groups(spec: GroupSpec): GroupView {
    return groupsView(this.#world, spec, this.#processViews, this.#scratch)
  }

  /** Processes below those that started them. */
  tree(spec: TreeSpec): GroupView {
    return treeView(this.#world, spec, this.#processViews)
  }

  /** The events view: the last operations one by one, those that pass the filter. */
  events(spec: EventSpec): EventView {
    return this.#events.view(spec)
  }

  /** While somebody reads events, those that are here stay. */
  holdEvents(on: boolean): void {
    this.#events.hold(on)
  }

  /** Did more events come with the last batch than can be kept for long, or than could be told? */
  get eventsFlood(): boolean {
    return this.#events.floods
  }

  /** Events come again that did not for a while. */
  resumeEvents(): void {
    this.#events.resume()
  }

  /** Files at paths that `wants` says yes to are not forgotten while others are; null: all alike. */
  keepFiles(wants: ((path: string) => boolean) | null): void {
    this.#kept.keep(wants)
  }

  /** What rules did lately, for the events they hit. */
  noteHits(hits: readonly EventHit[]): void {
    this.#events.note(hits)
  }

  /** A process closely; null: it is not remembered. */
  processDetail(id: ProcessId, spec: DrillSpec): ProcessDetail | null {
    return processDetail(this.#world, id, spec, this.#processViews)
  }

  /** A file closely; null: it is not remembered. */
  fileDetail(id: FileId, spec: DrillSpec): FileDetail | null {
    return fileDetail(this.#world, id, spec, this.#processViews)
  }

  /** A directory closely; null: no known file lies below it. */
  directoryDetail(path: string, spec: DirectoryDrillSpec): DirectoryDetail | null {
    return directoryDetail(this.#world, path, spec, this.#processViews, this.#scratch)
  }

  /** The ticks of the last ten minutes that can be gone back to, oldest first; the last may be the running one. */
  moments(): readonly Moment[] {
    this.#moments ??= moments(this.#history)
    return this.#moments
  }

  /** The numbers above every view as they were at a tick, or at the last one kept before it; null: none is. */
  headerAt(tick: number): HeaderStats | null {
    return headerAt(this.#history, tick)
  }

  /** What processes wrote and read in the last `ticks` kept up to a tick; `tick` null: up to now. */
  processTraces(tick: number | null, kinds: Kinds, ticks: number): TraceOf {
    return processTraces(this.#history, tick, kinds, ticks)
  }

  /** The same of files. */
  fileTraces(tick: number | null, ticks: number): TraceOf {
    return fileTraces(this.#history, tick, ticks)
  }

  /** Is that very process, not one that got its number later, still there? 'unknown': it is not remembered, so it ended, or others took its place. */
  lifeOf(id: ProcessId): 'alive' | 'ended' | 'unknown' {
    const state = this.#processes.find(id)
    if (!state) return 'unknown'
    return state.endedNs === null ? 'alive' : 'ended'
  }

  /** The processes view as it was at a tick, or at the last one kept before it; null: none is. */
  processesAt(tick: number, spec: ViewSpec): PastView<ProcessView> | null {
    return processesAt(this.#history, this.info, tick, spec)
  }

  /** The files view as it was at a tick, or at the last one kept before it; null: none is. */
  filesAt(tick: number, spec: FileSpec): PastView<FileView> | null {
    return filesAt(this.#history, tick, spec)
  }

  /** The processes view: filtered, sorted. */
  processes(spec: ViewSpec): ProcessView {
    return this.#processViews.view(spec)
  }
}
