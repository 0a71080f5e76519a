/** Rules as the user has them, over the guard that enforces them. The guard is loaded with the first rule. */
import { guardObjectPath, loadAddon } from '../kernel/addon.ts'
import { type Clock, systemClock, wallTime } from '../kernel/boot-clock.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import { Guard } from '../kernel/guard/guard.ts'
import { type Hit, RESTARTED } from '../kernel/guard/hits.ts'
import { CannotGuard } from '../kernel/guard/ladder.ts'
import type { MappedChoice } from '../kernel/guard/store-watch.ts'
import type { GuardWay } from '../kernel/guard/ways.ts'
import { WriteBack } from '../kernel/guard/write-back.ts'
import { compileRule } from '../rules/compile.ts'
import type { Answer, ArmOptions, Ask, Enforcement, RuleControl, RuleHit, RuleState } from '../rules/control.ts'
import { dangersOf } from '../rules/danger.ts'
import type { Protection } from '../rules/protection.ts'
import type { Rule } from '../rules/rule.ts'
import { ruleNotes } from '../rules/rule-notes.ts'
import { ancestorNotesHere } from './ancestor-notes.ts'
import { AskDesk, isHeld } from './ask-desk.ts'
import type { AskOptions } from './ask-queue.ts'
import { sessionOf } from './dangers.ts'
import { type Listed, newState } from './entry.ts'
import { birthNow, type Held, HolderSearch, holderWarnings, signalMappers, storeFate, unseenNotes, withStoresSeen } from './held-before.ts'
import { type CountedRule, HitProcesses } from './hit-processes.ts'
import { inabilityOf, type Watching } from './inability.ts'
import { MACHINE } from './machine-facts.ts'
import { OtherWatch } from './other-watch.ts'
import { PlacePreview, placeNotes } from './place-notes.ts'
import { QuotaDesk, type QuotaOptions } from './quota-desk.ts'
import { ruleHitOf } from './rule-hit.ts'

interface Entry extends Listed, CountedRule {
  /** of the holders, by pid */
  births: Map<number, number | undefined>
}

/** How rules are enforced. */
export interface BrakeOptions extends AskOptions, QuotaOptions {
  /** every action becomes audit */
  dryRun: boolean
  /** what no rule may hit, as --protect has it */
  protect: readonly Protection[]
  /** the ways to try, best first */
  ways: readonly GuardWay[]
  /** what deny and ask rules do about stores through mappings made before them; left out: report */
  mapped?: MappedChoice
  /** how this program watches the kernel; none: that is not known */
  watching?: Watching | null
  /** as Guard.onAnchors */
  onAnchors?: Guard['onAnchors']
}

/** All rules of this program. */
export class Brake implements RuleControl {
  readonly #options: BrakeOptions
  readonly #entries: Entry[] = []
  readonly #ancestors = new Set([1, process.pid, ...ancestorsOf(process.pid).map(({ tgid }) => tgid)])
  #guard: Guard | null = null
  #why: string[] = []
  onAsks: (() => void) | null = null
  #nextId = 1
  #closed = false
  #keeps = false
  /** ends whatever is being armed */
  readonly #ending = new AbortController()
  #skipped = 0
  readonly #news: string[] = []
  readonly #told = new Set<string>()
  readonly #processes = new HitProcesses()
  readonly #holders = new HolderSearch()
  readonly #writeBack = new WriteBack()
  readonly #places = new PlacePreview()
  readonly #quotas: QuotaDesk
  readonly #asks: AskDesk
  readonly #clock: Clock
  readonly #others: OtherWatch

  constructor(options: BrakeOptions, clock = systemClock) {
    this.#options = options
    this.#clock = clock
    const tell = (sentence: string) => void this.#news.push(sentence)
    this.#quotas = new QuotaDesk({ ...options, onProtected: (sentence) => this.#tellOnce(sentence) }, tell, clock)
    this.#others = new OtherWatch((sentence) => this.#tellOnce(sentence), clock)
    this.#asks = new AskDesk(options, this, tell, () => this.onAsks?.(), clock)
  }

  get defaultAnswer(): 'allow' | 'deny' {
    return this.#options.defaultAnswer
  }

