/**
 * A list that grows at its end, as far as it stands otherwise than others: it follows what comes while its last row is selected, and
 * else stands still. Pure.
 */
import { follow } from './moving.ts'
import { type Look, type Stop, stopOf, type Trails, withLook } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'

/** Does the list on the screen grow at its end? */
export function isTail({ trails }: Pick<UiState, 'trails'>): boolean {
  const { place, by } = stopOf(trails)
  return place.kind === 'events' || by === 'events'
}

/** In such a list no row is chosen as long as it follows. */
export function follows({ selected }: Pick<Look, 'selected'>): boolean {
  return selected === null
}

/** Is somebody reading events, or looking from there at something closely? Then what they read must not be forgotten. */
export function holdsEvents({ stops }: Trails): boolean {
  const read = ({ place, by, look }: Stop) => (place.kind === 'events' || by === 'events') && !follows(look)
  return Object.values(stops).some((trail) => trail.some(read))
}

/** Are events to be streamed? Only while somebody looks: at them, or from there at something closely. */
export function wantsEvents({ mode, trails, helpFrom, ruleFrom }: Pick<UiState, 'mode' | 'trails' | 'helpFrom' | 'ruleFrom'>): boolean {
  const shown = mode === 'help' ? helpFrom : mode === 'rule' ? ruleFrom : mode
  return (trails.list === 'events' || isTail({ trails })) && shown !== 'rules' && shown !== 'quotas' && shown !== 'asks'
}

/** Puts the selection on row `index`; on the last one, the list follows from then on. */
export function selectInTail(state: UiState, index: number, { rows, page }: Pick<Surroundings, 'rows' | 'page'>): UiState {
  const last = Math.max(0, rows.count - 1)
  const at = Math.max(0, Math.min(last, index))
  const { scroll } = stopOf(state.trails).look
  const selected = at === last ? null : (rows.row(at)?.id ?? null)
  const look = { selected, selectedIndex: at, scroll: at === last ? follow(0, last, rows.count, page) : follow(scroll, at, rows.count, page) }
  return { ...state, trails: withLook(state.trails, look) }
}

/** Stays on the row that is selected, whatever comes. */
export function pinned(state: UiState, { rows }: Pick<Surroundings, 'rows'>): UiState {
  const { selectedIndex } = stopOf(state.trails).look
  return { ...state, trails: withLook(state.trails, { selected: rows.row(selectedIndex)?.id ?? null }) }
}

/** After a tick: the last row, or the same one in the same line of the screen, though rows before it may have gone. */
export function settleTail(state: UiState, around: Pick<Surroundings, 'rows' | 'page'>): UiState {
  const { rows, page } = around
  const { look } = stopOf(state.trails)
  const { selected, selectedIndex, scroll } = look
  if (selected === null) return selectInTail(state, rows.count - 1, around)
  // Where the filter leaves it out the next one is taken, or none; it is still meant, and comes back with another filter.
  const at = rows.place(selected)
  if (at < 0) return state
  const top = follow(Math.max(0, scroll + at - selectedIndex), at, rows.count, page)
  return at === selectedIndex && top === scroll ? state : { ...state, trails: withLook(state.trails, { selectedIndex: at, scroll: top }) }
}
