/** What `batch` adds up, in bounded memory: beyond the limits processes that ended first become part of one sum, which is reported too. */
import type { Batch, CounterDelta, FileFact, FileId, ProcessFact, ProcessId } from '../batch/batch.ts'
import { addCounts, type Counts, noCounts } from '../model/counts.ts'
import type { Forgotten, ProcessReport } from './report.ts'

export interface TallyLimits {
  processes: number
  /** {process, file} pairs */
  pairs: number
  /** UTF-16 units of the paths of files and programs */
  pathChars: number
}

/** Some 100 MB in all. */
const LIMITS: TallyLimits = { processes: 50_000, pairs: 150_000, pathChars: 16 * 1024 * 1024 }

interface Tallied {
  fact: ProcessFact | null
  ended: boolean
  files: Map<FileId, Counts>
}

interface Name {
  fact: FileFact
  /** pairs with that file */
  pairs: number
}

export class BatchTally {
  readonly #limits: TallyLimits
  /** in the order they were seen first */
  readonly #processes = new Map<ProcessId, Tallied>()
  /** of those, the ones that ended, in that order */
  readonly #ended = new Set<ProcessId>()
  readonly #names = new Map<FileId, Name>()
  #pairs = 0
  #pathChars = 0
  readonly forgotten: Forgotten = { processes: 0, files: 0, ...noCounts() }
  last: Batch | null = null

  constructor(limits: Partial<TallyLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Processes, pairs and names remembered, and the characters of all paths. */
  get sizes(): { processes: number; pairs: number; names: number; pathChars: number } {
    return { processes: this.#processes.size, pairs: this.#pairs, names: this.#names.size, pathChars: this.#pathChars }
  }

  take(batch: Batch): void {
    this.last = { ...batch, counters: [], processes: [], files: [], exits: [], events: [] }
    for (const fact of batch.files) this.#learn(fact)
    for (const fact of batch.processes) this.#describe(fact)
    for (const delta of batch.counters) this.#add(delta)
    for (const id of batch.exits) this.#end(id)
    this.#trim()
  }

  #learn(fact: FileFact): void {
    const known = this.#names.get(fact.id)
    if (known && !known.fact.noMount && fact.noMount) return
    this.#pathChars += fact.path.length - (known?.fact.path.length ?? 0)
    if (known) known.fact = fact
    else this.#names.set(fact.id, { fact, pairs: 0 })
  }

  #describe(fact: ProcessFact): void {
    const process = this.#process(fact.id)
    this.#pathChars += fact.exe.length - (process.fact?.exe.length ?? 0)
    process.fact = fact
  }

  #process(id: ProcessId): Tallied {
    let process = this.#processes.get(id)
    if (!process) {
      process = { fact: null, ended: false, files: new Map() }
      this.#processes.set(id, process)
    }
    return process
  }

  #add(delta: CounterDelta): void {
    const { files } = this.#process(delta.process)
    let counts = files.get(delta.file)
    if (!counts) {
      counts = noCounts()
      files.set(delta.file, counts)
      this.#pairs++
      const name = this.#names.get(delta.file)
      if (name) name.pairs++
    }
    addCounts(counts, delta)
  }

  #end(id: ProcessId): void {
    this.#process(id).ended = true
    this.#ended.add(id)
  }

  #isOver(): boolean {
    const { processes, pairs, pathChars } = this.#limits
    return this.#processes.size > processes || this.#pairs > pairs || this.#pathChars > pathChars
  }

  #trim(): void {
    if (!this.#isOver()) return
    for (const id of this.#ended) {
      if (!this.#isOver()) return
      this.#forget(id)
    }
    // Only living ones are left, and names that no pair needs.
    for (const [id, { pairs }] of this.#names) {
      if (!this.#isOver()) return
      if (pairs === 0) this.#forgetName(id)
    }
    for (const id of this.#processes.keys()) {
      if (!this.#isOver()) return
      this.#forget(id)
    }
  }

  #forget(id: ProcessId): void {
    const process = this.#processes.get(id)
    if (!process) return
    this.forgotten.processes++
    this.forgotten.files += process.files.size
    for (const [file, counts] of process.files) {
      addCounts(this.forgotten, counts)
      const name = this.#names.get(file)
      if (name && --name.pairs <= 0) this.#forgetName(file)
    }
    this.#pairs -= process.files.size
    this.#pathChars -= process.fact?.exe.length ?? 0
    this.#processes.delete(id)
    this.#ended.delete(id)
  }

  #forgetName(id: FileId): void {
    this.#pathChars -= this.#names.get(id)?.fact.path.length ?? 0
    this.#names.delete(id)
  }

  /** The path of a file; '' where it is not known. */
  path(id: FileId): string {
    return this.#names.get(id)?.fact.path ?? ''
  }

  /** The processes one by one: all at once would take as much memory again. */
  *report(): Generator<ProcessReport> {
    for (const [id, { fact, ended, files }] of this.#processes)
      yield {
        pid: fact?.pid ?? Number.parseInt(id, 10),
        comm: fact?.comm ?? '?',
        exe: fact?.exe ?? '',
        uid: fact?.uid ?? -1,
        ppid: fact?.ppid ?? 0,
        parentComm: fact?.parentComm ?? '',
        alive: !ended,
        files: [...files].map(([file, counts]) => {
          const { path = '', fstype = '', mode = 0, id: _, links: _links, ...marks } = this.#names.get(file)?.fact ?? { id: file, links: 0 }
          return { path, marks, fstype, mode, file, ...counts }
        }),
      }
  }
}
