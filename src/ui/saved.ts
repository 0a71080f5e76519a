/** Saved filters: the list to choose from, and the name that one gets. Pure. */
import { parseFilter } from '../model/filter.ts'
import { literal } from '../text/printable.ts'
import { width } from '../text/width.ts'
import type { Action } from './keys.ts'
import { edited, isEdit } from './line-edit.ts'
import { LONGEST_NAME, remembering, type Saved } from './memory.ts'
import { moved } from './moving.ts'
import type { Panel } from './panel.ts'
import type { UiState } from './ui-state.ts'

/** All there are: those of the config file first. */
export function savedFilters({ given, kept }: Pick<UiState, 'given' | 'kept'>): readonly Saved[] {
  return [...given, ...kept.saved]
}

/** Opens the list. */
export function toSaved(state: UiState): UiState {
  return { ...state, mode: 'saved', savedIndex: Math.min(state.savedIndex, Math.max(0, savedFilters(state).length - 1)) }
}

function applied(state: UiState, { text }: Saved): UiState {
  const parsed = parseFilter(text)
  if (parsed.ok) return { ...state, mode: 'table', filterText: text, filter: parsed.filter, filterError: null }
  // Another version of the program may have had another language: it is shown where it can be mended.
  const { filterText, filter } = state
  const before = { filterText, filter, sort: '', reverse: false }
  return { ...state, mode: 'filter', filterText: text, cursor: text.length, filterError: { message: parsed.message, column: parsed.column }, before }
}

/** A key in the list. */
export function inSaved(state: UiState, action: Action, page: number): UiState {
  const all = savedFilters(state)
  const to = moved(action, state.savedIndex, all.length, page)
  if (to !== null) return { ...state, savedIndex: to }
  const selected = all[state.savedIndex]
  switch (action.do) {
    case 'accept':
      return selected ? applied(state, selected) : { ...state, mode: 'table' }
    case 'remove': {
      // Those of the config file are its owner's to take out.
      if (!selected || state.savedIndex < state.given.length) return state
      const remember = { do: 'forget', name: selected.name } as const
      return { ...state, kept: remembering(state.kept, remember), remember, savedIndex: Math.max(0, Math.min(state.savedIndex, all.length - 2)) }
    }
    case 'back':
      return { ...state, mode: 'table' }
    default:
      return state
  }
}

/** The list. */
export function savedPanel(state: UiState): Panel | null {
  if (state.mode !== 'saved') return null
  const all = savedFilters(state)
  const cells = Math.max(0, ...all.map(({ name }) => width(literal(name))))
  const rows = all.map(({ name, text }, i) => {
    const shown = literal(name)
    return `${shown}${' '.repeat(cells - width(shown))}  ${literal(text)}${i < state.given.length ? '  (config file)' : ''}`
  })
  return {
    title: 'Saved filters',
    rows,
    at: state.savedIndex,
    none: 'None yet: type a filter after / and press Ctrl-S there, or write [filters] in the config file.',
  }
}

/** Asks for the name of the filter that is typed; a text that is none gets no name. */
export function toNaming(state: UiState): UiState {
  if (state.filterError || state.filterText.trim() === '') return state
  return { ...state, mode: 'naming', naming: { text: '', cursor: 0 } }
}

/** A key while the name is typed. */
export function inNaming(state: UiState, action: Action): UiState {
  const { naming } = state
  if (!naming) return { ...state, mode: 'filter' }
  if (isEdit(action)) {
    const line = edited(naming, action)
    return line.text.length > LONGEST_NAME ? state : { ...state, naming: line }
  }
  if (action.do === 'back') return { ...state, mode: 'filter', naming: null }
  const name = naming.text.trim()
  if (action.do !== 'accept' || name === '') return state
  const remember = { do: 'save', name, text: state.filterText.trim() } as const
  return { ...state, mode: 'filter', naming: null, kept: remembering(state.kept, remember), remember }
}
