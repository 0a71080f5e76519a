/** What a screen or a command may ask of the rules, whoever enforces them. */
import type { Rule } from './rule.ts'

/** A rule, and how it is doing. */
export interface RuleState {
  /** stays the same as long as the program runs */
  id: number
  rule: Rule
  /** its line */
  text: string
  state: 'armed' | 'disarmed' | 'expired'
  /** touches it matched and acted on */
  hits: number
  /** touches it matched by somebody no rule may hit */
  exempted: number
  signalsFailed: number
  /** ms since the epoch of the last hit, or null */
  lastMs: number | null
  /** ms since the epoch, or null */
  expiresMs: number | null
  /** what the user should know, a sentence each */
  notes: string[]
}

/** One hit, as a rule's owner wants to read it. */
export interface RuleHit {
  rule: RuleState
  timeMs: number
  pid: number
  comm: string
  path: string
  /** what the call was given: 'EPERM', or '' where it went on */
  refused: string
}

/** How rules are enforced here. */
export interface Enforcement {
  /** 'lsm', 'fmod_ret', 'none' or, before the first rule, 'idle' */
  way: string
  /** why no better way, a sentence each */
  why: string[]
  /** touches nobody judged, since the kernel skipped the guard's program (recursion protection) */
  skipped: number
}

export interface RuleControl {
  readonly enforcement: Enforcement
  /** Arms a rule; it holds when this settles. Rejects with a sentence. */
  arm(rule: Rule): Promise<RuleState>
  /** Arms many at once, or none: rejects with the first sentence. */
  armAll(rules: readonly Rule[]): Promise<RuleState[]>
  disarm(id: number): Promise<void>
  /** Forgets a rule, disarming it first. */
  remove(id: number): Promise<void>
  /** All rules, in the order they came. */
  states(): RuleState[]
  /** Once a tick: counters, expiry, what paths lead to; the hits since the last one. */
  tick(): Promise<RuleHit[]>
  /** Is a process one that no rule may hit? */
  exempt(pid: number): boolean
  close(): void
}
