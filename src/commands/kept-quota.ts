/** One quota: counted when it is armed, kept by the kernel from then on, and counted again from time to time. */
import { realpathSync } from 'node:fs'
import { bootMs, type Clock, systemClock } from '../kernel/boot-clock.ts'
import { pathBytes } from '../kernel/path-bytes.ts'
import { countQuota, type QuotaCount } from '../kernel/quota/count.ts'
import { refuseMadeUp } from '../kernel/quota/file-systems.ts'
import type { QuotaRef, Quotas } from '../kernel/quota/quotas.ts'
import type { Usage } from '../kernel/quota/usage.ts'
import type { QuotaUse } from '../rules/control.ts'
import { decodeBytes } from '../text/bytes.ts'

/** The rate of so long says when it will be full. */
const TREND_MS = 60_000

/** Directories counted at the same time: at first as fast as the file system answers, later so that nobody notices. */
const [FIRST_AT_ONCE, AGAIN_AT_ONCE] = [8, 1]

const WRITERS_SHOWN = 8

/** What a quota needs of the kernel's part. */
export type QuotaKernel = Pick<Quotas, 'make' | 'setBase' | 'setLimits' | 'raw' | 'nameless' | 'remove'>

/** Up to where it may be filled. */
export interface QuotaLimits {
  bytes: number
  inodes: number | null
}

/** A quota that is being counted, or holds. */
export class KeptQuota {
  /** the directory, resolved */
  readonly path: string
  readonly #quotas: QuotaKernel
  readonly #ref: QuotaRef
  #limits: QuotaLimits
  readonly #dryRun: boolean
  readonly #end = new AbortController()
  #use: QuotaUse
  #base = { bytes: 0, inodes: 0 }
  #samples: { ms: number; bytes: number }[] = []
  #recounting: Promise<void> | null = null
  /** calls were missed, and no count has been exact since; and when the next one is due, ms since boot */
  #unsettled = false
  #dueMs = 0
  /** counts since that were not exact either */
  #tries = 0
  refused = 0
  exempted = 0
  readonly #clock: Clock
  /** when a write was refused last, ms since boot; null: never */
  lastBootMs: number | null = null
  /** when it was counted last, ms since boot; null while the first count goes on */
  countedBootMs: number | null = null

