/** The time scrubber: which of the last ten minutes' ticks the tables show, and what its keys do. Pure. */
import type { Moment } from '../model/past-view.ts'
import { type Action, type KeyRow, TABLE_MODES } from './keys.ts'
import { stopOf } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import type { View } from './view.ts'
import { viewOf } from './views.ts'

/** Is a table on the screen? */
export function isTable({ mode }: Pick<UiState, 'mode'>): boolean {
  return TABLE_MODES.has(mode)
}

/** The view on the screen, or the one below what is on it. */
export function shownView({ trails }: Pick<UiState, 'trails'>): View {
  const { place, by } = stopOf(trails)
  return viewOf(place, by)
}

/** Is a table on the screen that shows a tick of the past? */
export function isPast(state: Pick<UiState, 'mode' | 'trails' | 'past'>): boolean {
  return state.past !== null && isTable(state) && shownView(state).past !== undefined
}

/** Where a tick stands among the moments, the last one kept before it standing for it; one that is kept no more is the oldest. -1: none is kept. */
export function placeOf(moments: readonly Moment[], tick: number): number {
  const at = moments.findLastIndex((moment) => moment.tick <= tick)
  return at < 0 && moments.length > 0 ? 0 : at
}

/** The last moment is now: to be there is to go on with the time. */
function tickAt(moments: readonly Moment[], index: number): number | null {
  const at = Math.max(0, index)
  return at >= moments.length - 1 ? null : (moments[at]?.tick ?? null)
}

/** The tick that tables show that have a past; null: now. */
export function shownTick({ past }: Pick<UiState, 'past'>, moments: readonly Moment[]): number | null {
  return past === null ? null : tickAt(moments, placeOf(moments, past))
}

/** The moment nearest to `seconds`, not passing it unless there is nothing before. */
function momentNear(moments: readonly Moment[], seconds: number, by: -1 | 1): number {
  if (by < 0)
    return Math.max(
      0,
      moments.findLastIndex((moment) => moment.seconds <= seconds),
    )
  const at = moments.findIndex((moment) => moment.seconds >= seconds)
  return at < 0 ? moments.length - 1 : at
}

const MINUTE = 60

/** A step in time; where the memory begins or the present is, it stops. */
export function scrubbed(state: UiState, { by, unit }: Extract<Action, { do: 'scrub' }>, { moments }: Pick<Surroundings, 'moments'>): UiState {
  if (shownView(state).past === undefined || moments.length === 0) return state
  const at = state.past === null ? moments.length - 1 : placeOf(moments, state.past)
  const to = unit === 'tick' ? at + by : momentNear(moments, (moments[at] as Moment).seconds + by * MINUTE, by)
  return { ...state, past: tickAt(moments, to) }
}

/** The footer's keys in the order of what is wanted: in the past those of the scrubber first, and the way to now only from there. */
export function footerOrder(keys: readonly KeyRow[], state: UiState): readonly KeyRow[] {
  if (state.past === null) return keys.filter(({ action }) => action.do !== 'now')
  const first = ({ action }: KeyRow) => action.do === 'scrub' || action.do === 'now'
  return [...keys.filter(first).map((key) => ({ ...key, rank: 0 as const })), ...keys.filter((key) => !first(key))]
}

/** After a tick: what is kept no more gives way to the oldest that is. */
export function settlePast(state: UiState, around: Pick<Surroundings, 'moments'>): UiState {
  if (state.past === null) return state
  const past = shownTick(state, around.moments)
  return past === state.past ? state : { ...state, past }
}

/** Why a key of the scrubber did nothing, a sentence; null: it did something, or it is another key. */
export function scrubTrouble(before: UiState, action: Action, { moments }: Pick<Surroundings, 'moments'>): string | null {
  if (action.do !== 'scrub' || before.mode !== 'table') return null
  if (shownView(before).past === undefined) return 'this view has no past: only the processes (1) and the files (2), not grouped, are kept'
  // In the past the screen says all the time when that is, and whether anything before it is kept.
  if (before.past !== null) return null
  if (action.by > 0) return 'this is now: [ goes back'
  return moments.length < 2 ? 'nothing before this is kept yet' : null
}
