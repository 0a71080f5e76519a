/** Rules on the screen: what the line being written would do, the list of them, what they just did. Plain data to lines. */
import type { Enforcement, RuleHit, RuleState } from '../rules/control.ts'
import { othersBadge } from '../rules/others.ts'
import { harmless, literal, printable } from '../text/printable.ts'
import { count, duration, exact } from '../text/units.ts'
import { fit, wrap } from '../text/width.ts'
import { type Line, plain } from './line.ts'
import type { Preview } from './preview.ts'

/** Processes that a preview names, at most; how many more there are is said. */
const MAX_NAMED = 12

/** Who would have been hit, in one line; for a quota, who writes there. */
export function previewText({ operations, processes, seconds, upTo, anybody, forgotten, unnamed }: Preview, quota = false, named = MAX_NAMED): string {
  const nobody = forgotten + unnamed > 0 ? 'nobody that is remembered' : 'nobody'
  if (quota && processes.length === 0) return `counts what is there first, then holds the limit; ${nobody} wrote there in the last ${seconds} s`
  if (processes.length === 0) return `would have hit ${nobody} in the last ${seconds} s`
  const hit = processes.filter((process) => !process.exempt).length
  const first = processes
    .slice(0, named)
    .map(({ comm, pid, operations: own, exempt }) => `${printable(comm)} ${pid}${exempt ? ' (exempt)' : `: ${exact(own)}`}`)
  const names = processes.length > named ? [...first, `and ${processes.length - named} more`] : first
  const what = `${upTo ? 'up to ' : ''}${exact(operations)} ${operations === 1 ? 'operation' : 'operations'}`
  if (quota) return `counts what is there first; ${what} there in the last ${seconds} s: ${names.join(', ')}`
  const whoever = anybody ? `, whoever ${hit === 1 ? 'it is' : 'they are'},` : ''
  return `would have hit ${what} of ${hit} ${hit === 1 ? 'process' : 'processes'}${whoever} in the last ${seconds} s: ${names.join(', ')}`
}

/** What is not in that line, since it cannot be told whom a rule would have hit there; '': nothing. */
export function forgottenText({ forgotten, forgottenUpTo, unnamed }: Preview): string {
  const some = (count: number) => `${exact(count)} ${count === 1 ? 'operation' : 'operations'}`
  const parts = []
  if (forgotten > 0) parts.push(`and ${forgottenUpTo ? 'up to ' : ''}${exact(forgotten)} more by processes that are remembered no more`)
  if (unnamed > 0) parts.push(`${some(unnamed)} on files that are remembered no more may be meant too`)
  return parts.join('; ')
}

/** How rules are enforced, for the header; before the first rule only that another fswatch-tui enforces some. */
export function badge({ way, skipped, others = [] }: Enforcement, states: readonly RuleState[]): Line {
  const beside = othersBadge(others)
  if (way === 'idle') return others.some(({ isFswatch }) => isFswatch) ? [{ text: `  ${beside}`, role: 'warn' }] : []
  if (way === 'none') return [{ text: '  no brake here', role: 'warn' }]
  const armed = states.filter(({ state }) => state === 'armed').length
  const line: Line = [{ text: `  ${armed} ${armed === 1 ? 'rule' : 'rules'} by ${way}`, role: armed > 0 ? 'alert' : 'accent', bold: armed > 0 }]
  if (skipped > 0) line.push({ text: ` (${exact(skipped)} touches not judged)`, role: 'alert' })
  if (beside !== '') line.push({ text: ` ${beside}`, role: 'warn' })
  return line
}

/** A store through a mapping that is older than the rule cannot be refused. */
function storeText(kind: RuleState['rule']['action']['kind'], store: NonNullable<RuleHit['store']>, process: string, path: string): string {
  if (store === 'passed') return `${kind === 'audit' ? 'saw' : 'could not refuse'} a store of ${process} through its mapping of ${path}`
  const stopped = `${store} ${process} before a store through its old mapping of ${path}`
  return store === 'killed' ? stopped : `${stopped}; once it is resumed its stores pass (K in the rules view kills it)`
}

