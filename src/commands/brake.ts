/** Rules as the user has them, over the guard that enforces them. The guard is loaded with the first rule. */
import { readFileSync } from 'node:fs'
import { guardObjectPath, loadAddon } from '../kernel/addon.ts'
import { ancestorsOf, identityOf } from '../kernel/guard/exempt.ts'
import { CannotGuard, Guard } from '../kernel/guard/guard.ts'
import type { Hit } from '../kernel/guard/hits.ts'
import { findHolders, type Holder, holdersOf } from '../kernel/guard/holders.ts'
import type { GuardWay } from '../kernel/guard/ways.ts'
import { compileRule } from '../rules/compile.ts'
import type { Answer, Ask, Enforcement, RuleControl, RuleHit, RuleProcess, RuleState } from '../rules/control.ts'
import { errnoName } from '../rules/names.ts'
import { printRule } from '../rules/print.ts'
import { opsOfMask, type Rule } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'
import { type AskOptions, AskQueue, fileAt } from './ask-queue.ts'
import { QuotaDesk, type QuotaOptions } from './quota-desk.ts'

/** Names of processes that were hit, at most: the kernel keeps as many. */
const MOST_COMMS = 8192

/** How long it stays known who has which files open. */
const WRITERS_MS = 1000

/** The call is made again when the process goes on: nothing was refused. */
const RESTARTED = 513

interface Entry {
  state: RuleState
  /** its number in the kernel while it is armed, and what tells it from others that had it */
  index: number | null
  serial: number
  /** of the holders, by pid */
  births: Map<number, number | undefined>
}

export interface BrakeOptions extends AskOptions, QuotaOptions {
  /** every action becomes audit */
  dryRun: boolean
  /** comms and program paths that no rule may hit */
  protect: string[]
  /** the ways to try, best first */
  ways: readonly GuardWay[]
}

export class Brake implements RuleControl {
  readonly #options: BrakeOptions
  readonly #entries: Entry[] = []
  readonly #ancestors = new Set([1, process.pid, ...ancestorsOf(process.pid).map(({ tgid }) => tgid)])
  #guard: Guard | null = null
  #why: string[] = []
  #queue: AskQueue | null = null
  onAsks: (() => void) | null = null
  #nextId = 1
  #closed = false
  #skipped = 0
  #found: Holder[] = []
  #soughtMs = 0
  readonly #news: string[] = []
  #keeping: Promise<void> | null = null
  readonly #comms = new Map<number, string>()
  readonly #quotas: QuotaDesk

  constructor(options: BrakeOptions) {
    this.#options = options
    this.#quotas = new QuotaDesk(options, options.protect, (sentence) => this.#news.push(sentence))
  }

  get defaultAnswer(): 'allow' | 'deny' {
    return this.#options.defaultAnswer
  }

