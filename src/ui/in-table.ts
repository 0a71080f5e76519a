/** What keys do in a table, whichever view it shows. Pure. */

import { printable } from '../text/printable.ts'
import { toCell } from './cell.ts'
import { directoryOf } from './draft.ts'
import type { Action } from './keys.ts'
import { LISTS, type List } from './lists.ts'
import { follow, moved } from './moving.ts'
import { pathText, processText } from './names.ts'
import { toPicker } from './picker.ts'
import { ABSENT } from './present.ts'
import { toSaved } from './saved.ts'
import { isPast, scrubbed } from './scrub.ts'
import { isTail, pinned, selectInTail, settleTail } from './tail.ts'
import { counted, down, grouped, type Look, NOBODY, type Place, stopOf, top, up, withLook } from './trail.ts'
import { typing } from './typing.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import type { TableRow } from './view.ts'
import { groupingsOf, nextGrouping, viewOf } from './views.ts'
import { wasOf } from './was.ts'

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
  const row = rows.row(at)
  const { filter, kinds } = state
  const chosen = { selected: row?.id ?? null, selectedIndex: at, label: row ? labelOf(row) : '', under: { filter, kinds }, gone: false }
  return looking(state, { ...chosen, scroll: follow(scroll, at, rows.count, page) })
}

/** What people call a row. */
function labelOf({ id, text, subject }: TableRow): string {
  if (subject.kind === 'process') return `${printable(subject.row.comm)} ${subject.row.pid}`
  if (subject.kind === 'file') return pathText(subject.file)
  return subject.kind === 'directory' ? printable(subject.path) : text('name') || id
}

/** After a tick: the selection stays on its row wherever that went; where that is gone, nobody takes its place. */
export function settleTable(state: UiState, around: Surroundings): UiState {
  if (isTail(state)) return settleTail(state, around)
  const { selected, selectedIndex, scroll, under } = lookOf(state)
  // Until something is chosen, the top row is: what is hottest.
  if (selected === null || around.rows.count === 0) return selectedIndex === 0 && scroll === 0 ? state : looking(state, { selectedIndex: 0, scroll: 0 })
  const at = around.rows.place(selected)
  // In the past who is selected may have done nothing then: nobody takes his place, and at another tick he is there again.
  if (at < 0 && isPast(state)) return looking(state, { selectedIndex: -1, scroll: follow(scroll, scroll, around.rows.count, around.page) })
  if (at >= 0) return select(state, at, around)
  // Whoever asked for other rows does not miss those that are left out by that.
  if (under && (under.filter !== state.filter || under.kinds !== state.kinds)) return select(state, selectedIndex, around)
  const place = Math.max(0, Math.min(around.rows.count, selectedIndex))
  return looking(state, { gone: true, selectedIndex: place, scroll: follow(scroll, place, around.rows.count + 1, around.page) })
}

/** The row that keys are about. */
export function selectedRow(state: UiState, { rows }: Pick<Surroundings, 'rows'>): TableRow | null {
  const { selectedIndex, gone } = lookOf(state)
  return gone ? null : rows.row(selectedIndex)
}

/** Keys that do something with the selected row. */
const ABOUT_ROW: ReadonlySet<Action['do']> = new Set<Action['do']>(['enter', 'rule', 'directory', 'side', 'cell'])

/** Said of the selected row once it is in the list no more. */
export function goneText({ label }: Pick<Look, 'label'>): string {
  return `${label} is no longer in this list: ↑ ↓ select another`
}

/** Why a key does nothing where nobody is selected, a sentence; null: it is about no row, or somebody is. */
export function absence(state: UiState, action: Action, { rows }: Pick<Surroundings, 'rows'>): string | null {
  if (state.mode !== 'table' || !ABOUT_ROW.has(action.do) || rows.count === 0 || selectedRow(state, { rows })) return null
  const look = lookOf(state)
  if (look.gone) return goneText(look)
  return isPast(state) ? ABSENT : null
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
  const { by } = stopOf(state.trails)
  const trails = by === 'inside' || by === 'events' ? grouped(state.trails, 'none') : up(state.trails)
  if (!trails && state.past !== null) return { ...state, past: null }
  return trails ? { ...state, trails } : { ...state, filterText: '', filter: null, filterError: null }
}

