/** The column of small graphs: what a process or file moved in the last ticks. */
import { MOST_ROWS } from '../model/snapshot.ts'
import type { Trace, TraceOf } from '../model/traces.ts'
import { bars } from '../text/bars.ts'
import type { Column } from './view.ts'

/** Ticks it shows: half a minute, where they are seconds. */
export const TRACE_TICKS = 30

/** A row that has its trace; asked for only where the column is on the screen. */
export interface Traced {
  trace(): Trace
}

/** The column; it is not what rows can be sorted by. */
export const TRACE_COLUMN: Column<Traced> = {
  id: 'history',
  title: 'LAST TICKS',
  help: `bytes written and read in each of the last ${TRACE_TICKS}, newest right, scaled to its own highest; · none, blank: not known (of busy ticks only the ${MOST_ROWS} most active are)`,
  width: TRACE_TICKS,
  align: 'left',
  sorts: false,
  from: 200,
  text: (row) => bars(row.trace()),
}

/** The same rows with their traces, all looked for at once and not before one is asked for. */
export function traced<Row extends { id: string }>(rows: readonly Row[], find: () => TraceOf): (Row & Traced)[] {
  let found: TraceOf | null = null
  return rows.map((row) => ({
    ...row,
    trace() {
      found ??= find()
      return found(row.id)
    },
  }))
}
