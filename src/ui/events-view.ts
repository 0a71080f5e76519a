/** The events view: operations one by one as they happen, newest last. */
import { eventCounts } from '../model/event-filter.ts'
import type { EventRow } from '../model/event-log.ts'
import { opensToWrite, shownOp } from '../model/op-names.ts'
import { errnoName } from '../text/errno.ts'
import { printable } from '../text/printable.ts'
import { exactTimeOfDay } from '../text/time-of-day.ts'
import { bytes, callTime, exact } from '../text/units.ts'
import { pathText, processText } from './names.ts'
import { type Column, flat, rowsOf, type Subject } from './view.ts'

/** As the header's clock has it. */
function timeText({ timeMs, gap }: EventRow): string {
  return (gap ? '…' : '') + exactTimeOfDay(timeMs)
}

/** What a call that moves bytes moved; null: it is none, or it failed. */
function movedBytes({ op, result }: EventRow): number | null {
  return result >= 0 && (op === 'read' || op === 'write') ? result : null
}

function resultText(row: EventRow): string {
  if (row.result < 0) return errnoName(-row.result)
  const moved = movedBytes(row)
  if (moved !== null) return bytes(moved) || '0'
  return row.op === 'mmap_write' ? `${exact(row.result)} pg` : ''
}

export const EVENTS_VIEW_COLUMNS: readonly Column<EventRow>[] = [
  {
    id: 'time',
    title: 'TIME',
    help: 'when the call returned; … before it: events between are missing (not streamed, lost, or forgotten)',
    width: 13,
    align: 'right',
    from: 0,
    text: timeText,
  },
  { id: 'pid', title: 'PID', help: 'process', width: 7, align: 'right', from: 0, text: (row) => String(row.pid) },
  { id: 'user', title: 'USER', help: 'its user', width: 9, align: 'left', from: 120, text: (row) => printable(row.user) },
  {
    id: 'comm',
    title: 'COMM',
    help: 'its name then; !: a rule has hit this operation',
    width: 16,
    narrow: 12,
    align: 'left',
    from: 0,
    text: (row) => printable(row.comm),
  },
  {
    id: 'op',
    title: 'OP',
    help: 'what was done; opened r to read, w to write; map: stored through a mapping',
    width: 7,
    align: 'left',
    from: 0,
    text: shownOp,
  },
  { id: 'result', title: 'RESULT', help: 'bytes read or written, or why it failed', width: 7, align: 'right', from: 0, text: resultText },
  {
    id: 'bytes',
    title: 'BYTES',
    help: 'bytes read or written, exactly',
    width: 13,
    align: 'right',
    from: 120,
    text: (row) => (movedBytes(row) === null ? '' : exact(row.result)),
  },
  {
    id: 'took',
    title: 'TOOK',
    help: 'how long the call took; nothing where that is not known, as of io_uring, AIO and mappings',
    width: 6,
    align: 'right',
    from: 100,
    text: ({ durationNs }) => (durationNs === null ? '' : callTime(durationNs)),
  },
  {
    id: 'rule',
    title: 'RULE',
    help: 'the rule that hit it, where known',
    width: 4,
    align: 'right',
    from: 100,
    text: ({ rule }) => (rule === null ? '' : String(rule)),
  },
  { id: 'path', title: 'PATH', help: 'as it was called then; of what failed, as it was given', width: 0, align: 'left', from: 0, text: pathOf },
]

/** What named no file names nothing. */
function pathOf(row: EventRow): string {
  return pathText(row)
}

/** The brakes act on what this process did to this file. */
export function eventSubject(row: EventRow): Subject {
  const counts = eventCounts(row)
  // Opened to be written: a rule is to be about that.
  const writes = counts.writes + (opensToWrite(row) ? 1 : 0)
  return { kind: 'event', process: row.process, title: `${processText(row)} ${row.pid}`, file: row, total: { ...counts, writes }, by: row }
}

/** What happens, one operation a row. */
export const EVENTS_VIEW = flat({
  one: 'event',
  columns: EVENTS_VIEW_COLUMNS,
  sort: 'time, newest last',
  find(model, { filter, kinds, from, limit, keep }) {
    const { rows, count, at, counts } = model.events({ filter, kinds, from, limit, keep: keep === null ? null : Number(keep) })
    // The mark of rules is for the operation that was hit, not for all that its process does.
    const marks = (row: EventRow) => ({ id: String(row.seq), pid: row.rule === null ? null : row.pid, subject: eventSubject(row) })
    return { rows: rowsOf(rows, EVENTS_VIEW_COLUMNS, marks), count, at, detail: null, events: counts }
  },
})
