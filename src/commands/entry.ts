/** A rule in the brake's list, as it begins. */
import type { RuleState } from '../rules/control.ts'
import { printRule } from '../rules/print.ts'
import type { Rule } from '../rules/rule.ts'

/** Whoever keeps the rule writes its state anew; the list shows what is there. */
export interface Listed {
  state: RuleState
  /** when its time is over, ms since boot (CLOCK_BOOTTIME); null: never. `state.expiresMs` is derived from it for display. */
  expiresBootMs: number | null
}

/** The state of a rule that has done nothing yet. `id`: the user's number of it. */
export function newState(id: number, rule: Rule): RuleState {
  return {
    id,
    rule,
    text: printRule(rule),
    state: 'armed',
    hits: 0,
    exempted: 0,
    signalsFailed: 0,
    unsure: 0,
    processes: [],
    holders: [],
    lastMs: null,
    expiresMs: null,
    notes: [],
    quota: null,
  }
}
