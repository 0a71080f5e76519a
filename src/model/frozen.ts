/** A view that stands still: while paused, rows are filtered and sorted again from what they show. */
import { FILE_ORDER, type FileColumn, type FileRow } from './file-look.ts'
import type { Filter } from './filter.ts'
import { matcher } from './match.ts'
import type { ProcessRow } from './model.ts'
import { columnOf, sorted } from './order.ts'
import { type ProcessColumn, sortRows } from './sort.ts'

/** Filters by what the rows themselves say: a path term sees the hottest file only, `pid:N+` children only. */
export function refine(rows: ProcessRow[], filter: Filter | null, sort: ProcessColumn, reverse: boolean): ProcessRow[] {
  const matches = matcher(filter)
  const kept = rows.filter((row) =>
    matches({
      ...row,
      rates: { bytes: row.bytes, writes: row.writes, opens: row.opens, reads: row.reads, errors: row.errors, files: row.files },
      descendsFrom: (pid) => row.pid === pid || row.ppid === pid,
      touches: (passes) => row.hottest !== null && passes(row.hottest.path),
    }),
  )
  return sortRows(kept, sort, reverse)
}

/** The same for files: what the filter says of processes is asked of the hottest one, by its name and number only. */
export function refineFiles(rows: FileRow[], filter: Filter | null, sort: FileColumn, reverse: boolean): FileRow[] {
  const matches = matcher(filter)
  const kept = rows.filter(({ path, hottest, opens, writes, bytes, reads, errors, total }) =>
    matches({
      pid: hottest?.pid ?? -1,
      comm: hottest?.comm ?? '',
      user: '',
      hostUser: '',
      uid: -1,
      exe: '',
      cgroup: '',
      group: null,
      rates: { bytes, writes, opens, reads, errors, files: 1 },
      total,
      descendsFrom: (pid) => hottest?.pid === pid,
      touches: (passes) => passes(path),
    }),
  )
  return sorted(kept, columnOf(FILE_ORDER, sort), reverse, (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}
