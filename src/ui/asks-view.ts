/** Who waits for an answer, on the screen: a line while one does something else, and a view to answer in. */
import type { Answer, Ask } from '../rules/control.ts'
import { printable } from '../text/printable.ts'
import { duration } from '../text/units.ts'
import { fit, wrap } from '../text/width.ts'
import { type Line, plain } from './line.ts'

/** How long an answer for a process or program stands: t goes through these. ms; null: until its rule goes. */
export const ANSWER_TIMES: readonly (number | null)[] = [null, 60_000, 600_000, 3_600_000]

/** As a word for the screen. */
export function answerTimeText(forMs: number | null): string {
  return forMs === null ? 'as long as the rule is armed' : `for ${duration(forMs)}`
}

/** The file; of a rename or link, source and target. */
function names({ path, target }: Ask): string {
  return target === null ? printable(path) : `${printable(path)} -> ${printable(target)}`
}

function wants(ask: Ask): string {
  return `${printable(ask.comm)} (${ask.pid}) wants to ${ask.ops.join(', ') || 'touch'} ${names(ask)}`
}

/** The default answer and when it comes. */
function fate(ask: Ask, verdict: Answer['verdict'], nowMs: number): string {
  return `${verdict === 'deny' ? 'denied' : 'allowed'} in ${duration(ask.untilMs - nowMs)}`
}

/** One line wherever the user is; none where nobody waits. */
export function waitingLine(asks: readonly Ask[], verdict: Answer['verdict'], nowMs: number, columns: number): Line[] {
  const [first] = asks
  if (!first) return []
  const more = asks.length > 1 ? `, ${asks.length - 1} more` : ''
  const end = ` · ${fate(first, verdict, nowMs)}${more} · w answers`
  const text = ` ${wants(first)}`
  return [[{ text: fit(text, Math.max(10, columns - end.length)).trimEnd() + end, role: 'warn', bold: true, inverse: true, click: { do: 'asks' } }]]
}

export const ASKS_TITLE = `${'LEFT'.padStart(6)} ${'ASKED'.padStart(5)} ${'PID'.padStart(7)} ${'COMM'.padEnd(15)} ${'OPS'.padEnd(12)} PATH`

/** Lines that tell of the selected one, in a body of `room` lines. */
export function askDetailRows(room: number): number {
  return room >= 12 ? 6 : room >= 8 ? 3 : 0
}

function row(ask: Ask, nowMs: number): string {
  const left = duration(ask.untilMs - nowMs)
  return `${left.padStart(6)} ${`${ask.times}×`.padStart(5)} ${String(ask.pid).padStart(7)} ${fit(printable(ask.comm), 15)} ${fit(ask.ops.join(','), 12)} ${names(ask)}`
}

/** The list. */
export function asksLines(asks: readonly Ask[], selected: number | null, scroll: number, nowMs: number, columns: number, room: number): Line[] {
  if (asks.length === 0)
    return wrap('Nobody waits. Rules that ask: a on a process, or ask open /root/.ssh/** by !exe=/usr/bin/ssh.', columns, 2).map((text) =>
      plain(text, columns, { role: 'dim' }),
    )
  return asks.slice(scroll, scroll + room).map((ask) => plain(row(ask, nowMs), columns, ask.id === selected ? { inverse: true } : {}))
}

/** What there is to know of one, and what the keys would do. At most `room` lines. */
export function askDetailLines(ask: Ask, verdict: Answer['verdict'], forMs: number | null, nowMs: number, columns: number, room: number): Line[] {
  const from = [ask.user, ...(ask.container === '' ? [] : [ask.container]), ...ask.parents].map(printable).join(' ← ')
  return [
    plain(`${wants(ask)}: ${fate(ask, verdict, nowMs)}`, columns, { bold: true }),
    plain(`command   ${printable(ask.command || ask.comm)}`, columns),
    plain(`from      ${from}`, columns),
    plain(`program   ${printable(ask.exe || 'cannot be read')}`, columns),
    plain(`y n: exactly this call; p P, e E: every ${printable(ask.covers)} by this process, program`, columns, { role: 'dim' }),
    plain(`rule ${ask.rule}, asked ${ask.times}×, waiting ${duration(nowMs - ask.sinceMs)}; t: process and program ${answerTimeText(forMs)}`, columns, {
      role: 'dim',
    }),
  ].slice(0, room)
}
