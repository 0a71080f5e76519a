/** One directory closely: who works on the files below it, or those files, as rows to go on from. */
import type { DirectoryDetail } from '../model/directory-drill.ts'
import type { GroupRow } from '../model/group-look.ts'
import type { Model } from '../model/model.ts'
import { FILES_VIEW_COLUMNS } from './files-view.ts'
import { groupColumns } from './groups-view.ts'
import { TRACE_TICKS, traced } from './trace-column.ts'
import { type Column, type Detail, type Found, flat, rowsOf, type Subject, type View, type Wanted } from './view.ts'

const PROCESSES: readonly Column<GroupRow>[] = groupColumns('')
  .filter(({ id }) => id !== 'members')
  .map((column) => (column.id === 'name' ? { ...column, title: 'PROCESS', help: 'who works below it; × before it: it has ended' } : column))

const NOTHING: Found = { rows: [], count: 0, at: -1, detail: null }

/** Rows are named by what they are. */
function processName(row: GroupRow): GroupRow {
  return { ...row, file: null }
}

function processRows({ path, processes }: DirectoryDetail): Found['rows'] {
  const marks = (row: GroupRow) => {
    const { key, process, total, file } = row
    const subject: Subject = process ? { kind: 'process', row: { ...process, total }, file, below: path } : { kind: 'nothing' }
    return { id: key, ended: process !== null && !process.alive, pid: process?.pid ?? null, subject }
  }
  const columns = PROCESSES.map((column) => ({ ...column, text: (row: GroupRow) => column.text(processName(row)) }))
  return rowsOf(processes, columns, marks)
}

function fileRows(model: Model, { path, files }: DirectoryDetail): Found['rows'] {
  const all = traced(files, () => model.fileTraces(null, TRACE_TICKS))
  return rowsOf(all, FILES_VIEW_COLUMNS, (row) => ({
    id: row.id,
    subject: { kind: 'file' as const, id: row.id, file: row, total: row.total, by: null, below: path },
  }))
}

function find(model: Model, path: string, rows: 'processes' | 'files', { sort, reverse, kinds, from, limit, keep }: Wanted): Found {
  const found = model.directoryDetail(path, { rows, sort, reverse, kinds, from, limit, keep })
  if (!found) return NOTHING
  const detail: Detail = { of: 'directory', ...found }
  return { rows: rows === 'processes' ? processRows(found) : fileRows(model, found), count: found.count, at: found.at, detail }
}

/** Who works below a directory. */
export function directoryView(path: string): View {
  return flat({ one: 'process', columns: PROCESSES, sort: 'bytes', find: (model, wanted) => find(model, path, 'processes', wanted) })
}

/** The files below a directory, at any depth. */
export function filesBelowView(path: string): View {
  return flat({ one: 'file', columns: FILES_VIEW_COLUMNS, sort: 'bytes', find: (model, wanted) => find(model, path, 'files', wanted) })
}
