/** Rules that ask: the watchdog process that answers when this program cannot, the pending requests, and the rule that an answer for good becomes. */
import { type Clock, systemClock } from '../kernel/boot-clock.ts'
import type { Guard } from '../kernel/guard/guard.ts'
import { type Hit, RESTARTED } from '../kernel/guard/hits.ts'
import type { Answer, Ask, RuleControl, RuleState } from '../rules/control.ts'
import { printObject, printOps } from '../rules/print.ts'
import type { Rule } from '../rules/rule.ts'
import { type AskOptions, AskQueue } from './ask-queue.ts'
import { sessionOf } from './dangers.ts'

/** Does a hit of a rule mean that a call waits for an answer? */
export function isHeld({ action }: Rule, { result }: Pick<Hit, 'result'>): boolean {
  return action.kind === 'ask' && result === RESTARTED
}

/** What the desk does to the rules. */
export type AskedRules = Pick<RuleControl, 'arm' | 'remove' | 'disarm' | 'states' | 'exempt'>

/** Asks for the rules of one brake. */
export class AskDesk {
  readonly #options: AskOptions
  readonly #rules: AskedRules
  readonly #tell: (sentence: string) => void
  readonly #changed: () => void
  readonly #clock: Clock
  #queue: AskQueue | null = null
  /** the queue of a watchdog process that died: it reads nothing of processes any more, so that the next rule gets another queue */
  #over: AskQueue | null = null
  #keeping: Promise<void> | null = null
  #ended = false

  /** `tell` is called with each event that no key caused, a sentence; `changed` when other requests are pending than before. */
  constructor(options: AskOptions, rules: AskedRules, tell: (sentence: string) => void, changed: () => void, clock = systemClock) {
    this.#clock = clock
    this.#options = options
    this.#rules = rules
    this.#tell = tell
    this.#changed = changed
  }

  /** Starts the watchdog process: no rule is armed without it. Rules that are armed together wait for the same one. Rejects with a sentence. */
  async keep(guard: Guard): Promise<void> {
    this.#keeping ??= guard.asks.begin(this.#watchdogOptions(), () => {
      this.#watchdogDied().catch((error: Error) => this.#tell(error.message))
    })
    try {
      await this.#keeping
    } catch (error) {
      this.#keeping = null
      throw error
    }
    for (const pid of guard.asks.watchdogPids) guard.exempt(pid)
  }

  /**
   * Checks that the watchdog process runs. Call it once a rule that asks is listed: one that ended before could not disarm the rule. Throws a
   * sentence where it has ended.
   */
  requireWatchdog({ asks }: Guard): void {
    if (asks.watchdogPids.length === 0) throw new Error('the watchdog process ended while the rule was armed, and no process is held without it: try again')
  }

  #watchdogOptions() {
    const { defaultAnswer, timeoutMs, keepMs = 0 } = this.#options
    return { denies: defaultAnswer === 'deny', timeoutMs, keepMs }
  }

  /** Before a rule that asks is armed. Throws a sentence where it must not be. */
  begin(guard: Guard, rule: Rule): void {
    for (const condition of rule.conditions) {
      if (condition.key !== 'pid' || condition.negate) continue
      if (this.#rules.exempt(condition.pid) || sessionOf(condition.pid) === sessionOf(process.pid))
        throw new Error(`pid ${condition.pid} belongs to this terminal's own session: held, it might be what you need to answer`)
    }
    if (this.#queue === this.#over) this.#queue = new AskQueue(guard.asks, this.#options, this.#changed, this.#clock)
    guard.asks.expectHeld()
  }

  /** Without a watchdog process no call may be held: pending requests get the default answer, and rules that ask are disarmed. */
  async #watchdogDied(): Promise<void> {
    this.#keeping = null
    if (this.#ended) return
    this.#tell('the watchdog process was killed: rules that ask are disarmed and pending requests get the default answer; arm them again. Other rules hold')
    // Not those that are armed meanwhile, under another watchdog process.
    const asking = this.#rules.states().filter(({ rule }) => rule.action.kind === 'ask')
    this.#over = this.#queue
    await this.#over?.end()
    for (const { id } of asking) await this.#rules.disarm(id)
    this.#changed()
  }

  /** A thread was held by a rule. */
  add(hit: Hit, { id, rule }: RuleState): void {
    this.#queue?.add(hit, id, `${printOps(rule.ops)} ${printObject(rule.object)}`)
  }

  /** Pending requests, the oldest first. */
  list(): Ask[] {
    return this.#queue?.list() ?? []
  }

  /** Answers a request. Returns what was done, a sentence. Rejects with a sentence. */
  async answer(id: number, answer: Answer): Promise<string> {
    if (!this.#queue) throw new Error('there is no pending request')
    const { ask, calls, program } = await this.#queue.answer(id, answer)
    const whom = { call: 'this call of ', process: '', program: 'all of the program of ', always: 'all of the program of ' }[answer.scope]
    const said = `${answer.verdict === 'allow' ? 'allowed' : 'denied'}: ${whom}${ask.comm} (${ask.pid})${calls > 1 ? `, ${calls} calls` : ''}`
    return answer.scope === 'always' ? `${said}; ${await this.#always(ask, program, answer.verdict)}` : said
  }

  /** An answer for good is a rule. */
  async #always(ask: Ask, program: string | null, verdict: Answer['verdict']): Promise<string> {
    const rule = this.#rules.states().find(({ id }) => id === ask.rule)?.rule
    if (!rule) throw new Error(`there is no rule ${ask.rule}`)
    const taken = rule.conditions.some(({ key }) => key === 'exe')
    // In another container a path is another program's.
    const here = taken ? null : ((await this.#queue?.fileAt(ask.exe)) ?? null)
    if (here === null || here !== program)
      return 'a rule cannot say so (it has an exe already, or that program is not at its path here): it holds until this one is disarmed'
    const condition = { key: 'exe', text: ask.exe, negate: verdict === 'allow' } as const
    const lasting: Rule = { ...rule, conditions: [...rule.conditions, condition], ...(verdict === 'deny' ? { action: { kind: 'deny', errno: 'EPERM' } } : {}) }
    const armed = await this.#rules.arm(lasting)
    if (verdict === 'allow') await this.#rules.remove(ask.rule)
    return `rule ${armed.id} is armed: ${armed.text}`
  }

  /** Once an update: forgets requests that are over, and stops watching the ends of calls when no call is held. */
  async tick(guard: Guard): Promise<void> {
    if (!this.#queue) return
    this.#queue.prune()
    if (this.#queue.list().length === 0 && (await guard.asks.held()).length === 0) guard.asks.watchCalls(false)
  }

  /** The rule with this serial number in the kernel is gone: calls that it held are made again. */
  async release(serial: number): Promise<void> {
    await this.#queue?.release(serial)
  }

  /** Gives all pending requests the default answer. From now on the end of the watchdog process is expected. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#queue?.end()
  }
}
