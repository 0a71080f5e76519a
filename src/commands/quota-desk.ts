/** All quotas: loaded with the first, kept until the program ends, counted again in turn. */
import { loadAddon, quotaObjectPath } from '../kernel/addon.ts'
import { Quotas } from '../kernel/quota/quotas.ts'
import type { RuleState } from '../rules/control.ts'
import type { Rule } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'
import { KeptQuota } from './kept-quota.ts'

export interface QuotaOptions {
  /** how often a quota is counted again, ms */
  recountMs: number
}

interface Kept {
  quota: KeptQuota
  /** as the rule names it */
  directory: string
  warnPercent: number
  /** it has been said that it is nearly full, or full */
  said: 'nothing' | 'warned' | 'full'
}

export class QuotaDesk {
  readonly #options: QuotaOptions
  readonly #protect: readonly string[]
  readonly #tell: (sentence: string) => void
  readonly #kept = new Map<number, Kept>()
  #quotas: Quotas | null = null
  #skipped = 0

  constructor(options: QuotaOptions, protect: readonly string[], tell: (sentence: string) => void) {
    this.#options = options
    this.#protect = protect
    this.#tell = tell
  }

  /** How quotas are kept; null before the first. */
  get way(): string | null {
    return this.#quotas ? 'fmod_ret' : null
  }

  /** Calls that were not judged, since the kernel skipped a program. */
  get skipped(): number {
    return this.#skipped
  }

  #open(): Quotas {
    if (this.#quotas) return this.#quotas
    const quotas = Quotas.open(loadAddon(), quotaObjectPath())
    for (const pattern of this.#protect) quotas.protect(pattern)
    this.#quotas = quotas
    return quotas
  }

  /** Arms a quota as number `id`; it holds when this settles. Rejects with a sentence. */
  async arm(id: number, rule: Rule, dryRun: boolean): Promise<void> {
    if (rule.action.kind !== 'quota') throw new Error('this is no quota')
    const { bytes, inodes, warnPercent } = rule.action
    const quota = new KeptQuota(this.#open(), rule.object.text, { bytes, inodes })
    const other = [...this.#kept.values()].find(({ quota: { path } }) => isInside(path, quota.path) || isInside(quota.path, path))
    if (other) {
      quota.remove()
      throw new Error(`${quota.path} and ${other.quota.path}: one lies in the other, and a file counts for one quota only`)
    }
    this.#kept.set(id, { quota, directory: rule.object.text, warnPercent, said: 'nothing' })
    try {
      await quota.begin(dryRun)
    } catch (error) {
      this.disarm(id)
      throw error
    }
  }

  /** New limits for a quota that is armed; false where it is on another directory. */
  change(id: number, rule: Rule): boolean {
    const kept = this.#kept.get(id)
    if (rule.action.kind !== 'quota' || !kept || kept.directory !== rule.object.text) return false
    const { bytes, inodes, warnPercent } = rule.action
    kept.quota.limit({ bytes, inodes })
    this.#kept.set(id, { ...kept, warnPercent, said: 'nothing' })
    return true
  }

  /** What the rules view shows of it. */
  state(id: number): Pick<RuleState, 'quota' | 'hits' | 'exempted' | 'lastMs' | 'processes'> | null {
    const kept = this.#kept.get(id)
    if (!kept) return null
    const { use, refused, exempted, lastMs } = kept.quota
    return { quota: use, hits: refused, exempted, lastMs, processes: [] }
  }

  disarm(id: number): void {
    this.#kept.get(id)?.quota.remove()
    this.#kept.delete(id)
  }

  #warn(kept: Kept): void {
    const { path, use } = kept.quota
    const percent = Math.max(share(use.bytes, use.limitBytes), share(use.inodes, use.limitInodes)) * 100
    const now = percent >= 100 ? 'full' : percent >= kept.warnPercent ? 'warned' : 'nothing'
    // Once each, until it has been emptier again.
    if (now === 'full' && kept.said !== 'full') this.#tell(`the quota on ${printable(path)} is full`)
    if (now === 'warned' && kept.said === 'nothing') this.#tell(`the quota on ${printable(path)} is ${Math.floor(percent)} % full`)
    if (now !== 'warned' || kept.said === 'nothing') kept.said = now
  }

  /** Once a tick: what is used, and one count again where it is time. */
  async tick(): Promise<void> {
    if (!this.#quotas || this.#kept.size === 0) return
    const writers = await this.#quotas.writers()
    const skipped = this.#quotas.skippedRuns()
    // What nobody saw is found by counting again, at once.
    const missed = skipped > this.#skipped
    this.#skipped = skipped
    for (const kept of this.#kept.values()) {
      kept.quota.tick(writers)
      const { countedMs } = kept.quota.use
      if (countedMs === null) continue
      this.#warn(kept)
      if (missed) kept.quota.missed()
      if (kept.quota.wantsCount || Date.now() - countedMs >= this.#options.recountMs) kept.quota.recount().catch(() => {})
    }
  }

  close(): void {
    for (const id of [...this.#kept.keys()]) this.disarm(id)
    this.#quotas?.close()
    this.#quotas = null
  }
}

function share(used: number, limit: number | null): number {
  return limit === null ? 0 : limit === 0 ? 1 : used / limit
}

/** Is `path` at or below `directory`? */
function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? directory : `${directory}/`)
}
