/** Columns on a screen: which fit, how wide they are, and a row in them. */
import { fit, fitPath } from '../text/width.ts'
import type { Heading, TableRow } from './view.ts'

export type PlacedColumn = Heading & { cells: number }

/** The columns that a screen of so many cells shows. */
export function shownColumns<C extends Pick<Heading, 'from'>>(columns: readonly C[], cells: number): C[] {
  return columns.filter((column) => cells >= column.from)
}

/** The columns that fit a screen, with their cells; the one without a width takes the rest. */
export function placeColumns(columns: readonly Heading[], cells: number): PlacedColumn[] {
  const shown = shownColumns(columns, cells)
  const fixed = shown.reduce((sum, column) => sum + column.width, 0) + shown.length - 1
  return shown.map((column) => ({ ...column, cells: column.width === 0 ? Math.max(0, cells - fixed) : column.width }))
}

/** A name below others: the deepest still has half of the cells. */
function indented(row: TableRow, text: string, cells: number): string {
  const sign = row.expandable ? (row.expanded ? '▾ ' : '▸ ') : '  '
  const lead = ' '.repeat(Math.min(2 * row.depth, Math.floor(cells / 2))) + sign
  return lead + fitPath(text, Math.max(0, cells - lead.length))
}

/** One row as text, at most as wide as the columns; a path is cut in its middle. `hit`: a rule has hit it. */
export function rowText(row: TableRow, columns: readonly PlacedColumn[], tree: boolean, hit: boolean): string {
  const text = ({ id, width, cells, align }: PlacedColumn) => {
    // A sign beside the colour, as for those that ended.
    const shown = (hit && (id === 'comm' || id === 'name') ? '!' : '') + row.text(id)
    if (width !== 0) return fit(shown, cells, align)
    return tree ? indented(row, shown, cells) : fitPath(shown, cells)
  }
  return columns.map(text).join(' ')
}
