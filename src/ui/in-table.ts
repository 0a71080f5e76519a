/** What keys do in a table, whichever view it shows. Pure. */

import { printable } from '../text/printable.ts'
import { toCell } from './cell.ts'
import { directoryOf } from './draft.ts'
import type { Action } from './keys.ts'
import { LISTS, type List } from './lists.ts'
import { follow, moved } from './moving.ts'
import { pathText, processText } from './names.ts'
import { toPicker } from './picker.ts'
import { toSaved } from './saved.ts'
import { isPast, scrubbed } from './scrub.ts'
import { isTail, pinned, selectInTail, settleTail } from './tail.ts'
import { down, grouped, type Look, type Place, stopOf, top, up, withLook } from './trail.ts'
import { typing } from './typing.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import type { TableRow } from './view.ts'
import { groupingsOf, nextGrouping, viewOf } from './views.ts'

/** The rows' standing in the view on the screen. */
export function lookOf({ trails }: Pick<UiState, 'trails'>): Look {
  return stopOf(trails).look
}

/** The same state with some of that changed. */
export function looking(state: UiState, some: Partial<Look>): UiState {
  return { ...state, trails: withLook(state.trails, some) }
}

/** Puts the selection on row `index` and scrolls it into view. */
export function select(state: UiState, index: number, around: Surroundings): UiState {
  if (isTail(state)) return selectInTail(state, index, around)
  const { rows, page } = around
  const at = Math.max(0, Math.min(rows.count - 1, index))
  const { scroll } = lookOf(state)
  return looking(state, { selected: rows.row(at)?.id ?? null, selectedIndex: at, scroll: follow(scroll, at, rows.count, page) })
}

/** After a tick: the selection stays on its row wherever that went; where it is gone, the row in its place is taken. */
export function settleTable(state: UiState, around: Surroundings): UiState {
  if (isTail(state)) return settleTail(state, around)
  const { selected, selectedIndex, scroll } = lookOf(state)
  // Until something is chosen, the top row is: what is hottest.
  if (selected === null || around.rows.count === 0) return selectedIndex === 0 && scroll === 0 ? state : looking(state, { selectedIndex: 0, scroll: 0 })
  const at = around.rows.place(selected)
  // In the past who is selected may have done nothing then: nobody takes his place, and at another tick he is there again.
  if (at < 0 && isPast(state)) return looking(state, { selectedIndex: -1, scroll: follow(scroll, scroll, around.rows.count, around.page) })
  return select(state, at >= 0 ? at : selectedIndex, around)
}

/** The row that keys are about. */
export function selectedRow(state: UiState, { rows }: Pick<Surroundings, 'rows'>): TableRow | null {
  return rows.row(lookOf(state).selectedIndex)
}

/** Shows or hides what a row holds. */
function expand(state: UiState, { expandable, chain }: TableRow, open: boolean): UiState {
  if (!expandable) return state
  const expanded = new Set(lookOf(state).expanded)
  const { place, by } = stopOf(state.trails)
  const { unfolded } = viewOf(place, by)
  for (const id of chain) {
    if (open !== unfolded) expanded.add(id)
    else expanded.delete(id)
  }
  return looking(state, { expanded })
}

/** → opens a row, ← closes it, or goes to the row that holds it. */
function sideways(state: UiState, by: -1 | 1, around: Surroundings): UiState {
  const row = selectedRow(state, around)
  if (!row) return state
  // What was the hottest row when the key was pressed stays selected: it is what the user points at.
  const at = lookOf(state).selectedIndex
  const held = select(state, at, around)
  if (by > 0) return row.expanded ? held : expand(held, row, true)
  if (row.expanded) return expand(held, row, false)
  const holder = around.rows.holder(at)
  return holder < 0 ? state : select(state, holder, around)
}

/** Looks at one of the rows closely. */
function into(state: UiState, place: Place): UiState {
  return { ...state, trails: down(state.trails, place) }
}

/** A step back to where the user was, from what is inside to the close look first; at the top from the past to now, and then the filter is dropped. */
function back(state: UiState): UiState {
  if (stopOf(state.trails).by === 'inside') return inside(state)
  const trails = up(state.trails)
  if (!trails && state.past !== null) return { ...state, past: null }
  return trails ? { ...state, trails } : { ...state, filterText: '', filter: null, filterError: null }
}

/** What one process, file or directory is about has no filter. */
function isList({ kind }: Place): boolean {
  return kind !== 'process' && kind !== 'file' && kind !== 'directory'
}

/** What Enter does with the selected row. */
export function enter(state: UiState, around: Surroundings): UiState {
  const row = selectedRow(state, around)
  if (!row) return state
  const held = isTail(state) ? pinned(state, around) : select(state, lookOf(state).selectedIndex, around)
  const { subject } = row
  if (subject.kind === 'process') return into(held, { kind: 'process', id: subject.row.id, title: `${processText(subject.row)} ${subject.row.pid}` })
  if (subject.kind === 'file') return into(held, { kind: 'file', id: subject.id, title: pathText(subject.file) })
  if (subject.kind === 'event') return into(held, { kind: 'process', id: subject.process, title: subject.title })
  return expand(held, row, !row.expanded)
}

