/** Which columns were chosen for the view on the screen, by the picker or else by the settings. Pure. */
import type { Comfort } from './comfort.ts'
import type { ScreenLook } from './look.ts'
import { PROCESSES_VIEW } from './processes-view.ts'
import { type Stop, stopOf, type Trails } from './trail.ts'
import { viewOf } from './views.ts'

/** What the columns of a view are remembered by. Groups have the same columns whatever they are grouped by. */
export function viewName({ place, by }: Pick<Stop, 'place' | 'by'>): string {
  if (by === 'none' || by === 'events') return by === 'none' ? place.kind : by
  return by === 'parent' ? `${place.kind}-tree` : `${place.kind}-groups`
}

/** Views whose columns the settings may name, and which columns those have. */
export const NAMED_VIEWS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [
    ...(['processes', 'files', 'directories', 'events'] as const).map((kind) => ({ place: { kind }, by: 'none' as const })),
    ...(['processes', 'files'] as const).map((kind) => ({ place: { kind }, by: 'comm' as const })),
    { place: { kind: 'processes' as const }, by: 'parent' as const },
  ].map((stop) => [viewName(stop), viewOf(stop.place, stop.by).columns.map(({ id }) => id)]),
)

/** Those of the settings; null: the width of the screen suggests some. */
export function settledColumns(stop: Stop, { columns, viewColumns }: Pick<ScreenLook, 'columns' | 'viewColumns'>): readonly string[] | null {
  return viewOf(stop.place, stop.by) === PROCESSES_VIEW ? columns : (viewColumns?.[viewName(stop)] ?? null)
}

/** Ids of the chosen columns in their order, at least one; null: the width of the screen suggests some. */
export function chosenColumns(
  { trails, kept }: Pick<Comfort, 'kept'> & { trails: Trails },
  look: Pick<ScreenLook, 'columns' | 'viewColumns'>,
): readonly string[] | null {
  const stop = stopOf(trails)
  const { columns } = viewOf(stop.place, stop.by)
  // Another version of the program may have had other columns.
  const own = kept.columns[viewName(stop)]?.filter((id) => columns.some((column) => column.id === id)) ?? []
  return own.length > 0 ? own : settledColumns(stop, look)
}
