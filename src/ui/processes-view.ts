/** The processes view: its columns, and the way to its rows. */
import type { Model, ProcessRow, ProcessView } from '../model/model.ts'
import { PROCESS_COLUMNS } from '../model/sort.ts'
import { printable } from '../text/printable.ts'
import { bytes, count } from '../text/units.ts'
import { pathText, processText } from './names.ts'
import { TRACE_COLUMN, TRACE_TICKS, type Traced, traced } from './trace-column.ts'
import { type Column, type Found, flat, known, rowsOf, type Wanted } from './view.ts'

export const PROCESS_VIEW_COLUMNS: readonly Column<ProcessRow & Traced>[] = [
  { id: 'pid', title: 'PID', help: 'process', width: 7, align: 'right', from: 0, text: (row) => String(row.pid) },
  { id: 'user', title: 'USER', help: 'its user', width: 9, align: 'left', from: 100, text: (row) => printable(row.user) },
  {
    id: 'container',
    title: 'CONTAINER',
    help: 'its container, systemd unit or login, by a short name',
    width: 16,
    align: 'left',
    from: 140,
    text: (row) => printable(row.container),
  },
  // A process that ended is marked in words' stead: colour alone does not reach everybody.
  {
    id: 'comm',
    title: 'COMM',
    help: 'its name; × before it: it has ended; !: a rule has hit it',
    width: 15,
    narrow: 12,
    align: 'left',
    from: 0,
    text: processText,
  },
  { id: 'opens', title: 'OPEN/s', help: 'files opened a second', width: 6, align: 'right', from: 0, text: (row) => count(row.opens) },
  { id: 'writes', title: 'WRITE/s', help: 'write calls a second', width: 7, align: 'right', from: 0, text: (row) => count(row.writes) },
  { id: 'bytes', title: 'BYTES/s', help: 'bytes written a second', width: 7, align: 'right', from: 0, text: (row) => bytes(row.bytes) },
  { id: 'reads', title: 'READ/s', help: 'bytes read a second', width: 6, align: 'right', from: 72, text: (row) => bytes(row.reads) },
  { id: 'errors', title: 'ERR', help: 'calls that failed, a second', width: 4, align: 'right', from: 66, text: (row) => count(row.errors) },
  {
    id: 'total',
    title: 'TOTAL',
    help: 'bytes written and read so far',
    width: 5,
    align: 'right',
    from: 78,
    text: ({ total }) => bytes(total.writeBytes + total.readBytes),
  },
  { id: 'files', title: 'FILES', help: 'different files touched so far', width: 5, align: 'right', from: 100, text: (row) => count(row.files) },
  TRACE_COLUMN,
  {
    id: 'file',
    title: 'HOTTEST FILE',
    help: 'where most bytes went or came from in the last seconds; ? before it: path from the root of its file system',
    width: 0,
    align: 'left',
    from: 0,
    text: (row) => (row.hottest ? pathText(row.hottest) : ''),
  },
]

/** `tick`: of the past, or null: now. */
function found(model: Model, { rows, count, at }: Pick<ProcessView, 'rows' | 'count' | 'at'>, { kinds }: Wanted, tick: number | null): Found {
  const marks = (row: ProcessRow) => ({
    id: row.id,
    ended: !row.alive,
    // What a rule hit is known by its number, which may be another's by now.
    pid: tick === null || model.lifeOf(row.id) !== 'unknown' ? row.pid : null,
    subject: { kind: 'process' as const, row, file: row.hottest },
  })
  const all = traced(rows, () => model.processTraces(tick, kinds, TRACE_TICKS))
  return { rows: rowsOf(all, PROCESS_VIEW_COLUMNS, marks), count, at, detail: null }
}

const NONE = { rows: [], count: 0, at: -1, whole: true }

function specOf({ sort, ...wanted }: Wanted) {
  return { ...wanted, sort: known(PROCESS_COLUMNS, sort) }
}

/** Who does what to files. */
export const PROCESSES_VIEW = flat({
  one: 'process',
  columns: PROCESS_VIEW_COLUMNS,
  sort: 'bytes',
  find: (model, wanted) => found(model, model.processes(specOf(wanted)), wanted, null),
  past(model, tick, wanted) {
    const then = model.processesAt(tick, specOf(wanted)) ?? NONE
    return { ...found(model, then, wanted, tick), whole: then.whole }
  },
})