  get enforcement(): Enforcement {
    const [skipped, others] = [this.#skipped + this.#quotas.skipped, this.#others.found]
    if (this.#guard)
      return { way: this.#guard.way, why: [...this.#guard.refused.map(({ way, why }) => `${way}: ${why}`), ...this.#guard.missing], skipped, others }
    if (this.#why.length > 0) return { way: 'none', why: this.#why, skipped, others }
    return { way: this.#quotas.way ?? 'idle', why: [], skipped, others }
  }

  /** Rules and quotas have exemptions of their own, and resolve the same names. */
  #tellOnce(sentence: string): void {
    if (this.#told.has(sentence)) return
    this.#told.add(sentence)
    this.#news.push(sentence)
  }

  #open(): Guard {
    if (this.#guard) return this.#guard
    try {
      const guard = Guard.open(loadAddon(), guardObjectPath(), this.#options.ways, this.#clock)
      for (const protection of this.#options.protect) for (const sentence of guard.protect(protection)) this.#tellOnce(sentence)
      guard.stores.choose(this.#options.mapped ?? 'report')
      this.#guard = guard
      guard.asks.keep(this.#keeps)
      guard.onHit((hit) => this.#heard(hit))
      guard.onAnchors = this.#options.onAnchors ?? null
      return guard
    } catch (error) {
      if (error instanceof CannotGuard) this.#why = error.refused.map(({ way, why }) => `${way}: ${why}`)
      throw error
    }
  }

  /** Loads what these rules need, which keeps this thread busy for seconds. Throws a sentence. */
  load(rules: readonly Rule[]): void {
    if (rules.some(({ action }) => action.kind !== 'quota')) this.#open()
    if (rules.some(({ action }) => action.kind === 'quota')) this.#quotas.load()
  }

  async arm(rule: Rule, { signal, onProgress }: ArmOptions = {}): Promise<RuleState> {
    if (this.#closed) throw new Error('the program is ending')
    const either = signal ? AbortSignal.any([signal, this.#ending.signal]) : this.#ending.signal
    either.throwIfAborted()
    if (!this.#options.dryRun) for (const sentence of ancestorNotesHere()) this.#tellOnce(sentence)
    if (rule.action.kind === 'quota') return this.#armQuota(rule, { signal: either, ...(onProgress && { onProgress }) })
    const guard = this.#open()
    await this.#asks.keep(guard)
    const noted = [...ruleNotes(rule), ...placeNotes(rule)]
    const isAsking = rule.action.kind === 'ask' && !this.#options.dryRun
    if (isAsking) this.#asks.begin(guard, rule)
    const entry: Entry = { state: newState(this.#nextId++, rule), expiresBootMs: null, index: null, serial: 0, births: new Map() }
    try {
      const { notes } = await guard.arm(compileRule(rule, this.#options.dryRun), {
        signal: either,
        // Listed from now on: what it hits is told, and calls it holds can be answered.
        onHolds: ({ index, serial, expiresBootMs }) => {
          Object.assign(entry, { index, serial, expiresBootMs })
          const expiresMs = wallTime(this.#clock, expiresBootMs)
          entry.state = { ...entry.state, expiresMs, notes: [...noted, 'the search for hard links and open files is not over'] }
          this.#entries.push(entry)
          if (isAsking) this.#asks.requireWatchdog(guard)
        },
        onSearched: (looked) => onProgress?.({ step: 'links', looked, all: null }),
      })
      const held = await this.#holders.of(rule, (pid) => this.exempt(pid), {
        signal: either,
        onProgress: (looked, all) => onProgress?.({ step: 'holders', looked, all }),
      })
      entry.births = new Map(held.holders.map(({ pid }) => [pid, birthNow(pid)]))
      const unseen = await this.#showStores(guard, held, { signal: either, ...(onProgress && { onProgress }) })
      if (entry.state.state !== 'armed') throw new Error(`the rule is ${entry.state.state} already: open files were not searched to the end`)
      const holders = withStoresSeen(held.holders, held.mapped, unseen)
      const fate = this.#options.dryRun ? 'report' : storeFate(rule.action, this.#options.mapped ?? 'report')
      const warnings = [...holderWarnings(holders, guard.canRefuse, fate), ...unseenNotes(held.mapped, unseen), ...held.notes]
      entry.state = { ...entry.state, holders, notes: [...noted, ...notes, ...warnings] }
      return entry.state
    } catch (error) {
      // Disarmed by its own key, it stays in the list.
      if (this.#entries.includes(entry) && entry.state.state === 'armed') await this.remove(entry.state.id)
      throw error
    }
  }

  /** Makes stores through the holders' mappings visible. Returns why not, by file. Rejects with the signal's reason. */
  async #showStores(guard: Guard, { mapped }: Held, { signal, onProgress }: ArmOptions): Promise<Map<string, string>> {
    const { failure } = guard.stores
    if (failure !== null) return new Map(mapped.map(({ file }) => [file, failure]))
    const onWritten = (looked: number, all: number) => onProgress?.({ step: 'writeBack', looked, all })
    return this.#writeBack.run(mapped, { ...(signal && { signal }), onProgress: onWritten })
  }

  /** Listed while it is counted: removing it ends the count. */
  async #armQuota(rule: Rule, { signal, onProgress }: ArmOptions): Promise<RuleState> {
    const entry: Entry = { state: newState(this.#nextId++, rule), expiresBootMs: null, index: null, serial: 0, births: new Map() }
    this.#entries.push(entry)
    const cancel = () => this.#quotas.disarm(entry)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await this.#quotas.arm(entry, (looked) => onProgress?.({ step: 'quota', looked, all: null }))
    } catch (error) {
      this.#unlist(entry.state.id)
      throw signal?.aborted ? signal.reason : error
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
    return entry.state
  }

  #heard(hit: Hit): void {
    if (hit.result !== RESTARTED) return
    const entry = this.#entries.find(({ index, serial }) => index === hit.index && serial === hit.serial)
    if (entry && isHeld(entry.state.rule, hit)) this.#asks.add(hit, entry.state)
  }

  asks(): Ask[] {
    return this.#asks.list()
  }

  answer(id: number, answer: Answer): Promise<string> {
    return this.#asks.answer(id, answer)
  }

  async armAll(rules: readonly Rule[], { signal, onProgress }: ArmOptions = {}): Promise<RuleState[]> {
    const failing = new AbortController()
    const options = { signal: signal ? AbortSignal.any([signal, failing.signal]) : failing.signal, ...(onProgress && { onProgress }) }
    const arm = async (rule: Rule) => {
      try {
        return await this.arm(rule, options)
      } catch (error) {
        failing.abort(error)
        throw error
      }
    }
    const results = await Promise.allSettled(rules.map(arm))
    const armed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return armed
    await Promise.all(armed.map(({ id }) => this.remove(id)))
    throw failing.signal.reason
  }

  #entry(id: number): Entry {
    const entry = this.#entries.find(({ state }) => state.id === id)
    if (!entry) throw new Error(`there is no rule ${id}`)
    return entry
  }

  async replace(id: number, rule: Rule, options: ArmOptions = {}): Promise<RuleState> {
    const entry = this.#entry(id)
    if (this.#quotas.change(entry, rule)) return entry.state
    const armed = await this.arm(rule, options)
    await this.remove(id)
    return armed
  }

  async disarm(id: number): Promise<void> {
    const entry = this.#entry(id)
    if (entry.state.rule.action.kind === 'quota') {
      this.#quotas.disarm(entry)
      return
    }
    if (entry.index === null) return
    this.#count(entry)
    const { index } = entry
    entry.index = null
    entry.state = { ...entry.state, state: 'disarmed' }
    await this.#guard?.disarm(index, entry.serial)
    await this.#asks.release(entry.serial)
  }

  async signalHolders(id: number, signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
    const { births, state } = this.#entry(id)
    return signalMappers(state.holders, births, signal)
  }

  async remove(id: number): Promise<void> {
    await this.disarm(id)
    // A quota that was being counted has gone by itself.
    this.#unlist(id)
  }

  #unlist(id: number): void {
    const at = this.#entries.findIndex(({ state }) => state.id === id)
    if (at >= 0) this.#entries.splice(at, 1)
  }

  states(): RuleState[] {
    return this.#entries.map(({ state, expiresBootMs }) => ({ ...state, expiresMs: wallTime(this.#clock, expiresBootMs) }))
  }

  #count(entry: Entry, birthOf: (pid: number) => number | undefined = birthNow): void {
    const { holders } = entry.state
    const alive = holders.filter(({ pid }) => birthOf(pid) === entry.births.get(pid))
    if (alive.length < holders.length) entry.state = { ...entry.state, holders: alive }
    if (entry.index === null || !this.#guard) return
    const { hits, exempted, signalsFailed, unreported, unsure, lastNs } = this.#guard.counts(entry.index)
    entry.state = { ...entry.state, hits, exempted, signalsFailed, unreported, unsure, lastMs: lastNs === 0 ? null : wallTime(this.#clock, lastNs / 1e6) }
  }

  /** Once a tick, as RuleControl has it. `last`: nothing is left for a later one. */
  async tick(last = false): Promise<RuleHit[]> {
    if (this.#closed) return []
    await this.#quotas.tick(last)
    this.#others.look()
    if (!this.#guard) return []
    const byIndex = new Map(this.#entries.map((entry) => [entry.index, entry]))
    const hits = this.#guard.takeHits()
    await this.#asks.tick(this.#guard)
    this.#skipped = this.#guard.skippedRuns()
    const trouble = this.#guard.familyTrouble()
    if (trouble !== null) this.#tellOnce(trouble)
    // A process may hold files of many rules: /proc is asked once.
    const births = new Map<number, number | undefined>()
    const birthOf = (pid: number) => {
      if (!births.has(pid)) births.set(pid, birthNow(pid))
      return births.get(pid)
    }
    for (const entry of this.#entries) this.#count(entry, birthOf)
    await this.#processes.count(this.#guard, hits, this.#entries)
    for (const { index } of await this.#guard.refresh()) {
      const entry = byIndex.get(index)
      if (!entry) continue
      Object.assign(entry, { index: null, state: { ...entry.state, state: 'expired' } })
      await this.#asks.release(entry.serial)
    }
    const tableTrouble = this.#guard.trouble
    if (tableTrouble !== null) this.#tellOnce(`files that replaced a rule's file are not covered: ${tableTrouble}; disarm rules to make room`)
    return hits.flatMap((hit) => ruleHitOf(hit, byIndex.get(hit.index)?.state, this.#clock) ?? [])
  }

  exempt(pid: number): boolean {
    return this.#ancestors.has(pid) || (this.#guard?.isProtected(pid) ?? false)
  }

  get isDryRun(): boolean {
    return this.#options.dryRun
  }

  placeNotes(rule: Rule): string[] {
    return this.#places.of(rule)
  }

  dangers(rule: Rule): string[] {
    return this.isDryRun ? [] : dangersOf(rule, MACHINE)
  }

  inability(kind: Rule['action']['kind']): string | null {
    const { dryRun, ways, watching = null } = this.#options
    if (dryRun) return null
    // What was tried counts more than what follows from another program.
    if (this.#why.length > 0 && !this.#guard && kind !== 'quota') return this.#why.join('; ')
    const tried = this.#guard && !this.#guard.canRefuse ? [this.#guard.way] : ways
    return watching === null ? null : inabilityOf(kind, watching, tried)
  }

  isOwnSession(pid: number): boolean {
    const session = sessionOf(pid)
    return session !== null && session === sessionOf(process.pid)
  }

  news(): string[] {
    return this.#news.splice(0)
  }

  /** Says whether rules are kept if this program dies from now on. At first they are not; without keepMs they never are. */
  keep(on: boolean): void {
    this.#keeps = on && (this.#options.keepMs ?? 0) > 0
    this.#guard?.asks.keep(this.#keeps)
  }

  /** Disarms all; where rules are to be kept if this program died now (see keep()), it leaves them to the watchdog process. */
  async close(): Promise<void> {
    this.#closed = true
    this.#ending.abort(new Error('the program is ending'))
    this.#quotas.close()
    if (this.#keeps) {
      this.#guard?.close()
      return
    }
    await this.#asks.end()
    // Where a call is held even now, the watchdog process releases it. What is attached goes with it, in the background.
    const guard = this.#guard
    if (guard && (await guard.asks.held()).length === 0) guard.disarmAll()
    guard?.asks.end()
    guard?.close()
    await Promise.all([this.#writeBack.close(), this.#places.close()])
  }
}
