/** What keys do to what the user chose. Pure. */
import { ANSWER_TIMES } from './asks-view.ts'
import { inCell } from './cell.ts'
import { inDanger, toDanger } from './danger.ts'
import { inSort, inTable, looking, lookOf, picked, settleTable, toRules } from './in-table.ts'
import type { Action } from './keys.ts'
import { LISTS } from './lists.ts'
import { follow, moved } from './moving.ts'
import { inPalette, toPalette } from './palette.ts'
import { inPicker } from './picker.ts'
import { ledOut, pickedRow, sortedBy } from './pointing.ts'
import { inNaming, inSaved } from './saved.ts'
import { settlePast } from './scrub.ts'
import { isTail } from './tail.ts'
import { inFilter, inRule, ruleArmed, settleRule, typing } from './typing.ts'
import type { Surroundings, UiState } from './ui-state.ts'

export { initialState, type Request, type Surroundings, type UiState } from './ui-state.ts'

/** After a tick: what is selected stays so, wherever it went. */
export function settle(before: UiState, around: Surroundings): UiState {
  const state = settleRule(settlePast(before, around), around)
  if (state.mode === 'help') return state
  if (state.mode === 'palette') return { ...state, paletteIndex: Math.max(0, Math.min(around.commands.length - 1, state.paletteIndex)) }
  if (state.mode === 'rules' || state.mode === 'quotas') return settleRules(state, around)
  if (state.mode === 'asks') return settleAsks(state, around)
  return settleTable(state, around)
}

function settleRules(state: UiState, { rules, page }: Surroundings): UiState {
  const at = Math.max(0, Math.min(rules.length - 1, state.ruleIndex))
  return { ...state, ruleIndex: at, scroll: follow(state.scroll, at, rules.length, page) }
}

/** The first press says whom it would hit, the second does it; any other key in between forgets it. */
function askToSignal(state: UiState, signal: 'SIGKILL' | 'SIGSTOP', selected: Surroundings['rules'][number] | undefined): UiState {
  if (!selected?.holders.some(({ how }) => how === 'mapped')) return state
  if (state.confirm?.id !== selected.id || state.confirm.signal !== signal) return { ...state, confirm: { id: selected.id, signal } }
  return { ...state, confirm: null, request: { do: 'signal', id: selected.id, signal } }
}

/** A rule that would be armed again is judged as a new one is. */
function toggled(state: UiState, { id, text }: Surroundings['rules'][number], { dangers, disarmed }: Surroundings): UiState {
  const request = { do: 'toggle', id } as const
  const rule = disarmed?.(id) ?? null
  const reasons = rule === null ? [] : (dangers?.(rule) ?? [])
  return reasons.length > 0 ? toDanger(state, request, text, reasons) : { ...state, request }
}

function inRules(state: UiState, action: Action, around: Surroundings): UiState {
  const selected = around.rules[state.ruleIndex]
  if (action.do === 'killHolders' || action.do === 'stopHolders') return askToSignal(state, action.do === 'killHolders' ? 'SIGKILL' : 'SIGSTOP', selected)
  if (action.do === 'pick') return pickedRule(state, action.id, around)
  const to = moved(action, state.ruleIndex, around.rules.length, around.page)
  if (to !== null) return settleRules({ ...state, ruleIndex: to }, around)
  switch (action.do) {
    case 'toggle':
      return selected ? toggled(state, selected, around) : state
    case 'remove':
      return selected ? { ...state, request: { do: 'remove', id: selected.id } } : state
    case 'edit':
      return selected ? typing(state, selected.text, selected.id) : state
    case 'undo':
      return { ...state, request: { do: 'undo' } }
    case 'list':
      return picked(state, action.list)
    case 'turn':
      return picked(state, action.by > 0 ? LISTS[0] : (LISTS.at(-1) ?? LISTS[0]))
    case 'back':
      return { ...state, mode: 'table', scroll: 0 }
    default:
      return elsewhere(state, action, around)
  }
}

/** A click selects a rule, a second one does what Enter does. */
function pickedRule(state: UiState, id: string | number, around: Surroundings): UiState {
  const ruleIndex = around.rules.findIndex((rule) => rule.id === id)
  if (ruleIndex < 0) return state
  if (state.clicked !== id || state.ruleIndex !== ruleIndex) return settleRules({ ...state, ruleIndex, clicked: id }, around)
  return inRules({ ...state, clicked: null }, { do: 'toggle' }, around)
}

