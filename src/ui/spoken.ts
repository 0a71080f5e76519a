/** A row of the table for somebody who hears it: each figure with its name, none that is nothing, no padding. */
import { fitPath } from '../text/width.ts'
import type { PlacedColumn } from './columns.ts'
import type { Line } from './line.ts'
import type { TableRow, View } from './view.ts'

/** Said before the other columns, without their titles: they name the row. */
const NAMING = ['pid', 'user', 'comm', 'path', 'name']

/** The sign that a process has ended is said in a word. */
function naming({ text, ended }: TableRow, id: string): string {
  return ended && (id === 'comm' || id === 'name') ? text(id).replace(/^×/, '') : text(id)
}

/** In a tree: is there anything in it to be seen, and how many rows hold it. */
function place({ depth, expandable, expanded }: TableRow): string[] {
  return [...(expandable ? [expanded ? 'open' : 'closed'] : []), ...(depth > 0 ? [`level ${depth + 1}`] : [])]
}

/** E.g. `selected: 4711 root cp, WRITE/s 12, BYTES/s 1.5M, HOTTEST FILE /srv/x`. A name takes at most `cells`, so that the figures are heard. */
export function spokenRow(row: TableRow, columns: readonly PlacedColumn[], selected: boolean, hit: boolean, cells: number): string {
  const names = columns
    .filter(({ id }) => NAMING.includes(id))
    .map(({ id, width }) => (width === 0 ? fitPath(naming(row, id), cells).trimEnd() : naming(row, id)))
  const figures = columns.filter(({ id }) => !NAMING.includes(id)).map(({ id, title }) => [title, row.text(id)])
  const said = figures.filter(([, text]) => text !== '').map(([title, text]) => `${title} ${text}`)
  const marks = [row.ended ? 'ended' : '', hit ? 'hit by a rule' : ''].filter((mark) => mark !== '')
  return `${selected ? 'selected: ' : ''}${[names.join(' '), ...place(row), ...marks, ...said].join(', ')}`
}

/** What the titles show by a mark. */
export function spokenOrder({ columns }: Pick<View, 'columns'>, sort: string, reverse: boolean): string {
  return `sorted by ${columns.find(({ id }) => id === sort)?.title ?? sort}${reverse ? ', reversed' : ''}`
}

/** A line that is typed has the blanks that were typed. */
const TYPED = /^(rule|filter|save as)?: /

/** The lines that say something; what stood apart is told apart by commas. */
export function spokenLines(lines: readonly Line[]): Line[] {
  const texts = lines.map((line) => line.map(({ text }) => text).join(''))
  return texts
    .map((text) => (TYPED.test(text) ? text : text.trim().replace(/ {2,}/g, ', ')))
    .filter((text) => text !== '')
    .map((text) => [{ text }])
}
