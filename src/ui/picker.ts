/** The column picker: which columns the view on the screen shows, and in which order. Pure. */
import { chosenColumns, viewName } from './chosen-columns.ts'
import { placeColumns } from './columns.ts'
import type { Picker } from './comfort.ts'
import type { Action } from './keys.ts'
import type { ScreenLook } from './look.ts'
import { remembering } from './memory.ts'
import { moved } from './moving.ts'
import type { Panel } from './panel.ts'
import { stopOf } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import { viewOf } from './views.ts'

/** All columns of the view, those that are shown in their order. */
function itemsOf({ trails }: UiState, chosen: readonly string[] | null, usual: readonly string[]): Picker['items'] {
  const { place, by } = stopOf(trails)
  const all = viewOf(place, by).columns.map(({ id }) => id)
  if (chosen === null) return all.map((id) => ({ id, on: usual.includes(id) }))
  return [...chosen.map((id) => ({ id, on: true })), ...all.filter((id) => !chosen.includes(id)).map((id) => ({ id, on: false }))]
}

/** Opens it on the column that rows are sorted by. */
export function toPicker(state: UiState, { chosen, usual }: Surroundings): UiState {
  const items = itemsOf(state, chosen, usual)
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === stopOf(state.trails).look.sort),
  )
  return { ...state, mode: 'columns', picker: { items, at, before: state.kept } }
}

/** The table shows them at once. */
function showing(state: UiState, picker: Picker): UiState {
  const ids = picker.items.filter(({ on }) => on).map(({ id }) => id)
  return { ...state, picker, kept: remembering(state.kept, { do: 'columns', view: viewName(stopOf(state.trails)), ids }) }
}

/** The same list with the column at `from` at `to`. */
function carried({ items, ...rest }: Picker, to: number): Picker {
  const all = items.filter((_, i) => i !== rest.at)
  return { ...rest, items: [...all.slice(0, to), ...items.slice(rest.at, rest.at + 1), ...all.slice(to)], at: to }
}

/** The columns that nobody chose by keys. */
function usually(state: UiState, picker: Picker, { settled, usual }: Surroundings): UiState {
  const id = picker.items[picker.at]?.id
  const items = itemsOf(state, settled, usual)
  const at = Math.max(
    0,
    items.findIndex((item) => item.id === id),
  )
  const kept = remembering(state.kept, { do: 'columns', view: viewName(stopOf(state.trails)), ids: null })
  return { ...state, kept, picker: { ...picker, items, at } }
}

/** A key while the columns are chosen. */
export function inPicker(state: UiState, action: Action, around: Surroundings): UiState {
  const { picker } = state
  if (!picker) return { ...state, mode: 'table' }
  const { items, at } = picker
  const to = moved(action, at, items.length, around.page)
  if (to !== null) return { ...state, picker: { ...picker, at: Math.max(0, Math.min(items.length - 1, to)) } }
  switch (action.do) {
    case 'toggle': {
      const changed = items.map((item, i) => (i === at ? { ...item, on: !item.on } : item))
      // A table without columns would be no table.
      return changed.some(({ on }) => on) ? showing(state, { ...picker, items: changed }) : state
    }
    case 'side': {
      const next = at + action.by
      return next < 0 || next >= items.length ? state : showing(state, carried(picker, next))
    }
    case 'usual':
      return usually(state, picker, around)
    case 'accept': {
      const view = viewName(stopOf(state.trails))
      const ids = state.kept.columns[view] ?? null
      const same = ids === (picker.before.columns[view] ?? null)
      return { ...state, mode: 'table', picker: null, remember: same ? null : { do: 'columns', view, ids } }
    }
    case 'back':
      return { ...state, mode: 'table', picker: null, kept: picker.before }
    default:
      return state
  }
}

/** The list of columns. `columns`: cells of the screen, which may not have room for all that are chosen. */
export function pickerPanel(state: UiState, columns: number, look: ScreenLook): Panel | null {
  if (state.mode !== 'columns' || !state.picker) return null
  const { place, by } = stopOf(state.trails)
  const { columns: all } = viewOf(place, by)
  const placed = new Set(placeColumns(all, columns, chosenColumns(state, look)).map(({ id }) => id))
  const cells = Math.max(...all.map(({ title }) => title.length))
  const rows = state.picker.items.map(({ id, on }) => {
    const column = all.find((one) => one.id === id)
    const room = on && !placed.has(id) ? '(no room) ' : ''
    return `${on ? '[x]' : '[ ]'} ${(column?.title ?? id).padEnd(cells)}  ${room}${column?.help ?? ''}`
  })
  return { title: 'Columns, from left to right', rows, at: state.picker.at, none: '' }
}
