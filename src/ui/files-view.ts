/** The files view: its columns, and the way to its rows. */
import { FILE_COLUMNS, type FileRow } from '../model/file-look.ts'
import type { FileView } from '../model/file-view.ts'
import type { Model } from '../model/model.ts'
import { printable } from '../text/printable.ts'
import { bytes, count } from '../text/units.ts'
import { pathText } from './names.ts'
import { TRACE_COLUMN, TRACE_TICKS, type Traced, traced } from './trace-column.ts'
import { type Column, type Found, flat, known, rowsOf, type Wanted } from './view.ts'

export const FILES_VIEW_COLUMNS: readonly Column<FileRow & Traced>[] = [
  { id: 'opens', title: 'OPEN/s', help: 'opened so often a second', width: 7, align: 'right', from: 0, text: (row) => count(row.opens) },
  { id: 'writes', title: 'WRITE/s', help: 'write calls a second', width: 7, align: 'right', from: 0, text: (row) => count(row.writes) },
  { id: 'bytes', title: 'BYTES/s', help: 'bytes written a second', width: 7, align: 'right', from: 0, text: (row) => bytes(row.bytes) },
  { id: 'reads', title: 'READ/s', help: 'bytes read a second', width: 6, align: 'right', from: 0, text: (row) => bytes(row.reads) },
  { id: 'errors', title: 'ERR', help: 'calls on it that failed, a second', width: 4, align: 'right', from: 0, text: (row) => count(row.errors) },
  {
    id: 'total',
    title: 'TOTAL',
    help: 'bytes written and read so far',
    width: 5,
    align: 'right',
    from: 100,
    text: ({ total }) => bytes(total.writeBytes + total.readBytes),
  },
  { id: 'writers', title: 'WRITERS', help: 'processes that wrote it so far', width: 7, align: 'right', from: 120, text: (row) => count(row.writers) },
  { id: 'readers', title: 'READERS', help: 'processes that read it so far', width: 7, align: 'right', from: 120, text: (row) => count(row.readers) },
  { id: 'processes', title: 'PROCS', help: 'processes that touched it so far', width: 5, align: 'right', from: 100, text: (row) => count(row.processes) },
  {
    id: 'process',
    title: 'BY',
    help: 'the process that does most to it',
    width: 14,
    align: 'left',
    from: 0,
    text: ({ hottest }) => (hottest ? `${printable(hottest.comm)} ${hottest.pid}` : ''),
  },
  TRACE_COLUMN,
  { id: 'path', title: 'PATH', help: 'where it lies; ? before it: from the root of its file system', width: 0, align: 'left', from: 0, text: pathText },
]

/** `tick`: of the past, or null: now. */
function found(model: Model, { rows, count, at }: Pick<FileView, 'rows' | 'count' | 'at'>, tick: number | null): Found {
  const marks = (row: FileRow) => ({ id: row.id, subject: { kind: 'file' as const, id: row.id, file: row, total: row.total, by: null, hottest: row.hottest } })
  const all = traced(rows, () => model.fileTraces(tick, TRACE_TICKS))
  return { rows: rowsOf(all, FILES_VIEW_COLUMNS, marks), count, at, detail: null }
}

const NONE = { rows: [], count: 0, at: -1, whole: true }

function specOf({ sort, ...wanted }: Wanted) {
  return { ...wanted, sort: known(FILE_COLUMNS, sort) }
}

/** What is done to which file. */
export const FILES_VIEW = flat({
  one: 'file',
  columns: FILES_VIEW_COLUMNS,
  sort: 'bytes',
  find: (model, wanted) => found(model, model.files(specOf(wanted)), null),
  past(model, tick, wanted) {
    const then = model.filesAt(tick, specOf(wanted)) ?? NONE
    return { ...found(model, then, tick), whole: then.whole }
  },
})
