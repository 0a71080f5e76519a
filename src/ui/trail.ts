/** Where the user is: the list picked by a number, and how deep it was looked into; each with its own order, selection and place. Pure. */

import type { Filter } from '../model/filter.ts'
import type { Kinds } from '../model/uses.ts'
import type { By } from './groups-view.ts'
import type { List } from './lists.ts'
import { viewOf } from './views.ts'
import type { Was } from './was.ts'

/** What is on the screen: a list, or one process, file or directory (by its path) closely. `title`: what it was called when it was opened, `was`: what was known of it then. */
export type Place = { kind: List } | { kind: 'process' | 'file' | 'directory'; id: string; title: string; was?: Was }

/** How the rows of one view stand. */
export interface Look {
  sort: string
  reverse: boolean
  /** the id of the selected row; null: the first one, whichever that is */
  selected: string | null
  /** where the selected row stood last, for when it goes */
  selectedIndex: number
  /** what the selected row is called, and what the list showed when it was there last */
  label: string
  under: { filter: Filter | null; kinds: Kinds } | null
  /** it is in the list no more: its place is kept, and nobody is selected until the user says whom */
  gone: boolean
  /** first row shown */
  scroll: number
  /** in a view that is unfolded: those that are not */
  expanded: ReadonlySet<string>
}

/** One stop of the way down. */
export interface Stop {
  place: Place
  /** by what its rows are grouped */
  by: By
  look: Look
  /** how it stood when it was grouped otherwise */
  looks: Partial<Record<By, Look>>
  /** of a directory: how often the key was pressed that begins a count of it, or stops it */
  counts?: number
}

/** Which list is shown, and of each the way down from it, never empty. */
export interface Trails {
  list: List
  stops: Record<List, readonly Stop[]>
}

/** No row is chosen: the first one is, whichever that is. */
export const NOBODY = { selected: null, selectedIndex: 0, label: '', under: null, gone: false } as const

/** Nothing chosen yet. */
export function freshLook(place: Place, by: By, sort?: string): Look {
  const view = viewOf(place, by)
  return { sort: sort ?? view.sort, reverse: false, ...NOBODY, scroll: 0, expanded: view.expanded }
}

function stopAt(place: Place, sort?: string): Stop {
  return { place, by: 'none', look: freshLook(place, 'none', sort), looks: {} }
}

/** All lists as they are at the start; `sort` is that of the processes. */
export function freshTrails(sort: string): Trails {
  return {
    list: 'processes',
    stops: {
      processes: [stopAt({ kind: 'processes' }, sort)],
      files: [stopAt({ kind: 'files' })],
      directories: [stopAt({ kind: 'directories' })],
      events: [stopAt({ kind: 'events' })],
    },
  }
}

/** The way down to what is on the screen. */
export function trailOf({ list, stops }: Trails): readonly Stop[] {
  return stops[list]
}

/** What is on the screen. */
export function stopOf(trails: Trails): Stop {
  return trailOf(trails).at(-1) as Stop
}

function withTrail(trails: Trails, trail: readonly Stop[]): Trails {
  return { ...trails, stops: { ...trails.stops, [trails.list]: trail } }
}

/** The same with some of the rows' standing changed. */
export function withLook(trails: Trails, some: Partial<Look>): Trails {
  const trail = trailOf(trails)
  const stop = stopOf(trails)
  return withTrail(trails, [...trail.slice(0, -1), { ...stop, look: { ...stop.look, ...some } }])
}

/** A count of the directory that is looked at is begun, or stopped. */
export function counted(trails: Trails): Trails {
  const stop = stopOf(trails)
  return stop.place.kind === 'directory' ? withTrail(trails, [...trailOf(trails).slice(0, -1), { ...stop, counts: (stop.counts ?? 0) + 1 }]) : trails
}

/** A step down. */
export function down(trails: Trails, place: Place): Trails {
  return withTrail(trails, [...trailOf(trails), stopAt(place)])
}

/** A step up; null at the top. */
export function up(trails: Trails): Trails | null {
  const trail = trailOf(trails)
  return trail.length < 2 ? null : withTrail(trails, trail.slice(0, -1))
}

/** All steps up. */
export function top(trails: Trails): Trails {
  return withTrail(trails, trailOf(trails).slice(0, 1))
}

/** The rows grouped otherwise, standing as they did when they were last. */
export function grouped(trails: Trails, by: By): Trails {
  const { by: before, look, looks, ...rest } = stopOf(trails)
  const { place } = rest
  // The first time in the same order, where there is such a column; what happens has the order it happens in.
  const sort = by !== 'events' && viewOf(place, by).columns.some(({ id }) => id === look.sort) ? look.sort : undefined
  const stop = { ...rest, by, look: looks[by] ?? freshLook(place, by, sort), looks: { ...looks, [before]: look } }
  return withTrail(trails, [...trailOf(trails).slice(0, -1), stop])
}
