/** The quotas among the rules: the kernel's part is loaded with the first and kept until the program ends; each is counted again in turn. */
import { loadAddon, quotaObjectPath } from '../kernel/addon.ts'
import { bootMs, type Clock, systemClock, wallTime } from '../kernel/boot-clock.ts'
import { Quotas } from '../kernel/quota/quotas.ts'
import { fillLevel, fillOf } from '../rules/fill.ts'
import { printRule } from '../rules/print.ts'
import type { Protection } from '../rules/protection.ts'
import type { Rule } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'
import type { Listed } from './entry.ts'
import { KeptQuota, type QuotaKernel } from './kept-quota.ts'

/**
 * What the kernel skipped is asked about as rarely as this, since it means a call for each of its programs. So a skipped call leads to
 * another count up to so much later, and is told as late.
 */
const SKIPPED_MS = 2000

/** How quotas are kept. */
export interface QuotaOptions {
  /** how often a quota is counted again, ms */
  recountMs: number
}

/** Those of the brake that concern quotas. */
export interface QuotaDeskOptions extends QuotaOptions {
  /** nothing is refused */
  dryRun: boolean
  /** what no quota refuses, as --protect has it */
  protect: readonly Protection[]
  /** hears what that was resolved to, a sentence each */
  onProtected?: (sentence: string) => void
}

/** What the desk needs of the kernel's part beyond what each quota does. */
export type QuotaDeskKernel = QuotaKernel & Pick<Quotas, 'protect' | 'refreshProtection' | 'writers' | 'skippedRuns' | 'close'>

interface Kept {
  listed: Listed
  quota: KeptQuota
  /** as the rule names it */
  directory: string
  warnPercent: number
  /** it has been said that it is nearly full, or full */
  said: 'nothing' | 'warned' | 'full'
}

/** Keeps quotas, and the states of their rules in the brake's list. */
export class QuotaDesk {
  readonly #options: QuotaDeskOptions
  readonly #tell: (sentence: string) => void
  readonly #loadKernel: () => QuotaDeskKernel
  readonly #kept = new Map<number, Kept>()
  #quotas: QuotaDeskKernel | null = null
  #skipped = 0
  /** ms since boot */
  #askedMs = Number.NEGATIVE_INFINITY
  readonly #clock: Clock

  /** `tell` hears what happens by itself; `load` brings the kernel's part with the first quota, and throws a sentence where that cannot be. */
  constructor(
    options: QuotaDeskOptions,
    tell: (sentence: string) => void,
    clock = systemClock,
    load = () => Quotas.open(loadAddon(), quotaObjectPath()) as QuotaDeskKernel,
  ) {
    this.#clock = clock
    this.#options = options
    this.#tell = tell
    this.#loadKernel = load
  }

  /** How quotas are kept; null before the first. */
  get way(): string | null {
    return this.#quotas ? 'fmod_ret' : null
  }

  /** Calls that were not judged, since the kernel skipped a program; some seconds old. */
  get skipped(): number {
    return this.#skipped
  }

  /** Brings the kernel's part, if it is not there yet. Throws a sentence. */
  load(): void {
    this.#open()
  }