/** What one process, file or directory is about has no filter. */
function isList({ kind }: Place): boolean {
  return kind !== 'process' && kind !== 'file' && kind !== 'directory'
}

/** Does Enter lead away from the list? */
function isEntered({ kind }: TableRow['subject']): boolean {
  return kind === 'process' || kind === 'file' || kind === 'event'
}

/** What Enter does with the selected row. */
export function enter(state: UiState, around: Surroundings): UiState {
  const row = selectedRow(state, around)
  if (!row) return state
  const { subject } = row
  // Esc goes back to how it was: where nobody was chosen, to whoever is first then.
  const held = isTail(state)
    ? pinned(state, around)
    : lookOf(state).selected === null && isEntered(subject)
      ? state
      : select(state, lookOf(state).selectedIndex, around)
  const was = wasOf(subject, state, around.moments)
  if (subject.kind === 'process') return into(held, { kind: 'process', id: subject.row.id, title: `${processText(subject.row)} ${subject.row.pid}`, ...was })
  if (subject.kind === 'file') return into(held, { kind: 'file', id: subject.id, title: pathText(subject.file), ...was })
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
  return into(lookOf(state).selected === null ? state : select(state, lookOf(state).selectedIndex, around), { kind: 'directory', id: path, title })
}

/** The other rows of a close look, or back: a process's open files, the files below a directory. */
function inside(state: UiState): UiState {
  const { place, by } = stopOf(state.trails)
  if (place.kind !== 'process' && place.kind !== 'directory') return state
  return { ...state, trails: grouped(state.trails, by === 'inside' ? 'none' : 'inside') }
}

/** The latest events of what is looked at closely, or back. */
function latest(state: UiState): UiState {
  const { place, by } = stopOf(state.trails)
  return isList(place) ? state : { ...state, trails: grouped(state.trails, by === 'events' ? 'none' : 'events') }
}

/** What Esc in choosing or typing goes back to. */
function remember(state: UiState, mode: 'filter' | 'sort'): UiState {
  const { filterText, filter } = state
  const { sort, reverse } = lookOf(state)
  return { ...state, mode, before: { sort, reverse, filterText, filter } }
}

/** Begins to type a filter. From a close look that is one of its list: were nothing typed there, the characters would be keys, and some of them open rules. */
function toFilter(state: UiState): UiState {
  const { trails } = state
  // Another term begins where the last one ended: it is not to run on into that.
  const filterText = state.filterText.replace(/\S$/u, '$& ')
  const typing = { ...remember(state, 'filter'), filterText, cursor: filterText.length }
  if (isList(stopOf(trails).place) || typing.before === null) return typing
  return { ...typing, trails: top(trails), before: { ...typing.before, trails } }
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
  const { selectedIndex, gone } = lookOf(state)
  // Of one that is gone the place is kept, and the row below stands there now.
  const at = gone && action.do === 'move' && action.by > 0 ? selectedIndex - 1 : selectedIndex
  const to = moved(action, at, around.rows.count, around.page)
  // At the first row by g, whatever is hottest is selected from then on.
  if (to !== null) return action.do === 'first' && !isTail(state) ? looking(state, { ...NOBODY, scroll: 0 }) : select(state, to, around)
  switch (action.do) {
    case 'filter':
      return toFilter(state)
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
    case 'count':
      return { ...state, trails: counted(state.trails) }
    case 'latest':
      return latest(state)
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
      if (draft !== null) return typing(state, draft, null)
      // Nothing to point at: the line is there to be written.
      return around.rows.count === 0 && around.brake && isList(stopOf(state.trails).place)
        ? typing(state, action.action === 'quota' ? 'quota 10G ' : `${action.action} modify `, null)
        : state
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
