/** The columns of the processes view, as data: what they show, how wide, and from which width of the screen on. */
import type { ProcessRow } from '../model/model.ts'
import type { ProcessColumn } from '../model/sort.ts'
import { printable } from '../text/printable.ts'
import { bytes, count } from '../text/units.ts'
import { fit, fitPath } from '../text/width.ts'

export interface Column {
  id: ProcessColumn
  title: string
  /** what it is, for the help */
  help: string
  /** cells; 0: all that is left */
  width: number
  align: 'left' | 'right'
  /** shown on screens of at least this many cells */
  from: number
  text(row: ProcessRow): string
}

function hottest(row: ProcessRow): string {
  if (!row.hottest) return ''
  const { path, deleted, noMount, cut } = row.hottest
  const name = printable(path)
  return `${cut ? '…' : ''}${noMount && !cut ? `?${name}` : name}${deleted ? ' (deleted)' : ''}`
}

export const COLUMNS: Column[] = [
  { id: 'pid', title: 'PID', help: 'process', width: 7, align: 'right', from: 0, text: (row) => String(row.pid) },
  { id: 'user', title: 'USER', help: 'its user', width: 9, align: 'left', from: 100, text: (row) => printable(row.user) },
  // A process that ended is marked in words' stead: colour alone does not reach everybody.
  {
    id: 'comm',
    title: 'COMM',
    help: 'its name; × before it: it has ended; !: a rule has hit it',
    width: 15,
    align: 'left',
    from: 0,
    text: (row) => (row.alive ? '' : '×') + printable(row.comm),
  },
  { id: 'opens', title: 'OPEN/s', help: 'files opened a second', width: 6, align: 'right', from: 0, text: (row) => count(row.opens) },
  { id: 'writes', title: 'WRITE/s', help: 'write calls a second', width: 7, align: 'right', from: 0, text: (row) => count(row.writes) },
  { id: 'bytes', title: 'BYTES/s', help: 'bytes written a second', width: 7, align: 'right', from: 0, text: (row) => bytes(row.bytes) },
  { id: 'reads', title: 'READ/s', help: 'bytes read a second', width: 6, align: 'right', from: 0, text: (row) => bytes(row.reads) },
  { id: 'errors', title: 'ERR', help: 'calls that failed, a second', width: 4, align: 'right', from: 0, text: (row) => count(row.errors) },
  { id: 'files', title: 'FILES', help: 'different files touched so far', width: 5, align: 'right', from: 100, text: (row) => count(row.files) },
  {
    id: 'file',
    title: 'HOTTEST FILE',
    help: 'where most bytes went or came from in the last seconds; ? before it: path from the root of its file system',
    width: 0,
    align: 'left',
    from: 0,
    text: hottest,
  },
]

export interface PlacedColumn extends Column {
  cells: number
  /** room for the marks of the selection and the order, where the column's alignment leaves none */
  lead: string
}

/** The path has at least so many cells, or other columns give way. */
const LEAST_PATH = 10

/** Those that were chosen, in their order: as many as fit, from the left. */
function chosenColumns(ids: readonly ProcessColumn[], cells: number): Column[] {
  const shown: Column[] = []
  let used = 0
  for (const id of ids) {
    const column = COLUMNS.find((known) => known.id === id)
    if (!column) continue
    used += (column.width || LEAST_PATH) + 1
    if (used <= cells) shown.push(column)
  }
  return shown
}

/** The columns that fit a screen, with their cells; the path takes the rest. `chosen`: these, in this order. */
export function placeColumns(cells: number, chosen: readonly ProcessColumn[] | null = null): PlacedColumn[] {
  const shown = chosen ? chosenColumns(chosen, cells) : COLUMNS.filter((column) => cells >= column.from)
  const lead = shown[0]?.align === 'left' ? ' ' : ''
  const fixed = lead.length + shown.reduce((sum, column) => sum + column.width, 0) + shown.length - 1
  return shown.map((column, i) => ({ ...column, cells: column.width || Math.max(0, cells - fixed), lead: i === 0 ? lead : '' }))
}

/** One row as text, at most as wide as the columns; a path is cut in its middle. `hit`: a rule has hit it. */
export function rowText(row: ProcessRow, columns: PlacedColumn[], hit: boolean): string {
  // A sign beside the colour, as for those that ended.
  const text = (column: PlacedColumn) => (hit && column.id === 'comm' ? '!' : '') + column.text(row)
  const cell = (column: PlacedColumn) => fit(column.width === 0 ? fitPath(text(column), column.cells) : text(column), column.cells, column.align)
  return columns.map((column) => column.lead + cell(column)).join(' ')
}
