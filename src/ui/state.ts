/** What the user chose, and how keys change it. Pure. */
import type { ProcessId } from '../batch/batch.ts'
import { type Filter, parseFilter } from '../model/filter.ts'
import { PROCESS_COLUMNS, type ProcessColumn } from '../model/sort.ts'
import type { Action, Mode } from './keys.ts'

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
}

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
      return { ...state, mode: 'help', scroll: 0 }
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

/** The state after an action. */
export function reduce(state: UiState, action: Action, around: Surroundings): UiState {
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
    case 'help':
      if (action.do === 'move') return { ...state, scroll: Math.max(0, Math.min(around.helpLines - around.page, state.scroll + action.by)) }
      return action.do === 'back' ? { ...state, mode: 'table', scroll: 0 } : state
  }
}
