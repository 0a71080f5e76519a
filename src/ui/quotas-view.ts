/** The quotas on the screen: what is used of them, how fast they fill, who fills them. */
import type { QuotaUse, RuleState } from '../rules/control.ts'
import { fillLevel, fillOf } from '../rules/fill.ts'
import { literal, printable } from '../text/printable.ts'
import { bytes, count, duration, exact } from '../text/units.ts'
import { fit, wrap } from '../text/width.ts'
import { type Line, plain, type Segment } from './line.ts'

const BAR_CELLS = 10

/** Longer is as good as never. */
const LONGEST_MS = 999 * 86_400_000

interface Figure {
  title: string
  cells: number
  text: (quota: QuotaUse, rule: RuleState) => string
}

/** What stands between a quota's state and its directory. */
const FIGURES: readonly Figure[] = [
  { title: 'USED', cells: 5, text: (quota) => bytes(quota.bytes) || '0' },
  { title: 'LIMIT', cells: 5, text: (quota) => bytes(quota.limitBytes) || '0' },
  { title: '', cells: BAR_CELLS, text: (quota) => bar(fillOf(quota)) },
  { title: '%', cells: 4, text: (quota) => String(Math.min(9999, Math.floor(fillOf(quota) * 100))) },
  { title: 'RATE/s', cells: 6, text: ({ rate }) => (rate < 0 ? `-${bytes(-rate)}` : bytes(rate)) },
  { title: 'FULL IN', cells: 7, text: fullIn },
  { title: 'REFUSED', cells: 7, text: (_, { hits }) => count(hits) },
]

/** ASCII: it is read where other signs may fail. */
function bar(fill: number): string {
  const full = Math.max(0, Math.min(BAR_CELLS, Math.round(fill * BAR_CELLS)))
  return '#'.repeat(full) + '.'.repeat(BAR_CELLS - full)
}

function fullIn({ fullMs }: QuotaUse): string {
  if (fullMs === null) return ''
  return fullMs > LONGEST_MS ? '>999d' : duration(fullMs)
}

/** How it is doing, in a few words: '4.1G of 10G (41 %), grows 1.2M/s, full in 2h05m'. */
export function usedText(quota: QuotaUse): string {
  const { bytes: used, limitBytes, rate } = quota
  const grows = rate === 0 ? '' : `, ${rate > 0 ? 'grows' : 'shrinks'} ${bytes(Math.abs(rate))}/s`
  const full = fullIn(quota)
  return `${bytes(used) || '0'} of ${bytes(limitBytes) || '0'} (${Math.floor(fillOf(quota) * 100)} %)${grows}${full === '' ? '' : `, full in ${full}`}`
}

function row(id: string, state: string, textOf: (figure: Figure) => string, directory: string): string {
  return [id.padStart(5), fit(state, 8), ...FIGURES.map((figure) => textOf(figure).padStart(figure.cells)), directory].join(' ')
}

/** The line above the quotas. */
export const QUOTAS_TITLE = row('#', 'STATE', ({ title }) => title, 'DIRECTORY')

function quotaText(rule: RuleState): string {
  const { id, state, quota } = rule
  // Nothing is known of it before its count begins.
  return row(String(id), state, ({ text }) => (quota ? text(quota, rule) : ''), printable(rule.rule.object.text))
}

function styleOf({ state, quota, rule: { action } }: RuleState): Omit<Segment, 'text'> {
  if (state !== 'armed') return { role: 'dim' }
  if (!quota || action.kind !== 'quota') return {}
  const looks = { nothing: {}, warned: { role: 'warn' }, full: { role: 'alert', bold: true } } as const
  return looks[fillLevel(fillOf(quota), action.warnPercent)]
}

/** The list, at most `room` lines from the one at `scroll` on. */
export function quotasLines(quotas: readonly RuleState[], selected: number, scroll: number, columns: number, room: number): Line[] {
  if (quotas.length === 0)
    return wrap('No quotas. Esc, then c on a process caps the directory it writes to.', columns, 2).map((text) => plain(text, columns, { role: 'dim' }))
  return quotas.slice(scroll, scroll + room).map((rule, i) => {
    const text = quotaText(rule)
    return scroll + i === selected ? plain(text.replace(/^ /, '>'), columns, { inverse: true }) : plain(text, columns, styleOf(rule))
  })
}

/** Lines it takes of a body of `room` lines. */
export function quotaDetailRows(room: number): number {
  return room >= 12 ? 6 : room >= 8 ? 3 : 0
}

function countedText({ countedMs, uncertain }: QuotaUse, nowMs: number): string {
  if (countedMs === null) return 'being counted: nothing is refused yet (x stops it)'
  const when = `counted ${duration(nowMs - countedMs)} ago`
  return uncertain === 0 ? `${when}, exactly` : `${when}, while ${bytes(uncertain)} came or went: up to so much may be wrong until the next count`
}

/** What there is to know of one. At most `room` lines. */
export function quotaDetailLines(rule: RuleState, nowMs: number, columns: number, room: number): Line[] {
  const { quota } = rule
  const title = plain(`rule ${rule.id}: ${literal(rule.text)}`, columns, { bold: true })
  if (!quota) return [title].slice(0, room)
  const inodes = `${exact(quota.inodes)}${quota.limitInodes === null ? '' : ` of ${exact(quota.limitInodes)}`} ${quota.inodes === 1 && quota.limitInodes === null ? 'file or directory' : 'files and directories'}`
  const who = quota.writers
    .map(({ comm, pid, processes, bytes: own }) => `${printable(comm)} ${processes > 1 ? `(${processes} processes)` : pid}: ${bytes(own)}`)
    .join(', ')
  const lines = [
    title,
    plain(`${exact(quota.bytes)} of ${exact(quota.limitBytes)} bytes, ${inodes}; ${countedText(quota, nowMs)}`, columns),
    plain(who === '' ? 'nobody has made it grow yet' : `grown by ${who}`, columns),
  ]
  if (rule.exempted > 0)
    lines.push(plain(`let pass ${exact(rule.exempted)} calls beyond the limit by this program, its ancestors or what is protected`, columns, { role: 'dim' }))
  for (const path of quota.failed) lines.push(plain(`not counted: ${printable(path)}`, columns, { role: 'warn' }))
  return lines.slice(0, room)
}
