/** The quotas on the screen: what is used of them, how fast they fill, who fills them. */
import type { QuotaUse, RuleState } from '../rules/control.ts'
import { printable } from '../text/printable.ts'
import { bytes, count, duration, exact } from '../text/units.ts'
import { fit } from '../text/width.ts'
import { type Line, plain } from './line.ts'

const BAR_CELLS = 10

/** Longer is as good as never. */
const LONGEST_MS = 999 * 86_400_000

export const QUOTAS_TITLE = `${'#'.padStart(5)} ${'STATE'.padEnd(8)} ${'USED'.padStart(5)} ${'LIMIT'.padStart(5)} ${''.padEnd(BAR_CELLS)} ${'%'.padStart(4)} ${'RATE/s'.padStart(6)} ${'FULL IN'.padStart(7)} ${'REFUSED'.padStart(7)} DIRECTORY`

/** Of bytes or of inodes, whichever is fuller: 0 to 1 and beyond. */
function share({ bytes: used, limitBytes, inodes, limitInodes }: QuotaUse): number {
  const of = (have: number, limit: number | null) => (limit === null ? 0 : limit === 0 ? 1 : have / limit)
  return Math.max(of(used, limitBytes), of(inodes, limitInodes))
}

function warnPercent({ rule: { action } }: RuleState): number {
  return action.kind === 'quota' ? action.warnPercent : 100
}

/** ASCII: it is read where other signs may fail. */
function bar(part: number): string {
  const full = Math.max(0, Math.min(BAR_CELLS, Math.round(part * BAR_CELLS)))
  return '#'.repeat(full) + '.'.repeat(BAR_CELLS - full)
}

function signed(rate: number): string {
  return rate < 0 ? `-${bytes(-rate)}` : bytes(rate)
}

function quotaText({ id, state, rule, hits, quota }: RuleState): string {
  const begin = `${String(id).padStart(5)} ${fit(state, 8)}`
  if (!quota) return `${begin} ${' '.repeat(5)} ${' '.repeat(5)} ${' '.repeat(BAR_CELLS)} ${' '.repeat(4 + 6 + 7 + 7 + 3)} ${printable(rule.object.text)}`
  const part = share(quota)
  const cells = [
    ...[
      (bytes(quota.bytes) || '0').padStart(5),
      (bytes(quota.limitBytes) || '0').padStart(5),
      bar(part),
      `${Math.min(9999, Math.floor(part * 100))}`.padStart(4),
    ],
    ...[
      signed(quota.rate).padStart(6),
      (quota.fullMs === null ? '' : quota.fullMs > LONGEST_MS ? '>999d' : duration(quota.fullMs)).padStart(7),
      count(hits).padStart(7),
    ],
  ]
  return `${begin} ${cells.join(' ')} ${printable(rule.object.text)}`
}

export function quotasLines(quotas: readonly RuleState[], selected: number, scroll: number, columns: number, room: number): Line[] {
  if (quotas.length === 0) return [plain('No quotas. Esc, then c on a process caps the directory it writes to.', columns, { dim: true })]
  return quotas.slice(scroll, scroll + room).map((rule, i) => {
    const text = quotaText(rule)
    if (scroll + i === selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    const part = rule.quota ? share(rule.quota) : 0
    return plain(
      text,
      columns,
      rule.state !== 'armed' ? { dim: true } : part >= 1 ? { color: 'red', bold: true } : part * 100 >= warnPercent(rule) ? { color: 'yellow' } : {},
    )
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
  const title = plain(`rule ${rule.id}: ${rule.text}`, columns, { bold: true })
  if (!quota) return [title].slice(0, room)
  const inodes = `${exact(quota.inodes)}${quota.limitInodes === null ? '' : ` of ${exact(quota.limitInodes)}`} files and directories`
  const who = quota.writers
    .map(({ comm, pid, processes, bytes: own }) => `${printable(comm)} ${processes > 1 ? `(${processes} processes)` : pid}: ${bytes(own)}`)
    .join(', ')
  const lines = [
    title,
    plain(`${exact(quota.bytes)} of ${exact(quota.limitBytes)} bytes, ${inodes}; ${countedText(quota, nowMs)}`, columns),
    plain(who === '' ? 'nobody has made it grow yet' : `grown by ${who}`, columns),
  ]
  if (rule.exempted > 0)
    lines.push(plain(`let pass ${exact(rule.exempted)} calls beyond the limit by this program, its ancestors or what is protected`, columns, { dim: true }))
  for (const path of quota.failed) lines.push(plain(`not counted: ${printable(path)}`, columns, { color: 'yellow' }))
  return lines.slice(0, room)
}
