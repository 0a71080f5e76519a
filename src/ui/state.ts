/** What the user chose, and how keys change it. Pure. */
import type { ProcessId } from '../batch/batch.ts'
import { type Filter, parseFilter } from '../model/filter.ts'
import { PROCESS_COLUMNS, type ProcessColumn } from '../model/sort.ts'
import type { Answer, Ask, RuleState } from '../rules/control.ts'
import { parseRule } from '../rules/parse.ts'
import type { Rule } from '../rules/rule.ts'
import { ANSWER_TIMES } from './asks-view.ts'
import type { Action, Mode, RuleKind } from './keys.ts'
import type { Confirm } from './rule-detail.ts'

export interface UiState {
  mode: Mode
  sort: ProcessColumn
  reverse: boolean
  kinds: 'files' | 'all'
  paused: boolean
  /** the filter in force, as text and parsed */
  filterText: string
  filter: Filter | null
  /** why the text being typed is no filter; the last good one stays in force */
  filterError: { message: string; column: number } | null
  selected: ProcessId | null
  /** where the selected row stood last, for when it goes */
  selectedIndex: number
  /** first row or help line shown */
  scroll: number
  /** what Esc goes back to */
  before: Pick<UiState, 'sort' | 'reverse' | 'filterText' | 'filter'> | null
  quit: boolean
  /** the rule being written, which rule it is to replace, and the view it was begun in */
  ruleText: string
  ruleReplaces: number | null
  ruleFrom: Mode
  /** the view that help was asked for in */
  helpFrom: Mode
  /** the selected row of the rules view, and its first row shown */
  ruleIndex: number
  /** who is selected of those who wait, kept by its number; and how long answers stand */
  ask: number | null
  askIndex: number
  /** the selected one has its answer from us: the next is selected when it goes */
  askAnswered: boolean
  answerTime: number
  /** what is to be pressed again before it is done */
  confirm: Confirm
  /** what is asked of the rules; the screen carries it out and clears it */
  request: Request | null
}

/** What only the owner of the rules can do. */
export type Request =
  | { do: 'arm'; rule: Rule; replaces: number | null }
  | { do: 'undo' }
  | { do: 'toggle'; id: number }
  | { do: 'remove'; id: number }
  | { do: 'answer'; id: number; answer: Answer }
  | { do: 'signal'; id: number; signal: 'SIGKILL' | 'SIGSTOP' }

export function initialState(options: { sort: ProcessColumn; filterText: string; kinds: 'files' | 'all' }): UiState {
  const parsed = parseFilter(options.filterText)
  return {
    mode: 'table',
    sort: options.sort,
    reverse: false,
    kinds: options.kinds,
    paused: false,
    filterText: options.filterText,
    filter: parsed.ok ? parsed.filter : null,
    filterError: null,
    selected: null,
    selectedIndex: 0,
    scroll: 0,
    before: null,
    quit: false,
    ruleText: '',
    ruleReplaces: null,
    ruleFrom: 'table',
    ruleIndex: 0,
    helpFrom: 'table',
    ask: null,
    askIndex: 0,
    askAnswered: false,
    answerTime: 0,
    confirm: null,
    request: null,
  }
}

/** What a key needs to know of the screen. */
export interface Surroundings {
  /** ids of the rows in view order */
  rows: readonly ProcessId[]
  /** rows (or help lines) that fit the screen */
  page: number
  /** lines of the help text */
  helpLines: number
  /** the rule a key proposes for the selected row; null without one */
  draft: (action: RuleKind) => string | null
  /** ids and lines of the rules (in the quotas' view, of the quotas), in their order */
  rules: readonly Pick<RuleState, 'id' | 'text' | 'holders'>[]
  /** who waits, longest first */
  asks: readonly Pick<Ask, 'id'>[]
}

function typed(state: UiState, text: string): UiState {
  const parsed = parseFilter(text)
  if (!parsed.ok) return { ...state, filterText: text, filterError: { message: parsed.message, column: parsed.column } }
  return { ...state, filterText: text, filter: parsed.filter, filterError: null }
}

function remember(state: UiState, mode: Mode): UiState {
  const { sort, reverse, filterText, filter } = state
  return { ...state, mode, before: { sort, reverse, filterText, filter } }
}

/** Puts the selection on row `index` and scrolls it into view. */
function select(state: UiState, index: number, { rows, page }: Surroundings): UiState {
  if (rows.length === 0) return { ...state, selectedIndex: 0, scroll: 0 }
  const at = Math.max(0, Math.min(rows.length - 1, index))
  return { ...follow({ ...state, selected: rows[at] ?? null, selectedIndex: at }, rows.length, page) }
}

function follow(state: UiState, count: number, page: number): UiState {
  const lowest = Math.max(0, count - page)
  const scroll = Math.min(lowest, Math.max(Math.min(state.scroll, state.selectedIndex), state.selectedIndex - page + 1))
  return { ...state, scroll: Math.max(0, scroll) }
}

