/** The line that is typed into, drawn: as much of it as fits around the cursor, and below it what is wrong with it, where it is wrong. */
import { harmless, literal } from '../text/printable.ts'
import { graphemes, width, wrap } from '../text/width.ts'
import { clip, type Line, plain } from './line.ts'
import type { EditedLine } from './line-edit.ts'

/** Why a text is not what it should be, and at which of its UTF-16 units. */
export interface Trouble {
  message: string
  column: number
}

interface Piece {
  /** as it is shown */
  text: string
  cells: number
  /** UTF-16 units of the line before it */
  from: number
}

/** One for each grapheme, and a blank behind the last: the cursor stands there while one types. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const grapheme of graphemes(text)) {
    const shown = literal(grapheme)
    // A mark with nothing to stand on has no cell of its own: it gets the circle that Unicode has for this.
    const piece = width(shown) > 0 ? shown : `\u25cc${shown}`
    pieces.push({ text: piece, cells: width(piece), from })
    from += grapheme.length
  }
  return [...pieces, { text: ' ', cells: 1, from }]
}

/** A run of pieces around `middle` that fits `cells`, as much before as behind, or all of one side's room where the other ends. */
function around(pieces: readonly Piece[], middle: number, cells: number): [number, number] {
  let [start, end, used] = [middle, middle + 1, pieces[middle]?.cells ?? 0]
  for (let before = true; ; before = !before) {
    const [left, right] = [pieces[start - 1], pieces[end]]
    const fitsLeft = left !== undefined && used + left.cells <= cells
    const fitsRight = right !== undefined && used + right.cells <= cells
    if (!fitsLeft && !fitsRight) return [start, end]
    if (fitsLeft && (before || !fitsRight)) used += pieces[--start]?.cells ?? 0
    else used += pieces[end++]?.cells ?? 0
  }
}

/** Which pieces are shown in `cells`: all, or the end, or the beginning, or what is around the cursor. */
function shownPieces(pieces: readonly Piece[], cursor: number, cells: number): [number, number] {
  const sum = (from: number, to: number) => pieces.slice(from, to).reduce((total, piece) => total + piece.cells, 0)
  if (sum(0, pieces.length) <= cells) return [0, pieces.length]
  // A cell for each '…'.
  const [start] = around(pieces, pieces.length - 1, cells - 1)
  if (cursor >= start) return [start, pieces.length]
  const [, end] = around(pieces, 0, cells - 1)
  if (cursor < end) return [0, end]
  return around(pieces, cursor, cells - 2)
}

/** What is wrong, with an arrow under the place; `x`: its cell. The sentence stands on the side that has room for it, or else below. */
function troubleLines(message: string, x: number, columns: number): Line[] {
  const text = harmless(message)
  const cells = width(text) + 2
  const yellow = (shown: string) => plain(shown, columns, { role: 'warn' })
  if (cells > columns) return [`${' '.repeat(x)}↑`, ...wrap(text, columns, 2)].map(yellow)
  if (x + cells > columns && cells <= x + 1) return [yellow(`${' '.repeat(x + 1 - cells)}${text} ↑`)]
  return [yellow(`${' '.repeat(Math.min(x, columns - cells))}↑ ${text}`)]
}

/** `label` and the line, the cell of the cursor inverse; below, what is wrong with it, if anything. */
export function promptLines(label: string, line: EditedLine, trouble: Trouble | null, columns: number): Line[] {
  const pieces = piecesOf(line.text)
  const cursor = Math.max(
    0,
    pieces.findLastIndex(({ from }) => from <= line.cursor),
  )
  const [start, end] = shownPieces(pieces, cursor, columns - width(label))
  const text = (from: number, to: number) => ({
    text: pieces
      .slice(from, to)
      .map((piece) => piece.text)
      .join(''),
  })
  const drawn = clip(
    [
      { text: label, bold: true },
      ...(start > 0 ? [{ text: '…', role: 'dim' as const }] : []),
      ...(cursor > start ? [text(start, cursor)] : []),
      { ...text(cursor, cursor + 1), inverse: true },
      ...(cursor + 1 < end ? [text(cursor + 1, end)] : []),
      ...(end < pieces.length ? [{ text: '…', role: 'dim' as const }] : []),
    ],
    columns,
  )
  if (!trouble) return [drawn]
  const wrong = Math.max(
    start,
    Math.min(
      end,
      pieces.findLastIndex(({ from }) => from <= trouble.column),
    ),
  )
  const x = width(label) + (start > 0 ? 1 : 0) + pieces.slice(start, wrong).reduce((sum, piece) => sum + piece.cells, 0)
  return [drawn, ...troubleLines(trouble.message, x, columns)]
}
