/** What happened in the last minute, by tick, process and file: what a rule would have hit, and who did what lately. Bounded: the oldest goes. */
import { type CounterDelta, type FileId, NO_FILE, type ProcessId } from '../batch/batch.ts'
import { type Counts, noCounts } from './counts.ts'
import { grown, type Handle } from './slots.ts'

/** How far back, ns, and how many entries and ticks at most: 56 bytes each in typed arrays, so 5.6 MB. */
const [WINDOW_NS, MOST, MOST_TICKS] = [60e9, 100_000, 4_000]

/** Operations of one process on one file within one tick. */
export interface RecentUse {
  timeNs: number
  /** null: remembered no more */
  process: ProcessId | null
  file: FileId | null
  opens: number
  reads: number
  /** calls, and pages dirtied through mappings */
  writes: number
  changes: number
}

/** One tick, and where its entries begin, counted from the first ever. */
export interface RecentTick {
  timeNs: number
  seconds: number
  from: number
}

const CALLS = 6
const LIMIT = 2 ** 32 - 1

/** A ring: entry n stands at n modulo its size. */
export class Recent {
  readonly #most: number
  /** process and file of an entry */
  #who = new Float64Array(0)
  #bytes = new Float64Array(0)
  #calls = new Uint32Array(0)
  #from = 0
  #end = 0
  #ticks: RecentTick[] = []
  /** something within the window was forgotten for want of room */
  #cutNs = 0

  /** @param most entries */
  constructor(most = MOST) {
    this.#most = most
  }

  /** A tick begins. */
  begin(timeNs: number, seconds: number): void {
    this.#ticks.push({ timeNs, seconds, from: this.#end })
  }

  add(delta: CounterDelta, process: Handle, file: Handle): void {
    if (this.#end - this.#from >= this.#most) this.#from++
    const at = this.#end++ % this.#most
    if (this.#end <= this.#most) this.#grow(this.#end)
    this.#who[at * 2] = process
    this.#who[at * 2 + 1] = file
    this.#bytes[at * 2] = delta.readBytes
    this.#bytes[at * 2 + 1] = delta.writeBytes
    const calls = this.#calls
    calls[at * CALLS] = Math.min(LIMIT, delta.opens)
    calls[at * CALLS + 1] = Math.min(LIMIT, delta.reads)
    calls[at * CALLS + 2] = Math.min(LIMIT, delta.writes)
    calls[at * CALLS + 3] = Math.min(LIMIT, delta.mmapPages)
    calls[at * CALLS + 4] = Math.min(LIMIT, delta.changes)
    calls[at * CALLS + 5] = Math.min(LIMIT, delta.errors)
  }

  #grow(entries: number): void {
    const room = Math.min(this.#most, Math.max(entries, 64))
    if (this.#who.length >= room * 2) return
    this.#who = grown(this.#who, room * 2)
    const held = this.#who.length / 2
    this.#bytes = grown(this.#bytes, held * 2)
    this.#calls = grown(this.#calls, held * CALLS)
  }

  /** Call once a batch: forgets what is too old. */
  trim(nowNs: number): void {
    const ticks = this.#ticks
    let over = 0
    while (over < ticks.length - 1 && ((ticks[over] as RecentTick).timeNs < nowNs - WINDOW_NS || ticks.length - over > MOST_TICKS)) over++
    const first = ticks[over]
    if (over > 0) ticks.splice(0, over)
    if (!first) return
    if (this.#from > first.from) {
      // The tick that is not whole any more, and all before it.
      const cut = ticks.findLast((tick) => tick.from < this.#from) as RecentTick
      this.#cutNs = Math.max(this.#cutNs, cut.timeNs)
    }
    this.#from = Math.max(this.#from, first.from)
  }

  /** Ticks of the last minute, oldest first, quiet ones too; the last is the running one. */
  get ticks(): readonly RecentTick[] {
    return this.#ticks
  }

  /** Entries remembered: from this one on, and to which. */
  get from(): number {
    return this.#from
  }
  get end(): number {
    return this.#end
  }

  /** The tick at that time and all before it are not remembered whole; 0: none was cut. */
  get cutNs(): number {
    return this.#cutNs
  }

  process(entry: number): Handle {
    return this.#who[(entry % this.#most) * 2] as Handle
  }

  file(entry: number): Handle {
    return this.#who[(entry % this.#most) * 2 + 1] as Handle
  }

  /** Adds what was done. */
  addTo(entry: number, sum: Counts): void {
    const at = entry % this.#most
    const calls = at * CALLS
    sum.opens += this.#calls[calls] as number
    sum.reads += this.#calls[calls + 1] as number
    sum.writes += this.#calls[calls + 2] as number
    sum.mmapPages += this.#calls[calls + 3] as number
    sum.changes += this.#calls[calls + 4] as number
    sum.errors += this.#calls[calls + 5] as number
    sum.readBytes += this.#bytes[at * 2] as number
    sum.writeBytes += this.#bytes[at * 2 + 1] as number
  }

  /** Entries of the running tick. */
  running(): { from: number; end: number } {
    return { from: Math.max(this.#from, this.#ticks.at(-1)?.from ?? 0), end: this.#end }
  }

  /** Operations that did not only fail, oldest first; `named` knows processes and files, as long as they are remembered. */
  *uses(named: { process(handle: Handle): ProcessId | undefined; file(handle: Handle): FileId | undefined }): Generator<RecentUse> {
    for (const [i, { timeNs, from }] of this.#ticks.entries()) {
      const end = this.#ticks[i + 1]?.from ?? this.#end
      for (let entry = Math.max(from, this.#from); entry < end; entry++) {
        const file = this.file(entry)
        const done = noCounts()
        this.addTo(entry, done)
        const { opens, reads, writes, mmapPages, changes } = done
        if (opens + reads + writes + mmapPages + changes === 0) continue
        const [processId, fileId] = [named.process(this.process(entry)) ?? null, file === 0 ? NO_FILE : (named.file(file) ?? null)]
        yield { timeNs, process: processId, file: fileId, opens, reads, writes: writes + mmapPages, changes }
      }
    }
  }

  /** Seconds that are remembered whole. */
  seconds(nowNs: number): number {
    if (this.#from === this.#end) return 60
    const since = Math.max(this.#cutNs, nowNs - WINDOW_NS)
    return Math.max(1, Math.round((nowNs - since) / 1e9))
  }
}
