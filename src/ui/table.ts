/** The one table that shows every view: titles above, a window of rows below. */
import { fit } from '../text/width.ts'
import { placeColumns, rowText } from './columns.ts'
import { type Line, plain } from './line.ts'
import type { Look } from './trail.ts'
import type { TableRow, View } from './view.ts'

/** The titles, with a mark at the column that rows are sorted by; `choosing`: another is being chosen. */
export function titleLine({ columns: all }: View, { sort, reverse }: Pick<Look, 'sort' | 'reverse'>, choosing: boolean, columns: number): Line {
  const line: Line = []
  for (const [i, column] of placeColumns(all, columns).entries()) {
    const sorted = column.id === sort
    const mark = reverse ? '▴' : '▾'
    // The mark takes the blank before the column, so that titles stay above their numbers; the first column has padding instead.
    if (i > 0) line.push({ text: sorted ? mark : ' ', inverse: true })
    const title = i === 0 && sorted ? mark + column.title : column.title
    const text = fit(title, column.cells, column.align)
    line.push(sorted && choosing ? { text, bold: true, color: 'yellow' } : { text, inverse: true, ...(sorted ? { bold: true } : {}) })
  }
  return line
}

/** Rows, the one at `selected` (counted from the first shown) marked. */
export function rowLines(view: View, rows: readonly TableRow[], selected: number, hitPids: ReadonlySet<number>, columns: number): Line[] {
  const placed = placeColumns(view.columns, columns)
  return rows.map((row, i) => {
    const hit = row.pid !== null && hitPids.has(row.pid)
    const text = rowText(row, placed, view.tree, hit)
    // A sign beside the colour: with NO_COLOR it is all there is. Process numbers of seven digits have no room for it.
    if (i === selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    if (hit) return plain(text, columns, { color: 'red', bold: true })
    return plain(text, columns, row.ended ? { dim: true } : {})
  })
}