  #open(): QuotaDeskKernel {
    if (this.#quotas) return this.#quotas
    const quotas = this.#loadKernel()
    for (const protection of this.#options.protect) for (const sentence of quotas.protect(protection)) this.#options.onProtected?.(sentence)
    this.#quotas = quotas
    return quotas
  }

  /**
   * Arms the quota of a listed rule. Its state is 'counting' until it holds, and then this settles. `onProgress`: called with the inodes counted so far.
   * Rejects with a sentence.
   */
  async arm(listed: Listed, onProgress?: (inodes: number) => void): Promise<void> {
    const { id, rule } = listed.state
    if (rule.action.kind !== 'quota') throw new Error('this is no quota')
    const { bytes, inodes, warnPercent } = rule.action
    listed.state = { ...listed.state, state: 'counting' }
    const quota = new KeptQuota(this.#open(), rule.object.text, { bytes, inodes }, this.#options.dryRun, this.#clock)
    const other = [...this.#kept.values()].find(({ quota: { path } }) => isInside(path, quota.path) || isInside(quota.path, path))
    if (other) {
      quota.remove()
      throw new Error(`${quota.path} and ${other.quota.path}: one lies in the other, and a file counts for one quota only`)
    }
    const kept: Kept = { listed, quota, directory: rule.object.text, warnPercent, said: 'nothing' }
    this.#kept.set(id, kept)
    try {
      await quota.begin(onProgress)
    } catch (error) {
      this.#remove(id)
      throw error
    }
    const { failed } = quota.use
    const notes = failed.length > 0 ? [`not counted: ${failed.join(', ')}`] : []
    this.#show(kept)
    this.#startTime(listed, rule)
    listed.state = { ...listed.state, notes, state: 'armed' }
  }

  /** Gives a listed quota that is armed the limits of another rule: a directory has one quota only. False where that is not possible. */
  change({ state: { id, state } }: Listed, rule: Rule): boolean {
    const kept = this.#kept.get(id)
    if (rule.action.kind !== 'quota' || state !== 'armed' || !kept || kept.directory !== rule.object.text) return false
    const { bytes, inodes, warnPercent } = rule.action
    kept.quota.limit({ bytes, inodes })
    Object.assign(kept, { warnPercent, said: 'nothing' })
    this.#startTime(kept.listed, rule)
    kept.listed.state = { ...kept.listed.state, rule, text: printRule(rule) }
    return true
  }

  /** The time of a rule begins now. */
  #startTime(listed: Listed, { ttlMs }: Rule): void {
    listed.expiresBootMs = ttlMs === null ? null : bootMs(this.#clock) + ttlMs
    listed.state = { ...listed.state, expiresMs: wallTime(this.#clock, listed.expiresBootMs) }
  }

  /** Ends a listed quota, and its count if it goes on. */
  disarm(listed: Listed): void {
    this.#remove(listed.state.id)
    listed.state = { ...listed.state, state: 'disarmed' }
  }

  #remove(id: number): void {
    this.#kept.get(id)?.quota.remove()
    this.#kept.delete(id)
  }

  /** Writes what has come of it into its state. */
  #show({ listed, quota: { use, refused, exempted, countedBootMs, lastBootMs } }: Kept): void {
    const [countedMs, lastMs] = [wallTime(this.#clock, countedBootMs), wallTime(this.#clock, lastBootMs)]
    listed.state = { ...listed.state, quota: { ...use, countedMs }, hits: refused, exempted, lastMs, processes: [] }
  }

  #warn(kept: Kept): void {
    const { path, use } = kept.quota
    const fill = fillOf(use)
    const now = fillLevel(fill, kept.warnPercent)
    // Once each, until it has been emptier again.
    if (now === 'full' && kept.said !== 'full') this.#tell(`the quota on ${printable(path)} is full`)
    if (now === 'warned' && kept.said === 'nothing') this.#tell(`the quota on ${printable(path)} is ${Math.floor(fill * 100)} % full`)
    if (now !== 'warned' || kept.said === 'nothing') kept.said = now
  }

  /** Did the kernel skip calls since this was last asked? While a count is not settled it is asked each time: what is skipped then spoils it. */
  #missed(quotas: QuotaDeskKernel, atOnce: boolean): boolean {
    const settled = [...this.#kept.values()].every(({ quota }) => quota.settled)
    const nowMs = bootMs(this.#clock)
    if (settled && !atOnce && nowMs - this.#askedMs < SKIPPED_MS) return false
    const skipped = quotas.skippedRuns()
    const missed = skipped > this.#skipped
    this.#skipped = skipped
    this.#askedMs = nowMs
    return missed
  }

  /** Once a tick: what is used, whose time is over, and another count where it is time. `last`: nothing is left for a later tick. */
  async tick(last = false): Promise<void> {
    if (!this.#quotas || this.#kept.size === 0) return
    this.#quotas.refreshProtection()
    const writers = await this.#quotas.writers()
    // What nobody saw is found by counting again.
    const missed = this.#missed(this.#quotas, last)
    for (const kept of [...this.#kept.values()]) {
      kept.quota.tick(writers)
      this.#show(kept)
      const { countedBootMs } = kept.quota
      if (missed) kept.quota.missed()
      if (countedBootMs === null) continue
      this.#warn(kept)
      if (kept.quota.wantsCount || bootMs(this.#clock) - countedBootMs >= this.#options.recountMs) kept.quota.recount().catch(() => {})
      this.#expire(kept.listed)
    }
  }

  #expire(listed: Listed): void {
    const { expiresBootMs } = listed
    if (expiresBootMs === null || expiresBootMs > bootMs(this.#clock)) return
    this.#remove(listed.state.id)
    listed.state = { ...listed.state, state: 'expired' }
  }

  /** Takes all quotas away, and unloads the kernel's part. */
  close(): void {
    for (const id of [...this.#kept.keys()]) this.#remove(id)
    this.#quotas?.close()
    this.#quotas = null
  }
}

/** Is `path` at or below `directory`? */
function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? directory : `${directory}/`)
}
