/** What a rule is before and after it is armed. */
import type { Target } from './anchors.ts'
import type { Condition } from './subjects.ts'

/** A rule to arm, compiled from its line. */
export interface GuardRule {
  /** ACTION_* */
  action: number
  errno: number
  signal: number
  /** RULE_* */
  ops: number
  object: Target
  conditions: Condition[]
  /** ms from now, or null */
  ttlMs: number | null
}

/** A rule that is armed. */
export interface Armed {
  /** its number in the kernel, and what tells it from earlier ones of that number */
  index: number
  serial: number
  rule: GuardRule
  /** what the user should know, a sentence each */
  notes: string[]
  /** ms since boot (CLOCK_BOOTTIME); null: never */
  expiresBootMs: number | null
}

/** How arming is watched and ended. */
export interface ArmOptions {
  /** ends the arming: it rejects with the signal's reason, and the rule is disarmed */
  signal?: AbortSignal
  /** called when the rule begins to hold: only further names of files in its tree are still searched for */
  onHolds?: (armed: Armed) => void
  /** told how many directory entries have been looked at since */
  onSearched?: (entries: number) => void
}
