/** Texts of an exact width in terminal cells. Everything here expects printable text. */
import stringWidth from 'string-width'
import { exact } from './units.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Characters that are one cell and one grapheme beside each other, whichever they are: ASCII, and this program's own signs, the bars
 * among them. A row with a graph would else take more time than the rest of the screen.
 */
const SIMPLE = /^[\x20-\x7e·×…’▾▴▸›←→↑↓▁-█]*$/

/** Is every UTF-16 unit of it a cell and a grapheme of its own? */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text)
}

/** Cells `text` takes in a terminal: wide characters take two. */
export function width(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text)
}

/** What a reader takes for the characters of `text`; together they are `text`. */
export function graphemes(text: string): string[] {
  return SIMPLE.test(text) ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment)
}

/** The longest beginning of `text` that fits `cells`. */
function head(text: string, cells: number): string {
  if (SIMPLE.test(text)) return text.slice(0, cells)
  let out = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    used += width(segment)
    if (used > cells) break
    out += segment
  }
  return out
}

/** The longest end of `text` that fits `cells`. */
function tail(text: string, cells: number): string {
  if (SIMPLE.test(text)) return cells <= 0 ? '' : text.slice(-cells)
  const segments = graphemes(text)
  let used = 0
  let from = segments.length
  while (from > 0) {
    used += width(segments[from - 1] as string)
    if (used > cells) break
    from--
  }
  return segments.slice(from).join('')
}

/** Exactly `cells` wide: cut with '…' or padded. `cells` >= 0. */
export function fit(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const have = width(text)
  if (have > cells) {
    const cut = cells < 1 ? '' : `${head(text, cells - 1)}…`
    return cut + ' '.repeat(Math.max(0, cells - width(cut)))
  }
  const pad = ' '.repeat(cells - have)
  return align === 'left' ? text + pad : pad + text
}

/** At most `cells` wide; a path is cut in its middle, so that its file system and its file name stay. */
export function fitPath(path: string, cells: number): string {
  if (width(path) <= cells) return path
  if (cells < 1) return ''
  const firstSlash = path.indexOf('/', 1)
  const top = firstSlash > 0 ? path.slice(0, firstSlash + 1) : ''
  const room = cells - 1 - width(top)
  // Too narrow for both ends: the end says more.
  if (room < cells / 2) return `…${tail(path, cells - 1)}`
  return `${top}…${tail(path, room)}`
}

/** Without its last blanks; other white space is text, which may stand in a file's name. */
const withoutBlanks = (text: string) => text.replace(/ +$/, '')

/** `text` on lines of at most `cells` (room for any one character), broken at blanks where there are any; what `most` lines (>= 1) cannot hold is cut with '…'. */
export function wrap(text: string, cells: number, most: number): string[] {
  const lines: string[] = []
  let rest = withoutBlanks(text)
  while (width(rest) > cells && lines.length < most - 1) {
    const whole = head(rest, cells)
    const blank = rest[whole.length] === ' ' ? whole.length : whole.lastIndexOf(' ')
    // A word longer than half a line is broken: a path would leave the line before it nearly empty.
    const at = blank > whole.length / 2 ? blank : whole.length || (graphemes(rest)[0] ?? rest).length
    lines.push(withoutBlanks(rest.slice(0, at)))
    rest = rest.slice(at).replace(/^ +/, '')
  }
  return [...lines, withoutBlanks(fit(rest, cells))]
}

/** The first of the texts that fits `cells`, or else the last: they are given from long to short. */
export function firstFitting(texts: readonly string[], cells: number): string {
  return texts.find((text) => width(text) <= cells) ?? texts.at(-1) ?? ''
}

/** As many of the items as fit `cells` whole, and how many more there are: of `total` where not all are given; null: how many is not known. */
export function listed(items: readonly string[], between: string, cells: number, total: number | null = items.length): string {
  const more = (count: number) => (total === null ? (count < items.length ? ' and others' : '') : count < total ? ` and ${exact(total - count)} more` : '')
  const shown = (count: number) => items.slice(0, count).join(between) + more(count)
  let count = items.length
  // One is always shown, cut where it must be.
  while (count > 1 && width(shown(count)) > cells) count--
  const text = shown(count)
  return width(text) <= cells ? text : fit(items[0] ?? '', Math.max(1, cells - width(more(count)))).trimEnd() + more(count)
}
