/** All views, and which of them shows a place. */
import { GROUPINGS, type Grouping } from '../model/departed.ts'
import { fileView, processView } from './closely-views.ts'
import { DIRECTORIES_VIEW } from './directories-view.ts'
import { directoryView, filesBelowView } from './directory-closely.ts'
import { EVENTS_VIEW } from './events-view.ts'
import { FILES_VIEW } from './files-view.ts'
import { type By, GROUPED, groupsView, TREE_VIEW } from './groups-view.ts'
import { latestView } from './latest-view.ts'
import { OPEN_FILES_COLUMNS, openFilesView } from './open-files-view.ts'
import { PROCESSES_VIEW } from './processes-view.ts'
import type { Place } from './trail.ts'
import type { View } from './view.ts'

const LISTS = { processes: PROCESSES_VIEW, files: FILES_VIEW, directories: DIRECTORIES_VIEW, events: EVENTS_VIEW }

function allGroups(of: 'processes' | 'files'): Record<Grouping, View> {
  return Object.fromEntries(GROUPINGS.map((by) => [by, groupsView(of, by)])) as Record<Grouping, View>
}

const GROUPS = { processes: allGroups('processes'), files: allGroups('files') }

/** The view of a place. */
export function viewOf(place: Place, by: By): View {
  if (by === 'events' && 'id' in place) return latestView(place)
  if (place.kind === 'process') return by === 'inside' ? openFilesView(place.id) : processView(place.id)
  if (place.kind === 'directory') return by === 'inside' ? filesBelowView(place.id) : directoryView(place.id)
  if (place.kind === 'file') return fileView(place.id)
  const { kind } = place
  if (by === 'none' || by === 'inside' || by === 'events' || kind === 'directories' || kind === 'events') return LISTS[kind]
  return by === 'parent' ? TREE_VIEW : GROUPS[kind][by]
}

/** By what the rows of a place can be grouped; nothing: they cannot be. */
export function groupingsOf({ kind }: Place): readonly By[] {
  return kind === 'processes' || kind === 'files' ? GROUPED[kind] : []
}

/** The next of what the rows of a place can be grouped by; null: they cannot be. */
export function nextGrouping(place: Place, by: By): By | null {
  const all = groupingsOf(place)
  return all[(all.indexOf(by) + 1) % all.length] ?? null
}

/** All views, for the help. */
export const VIEWS: readonly { title: string; view: View }[] = [
  { title: 'processes', view: PROCESSES_VIEW },
  { title: 'files', view: FILES_VIEW },
  { title: 'directories', view: DIRECTORIES_VIEW },
  { title: 'events', view: EVENTS_VIEW },
  { title: 'groups and trees', view: TREE_VIEW },
  { title: 'open files', view: { ...FILES_VIEW, columns: OPEN_FILES_COLUMNS } },
]