/** After a tick: the selection stays on its process wherever that went; where it is gone, the row in its place is taken. */
export function settle(state: UiState, around: Surroundings): UiState {
  if (state.mode === 'help') return state
  if (state.mode === 'rules' || state.mode === 'quotas') return settleRules(state, around)
  if (state.mode === 'asks') return settleAsks(state, around)
  // Until something is chosen, the top row is: what is hottest.
  if (state.selected === null) return { ...state, selectedIndex: 0, scroll: 0 }
  const at = around.rows.indexOf(state.selected)
  return select(state, at >= 0 ? at : state.selectedIndex, around)
}

function inTable(state: UiState, action: Action, around: Surroundings): UiState {
  switch (action.do) {
    case 'move':
      return select(state, state.selectedIndex + action.by, around)
    case 'page':
      return select(state, state.selectedIndex + action.by * Math.max(1, around.page - 1), around)
    case 'first':
      return { ...select(state, 0, around), selected: null }
    case 'last':
      return select(state, around.rows.length - 1, around)
    case 'filter':
      return remember(state, 'filter')
    case 'sort':
      return remember(state, 'sort')
    case 'kinds':
      return { ...state, kinds: state.kinds === 'files' ? 'all' : 'files' }
    case 'help':
      return { ...state, mode: 'help', helpFrom: state.mode, scroll: 0 }
    case 'rule': {
      const draft = around.draft(action.action)
      return draft === null ? state : { ...state, mode: 'rule', ruleText: draft, ruleReplaces: null, ruleFrom: state.mode }
    }
    case 'undo':
      return { ...state, request: { do: 'undo' } }
    case 'rules':
      return { ...state, mode: 'rules', scroll: 0, ruleIndex: 0 }
    case 'quotas':
      return { ...state, mode: 'quotas', scroll: 0, ruleIndex: 0 }
    case 'asks':
      return settleAsks({ ...state, mode: 'asks', scroll: 0, ask: null, askIndex: 0 }, around)
    case 'back':
      return { ...state, filterText: '', filter: null, filterError: null }
    default:
      return state
  }
}

function inFilter(state: UiState, action: Action): UiState {
  switch (action.do) {
    case 'type':
      return typed(state, state.filterText + action.text)
    case 'erase':
      return typed(state, [...state.filterText].slice(0, -1).join(''))
    case 'eraseWord':
      return typed(state, state.filterText.replace(/\S+\s*$/, ''))
    case 'clear':
      return typed(state, '')
    case 'accept':
      // A text that is no filter is not kept by accident: the line stays until it is mended or left.
      return state.filterError ? state : { ...state, mode: 'table', before: null }
    case 'back':
      return { ...state, ...state.before, filterError: null, mode: 'table', before: null }
    default:
      return state
  }
}

function inSort(state: UiState, action: Action): UiState {
  switch (action.do) {
    case 'move': {
      const at = PROCESS_COLUMNS.indexOf(state.sort) + action.by
      return { ...state, sort: PROCESS_COLUMNS[(at + PROCESS_COLUMNS.length) % PROCESS_COLUMNS.length] as ProcessColumn }
    }
    case 'accept':
      return { ...state, mode: 'table', before: null }
    case 'back':
      return { ...state, ...state.before, mode: 'table', before: null }
    default:
      return state
  }
}

/** The line of a rule without its last word. */
function withoutLastWord(text: string): string {
  return text.replace(/\S+\s*$/, '')
}

/** A quota is written otherwise, so Tab does not lead to it. */
const ACTIONS = ['deny', 'kill', 'freeze', 'ask', 'audit']

/** The same rule with the next action. */
function nextAction(text: string): string {
  const first = /^\S*/.exec(text)?.[0] ?? ''
  if (first === 'quota') return text
  const at = ACTIONS.indexOf(first.split(':')[0] as string)
  return (ACTIONS[(at + 1) % ACTIONS.length] as string) + text.slice(first.length)
}