  get enforcement(): Enforcement {
    const skipped = this.#skipped + this.#quotas.skipped
    if (this.#guard) return { way: this.#guard.way, why: [...this.#guard.refused.map(({ way, why }) => `${way}: ${why}`), ...this.#guard.missing], skipped }
    if (this.#why.length > 0) return { way: 'none', why: this.#why, skipped }
    return { way: this.#quotas.way ?? 'idle', why: [], skipped }
  }

  #open(): Guard {
    if (this.#guard) return this.#guard
    try {
      const guard = Guard.open(loadAddon(), guardObjectPath(), this.#options.ways)
      for (const pattern of this.#options.protect) guard.protect(pattern)
      this.#guard = guard
      guard.onHit = (hit) => this.#heard(hit)
      return guard
    } catch (error) {
      if (error instanceof CannotGuard) this.#why = error.refused.map(({ way, why }) => `${way}: ${why}`)
      throw error
    }
  }

  async arm(rule: Rule): Promise<RuleState> {
    if (this.#closed) throw new Error('the program is ending')
    if (rule.action.kind === 'quota') return this.#armQuota(rule)
    const guard = this.#open()
    await this.#keep(guard)
    if (rule.action.kind === 'ask' && !this.#options.dryRun) this.#beginAsking(guard, rule)
    const armed = await guard.arm(compileRule(rule, this.#options.dryRun))
    const holders = this.#holders(rule)
    const state: RuleState = {
      id: this.#nextId++,
      rule,
      text: printRule(rule),
      state: 'armed',
      hits: 0,
      exempted: 0,
      signalsFailed: 0,
      unsure: 0,
      processes: [],
      holders: holders.map(({ pid, comm, how }) => ({ pid, comm, how })),
      lastMs: null,
      expiresMs: armed.expiresMs,
      notes: [...armed.notes, ...this.#warnings(holders)],
      quota: null,
    }
    const births = new Map(holders.map(({ pid }) => [pid, birthNow(pid)]))
    this.#entries.push({ state, index: armed.index, serial: armed.serial, births })
    return state
  }

  /** Listed while it is counted: removing it ends the count. */
  async #armQuota(rule: Rule): Promise<RuleState> {
    const id = this.#nextId++
    const entry: Entry = {
      state: {
        ...{ id, rule, text: printRule(rule), state: 'counting', hits: 0, exempted: 0, signalsFailed: 0, unsure: 0, processes: [], holders: [] },
        ...{ lastMs: null, expiresMs: null, notes: [], quota: null },
      },
      index: null,
      serial: 0,
      births: new Map(),
    }
    this.#entries.push(entry)
    try {
      await this.#quotas.arm(id, rule, this.#options.dryRun)
    } catch (error) {
      const at = this.#entries.indexOf(entry)
      if (at >= 0) this.#entries.splice(at, 1)
      throw error
    }
    const kept = this.#quotas.state(id)
    const failed = kept?.quota?.failed ?? []
    const notes = failed.length > 0 ? [`not counted: ${failed.join(', ')}`] : []
    entry.state = { ...entry.state, ...kept, notes, state: 'armed', expiresMs: rule.ttlMs === null ? null : Date.now() + rule.ttlMs }
    return entry.state
  }

  /** What quotas have come to, and whose time is over. */
  async #tickQuotas(): Promise<void> {
    await this.#quotas.tick()
    for (const entry of this.#entries) {
      const kept = this.#quotas.state(entry.state.id)
      if (!kept) continue
      const { expiresMs } = entry.state
      const expired = expiresMs !== null && expiresMs <= Date.now()
      if (expired) this.#quotas.disarm(entry.state.id)
      entry.state = { ...entry.state, ...kept, ...(expired ? { state: 'expired' } : {}) }
    }
  }

  /** The keeper first: no rule is armed without it. Rules that are armed together wait for the same one. */
  async #keep(guard: Guard): Promise<void> {
    this.#keeping ??= guard.asks.begin(this.#options.defaultAnswer === 'deny', this.#options.timeoutMs, () => {
      this.#keeperDied().catch((error: Error) => this.#news.push(error.message))
    })
    try {
      await this.#keeping
    } catch (error) {
      this.#keeping = null
      throw error
    }
    if (guard.asks.keeperPid !== null) guard.exempt(guard.asks.keeperPid)
  }

  #beginAsking(guard: Guard, rule: Rule): void {
    for (const condition of rule.conditions) {
      if (condition.key !== 'pid' || condition.negate) continue
      if (this.exempt(condition.pid) || sessionOf(condition.pid) === sessionOf(process.pid))
        throw new Error(`pid ${condition.pid} belongs to this terminal's own session: held, it might be what you need to answer`)
    }
    this.#queue ??= new AskQueue(guard.asks, this.#options, () => this.onAsks?.())
    guard.asks.expectHeld()
  }

  /** Without a keeper nobody may be held: all who wait have the default answer, and rules that ask are disarmed. */
  async #keeperDied(): Promise<void> {
    this.#keeping = null
    if (this.#closed) return
    this.#news.push('the keeper was killed: rules that ask are disarmed, and whoever waited has the default answer; others stand')
    await this.#queue?.end()
    for (const { state } of [...this.#entries]) if (state.rule.action.kind === 'ask') await this.disarm(state.id)
    this.onAsks?.()
  }

  #heard(hit: Hit): void {
    const entry = this.#entries.find(({ index, serial }) => index === hit.index && serial === hit.serial)
    if (entry?.state.rule.action.kind === 'ask' && hit.result === -RESTARTED) this.#queue?.add(hit, entry.state.id)
  }

  asks(): Ask[] {
    return this.#queue?.list() ?? []
  }

  async answer(id: number, answer: Answer): Promise<string> {
    if (!this.#queue) throw new Error('nobody waits')
    const { ask, calls, program } = this.#queue.answer(id, answer)
    const whom = { call: 'this call of ', process: '', program: 'all of the program of ', always: 'all of the program of ' }[answer.scope]
    const said = `${answer.verdict === 'allow' ? 'allowed' : 'denied'}: ${whom}${ask.comm} (${ask.pid})${calls > 1 ? `, ${calls} calls` : ''}`
    return answer.scope === 'always' ? `${said}; ${await this.#always(ask, program, answer.verdict)}` : said
  }

  /** An answer for good is a rule. */
  async #always(ask: Ask, program: string | null, verdict: 'allow' | 'deny'): Promise<string> {
    const { rule } = this.#entry(ask.rule).state
    const taken = rule.conditions.some(({ key }) => key === 'exe')
    // In another container a path is another program's.
    if (taken || fileAt(ask.exe) === null || fileAt(ask.exe) !== program)
      return 'a rule cannot say so (it has an exe already, or that program is not at its path here): it holds until this one is disarmed'
    const condition = { key: 'exe', text: ask.exe, negate: verdict === 'allow' } as const
    const lasting: Rule = { ...rule, conditions: [...rule.conditions, condition], ...(verdict === 'deny' ? { action: { kind: 'deny', errno: 'EPERM' } } : {}) }
    const armed = await this.arm(lasting)
    if (verdict === 'allow') await this.remove(ask.rule)
    return `rule ${armed.id} is armed: ${armed.text}`
  }

  async armAll(rules: readonly Rule[]): Promise<RuleState[]> {
    const results = await Promise.allSettled(rules.map((rule) => this.arm(rule)))
    const armed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return armed
    await Promise.all(armed.map(({ id }) => this.remove(id)))
    throw failed.reason
  }

  /** Who could write to what the rule is about before it was armed, once each. */
  #holders(rule: Rule): Holder[] {
    if (!rule.ops.includes('write')) return []
    const found = holdersOf(this.#writers(), rule.object).filter(({ pid }) => !this.exempt(pid))
    return [...new Map(found.map((holder) => [`${holder.pid} ${holder.how}`, holder])).values()]
  }

  /** A mapping goes on being stored into, and only ending its process stops that. */
  #warnings(holders: readonly Holder[]): string[] {
    const told = (holder: Holder) => `${printable(holder.comm)} (${holder.pid})`
    const mapped = holders.filter(({ how }) => how === 'mapped')
    const open = holders.filter(({ how }) => how === 'open')
    const some = (list: Holder[]) => list.map(told).slice(0, 5).join(', ') + (list.length > 5 ? ', …' : '')
    return [
      ...(mapped.length > 0 ? [`${some(mapped)} has it mapped writable: stores through an old mapping are not stopped, so kill or freeze it`] : []),
      ...(open.length > 0
        ? [`${some(open)} has it open for writing: ${this.#guard?.canRefuse ? 'its writes are refused from now on' : 'its next write is answered'}`]
        : []),
    ]
  }

  /** Looked up once for rules that are armed together. */
  #writers(): Holder[] {
    if (Date.now() - this.#soughtMs > WRITERS_MS) {
      this.#found = findHolders()
      this.#soughtMs = Date.now()
    }
    return this.#found
  }

  #entry(id: number): Entry {
    const entry = this.#entries.find(({ state }) => state.id === id)
    if (!entry) throw new Error(`there is no rule ${id}`)
    return entry
  }

  async replace(id: number, rule: Rule): Promise<RuleState> {
    const old = this.#entry(id).state
    // A directory has one quota: the same one is given its new limits.
    if (rule.action.kind === 'quota' && old.state === 'armed' && this.#quotas.change(id, rule)) {
      const entry = this.#entry(id)
      entry.state = { ...old, rule, text: printRule(rule), expiresMs: rule.ttlMs === null ? null : Date.now() + rule.ttlMs }
      return entry.state
    }
    const armed = await this.arm(rule)
    await this.remove(id)
    return armed
  }

  async disarm(id: number): Promise<void> {
    const entry = this.#entry(id)
    if (entry.state.rule.action.kind === 'quota') {
      this.#quotas.disarm(id)
      entry.state = { ...entry.state, state: 'disarmed' }
      return
    }
    if (entry.index === null) return
    this.#count(entry)
    const { index } = entry
    entry.index = null
    entry.state = { ...entry.state, state: 'disarmed' }
    await this.#guard?.disarm(index)
    await this.#queue?.release(entry.serial)
  }

  async signalHolders(id: number, signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
    const { births, state } = this.#entry(id)
    const done: string[] = []
    for (const { pid, comm, how } of state.holders) {
      // A number may belong to somebody else by now.
      if (how !== 'mapped' || birthNow(pid) !== births.get(pid)) continue
      try {
        process.kill(pid, signal)
        done.push(`${printable(comm)} (${pid})`)
      } catch (error) {
        done.push(`${printable(comm)} (${pid}) could not be signalled: ${(error as Error).message}`)
      }
    }
    if (done.length === 0) return 'nobody who had it mapped lives any more'
    return `${signal} was sent to ${done.join(', ')}`
  }

  async remove(id: number): Promise<void> {
    await this.disarm(id)
    // A quota that was being counted has gone by itself.
    const at = this.#entries.findIndex(({ state }) => state.id === id)
    if (at >= 0) this.#entries.splice(at, 1)
  }

  states(): RuleState[] {
    return this.#entries.map(({ state }) => state)
  }

  #count(entry: Entry, birthOf: (pid: number) => number | undefined = birthNow): void {
    const { holders } = entry.state
    const alive = holders.filter(({ pid }) => birthOf(pid) === entry.births.get(pid))
    if (alive.length < holders.length) entry.state = { ...entry.state, holders: alive }
    if (entry.index === null || !this.#guard) return
    const { hits, exempted, signalsFailed, unsure, lastNs } = this.#guard.counts(entry.index)
    entry.state = { ...entry.state, hits, exempted, signalsFailed, unsure, lastMs: lastNs === 0 ? null : wallClock(lastNs) }
  }

  /** By process, where something was hit since it was last asked. */
  async #countProcesses(hits: readonly Hit[]): Promise<void> {
    for (const { pid, comm } of hits) this.#comms.set(pid, comm)
    if (hits.length === 0 || !this.#guard) return
    const byIndex = new Map<number, RuleProcess[]>()
    const serials = new Map(this.#entries.map(({ index, serial }) => [index, serial]))
    for (const { index, serial, pid, hits: own } of await this.#guard.hitsByProcess()) {
      if (serials.get(index) !== serial) continue
      const processes = byIndex.get(index) ?? []
      byIndex.set(index, processes)
      processes.push({ pid, comm: this.#comms.get(pid) ?? '?', hits: own })
    }
    for (const entry of this.#entries) {
      if (entry.index === null) continue
      const processes = (byIndex.get(entry.index) ?? []).sort((a, b) => b.hits - a.hits)
      entry.state = { ...entry.state, processes }
    }
    for (const pid of this.#comms.keys()) if (this.#comms.size > MOST_COMMS) this.#comms.delete(pid)
  }

  async tick(): Promise<RuleHit[]> {
    if (this.#closed) return []
    await this.#tickQuotas()
    if (!this.#guard) return []
    const byIndex = new Map(this.#entries.map((entry) => [entry.index, entry]))
    const hits = this.#guard.takeHits()
    this.#queue?.prune()
    if (this.#queue && this.#queue.list().length === 0) await this.#endWatching(this.#guard)
    this.#skipped = this.#guard.skippedRuns()
    // A process may hold files of many rules: /proc is asked once.
    const births = new Map<number, number | undefined>()
    const birthOf = (pid: number) => {
      if (!births.has(pid)) births.set(pid, birthNow(pid))
      return births.get(pid)
    }
    for (const entry of this.#entries) this.#count(entry, birthOf)
    await this.#countProcesses(hits)
    for (const { index } of await this.#guard.refresh()) {
      const entry = byIndex.get(index)
      if (!entry) continue
      Object.assign(entry, { index: null, state: { ...entry.state, state: 'expired' } })
      await this.#queue?.release(entry.serial)
    }
    return hits.flatMap((hit) => this.#told(hit, byIndex.get(hit.index)))
  }

  #told(hit: Hit, entry: Entry | undefined): RuleHit[] {
    if (!entry) return []
    const held = entry.state.rule.action.kind === 'ask' && hit.result === -RESTARTED
    const refused = hit.result === 0 || hit.result === -RESTARTED ? '' : errnoName(-hit.result)
    return [{ rule: entry.state, timeMs: wallClock(hit.timeNs), pid: hit.pid, comm: hit.comm, path: hit.path, ops: opsOfMask(hit.ops), refused, held }]
  }

  exempt(pid: number): boolean {
    return this.#ancestors.has(pid)
  }

  /** The ends of calls are watched no longer than somebody is held. */
  async #endWatching(guard: Guard): Promise<void> {
    if ((await guard.asks.held()).length === 0) guard.asks.watchCalls(false)
  }

  news(): string[] {
    return this.#news.splice(0)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#quotas.close()
    await this.#queue?.end()
    // Where somebody is held even now, the keeper has the last word. What is attached goes with it, in the background.
    const guard = this.#guard
    if (guard && (await guard.asks.held()).length === 0) guard.disarmAll()
    guard?.asks.end()
    guard?.close()
  }
}

/** The session a process belongs to; null where it is gone. */
function sessionOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] ?? null
  } catch {
    return null
  }
}

/** When the process of this number began, as the kernel side counts; undefined where there is none. */
function birthNow(pid: number): number | undefined {
  return identityOf(pid)?.birth
}

/** ms since the epoch of a CLOCK_MONOTONIC time. */
function wallClock(timeNs: number): number {
  return Date.now() - (Number(process.hrtime.bigint()) - timeNs) / 1e6
}
