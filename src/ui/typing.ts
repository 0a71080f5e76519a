/** What keys do while a line is typed: a filter or a rule. Pure. */
import { parseFilter } from '../model/filter.ts'
import { parseRule } from '../rules/parse.ts'
import { completed } from './completion.ts'
import { toDanger } from './danger.ts'
import type { Action } from './keys.ts'
import { type EditedLine, edited, isEdit } from './line-edit.ts'
import { remembering } from './memory.ts'
import { recalled } from './recall.ts'
import { toNaming } from './saved.ts'
import type { Surroundings, UiState } from './ui-state.ts'

/** The line being typed. */
export function lineBeingTyped({ mode, ruleText, filterText, paletteText, cursor, naming, danger }: UiState): EditedLine {
  if (mode === 'confirm' && danger) return danger.typed
  if (mode === 'naming' && naming) return naming
  return { text: mode === 'rule' ? ruleText : mode === 'palette' ? paletteText : filterText, cursor }
}

/** Begins to type a rule that starts as `text`; `replaces`: the rule it is to take the place of. */
export function typing(state: UiState, text: string, replaces: number | null): UiState {
  const ruleDraft = replaces === null ? text : null
  return { ...state, mode: 'rule', ruleText: text, ruleDraft, cursor: text.length, ruleReplaces: replaces, ruleFrom: state.mode, recall: null }
}

/** After a tick: a line that was proposed and not touched says what is known by now; once, so that Enter arms what one has read. */
export function settleRule(state: UiState, { refined }: Pick<Surroundings, 'refined'>): UiState {
  if (state.mode !== 'rule' || state.ruleDraft === null || !refined) return state
  const text = refined(state.ruleDraft)
  return text === state.ruleText ? state : { ...state, ruleText: text, ruleDraft: null, cursor: text.length }
}

function withFilter(state: UiState, { text, cursor }: EditedLine): UiState {
  // The filter stays the same object as long as it is the same text: what was answered for it is kept.
  if (text === state.filterText) return { ...state, cursor }
  const parsed = parseFilter(text)
  if (!parsed.ok) return { ...state, filterText: text, cursor, filterError: { message: parsed.message, column: parsed.column } }
  return { ...state, filterText: text, cursor, filter: parsed.filter, filterError: null }
}

/** The same with a line more in a history. */
function remembered(state: UiState, kind: 'filter' | 'rule', text: string): UiState {
  if (text === '') return state
  const remember = { do: kind, text }
  return { ...state, kept: remembering(state.kept, remember), remember }
}

/** A key while a filter is typed. */
export function inFilter(before: UiState, action: Action, { seen }: Pick<Surroundings, 'seen'>): UiState {
  if (action.do === 'complete') {
    const { line, completion } = completed(lineBeingTyped(before), before.completion, action.by, seen)
    return { ...withFilter(before, line), completion, recall: null }
  }
  return typedFilter(before.completion ? { ...before, completion: null } : before, action)
}

function asBefore({ filterText, filter, trails }: NonNullable<UiState['before']>): Partial<UiState> {
  return { filterText, filter, ...(trails && { trails }) }
}

function typedFilter(state: UiState, action: Action): UiState {
  if (isEdit(action)) return { ...withFilter(state, edited(lineBeingTyped(state), action)), recall: null }
  const { before } = state
  switch (action.do) {
    case 'accept':
      // A text that is no filter is not kept by accident: the line stays until it is mended or left.
      return state.filterError
        ? state
        : remembered({ ...state, filterText: state.filterText.trim(), mode: 'table', before: null, recall: null }, 'filter', state.filterText.trim())
    case 'name':
      return toNaming(state)
    case 'move': {
      const found = recalled(state.kept.filters, lineBeingTyped(state), state.recall, action.by)
      return found ? { ...withFilter(state, found.line), recall: found.recall } : state
    }
    case 'back':
      return { ...state, ...(before && asBefore(before)), filterError: null, mode: 'table', before: null, recall: null }
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

/** The rule line is left, since its rule is being armed. */
export function ruleArmed(state: UiState): UiState {
  return remembered({ ...state, mode: state.ruleFrom }, 'rule', state.ruleText.trim())
}

/** A key while a rule is typed. */
export function inRule(before: UiState, action: Action, { dangers, inability }: Pick<Surroundings, 'dangers' | 'inability'> = {}): UiState {
  const state = before.ruleDraft === null ? before : { ...before, ruleDraft: null }
  const line = lineBeingTyped(state)
  if (isEdit(action)) return { ...withRule(state, edited(line, action)), recall: null }
  switch (action.do) {
    case 'move': {
      const found = recalled(state.kept.rules, line, state.recall, action.by)
      return found ? { ...withRule(state, found.line), recall: found.recall } : state
    }
    case 'toggle':
      return withRule(state, withNextAction(line))
    case 'accept': {
      const parsed = parseRule(state.ruleText)
      // What is no rule stays until it is mended or left.
      if (!parsed.ok) return state
      // Its preview says why.
      if ((inability?.(parsed.rule.action.kind) ?? null) !== null) return state
      const request = { do: 'arm', rule: parsed.rule, replaces: state.ruleReplaces } as const
      const reasons = dangers?.(parsed.rule) ?? []
      return reasons.length > 0 ? toDanger(state, request, state.ruleText, reasons) : ruleArmed({ ...state, request })
    }
    case 'back':
      return { ...state, mode: state.ruleFrom }
    default:
      return state
  }
}
