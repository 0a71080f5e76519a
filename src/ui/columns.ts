/** Columns on a screen: which fit, how wide they are, and a row in them. */
import { onlyAscii } from '../text/ascii.ts'
import { fit, fitPath } from '../text/width.ts'
import type { Heading, TableRow } from './view.ts'

/** A column on a screen. */
export interface PlacedColumn extends Heading {
  cells: number
  /** room for the marks of the selection and the order, where the column's alignment leaves none */
  lead: string
}

/** The columns that a screen of so many cells shows. */
export function shownColumns<C extends Pick<Heading, 'from'>>(columns: readonly C[], cells: number): C[] {
  return columns.filter((column) => cells >= column.from)
}

/** The path has at least so many cells, or other columns give way. */
const LEAST_PATH = 10

/** On a screen of less there is hardly room for where most bytes went. */
const NARROW = 90

/** The cells of a column that has a width of its own; 0: it takes what is left. */
function widthOf({ width, narrow }: Heading, cells: number): number {
  return cells < NARROW ? (narrow ?? width) : width
}

/** Those that were chosen, in their order: as many as fit, from the left. */
function chosenColumns(columns: readonly Heading[], ids: readonly string[], cells: number): Heading[] {
  const shown: Heading[] = []
  let used = 0
  for (const id of ids) {
    const column = columns.find((known) => known.id === id)
    if (!column) continue
    used += (widthOf(column, cells) || LEAST_PATH) + 1
    if (used <= cells) shown.push(column)
  }
  return shown
}

/** The columns that fit a screen, with their cells; the one without a width takes the rest. `chosen`: these, in this order. */
export function placeColumns(columns: readonly Heading[], cells: number, chosen: readonly string[] | null = null): PlacedColumn[] {
  const shown = chosen ? chosenColumns(columns, chosen, cells) : shownColumns(columns, cells)
  const lead = shown[0]?.align === 'left' ? ' ' : ''
  const fixed = lead.length + shown.reduce((sum, column) => sum + widthOf(column, cells), 0) + shown.length - 1
  return shown.map((column, i) => ({ ...column, cells: widthOf(column, cells) || Math.max(0, cells - fixed), lead: i === 0 ? lead : '' }))
}

/** What stands before a row that holds others. In ASCII as file managers have it: the order's mark stands for itself there. */
function foldSign({ expandable, expanded }: TableRow): string {
  if (!expandable) return '  '
  const [open, closed] = onlyAscii() ? ['- ', '+ '] : ['▾ ', '▸ ']
  return expanded ? open : closed
}

/** A name below others: the deepest still has half of the cells. */
function indented(row: TableRow, text: string, cells: number): string {
  const lead = ' '.repeat(Math.min(2 * row.depth, Math.floor(cells / 2))) + foldSign(row)
  return lead + fitPath(text, Math.max(0, cells - lead.length))
}

/** One row as text, at most as wide as the columns; a path is cut in its middle. `hit`: a rule has hit it. */
export function rowText(row: TableRow, columns: readonly PlacedColumn[], tree: boolean, hit: boolean): string {
  const text = ({ id, width, cells, align }: PlacedColumn) => {
    // A sign beside the colour, as for those that ended.
    const shown = (hit && (id === 'comm' || id === 'name') ? '!' : '') + row.text(id)
    if (width !== 0) return fit(shown, cells, align)
    return fit(tree ? indented(row, shown, cells) : fitPath(shown, cells), cells, align)
  }
  return columns.map((column) => column.lead + text(column)).join(' ')
}
