/** A view that stands still: while paused, rows are filtered and sorted again from what they show. */
import type { Filter } from './filter.ts'
import { matcher } from './match.ts'
import type { ProcessRow } from './model.ts'
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
