/** What keys do while a line is typed: a filter or a rule. Pure. */
import { parseFilter } from '../model/filter.ts'
import { parseRule } from '../rules/parse.ts'
import type { Action } from './keys.ts'
import { type EditedLine, edited, isEdit } from './line-edit.ts'
import type { UiState } from './ui-state.ts'

/** The line being typed. */
export function lineBeingTyped({ mode, ruleText, filterText, paletteText, cursor }: UiState): EditedLine {
  return { text: mode === 'rule' ? ruleText : mode === 'palette' ? paletteText : filterText, cursor }
}

/** Begins to type a rule that starts as `text`; `replaces`: the rule it is to take the place of. */
export function typing(state: UiState, text: string, replaces: number | null): UiState {
  return { ...state, mode: 'rule', ruleText: text, cursor: text.length, ruleReplaces: replaces, ruleFrom: state.mode }
}

function withFilter(state: UiState, { text, cursor }: EditedLine): UiState {
  // The filter stays the same object as long as it is the same text: what was answered for it is kept.
  if (text === state.filterText) return { ...state, cursor }
  const parsed = parseFilter(text)
  if (!parsed.ok) return { ...state, filterText: text, cursor, filterError: { message: parsed.message, column: parsed.column } }
  return { ...state, filterText: text, cursor, filter: parsed.filter, filterError: null }
}

/** A key while a filter is typed. */
export function inFilter(state: UiState, action: Action): UiState {
  if (isEdit(action)) return withFilter(state, edited(lineBeingTyped(state), action))
  const { before } = state
  switch (action.do) {
    case 'accept':
      // A text that is no filter is not kept by accident: the line stays until it is mended or left.
      return state.filterError ? state : { ...state, mode: 'table', before: null }
    case 'back':
      return { ...state, ...(before && { filterText: before.filterText, filter: before.filter }), filterError: null, mode: 'table', before: null }
    default:
      return state
  }
}

/** A quota is written otherwise, so Tab does not lead to it. */
const ACTIONS = ['deny', 'kill', 'freeze', 'ask', 'audit']

/** The same rule with the next action; the cursor stays where it is in the rest. */
function withNextAction({ text, cursor }: EditedLine): EditedLine {
  const first = /^\S*/.exec(text)?.[0] ?? ''
  if (first === 'quota') return { text, cursor }
  const at = ACTIONS.indexOf(first.split(':')[0] as string)
  const action = ACTIONS[(at + 1) % ACTIONS.length] as string
  return { text: action + text.slice(first.length), cursor: action.length + Math.max(0, cursor - first.length) }
}

function withRule(state: UiState, { text, cursor }: EditedLine): UiState {
  return { ...state, ruleText: text, cursor }
}

/** A key while a rule is typed. */
export function inRule(state: UiState, action: Action): UiState {
  const line = lineBeingTyped(state)
  if (isEdit(action)) return withRule(state, edited(line, action))
  switch (action.do) {
    case 'toggle':
      return withRule(state, withNextAction(line))
    case 'accept': {
      const parsed = parseRule(state.ruleText)
      // What is no rule stays until it is mended or left.
      if (!parsed.ok) return state
      return { ...state, mode: state.ruleFrom, request: { do: 'arm', rule: parsed.rule, replaces: state.ruleReplaces } }
    }
    case 'back':
      return { ...state, mode: state.ruleFrom }
    default:
      return state
  }
}
