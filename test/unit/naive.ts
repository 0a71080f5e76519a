/** The model's rules said again in the plainest way, with no limit and no shortcut: what the real one is compared with. */
import { type Batch, type CounterDelta, type FileFact, NO_FILE, type ProcessFact } from '../../src/batch/batch.ts'

const FIELDS = ['opens', 'reads', 'readBytes', 'writes', 'writeBytes', 'mmapPages', 'changes', 'errors'] as const
type Sums = Record<(typeof FIELDS)[number], number>

const zeros = (): Sums => ({ opens: 0, reads: 0, readBytes: 0, writes: 0, writeBytes: 0, mmapPages: 0, changes: 0, errors: 0 })

interface Touch {
  atNs: number
  heat: number
}

interface Known {
  id: string
  fact: ProcessFact | null
  endedNs: number | null
  deltas: { isFile: boolean; tick: number; delta: CounterDelta }[]
  pairs: Map<string, { isFile: boolean; touches: Touch[] }>
}

const isCharacterDevice = (fact: FileFact) => (fact.mode & 0o170000) === 0o020000
const isKind = (id: string) => id !== NO_FILE && id.split(':')[1] === '0.0'

export class Naive {
  processes = new Map<string, Known>()
  names = new Map<string, FileFact>()
  nowNs = 0
  seconds = 1
  #tick = 0
  #lastNs: number | null = null

  apply(batch: Batch): void {
    const step = this.#lastNs === null ? Number.POSITIVE_INFINITY : batch.timeNs - this.#lastNs
    this.#lastNs = batch.timeNs
    if (step > 0) this.#tick++
    if (step > 0 && step < Number.POSITIVE_INFINITY) {
      this.nowNs += step
      this.seconds = step / 1e9
    }
    for (const fact of batch.files) this.names.set(fact.id, fact)
    for (const fact of batch.processes) this.#process(fact.id).fact = fact
    for (const delta of batch.counters) this.#add(delta)
    for (const id of batch.exits) {
      const process = this.processes.get(id)
      if (process) process.endedNs ??= this.nowNs
    }
    for (const [id, { endedNs }] of this.processes) if (endedNs !== null && this.nowNs - endedNs > 10e9) this.processes.delete(id)
  }

  #process(id: string): Known {
    const known = this.processes.get(id) ?? { id, fact: null, endedNs: null, deltas: [], pairs: new Map() }
    this.processes.set(id, known)
    return known
  }

  #add(delta: CounterDelta): void {
    const process = this.#process(delta.process)
    const fact = this.names.get(delta.file)
    const before = process.pairs.get(delta.file)
    const isFile = !isKind(delta.file) && (fact ? !isCharacterDevice(fact) : (before?.isFile ?? true))
    process.deltas.push({ isFile, tick: this.#tick, delta })
    if (delta.file === NO_FILE) return
    const heat = delta.writeBytes + delta.readBytes + 4096 * delta.mmapPages + delta.opens + delta.reads + delta.writes + delta.changes
    process.pairs.set(delta.file, { isFile, touches: [...(before?.touches ?? []), { atNs: this.nowNs, heat }] })
  }

  get live(): number {
    return [...this.processes.values()].filter(({ endedNs }) => endedNs === null).length
  }

  /** What a process did, in all and in the running tick. */
  sums({ deltas }: Known, kinds: 'files' | 'all'): { total: Sums; tick: Sums } {
    const [total, tick] = [zeros(), zeros()]
    for (const entry of deltas) {
      if (kinds === 'files' && !entry.isFile) continue
      for (const field of FIELDS) {
        total[field] += entry.delta[field]
        if (entry.tick === this.#tick) tick[field] += entry.delta[field]
      }
    }
    return { total, tick }
  }

  distinct({ pairs }: Known, kinds: 'files' | 'all'): number {
    return [...pairs.values()].filter(({ isFile }) => kinds === 'all' || isFile).length
  }

  /** Files with a name, and their heat now. */
  warm({ pairs }: Known, kinds: 'files' | 'all'): { fact: FileFact; heat: number }[] {
    return [...pairs].flatMap(([id, { isFile, touches }]) => {
      const fact = this.names.get(id)
      // A late name can show that the file is none; the pair moves at its next operation and is not shown before.
      if (!fact || isFile === (isKind(id) || isCharacterDevice(fact)) || (kinds === 'files' && !isFile)) return []
      return [{ fact, heat: touches.reduce((sum, { atNs, heat }) => sum + heat * 0.5 ** ((this.nowNs - atNs) / 5e9), 0) }]
    })
  }
}