/** The keys that lead away to what is on the screen besides tables, wherever they are pressed. */
function elsewhere(state: UiState, action: Action, around: Surroundings): UiState {
  switch (action.do) {
    case 'help':
      return { ...state, mode: 'help', helpFrom: state.mode, scroll: 0 }
    case 'asks':
      return settleAsks({ ...state, mode: 'asks', scroll: 0, ask: null, askIndex: 0 }, around)
    case 'rules':
      return toRules(state)
    case 'quotas':
      return { ...state, mode: 'quotas', scroll: 0, ruleIndex: 0 }
    case 'palette':
      return toPalette(state)
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
  const scroll = follow(state.scroll, askIndex, asks.length, page)
  return { ...state, ask: asks[askIndex]?.id ?? null, askIndex, askAnswered: found >= 0 && state.askAnswered, scroll }
}

function inAsks(state: UiState, action: Action, around: Surroundings): UiState {
  const picked = action.do === 'pick' ? around.asks.findIndex(({ id }) => id === action.id) : -1
  const askIndex = picked >= 0 ? picked : moved(action, state.askIndex, around.asks.length, around.page)
  if (askIndex !== null) return settleAsks({ ...state, askIndex, ask: around.asks[askIndex]?.id ?? null, askAnswered: false }, around)
  switch (action.do) {
    case 'answer': {
      const { verdict, scope } = action
      const forMs = scope === 'process' || scope === 'program' ? (ANSWER_TIMES[state.answerTime] ?? null) : null
      if (state.ask === null || state.ask === NOBODY) return state
      return { ...state, askAnswered: true, request: { do: 'answer', id: state.ask, answer: { verdict, scope, forMs } } }
    }
    case 'time':
      return { ...state, answerTime: (state.answerTime + 1) % ANSWER_TIMES.length }
    case 'back':
      return { ...state, mode: 'table', scroll: 0 }
    default:
      return elsewhere(state, action, around)
  }
}

/** Nothing is selected in the help: what moves is its first line shown. */
function inHelp(state: UiState, action: Action, { helpLines, page }: Surroundings): UiState {
  if (action.do === 'palette') return toPalette(state)
  if (action.do === 'back') return { ...state, mode: state.helpFrom, scroll: 0 }
  const tops = Math.max(1, helpLines - page + 1)
  return { ...state, scroll: moved(action, state.scroll, tops, page) ?? state.scroll }
}

/** The state after an action. */
export function reduce(before: UiState, action: Action, around: Surroundings): UiState {
  const asks = action.do === 'killHolders' || action.do === 'stopHolders'
  const isClick = action.do === 'pick'
  const unasked = before.confirm && !asks ? { ...before, confirm: null } : before
  const state = ledOut(unasked.clicked !== null && !isClick ? { ...unasked, clicked: null } : unasked, action, around)
  if (action.do === 'orderBy') return sortedBy(state, action.column, around)
  if (action.do === 'quit') return { ...state, quit: true }
  if (action.do === 'pause') return { ...state, paused: !state.paused }
  if (action.do === 'reverse' && !isTail(state)) return looking(state, { reverse: !lookOf(state).reverse })
  switch (state.mode) {
    case 'table':
      if (isClick) return pickedRow(state, action.id, around)
      return inTable(elsewhere(state, action, around), action, around)
    case 'filter':
      return inFilter(state, action, around)
    case 'sort':
      return inSort(state, action, around)
    case 'columns':
      return inPicker(state, action, around)
    case 'cell':
      return inCell(state, action)
    case 'saved':
      return inSaved(state, action, around.page)
    case 'naming':
      return inNaming(state, action)
    case 'rule':
      return inRule(state, action, around)
    case 'confirm':
      return inDanger(state, action, ruleArmed)
    case 'rules':
    case 'quotas':
      return inRules(state, action, around)
    case 'asks':
      return inAsks(state, action, around)
    case 'palette':
      return inPalette(state, action, around)
    case 'help':
      return inHelp(state, action, around)
  }
}
