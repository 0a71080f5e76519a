/** What is asked of the source for the events view: to stream them while they are looked at, and no more of them than can be kept. */
import { useEffect, useRef } from 'react'
import type { Source } from '../batch/batch.ts'
import type { Filter } from '../model/filter.ts'
import type { Model } from '../model/model.ts'
import { type Pushed, pushedNext } from '../model/narrow.ts'
import { latestFilter } from './latest-view.ts'
import { wantsEvents } from './tail.ts'
import { stopOf } from './trail.ts'
import type { UiState } from './ui-state.ts'

/** What the events on the screen, or those below a close look, are asked for. */
export function askedOf({ trails, filter }: Pick<UiState, 'trails' | 'filter'>): Filter | null {
  const { place, by } = stopOf(trails)
  return by === 'events' && 'id' in place ? latestFilter(place) : filter
}

/** After each frame; `version` is the model's. */
export function useStream(source: Source, model: Model, state: UiState, version: number): void {
  const looks = wantsEvents(state)
  const pushed = useRef<Pushed | null>(null)
  const { kinds, mode } = state
  const filter = askedOf(state)
  useEffect(() => {
    const next = pushedNext(pushed.current, { filter, kinds, typing: mode === 'filter' }, looks && model.eventsFlood)
    if (next !== pushed.current) source.narrowEvents?.(next?.narrowing ?? null)
    pushed.current = next
  }, [source, model, filter, kinds, mode, looks, version])
  useEffect(() => {
    if (source.wantEvents?.(looks)) model.resumeEvents()
  }, [source, model, looks])
}
