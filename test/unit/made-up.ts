/** Made-up batches for the tests of views, and what they come to, said in the plainest way: every operation is kept and looked at each time. */
import fc from 'fast-check'
import { type Batch, type CounterDelta, type FileFact, NO_FILE, type ProcessFact } from '../../src/batch/batch.ts'
import { addCounts, type Counts, noCounts } from '../../src/model/counts.ts'
import { batch, delta, fileFact, processFact } from './batches.ts'

const PROCESSES = ['1.1', '2.1', '3.1', '4.1', '5.1', '5.2']
/** Each belongs to one file system object: a character device, a socket kind, and files proper. */
const FILES = ['1:1.1', '1:2.1', '1:3.1', '1:4.1', '1:5.1', '6:4.0', '8:0.0', NO_FILE]
const PATHS = ['/a/x', '/a/y', '/a-b/x', '/c/d/e/f', '/c/d/e/g/h', '/c/d/yy', '/top', '/a', '/c/d/e/g/i']

/** Of recordings of before they were told, none. */
const SESSIONS = [null, { id: 0, comm: '', tty: '' }, { id: 3, comm: 'three', tty: 'pts0' }]

const process = fc.constantFrom(...PROCESSES)
const amount = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 }))

/** A name, which may change; a file stays what it is. */
const name = fc
  .record({
    id: fc.constantFrom(...FILES.filter((id) => id !== NO_FILE)),
    path: fc.constantFrom(...PATHS),
    mark: fc.constantFrom({}, {}, {}, { deleted: true as const }, { noMount: true as const }, { cut: true as const }, { unreadable: true as const }),
  })
  .map(({ id, path, mark }) => {
    if (id === '8:0.0') return fileFact(id, 'socket:', { mode: 0o140777, fstype: 'sockfs' })
    return fileFact(id, path, { mode: id === '6:4.0' ? 0o020620 : 0o100644, ...mark })
  })

const fact = fc
  .record({
    id: process,
    comm: fc.constantFrom('one', 'two', 'three'),
    uid: fc.constantFrom(0, 7),
    cgroup: fc.constantFrom('10', '20'),
    exe: fc.constantFrom('/bin/x', '/bin/y'),
    session: fc.constantFrom(...SESSIONS),
  })
  .map(({ id, session, ...own }) => {
    const some = session ? { ...own, session } : own
    // The parent has a lower number, so that there are no circles; 9.9 never does anything itself.
    const parent = { '2.1': '1.1', '3.1': '1.1', '4.1': '3.1', '5.1': '9.9', '5.2': '4.1' }[id] ?? null
    return processFact(id, { ...some, parent, ppid: parent ? Number.parseInt(parent, 10) : 0, parentComm: parent ? 'above' : '' })
  })

const change = fc
  .record({
    process,
    file: fc.constantFrom(...FILES),
    opens: amount,
    reads: fc.nat(2),
    readBytes: amount,
    writes: fc.nat(2),
    writeBytes: amount,
    mmapPages: fc.nat(1),
    errors: fc.nat(3),
  })
  .map(({ process: id, file, readBytes, writeBytes, ...counts }) => {
    // Bytes come with calls; and something was done, or there would be no delta.
    const bytes = { readBytes: counts.reads > 0 ? readBytes : 0, writeBytes: counts.writes > 0 ? writeBytes : 0 }
    return delta(id, file, { ...counts, ...bytes, opens: Object.values(counts).some((count) => count > 0) ? counts.opens : 1 })
  })