/** What a rule just did. */
export function hitText({ rule, pid, comm, path, refused, store }: RuleHit, more: number): string {
  const others = more > 0 ? `, and ${exact(more)} more` : ''
  if (store) return `rule ${rule.id} ${storeText(rule.rule.action.kind, store, `${printable(comm)} ${pid}`, printable(path))}${others}`
  const did = { deny: 'refused', kill: 'killed', freeze: 'froze', ask: refused === '' ? 'holds' : 'refused', quota: 'refused', audit: 'saw' }[
    rule.rule.action.kind
  ]
  return `rule ${rule.id} ${did} ${printable(comm)} ${pid} on ${printable(path)}${refused === '' ? '' : ` (${refused})`}${others}`
}

/** Column titles of the view of rules. */
export const RULES_TITLE = `${'#'.padStart(5)} ${'STATE'.padEnd(8)} ${'HITS'.padStart(5)} ${'EXEMPT'.padStart(6)} ${'LAST'.padStart(8)} ${'LEFT'.padStart(7)} RULE`

function ruleText({ id, state, hits, exempted, lastMs, expiresMs, text }: RuleState, nowMs: number): string {
  const last = lastMs === null ? '' : `${duration(nowMs - lastMs)} ago`
  const left = state !== 'armed' || expiresMs === null ? '' : duration(expiresMs - nowMs)
  return `${String(id).padStart(5)} ${fit(state, 8)} ${count(hits).padStart(5)} ${count(exempted).padStart(6)} ${fit(last, 8, 'right')} ${fit(left, 7, 'right')} ${literal(text)}`
}

/** The rules view's body. */
export function rulesLines(states: readonly RuleState[], selected: number, scroll: number, nowMs: number, columns: number, room: number): Line[] {
  if (states.length === 0)
    return wrap('No rules. Esc, then d on a process denies, x kills, f freezes, a asks, A audits.', columns, 2).map((text) =>
      plain(text, columns, { role: 'dim' }),
    )
  return states.slice(scroll, scroll + room).map((rule, i) => {
    const text = ruleText(rule, nowMs)
    if (scroll + i === selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    return plain(text, columns, rule.state !== 'armed' ? { role: 'dim' } : rule.hits > 0 ? { role: 'alert' } : {})
  })
}

/** Lines that what is not known may take; and those that are named by a rule that kills or freezes them. */
const [DOUBT_ROWS, NAMED_ROWS] = [2, 3]

/** Notes in a preview, at most; each has a line. */
const MAX_NOTES = 4

/** The notes that have room, and a sentence with the number of the others. */
function shownNotes(notes: readonly string[]): string[] {
  return notes.length <= MAX_NOTES ? [...notes] : [...notes.slice(0, MAX_NOTES - 1), `and ${notes.length - MAX_NOTES + 1} more, told when it is armed`]
}

/** In place of a preview: such a rule cannot be enforced, and why. */
export function inabilityLines(why: string, columns: number): Line[] {
  return wrap(harmless(`cannot be enforced here: ${why}`), columns, NAMED_ROWS).map((part) => plain(part, columns, { role: 'warn' }))
}

/** The preview in at most `rows` lines: it names fewer processes where not all fit, and says how many more there are. */
function fittedLines(preview: Preview, columns: number, rows: number): string[] {
  for (let named = MAX_NAMED; named > 1; named--) {
    const lines = wrap(previewText(preview, false, named), columns, rows + 1)
    if (lines.length <= rows) return lines
  }
  return wrap(previewText(preview, false, 1), columns, rows)
}

/** What the rule being written would do, below its line; and how much of that is not known. `rows`: for the processes that it kills or freezes. */
export function previewLines(text: string, preview: Preview | null, columns: number, rows = NAMED_ROWS): Line[] {
  if (!preview) return []
  const doubts = [...shownNotes(preview.notes ?? []), forgottenText(preview), preview.guess ?? ''].filter((doubt) => doubt !== '')
  return [
    ...(/^(kill|freeze)\b/.test(text) ? fittedLines(preview, columns, rows) : [previewText(preview, text.startsWith('quota '))]).map((part) =>
      plain(part, columns, { role: 'accent' }),
    ),
    ...doubts.flatMap((doubt) => wrap(doubt, columns, DOUBT_ROWS)).map((part) => plain(part, columns, { role: 'warn' })),
  ]
}
