/** A row of the table for somebody who hears it: each figure with its name, none that is nothing, no padding. */
import type { ProcessRow } from '../model/model.ts'
import type { ProcessColumn } from '../model/sort.ts'
import { COLUMNS, type Column } from './columns.ts'
import type { Line } from './line.ts'

/** Said before the other columns, without their titles: they name the row. */
const NAMING = ['pid', 'user', 'comm']

/** E.g. `selected: 4711 root cp, WRITE/s 12, BYTES/s 1.5M, HOTTEST FILE /srv/x`. */
export function spokenRow(row: ProcessRow, columns: readonly Column[], selected: boolean, hit: boolean): string {
  const names = columns.filter(({ id }) => NAMING.includes(id)).map(({ id, text }) => (id === 'comm' ? text({ ...row, alive: true }) : text(row)))
  const figures = columns.filter(({ id }) => !NAMING.includes(id)).map(({ title, text }) => [title, text(row)])
  const said = figures.filter(([, text]) => text !== '').map(([title, text]) => `${title} ${text}`)
  const marks = [row.alive ? '' : 'ended', hit ? 'hit by a rule' : ''].filter((mark) => mark !== '')
  return `${selected ? 'selected: ' : ''}${[names.join(' '), ...marks, ...said].join(', ')}`
}

/** What the titles show by a mark. */
export function spokenOrder(sort: ProcessColumn, reverse: boolean): string {
  return `sorted by ${COLUMNS.find(({ id }) => id === sort)?.title ?? sort}${reverse ? ', reversed' : ''}`
}

/** A line that is typed has the blanks that were typed. */
const TYPED = /^(rule|filter): /

/** The lines that say something; what stood apart is told apart by commas. */
export function spokenLines(lines: readonly Line[]): Line[] {
  const texts = lines.map((line) => line.map(({ text }) => text).join(''))
  return texts
    .map((text) => (TYPED.test(text) ? text : text.trim().replace(/ {2,}/g, ', ')))
    .filter((text) => text !== '')
    .map((text) => [{ text }])
}
