/** The one table that shows every view: titles above, a window of rows below. */
import { fit, width } from '../text/width.ts'
import { placeColumns, rowText } from './columns.ts'
import { type Line, plain } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { spokenOrder, spokenRow } from './spoken.ts'
import type { Look } from './trail.ts'
import type { TableRow, View } from './view.ts'

/** How a table is to look; `columns`: those that were chosen for it, or null. */
export type TableLook = Pick<ScreenLook, 'screenReader'> & { columns: readonly string[] | null }

/** A title with the mark behind it, so that nobody takes it for its neighbour's; where there is no room, the unit gives way, or the last letter. */
function marked(title: string, mark: string, cells: number): string {
  if (width(title) < cells) return title + mark
  return title.replace(/\/s$|.$/u, '') + mark
}

/** The titles, with a mark at the column that rows are sorted by; `choosing`: another is being chosen. */
export function titleLine(
  view: View,
  { sort, reverse }: Pick<Look, 'sort' | 'reverse'>,
  choosing: boolean,
  columns: number,
  look: TableLook = USUAL_LOOK,
): Line {
  if (look.screenReader) return plain(spokenOrder(view, sort, reverse), columns)
  const line: Line = []
  for (const [i, column] of placeColumns(view.columns, columns, look.columns).entries()) {
    const sorted = column.id === sort
    if (i > 0) line.push({ text: ' ', inverse: true })
    const cells = column.lead.length + column.cells
    const title = column.lead + column.title
    const text = fit(sorted ? marked(title, reverse ? '▴' : '▾', cells) : title, cells, column.align)
    const click = { do: 'orderBy', column: column.id } as const
    line.push(sorted && choosing ? { text, bold: true, role: 'warn', click } : { text, inverse: true, ...(sorted ? { bold: true } : {}), click })
  }
  return line
}

/** Rows, the one at `selected` (counted from the first shown) marked. */
export function rowLines(
  view: View,
  rows: readonly TableRow[],
  selected: number,
  hitPids: ReadonlySet<number>,
  columns: number,
  look: TableLook = USUAL_LOOK,
): Line[] {
  const placed = placeColumns(view.columns, columns, look.columns)
  return rows.map((row, i) => {
    const hit = row.pid !== null && hitPids.has(row.pid)
    if (look.screenReader) return plain(spokenRow(row, placed, i === selected, hit, Math.floor(columns / 2)), columns)
    const text = rowText(row, placed, view.tree, hit)
    // A sign beside the colour: with NO_COLOR it is all there is. Process numbers of seven digits have no room for it.
    if (i === selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    if (hit) return plain(text, columns, { role: 'alert', bold: true })
    return plain(text, columns, row.ended ? { role: 'dim' } : {})
  })
}
