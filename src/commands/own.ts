/** A source without this program's own helpers: the kernel's side leaves out this process itself, but not what it starts (the keeper). */
import type { Batch, CounterDelta, Narrowing, ProcessFact, ProcessId, Source, SourceInfo, Totals } from '../batch/batch.ts'

/** What they did so far, by what the totals tell apart. */
interface Hidden {
  opens: number
  reads: number
  writes: number
  mmapPages: number
  readBytes: number
  writeBytes: number
}

/** Passes a source on, less what one process started. */
export class WithoutOwn implements Source {
  readonly info: SourceInfo
  readonly #source: Source
  readonly #pid: number
  readonly #sinceNs: number
  /** helpers that live, as far as they were seen */
  readonly #own = new Set<ProcessId>()
  readonly #hidden: Hidden = { opens: 0, reads: 0, writes: 0, mmapPages: 0, readBytes: 0, writeBytes: 0 }

  /**
   * `pid`: this process's; its children are left out, whatever they are called. `sinceNs`: since when it is this program, ns since boot
   * (CLOCK_BOOTTIME). A shell that became this program by exec left it children that are none of its own: they are older.
   */
  constructor(source: Source, pid: number, sinceNs: number) {
    this.info = source.info
    this.#source = source
    this.#pid = pid
    this.#sinceNs = sinceNs
  }

  /** As the source itself. */
  wantEvents(on: boolean): boolean {
    return this.#source.wantEvents?.(on) ?? false
  }

  /** As the source itself. */
  narrowEvents(narrowing: Narrowing | null): void {
    this.#source.narrowEvents?.(narrowing)
  }

  /** The next batch, without what the helpers are and did. */
  async next(): Promise<Batch | null> {
    const batch = await this.#source.next()
    if (!batch) return null
    for (const fact of batch.processes) if (this.#isOwn(fact)) this.#own.add(fact.id)
    if (this.#own.size === 0) return { ...batch, totals: this.#without(batch.totals) }
    const kept = { ...batch, processes: batch.processes.filter(({ id }) => !this.#own.has(id)) }
    kept.counters = batch.counters.filter((delta) => !this.#hide(delta))
    kept.events = batch.events.filter(({ process }) => !this.#own.has(process))
    kept.exits = batch.exits.filter((id) => !this.#own.delete(id))
    kept.totals = this.#without(batch.totals)
    return kept
  }

  /** As pid 1 it would be everybody's parent who has lost his own. */
  #isOwn({ ppid, startNs }: ProcessFact): boolean {
    return ppid === this.#pid && startNs >= this.#sinceNs && this.#pid !== 1
  }

  #hide(delta: CounterDelta): boolean {
    if (!this.#own.has(delta.process)) return false
    this.#hidden.opens += delta.opens
    this.#hidden.reads += delta.reads
    this.#hidden.writes += delta.writes
    this.#hidden.mmapPages += delta.mmapPages
    this.#hidden.readBytes += delta.readBytes
    this.#hidden.writeBytes += delta.writeBytes
    return true
  }

  /** Which changes and errors theirs were is not known by op: those few stay in the totals. */
  #without(totals: Totals): Totals {
    const { opens, reads, writes, mmapPages, readBytes, writeBytes } = this.#hidden
    const less = [opens, 0, reads, writes, mmapPages]
    const calls = totals.calls.map((count, op) => Math.max(0, count - (less[op] ?? 0)))
    return { ...totals, calls, readBytes: Math.max(0, totals.readBytes - readBytes), writeBytes: Math.max(0, totals.writeBytes - writeBytes) }
  }

  /** Releases the source. */
  async close(): Promise<void> {
    await this.#source.close()
  }
}
