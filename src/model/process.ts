/** One process as the model knows it: what it is, what it did, which of its files is hot. */
import type { CounterDelta, FileId, ProcessFact, ProcessId } from '../batch/batch.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'

/** Heat halves in this time: a file stays hottest for some ten seconds after the last byte. */
const HALF_LIFE_NS = 5e9

interface FileUse {
  heat: number
  heatAtNs: number
  isFile: boolean
}

export class ProcessState {
  readonly id: ProcessId
  fact: ProcessFact | null = null
  /** model time it ended, or null */
  endedNs: number | null = null
  lastNs = 0
  /** all kinds of files, and files proper */
  readonly total = { all: noCounts(), files: noCounts() }
  tick = { all: noCounts(), files: noCounts() }
  /** distinct files, counting again one that was forgotten in between */
  distinct = { all: 0, files: 0 }
  #files = new Map<FileId, FileUse>()
  #fileLimit: number

  constructor(id: ProcessId, fileLimit: number) {
    this.id = id
    this.#fileLimit = fileLimit
  }

  get pid(): number {
    return this.fact?.pid ?? Number.parseInt(this.id, 10)
  }

  /** Starts a tick: rates are what comes after this. */
  clearTick(): void {
    this.tick = { all: noCounts(), files: noCounts() }
  }

  add(delta: CounterDelta, isFile: boolean, nowNs: number): void {
    this.lastNs = nowNs
    addCounts(this.total.all, delta)
    addCounts(this.tick.all, delta)
    if (isFile) {
      addCounts(this.total.files, delta)
      addCounts(this.tick.files, delta)
    }
    const use = this.#files.get(delta.file)
    const heat = delta.writeBytes + delta.readBytes + delta.mmapPages * 4096 + (delta.opens + delta.reads + delta.writes + delta.changes)
    this.#files.delete(delta.file)
    this.#files.set(delta.file, { heat: heat + (use ? decayed(use, nowNs) : 0), heatAtNs: nowNs, isFile })
    if (!use) {
      this.distinct.all++
      if (isFile) this.distinct.files++
    }
    if (this.#files.size > this.#fileLimit) {
      const oldest = this.#files.keys().next().value
      if (oldest !== undefined) this.#files.delete(oldest)
    }
  }

  /** Files, hottest first is not promised; `kinds` as in the view. */
  *files(kinds: 'files' | 'all'): Generator<FileId> {
    for (const [id, use] of this.#files) if (kinds === 'all' || use.isFile) yield id
  }

  /** The file with the most heat now that passes; null without one. */
  hottest(kinds: 'files' | 'all', nowNs: number, passes: (id: FileId) => boolean): FileId | null {
    let best: FileId | null = null
    let top = -1
    for (const [id, use] of this.#files) {
      if (kinds === 'files' && !use.isFile) continue
      const heat = decayed(use, nowNs)
      if (heat > top && passes(id)) {
        best = id
        top = heat
      }
    }
    return best
  }

  counts(kinds: 'files' | 'all'): { total: Counts; tick: Counts; distinct: number } {
    return { total: this.total[kinds], tick: this.tick[kinds], distinct: this.distinct[kinds] }
  }
}

function decayed(use: FileUse, nowNs: number): number {
  return use.heat * 0.5 ** (Math.max(0, nowNs - use.heatAtNs) / HALF_LIFE_NS)
}