/** Batches whose clock runs, stands still or jumps. */
export const madeUp = fc
  .array(
    fc.record({
      step: fc.constantFrom(0, 0.5, 1, 1, 1, 4, 11),
      counters: fc.array(change, { maxLength: 8 }),
      files: fc.array(name, { maxLength: 4 }),
      processes: fc.array(fact, { maxLength: 4 }),
      exits: fc.array(process, { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let seconds = 100
    return steps.map(({ step, ...some }) => {
      seconds += step
      return batch(seconds, some)
    })
  })

/** One operation that was counted. `who` tells a process from one of its id that came after it was forgotten. */
export interface Done {
  tick: number
  atNs: number
  process: string
  who: string
  file: string
  delta: CounterDelta
}

export const isOther = (id: string, names: Map<string, FileFact>): boolean => {
  const known = names.get(id)
  return (id !== NO_FILE && id.endsWith(':0.0')) || (known !== undefined && (known.mode & 0o170000) !== 0o100000)
}

/** Keeps everything. */
export class Log {
  done: Done[] = []
  names = new Map<string, FileFact>()
  /** of processes that are known now */
  facts = new Map<string, ProcessFact>()
  known = new Set<string>()
  ended = new Map<string, number>()
  /** what was known of those that are forgotten */
  lastFacts = new Map<string, ProcessFact>()
  /** those that something was forgotten of, since the model forgets processes ten seconds after their end */
  gone: string[] = []
  tick = 0
  nowNs = 0
  seconds = 1
  #lastNs: number | null = null
  #lives = new Map<string, number>()

  apply(next: Batch): void {
    const step = this.#lastNs === null ? 1e9 : next.timeNs - this.#lastNs
    if (step > 0) this.tick++
    if (step > 0 && this.#lastNs !== null) {
      this.nowNs += step
      this.seconds = step / 1e9
    }
    this.#lastNs = next.timeNs
    for (const one of next.files) this.#name(one)
    for (const one of next.processes) {
      this.known.add(one.id)
      this.facts.set(one.id, one)
      this.lastFacts.set(this.who(one.id), one)
    }
    for (const one of next.counters) {
      this.known.add(one.process)
      this.done.push({ tick: this.tick, atNs: this.nowNs, process: one.process, who: this.who(one.process), file: one.file, delta: one })
    }
    for (const id of next.exits) if (this.known.has(id) && !this.ended.has(id)) this.ended.set(id, this.nowNs)
    for (const [id, at] of this.ended) {
      if (this.nowNs - at <= 10e9) continue
      this.gone.push(this.who(id))
      this.ended.delete(id)
      this.known.delete(id)
      this.facts.delete(id)
      this.#lives.set(id, (this.#lives.get(id) ?? 0) + 1)
    }
  }

  /** A path known from its root is not given up for one that is not. */
  #name(fact: FileFact): void {
    const before = this.names.get(fact.id)
    if (!(before && fact.noMount && !before.noMount)) this.names.set(fact.id, fact)
  }

  /** A process, and which of those with its id. */
  who(id: string): string {
    return `${id}#${this.#lives.get(id) ?? 0}`
  }

  /** Is that one still known? */
  remembers(who: string): boolean {
    const id = who.slice(0, who.indexOf('#'))
    return this.known.has(id) && this.who(id) === who
  }

  /** Sums of some operations: in all and in the running tick. */
  sums(some: Done[]): { total: Counts; tick: Counts } {
    const [total, tick] = [noCounts(), noCounts()]
    for (const one of some) {
      addCounts(total, one.delta)
      if (one.tick === this.tick) addCounts(tick, one.delta)
    }
    return { total, tick }
  }

  /** Operations by file; not those that named none. */
  byFile(kinds: 'files' | 'all'): Map<string, Done[]> {
    return Map.groupBy(
      this.done.filter(({ file }) => file !== NO_FILE && (kinds === 'all' || !isOther(file, this.names))),
      ({ file }) => file,
    )
  }

  /** How warm some operations are now. */
  heat(some: Done[]): number {
    return some.reduce((sum, { delta: d, atNs }) => {
      const heat = d.writeBytes + d.readBytes + 4096 * d.mmapPages + d.opens + d.reads + d.writes + d.changes
      return sum + heat * 0.5 ** ((this.nowNs - atNs) / 5e9)
    }, 0)
  }
}

/** The five rates that rows show. */
export function ratesIn(
  { opens, writes, writeBytes, readBytes, errors }: Counts,
  seconds: number,
): Record<'opens' | 'writes' | 'bytes' | 'reads' | 'errors', number> {
  return { opens: opens / seconds, writes: writes / seconds, bytes: writeBytes / seconds, reads: readBytes / seconds, errors: errors / seconds }
}

/** Picks the five rates of a row. */
export function shownRates({ opens, writes, bytes, reads, errors }: ReturnType<typeof ratesIn>): ReturnType<typeof ratesIn> {
  return { opens, writes, bytes, reads, errors }
}
