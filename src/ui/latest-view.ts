/** The latest events of one process, file or directory that is looked at closely: the events view, narrowed to it. */
import { NO_FILE } from '../batch/batch.ts'
import type { EventRow } from '../model/event-log.ts'
import type { Filter } from '../model/filter.ts'
import type { Model } from '../model/model.ts'
import { EVENTS_VIEW, EVENTS_VIEW_COLUMNS, eventSubject } from './events-view.ts'
import type { Place } from './trail.ts'
import { type Detail, rowsOf, type Subject, type View, type Wanted } from './view.ts'

/** What is looked at closely. */
export type Closely = Extract<Place, { id: string }>

function filterOf({ kind, id }: Closely): Filter {
  switch (kind) {
    case 'process':
      return { terms: [], only: { process: id } }
    case 'file':
      return { terms: [], only: { file: id } }
    case 'directory':
      return { terms: [{ negate: false, kind: 'text', key: 'dir', text: id }] }
  }
}

/** The model keeps what passes for as long as it is asked by the same filter. */
let last: { of: string; filter: Filter } | null = null

/** Which events they are. */
export function latestFilter(place: Closely): Filter {
  const of = `${place.kind} ${place.id}`
  if (last?.of !== of) last = { of, filter: filterOf(place) }
  return last.filter
}

/** What stands above them; null: it is not remembered. */
function detailOf(model: Model, { kind, id }: Closely, { kinds }: Pick<Wanted, 'kinds'>): Detail | null {
  const spec = { sort: 'bytes', reverse: false, kinds, from: 0, limit: 1 } as const
  if (kind === 'process') {
    const detail = model.processDetail(id, spec)
    return detail && { of: kind, ...detail }
  }
  if (kind === 'file') {
    const detail = model.fileDetail(id, spec)
    return detail && { of: kind, ...detail }
  }
  const detail = model.directoryDetail(id, { ...spec, rows: 'processes', keep: null })
  return detail && { of: kind, ...detail }
}

/** Of one process the rows lead to its files; of others to who did it. */
function subjectOf(row: EventRow, detail: Detail | null): Subject {
  const subject = eventSubject(row)
  if (detail?.of !== 'process' || subject.kind !== 'event') return subject
  return row.file === NO_FILE ? { kind: 'nothing' } : { kind: 'file', id: row.file, file: row, total: subject.total, by: detail.row }
}

/** The latest events of it. */
export function latestView(place: Closely): View {
  return {
    ...EVENTS_VIEW,
    find(model, wanted) {
      const { kinds, from, limit, keep } = wanted
      const { rows, count, at, counts } = model.events({ filter: latestFilter(place), kinds, from, limit, keep: keep === null ? null : Number(keep) })
      const detail = detailOf(model, place, wanted)
      const marks = (row: EventRow) => ({ id: String(row.seq), pid: row.rule === null ? null : row.pid, subject: subjectOf(row, detail) })
      return { rows: rowsOf(rows, EVENTS_VIEW_COLUMNS, marks), count, at, detail, events: counts }
    },
  }
}
