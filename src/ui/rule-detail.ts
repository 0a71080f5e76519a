/** What the rules view tells of the selected rule, below the list: who was hit, who holds the file, how it is enforced. */
import type { Enforcement, RuleState } from '../rules/control.ts'
import { othersSentences } from '../rules/others.ts'
import { harmless, literal, printable } from '../text/printable.ts'
import { exact } from '../text/units.ts'
import { wrap } from '../text/width.ts'
import { type Line, plain } from './line.ts'

/** What K and Z ask to be pressed again for. */
export type Confirm = { id: number; signal: 'SIGKILL' | 'SIGSTOP' } | null

/** Lines it takes of a body of `room` lines: the list comes first. */
export function detailRows(room: number): number {
  return room >= 16 ? 8 : room >= 10 ? 4 : 0
}

function named({ comm, pid }: { comm: string; pid: number }): string {
  return `${printable(comm)} ${pid}`
}

function hitLine({ processes, hits }: RuleState): string {
  if (hits === 0) return 'hit nobody yet'
  const shown = processes.slice(0, 8).map((process) => `${named(process)}: ${exact(process.hits)}`)
  return `hit ${shown.join(', ')}${processes.length > 8 ? `, and ${processes.length - 8} more` : ''}`
}

function holderLines({ id, holders }: RuleState, confirm: Confirm, columns: number): Line[] {
  const mapped = holders.filter(({ how }) => how === 'mapped')
  const open = holders.filter(({ how }) => how === 'open')
  const lines: Line[] = []
  if (mapped.length > 0) {
    const who = mapped.map(named).join(', ')
    const does = confirm?.signal === 'SIGKILL' ? 'kill' : 'stop'
    const seen = mapped.every(({ storesSeen }) => storesSeen) ? 'its stores are seen, but cannot be refused' : 'can still store into it'
    const text = confirm?.id === id ? `press again to ${does} ${who}` : `mapped it before the rule, and ${seen}: ${who} (K kills, Z stops)`
    lines.push(plain(text, columns, { role: 'warn', bold: true }))
  }
  if (open.length > 0) lines.push(plain(`had it open for writing: ${open.map(named).join(', ')}`, columns, { role: 'warn' }))
  return lines
}

/** How rules are enforced, which other programs decide, and why no better way is used; before the first rule only the other programs. */
export function enforcementLines({ way, why, others = [] }: Enforcement, columns: number): Line[] {
  const told = [...othersSentences(others), ...(way === 'idle' ? [] : why)].flatMap((text) => wrap(`- ${harmless(text)}`, columns, 3))
  const title = `${way === 'none' ? 'rules cannot be enforced here' : `enforced by ${way}`}${told.length > 0 ? ':' : ''}`
  return [...(way === 'idle' ? [] : [title]), ...told].map((text) => plain(text, columns, { role: 'dim' }))
}

/** At most `room` lines. */
export function detailLines(rule: RuleState, enforcement: Enforcement, confirm: Confirm, columns: number, room: number): Line[] {
  const lines = [
    plain(`rule ${rule.id}: ${literal(rule.text)}`, columns, { bold: true }),
    plain(hitLine(rule), columns, {}),
    ...holderLines(rule, confirm, columns),
  ]
  if (rule.exempted > 0)
    lines.push(plain(`let pass ${exact(rule.exempted)} touches by this program, its ancestors or what is protected`, columns, { role: 'dim' }))
  if (rule.signalsFailed > 0) lines.push(plain(`${exact(rule.signalsFailed)} signals could not be sent`, columns, { role: 'alert' }))
  if (rule.unreported) lines.push(plain(`${exact(rule.unreported)} of the hits were too many at a time to be told one by one`, columns, { role: 'dim' }))
  if (rule.unsure > 0)
    lines.push(plain(`${exact(rule.unsure)} of the hits on the safe side: the way up, or the arguments, did not tell`, columns, { role: 'dim' }))
  return [...lines, ...enforcementLines(enforcement, columns)].slice(0, room)
}