function inRule(state: UiState, action: Action): UiState {
  switch (action.do) {
    case 'type':
      return { ...state, ruleText: state.ruleText + action.text }
    case 'erase':
      return { ...state, ruleText: [...state.ruleText].slice(0, -1).join('') }
    case 'eraseWord':
      return { ...state, ruleText: withoutLastWord(state.ruleText) }
    case 'clear':
      return { ...state, ruleText: '' }
    case 'toggle':
      return { ...state, ruleText: nextAction(state.ruleText) }
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

function settleRules(state: UiState, { rules, page }: Surroundings): UiState {
  const at = Math.max(0, Math.min(rules.length - 1, state.ruleIndex))
  const scroll = Math.max(0, Math.min(Math.max(0, rules.length - page), Math.max(Math.min(state.scroll, at), at - page + 1)))
  return { ...state, ruleIndex: at, scroll }
}

/** The first press says whom it would hit, the second does it; any other key in between forgets it. */
function askToSignal(state: UiState, signal: 'SIGKILL' | 'SIGSTOP', selected: Surroundings['rules'][number] | undefined): UiState {
  if (!selected?.holders.some(({ how }) => how === 'mapped')) return state
  if (state.confirm?.id !== selected.id || state.confirm.signal !== signal) return { ...state, confirm: { id: selected.id, signal } }
  return { ...state, confirm: null, request: { do: 'signal', id: selected.id, signal } }
}

function inRules(state: UiState, action: Action, around: Surroundings): UiState {
  const selected = around.rules[state.ruleIndex]
  if (action.do === 'killHolders' || action.do === 'stopHolders') return askToSignal(state, action.do === 'killHolders' ? 'SIGKILL' : 'SIGSTOP', selected)
  switch (action.do) {
    case 'move':
      return settleRules({ ...state, ruleIndex: state.ruleIndex + action.by }, around)
    case 'toggle':
      return selected ? { ...state, request: { do: 'toggle', id: selected.id } } : state
    case 'remove':
      return selected ? { ...state, request: { do: 'remove', id: selected.id } } : state
    case 'edit':
      return selected ? { ...state, mode: 'rule', ruleText: selected.text, ruleReplaces: selected.id, ruleFrom: state.mode } : state
    case 'undo':
      return { ...state, request: { do: 'undo' } }
    case 'help':
      return { ...state, mode: 'help', helpFrom: state.mode, scroll: 0 }
    case 'asks':
      return settleAsks({ ...state, mode: 'asks', scroll: 0, ask: null, askIndex: 0 }, around)
    case 'rules':
      return { ...state, mode: 'rules', scroll: 0, ruleIndex: 0 }
    case 'quotas':
      return { ...state, mode: 'quotas', scroll: 0, ruleIndex: 0 }
    case 'back':
      return { ...state, mode: 'table', scroll: 0 }
    default:
      return state
  }
}

/** No ask has this number. */
const NOBODY = -1

/** The selection stays on whom it is on: an answer must never go to somebody who took his place. */
function settleAsks(state: UiState, { asks, page }: Surroundings): UiState {
  const found = asks.findIndex(({ id }) => id === state.ask)
  const askIndex = found >= 0 ? found : Math.max(0, Math.min(asks.length - 1, state.askIndex))
  // Whoever is gone without our answer leaves nobody selected: a key meant for him must not hit the next.
  if (found < 0 && state.ask !== null && !state.askAnswered) return { ...state, ask: NOBODY, askIndex, scroll: 0 }
  const scroll = Math.max(0, Math.min(Math.max(0, asks.length - page), Math.max(Math.min(state.scroll, askIndex), askIndex - page + 1)))
  return { ...state, ask: asks[askIndex]?.id ?? null, askIndex, askAnswered: found >= 0 && state.askAnswered, scroll }
}

function inAsks(state: UiState, action: Action, around: Surroundings): UiState {
  switch (action.do) {
    case 'move': {
      const askIndex = Math.max(0, Math.min(around.asks.length - 1, state.askIndex + action.by))
      return settleAsks({ ...state, askIndex, ask: around.asks[askIndex]?.id ?? null, askAnswered: false }, around)
    }
    case 'answer': {
      const { verdict, scope } = action
      const forMs = scope === 'process' || scope === 'program' ? (ANSWER_TIMES[state.answerTime] ?? null) : null
      if (state.ask === null || state.ask === NOBODY) return state
      return { ...state, askAnswered: true, request: { do: 'answer', id: state.ask, answer: { verdict, scope, forMs } } }
    }
    case 'time':
      return { ...state, answerTime: (state.answerTime + 1) % ANSWER_TIMES.length }
    case 'help':
      return { ...state, mode: 'help', helpFrom: state.mode, scroll: 0 }
    case 'back':
      return { ...state, mode: 'table', scroll: 0 }
    default:
      return state
  }
}

/** The state after an action. */
export function reduce(before: UiState, action: Action, around: Surroundings): UiState {
  const asks = action.do === 'killHolders' || action.do === 'stopHolders'
  const state = before.confirm && !asks ? { ...before, confirm: null } : before
  if (action.do === 'quit') return { ...state, quit: true }
  if (action.do === 'pause') return { ...state, paused: !state.paused }
  if (action.do === 'reverse') return { ...state, reverse: !state.reverse }
  switch (state.mode) {
    case 'table':
      return inTable(state, action, around)
    case 'filter':
      return inFilter(state, action)
    case 'sort':
      return inSort(state, action)
    case 'rule':
      return inRule(state, action)
    case 'rules':
    case 'quotas':
      return inRules(state, action, around)
    case 'asks':
      return inAsks(state, action, around)
    case 'help':
      if (action.do === 'move') return { ...state, scroll: Math.max(0, Math.min(around.helpLines - around.page, state.scroll + action.by)) }
      return action.do === 'back' ? { ...state, mode: state.helpFrom, scroll: 0 } : state
  }
}
