/** The notes on rules that were armed together. Pure. */
import type { RuleState } from '../rules/control.ts'

/** Notes that a screen shows when it starts, at most. */
const MAX_SHOWN = 3

/** The notes of these rules, each once, in the order of the rules. */
export function armedNotes(states: readonly Pick<RuleState, 'notes'>[]): string[] {
  return [...new Set(states.flatMap(({ notes }) => notes))]
}

/** The first MAX_SHOWN of them, and a sentence with the number of the others. */
export function firstNotes(states: readonly Pick<RuleState, 'notes'>[]): string[] {
  const notes = armedNotes(states)
  if (notes.length <= MAX_SHOWN) return notes
  return [...notes.slice(0, MAX_SHOWN), `${notes.length - MAX_SHOWN} more notes on rules: fswatch-tui guard prints all`]
}
