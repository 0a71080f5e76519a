/** A list below the table, to choose from while the table is still to be seen. Pure. */
import { clip, type Line, plain } from './line.ts'

/** What it says; the selected row is marked. */
export interface Panel {
  title: string
  rows: readonly string[]
  at: number
  /** said where there are no rows */
  none: string
}

/** Rows of the table that stay, where there is room for both. */
const TABLE_ROWS = 4

/** Lines it takes of `room`. */
export function panelRows({ rows }: Panel, room: number): number {
  const most = Math.max(Math.min(3, room - 1), room - TABLE_ROWS)
  return Math.max(0, Math.min(most, 1 + Math.max(1, rows.length)))
}

/** As many lines as `panelRows` says. `spoken`: to be heard, so that what is marked is said. */
export function panelLines(panel: Panel, columns: number, room: number, spoken: boolean): Line[] {
  const lines = panelRows(panel, room)
  if (lines === 0) return []
  const { title, rows, at, none } = panel
  const shown = lines - 1
  const from = Math.max(0, Math.min(at - Math.floor(shown / 2), rows.length - shown))
  const more = rows.length > shown ? `  (${at + 1} of ${rows.length})` : ''
  const head = clip(
    [
      { text: title, bold: true, role: 'accent' },
      { text: more, role: 'dim' },
    ],
    columns,
  )
  const body = rows.slice(from, from + shown).map((text, i) => {
    const selected = from + i === at
    if (spoken) return plain(`${selected ? 'selected: ' : ''}${text}`, columns)
    return plain(`${selected ? '>' : ' '}${text}`, columns, selected ? { inverse: true } : {})
  })
  const all = [head, ...(rows.length === 0 ? [plain(none, columns, { role: 'dim' })] : body)].slice(0, lines)
  while (all.length < lines) all.push([{ text: '' }])
  return all
}
