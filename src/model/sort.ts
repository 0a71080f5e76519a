/** Row order. */
import type { ProcessRow } from './model.ts'

export const PROCESS_COLUMNS = ['pid', 'user', 'comm', 'opens', 'writes', 'bytes', 'reads', 'errors', 'files', 'file'] as const
export type ProcessColumn = (typeof PROCESS_COLUMNS)[number]

const collator = new Intl.Collator('en', { numeric: true })

type Order = (a: ProcessRow, b: ProcessRow) => number

/** Numbers: most first, and the sum since the start decides between equals, so that a quiet table keeps its order. */
const ORDERS: Record<ProcessColumn, Order> = {
  pid: (a, b) => a.pid - b.pid,
  user: (a, b) => collator.compare(a.user, b.user),
  comm: (a, b) => collator.compare(a.comm, b.comm),
  opens: (a, b) => b.opens - a.opens || b.total.opens - a.total.opens,
  writes: (a, b) => b.writes - a.writes || b.total.writes - a.total.writes,
  bytes: (a, b) => b.bytes - a.bytes || b.total.writeBytes - a.total.writeBytes,
  reads: (a, b) => b.reads - a.reads || b.total.readBytes - a.total.readBytes,
  errors: (a, b) => b.errors - a.errors || b.total.errors - a.total.errors,
  files: (a, b) => b.files - a.files,
  file: (a, b) => collator.compare(a.hottest?.path ?? '\uffff', b.hottest?.path ?? '\uffff'),
}

/** Sorted copy; ties go by pid, and by id where a pid came twice, so rows do not jump whatever order they come in. */
export function sortRows(rows: ProcessRow[], column: ProcessColumn, reverse: boolean): ProcessRow[] {
  const order = ORDERS[column]
  const sign = reverse ? -1 : 1
  return [...rows].sort((a, b) => sign * order(a, b) || a.pid - b.pid || (a.id < b.id ? -1 : 1))
}
