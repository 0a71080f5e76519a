/** One process or one file closely: the files it touched, or the processes that touch it, as rows to go on from. */
import { GROUP_COLUMNS, type GroupRow } from '../model/group-look.ts'
import type { Model } from '../model/model.ts'
import { groupColumns } from './groups-view.ts'
import { type Column, type Detail, type Found, flat, known, rowsOf, type Subject, type View, type Wanted } from './view.ts'

function columns(title: string, help: string): readonly Column<GroupRow>[] {
  return groupColumns('')
    .filter(({ id }) => id !== 'members')
    .map((column) => (column.id === 'name' ? { ...column, title, help } : column))
}

const FILES = columns('FILE', 'what it touched')
const PROCESSES = columns('PROCESS', 'who touched it; × before it: it has ended')

/** The rows and their place; those of one process or file are few enough to be asked for at once. */
function found(
  rows: readonly GroupRow[],
  shown: readonly Column<GroupRow>[],
  { from, limit, keep }: Wanted,
  of: (row: GroupRow) => Subject,
): Omit<Found, 'detail'> {
  const marks = (row: GroupRow) => {
    const { key, process } = row
    return { id: key, ended: process !== null && !process.alive, pid: process?.pid ?? null, subject: of(row) }
  }
  return { rows: rowsOf(rows.slice(from, from + limit), shown, marks), count: rows.length, at: rows.findIndex(({ key }) => key === keep) }
}

const NOBODY: Found = { rows: [], count: 0, at: -1, detail: null }

const specOf = ({ sort, reverse, kinds }: Wanted) => ({ sort: known(GROUP_COLUMNS, sort), reverse, kinds, limit: Number.POSITIVE_INFINITY })

function filesOf(model: Model, id: string, wanted: Wanted): Found {
  const detail = model.processDetail(id, specOf(wanted))
  if (!detail) return NOBODY
  const of = ({ key, file, total }: GroupRow): Subject => ({ kind: 'file', id: key, file: file ?? { path: '' }, total, by: detail.row })
  return { ...found(detail.files, FILES, wanted, of), detail: { of: 'process', ...detail } satisfies Detail }
}

function processesOf(model: Model, id: string, wanted: Wanted): Found {
  const detail = model.fileDetail(id, specOf(wanted))
  if (!detail) return NOBODY
  // What it did to this file is what a rule is to be about.
  const of = ({ process, total }: GroupRow): Subject => (process ? { kind: 'process', row: { ...process, total }, file: detail.row } : { kind: 'nothing' })
  return { ...found(detail.processes, PROCESSES, wanted, of), detail: { of: 'file', ...detail } satisfies Detail }
}

/** The files of one process. */
export function processView(id: string): View {
  return flat({ one: 'file', columns: FILES, sort: 'bytes', find: (model, wanted) => filesOf(model, id, wanted) })
}

/** The processes of one file. */
export function fileView(id: string): View {
  return flat({ one: 'process', columns: PROCESSES, sort: 'bytes', find: (model, wanted) => processesOf(model, id, wanted) })
}