/** Looks closely at the directory a row is about: itself, the one a file lies in, or the one a process does most in. */
function intoDirectory(state: UiState, around: Surroundings): UiState {
  const row = selectedRow(state, around)
  const path = row && directoryOf(row.subject)
  const { place } = stopOf(state.trails)
  if (!row || path === null || (place.kind === 'directory' && place.id === path)) return state
  const title = path === '/' ? path : `${printable(path)}/`
  return into(select(state, lookOf(state).selectedIndex, around), { kind: 'directory', id: path, title })
}

/** The other rows of a close look, or back: a process's open files, the files below a directory. */
function inside(state: UiState): UiState {
  const { place, by } = stopOf(state.trails)
  if (place.kind !== 'process' && place.kind !== 'directory') return state
  return { ...state, trails: grouped(state.trails, by === 'inside' ? 'none' : 'inside') }
}

/** What Esc in choosing or typing goes back to. */
function remember(state: UiState, mode: 'filter' | 'sort'): UiState {
  const { filterText, filter } = state
  const { sort, reverse } = lookOf(state)
  return { ...state, mode, before: { sort, reverse, filterText, filter } }
}

/** The order of the column beside the present one, as far as there is one on the screen. */
function sortedBeside(state: UiState, by: -1 | 1, { shown }: Surroundings): UiState {
  const at = shown.indexOf(lookOf(state).sort)
  const sort = at < 0 ? shown.at(by > 0 ? 0 : -1) : shown[at + by]
  return sort === undefined ? state : looking(state, { sort })
}

/** The next view, the rules among them where there are any; or the one before. */
function turned(state: UiState, by: -1 | 1, brake: boolean): UiState {
  const at = LISTS.indexOf(state.trails.list) + by
  const list = LISTS[brake ? at : (at + LISTS.length) % LISTS.length]
  return list ? picked(state, list) : toRules(state)
}

/** The list of that name, as it was left; the one that is on the screen from its top. */
export function picked(state: UiState, list: List): UiState {
  if (state.mode === 'table' && list === state.trails.list) return { ...state, trails: top(state.trails) }
  return { ...state, mode: 'table', trails: { ...state.trails, list } }
}

/** The rules, from the first. */
export function toRules(state: UiState): UiState {
  return { ...state, mode: 'rules', scroll: 0, ruleIndex: 0 }
}

/** A key in a table. */
export function inTable(state: UiState, action: Action, around: Surroundings): UiState {
  const to = moved(action, lookOf(state).selectedIndex, around.rows.count, around.page)
  // At the first row by g, whatever is hottest is selected from then on.
  if (to !== null) return action.do === 'first' && !isTail(state) ? looking(state, { selected: null, selectedIndex: 0, scroll: 0 }) : select(state, to, around)
  switch (action.do) {
    case 'filter':
      if (!isList(stopOf(state.trails).place)) return state
      return { ...remember(state, 'filter'), cursor: state.filterText.length }
    case 'sort':
      // What happens has the order it happens in.
      return isTail(state) ? state : remember(state, 'sort')
    case 'sortBy':
      return isTail(state) ? state : sortedBeside(state, action.by, around)
    case 'columns':
      return toPicker(state, around)
    case 'saved':
      return isList(stopOf(state.trails).place) ? toSaved(state) : state
    case 'cell': {
      const row = isList(stopOf(state.trails).place) ? selectedRow(state, around) : null
      return row ? toCell(select(state, lookOf(state).selectedIndex, around), action.negate, row.subject, lookOf(state).sort) : state
    }
    case 'kinds':
      return { ...state, kinds: state.kinds === 'files' ? 'all' : 'files' }
    case 'side':
      return sideways(state, action.by, around)
    case 'enter':
      return enter(state, around)
    case 'directory':
      return intoDirectory(state, around)
    case 'inside':
      return inside(state)
    case 'group': {
      const { place, by } = stopOf(state.trails)
      const next = nextGrouping(place, by)
      return next === null ? state : { ...state, trails: grouped(state.trails, next) }
    }
    case 'groupBy': {
      const { place, by } = stopOf(state.trails)
      return by === action.by || !groupingsOf(place).includes(action.by) ? state : { ...state, trails: grouped(state.trails, action.by) }
    }
    case 'list':
      return picked(state, action.list)
    case 'turn':
      return turned(state, action.by, around.brake)
    case 'rule': {
      const draft = around.draft(action.action)
      return draft === null ? state : typing(state, draft, null)
    }
    case 'scrub':
      return scrubbed(state, action, around)
    case 'now':
      return { ...state, past: null }
    case 'undo':
      return { ...state, request: { do: 'undo' } }
    case 'back':
      return back(state)
    default:
      return state
  }
}

/** A key while the column to sort by is chosen. */
export function inSort(state: UiState, action: Action, { columns }: Surroundings): UiState {
  switch (action.do) {
    case 'move': {
      const at = columns.indexOf(lookOf(state).sort) + action.by
      const sort = columns[(at + columns.length) % columns.length]
      return sort === undefined ? state : looking(state, { sort })
    }
    case 'accept':
      return { ...state, mode: 'table', before: null }
    case 'back': {
      const { before } = state
      return { ...looking(state, before ? { sort: before.sort, reverse: before.reverse } : {}), mode: 'table', before: null }
    }
    default:
      return state
  }
}
