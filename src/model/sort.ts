/** What the processes view can be sorted by. */
import type { ProcessRow } from './model.ts'
import { columnOf, type SortColumn, sorted } from './order.ts'

export const PROCESS_COLUMNS = ['pid', 'user', 'container', 'comm', 'opens', 'writes', 'bytes', 'reads', 'errors', 'total', 'files', 'file'] as const
export type ProcessColumn = (typeof PROCESS_COLUMNS)[number]

const collator = new Intl.Collator('en', { numeric: true })
const { compare } = collator

/** The columns as data. */
export const PROCESS_ORDER: readonly SortColumn<ProcessRow, ProcessColumn>[] = [
  { id: 'pid', first: 'least', value: (row) => row.pid },
  { id: 'user', first: 'least', value: (row) => row.user, compare },
  { id: 'container', first: 'least', value: (row) => row.container || '\uffff', compare },
  { id: 'comm', first: 'least', value: (row) => row.comm, compare },
  { id: 'opens', first: 'most', value: (row) => row.opens, next: (row) => row.total.opens },
  { id: 'writes', first: 'most', value: (row) => row.writes, next: (row) => row.total.writes },
  { id: 'bytes', first: 'most', value: (row) => row.bytes, next: (row) => row.total.writeBytes },
  { id: 'reads', first: 'most', value: (row) => row.reads, next: (row) => row.total.readBytes },
  { id: 'errors', first: 'most', value: (row) => row.errors, next: (row) => row.total.errors },
  { id: 'total', first: 'most', value: (row) => row.total.writeBytes + row.total.readBytes, next: (row) => row.total.opens },
  { id: 'files', first: 'most', value: (row) => row.files },
  { id: 'file', first: 'least', value: (row) => row.hottest?.path ?? '\uffff', compare },
]

/** Ties go by pid, and by id where a pid came twice. */
export function processTie(a: Pick<ProcessRow, 'pid' | 'id'>, b: Pick<ProcessRow, 'pid' | 'id'>): number {
  return a.pid - b.pid || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** Sorted copy; rows do not jump whatever order they come in. */
export function sortRows(rows: ProcessRow[], column: ProcessColumn, reverse: boolean): ProcessRow[] {
  return sorted(rows, columnOf(PROCESS_ORDER, column), reverse, processTie)
}