  /** Begins to add up what changes. `dryRun`: nothing is ever refused. Throws a sentence. */
  constructor(quotas: QuotaKernel, directory: string, limits: QuotaLimits, dryRun: boolean, clock = systemClock) {
    this.#dryRun = dryRun
    this.#clock = clock
    this.path = resolved(directory)
    refuseMadeUp(this.path)
    this.#quotas = quotas
    this.#limits = limits
    this.#ref = quotas.make(this.path, !dryRun)
    this.#use = {
      ...{ bytes: 0, inodes: 0, limitBytes: limits.bytes, limitInodes: limits.inodes },
      ...{ rate: 0, fullMs: null, uncertain: 0, countedMs: null, failed: [], writers: [] },
    }
  }

  /** ms since boot */
  #now(): number {
    return bootMs(this.#clock)
  }

  /** What is used of it. `countedMs` is not filled in: see `countedBootMs`. */
  get use(): QuotaUse {
    return this.#use
  }

  /** Counts what is there, then refuses what would be too much (unless it is a dry run). Rejects where remove() comes in between. */
  async begin(onProgress?: (inodes: number) => void): Promise<void> {
    const began = this.#now()
    const { usage, before, moved, still } = await this.#count(FIRST_AT_ONCE, (soFar) => {
      this.#use = { ...this.#use, bytes: soFar.bytes, inodes: soFar.inodes }
      onProgress?.(soFar.inodes)
    })
    // What came while it was counted may have been seen or not: taken as not, and the next count tells, which comes soon.
    this.#setBase(usage.bytes - before.bytes, usage.inodes - before.inodes)
    this.#counted(usage, moved)
    if (!still) this.#countSoon(this.#now() - began)
    this.limit(this.#limits)
  }

  /** From now on. */
  limit(limits: QuotaLimits): void {
    this.#limits = limits
    this.#use = { ...this.#use, limitBytes: limits.bytes, limitInodes: limits.inodes }
    this.#quotas.setLimits(this.#ref, limits.bytes, limits.inodes, !this.#dryRun)
  }

  #setBase(bytes: number, inodes: number): void {
    this.#base = { bytes, inodes }
    this.#quotas.setBase(this.#ref, bytes, inodes)
  }

  #counted(usage: Usage, moved: number): void {
    this.#use = { ...this.#use, uncertain: Math.min(moved, usage.bytes), failed: usage.failed }
    this.countedBootMs = this.#now()
  }

  #count(atOnce: number, onProgress?: (soFar: Usage) => void): Promise<QuotaCount> {
    return countQuota(this.#quotas, this.#ref, this.path, { signal: this.#end.signal, atOnce, ...(onProgress ? { onProgress } : {}) })
  }

  /** A count of so many ms was not exact: again, but not all the time, and ever more rarely. */
  #countSoon(tookMs: number): void {
    this.#unsettled = true
    this.#dueMs = this.#now() + Math.max(1000, 10 * tookMs) * 2 ** Math.min(this.#tries++, 10)
  }

  /** Some calls were not seen: it is counted until a count has been exact. */
  missed(): void {
    this.#unsettled = true
    this.#tries = 0
    this.#dueMs = 0
  }

  /** Is its figure a count's, with nothing missed since and no other count under way? */
  get settled(): boolean {
    return this.countedBootMs !== null && !this.#unsettled && this.#recounting === null
  }

  /** Is another count wanted before its time? */
  get wantsCount(): boolean {
    return this.#unsettled && this.#recounting === null && this.#now() >= this.#dueMs
  }

  /** Counts again in the background: what nobody saw change (another client of a server, a crash's remains) is found. */
  recount(): Promise<void> {
    this.#recounting ??= this.#recount().finally(() => {
      this.#recounting = null
    })
    return this.#recounting
  }

  async #recount(): Promise<void> {
    const began = this.#now()
    const wanted = this.#unsettled
    this.#unsettled = false
    const { usage, after, moved, still } = await this.#count(AGAIN_AT_ONCE)
    if (still) this.#tries = 0
    else if (wanted) this.#countSoon(this.#now() - began)
    const wrong = { bytes: usage.bytes - this.#base.bytes - after.bytes, inodes: usage.inodes - this.#base.inodes - after.inodes }
    // What moved meanwhile explains a difference of as much; only what is beyond is wrong for certain.
    const sure = Math.sign(wrong.bytes) * Math.max(0, Math.abs(wrong.bytes) - moved)
    const inodes = still ? wrong.inodes : 0
    if (sure !== 0 || inodes !== 0) this.#setBase(this.#base.bytes + sure, this.#base.inodes + inodes)
    this.#counted(usage, moved)
  }

  /** Once a tick. `writers`: of all quotas. */
  tick(writers: Awaited<ReturnType<Quotas['writers']>>): void {
    if (this.countedBootMs === null) return
    const raw = this.#quotas.raw(this.#ref)
    const [bytes, inodes] = [this.#base.bytes + raw.bytes, this.#base.inodes + raw.inodes]
    const now = this.#now()
    const last = this.#samples.at(-1)
    this.#samples = [...this.#samples.filter(({ ms }) => now - ms <= TREND_MS), { ms: now, bytes }]
    const first = this.#samples[0] as { ms: number; bytes: number }
    const trend = now > first.ms ? (bytes - first.bytes) / (now - first.ms) : 0
    const left = this.#limits.bytes - bytes
    this.refused = raw.refused
    this.exempted = raw.exempted
    this.lastBootMs = raw.lastNs === 0 ? null : raw.lastNs / 1e6
    const own = writers.filter(({ quota, serial }) => quota === this.#ref.index && serial === this.#ref.serial)
    this.#use = {
      ...this.#use,
      bytes,
      inodes,
      rate: last && now > last.ms ? ((bytes - last.bytes) * 1000) / (now - last.ms) : 0,
      fullMs: trend > 0 && left > 0 ? left / trend : null,
      writers: byName(own).slice(0, WRITERS_SHOWN),
    }
  }

  /** Ends it, and a count that goes on. */
  remove(): void {
    this.#end.abort(new Error('counting was stopped: the quota is not armed'))
    this.#quotas.remove(this.#ref)
  }
}

/** Many short-lived processes of one program are one line. */
function byName(writers: Awaited<ReturnType<Quotas['writers']>>): QuotaUse['writers'] {
  const found = new Map<string, QuotaUse['writers'][number]>()
  for (const { pid, comm, bytes } of writers.sort((a, b) => b.bytes - a.bytes)) {
    const known = found.get(comm) ?? { pid, comm, processes: 0, bytes: 0 }
    found.set(comm, { ...known, processes: known.processes + 1, bytes: known.bytes + bytes })
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes)
}

function resolved(directory: string): string {
  try {
    return decodeBytes(realpathSync(pathBytes(directory), { encoding: 'buffer' }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(code === 'ENOENT' ? `${directory}: there is no such directory` : message)
  }
}
