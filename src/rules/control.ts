/** What a screen or a command may ask of the rules, whoever enforces them. */
import type { Rule } from './rule.ts'

/** A process that a rule has hit. */
export interface RuleProcess {
  pid: number
  /** as it was called when it was hit last; '?' where that was not seen */
  comm: string
  hits: number
}

/** A process that could write before the rule was armed. */
export interface RuleHolder {
  pid: number
  comm: string
  /** mapped: stores go on whatever the rule says; open: each write is judged */
  how: 'mapped' | 'open'
}

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
  /** of the hits: decided on the safe side, since it could not be told */
  unsure: number
  /** who was hit, most first; the kernel forgets those hit longest ago beyond some thousands */
  processes: RuleProcess[]
  /** who had it mapped or open for writing when it was armed, as long as they live */
  holders: RuleHolder[]
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
  /** Kills or stops those that had a rule's file mapped when it was armed, and still live; what was done, as a sentence. */
  signalHolders(id: number, signal: 'SIGKILL' | 'SIGSTOP'): Promise<string>
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
