/** Rules on the screen: the line being written, the list of them, what they just did. Plain data to lines. */

import type { ProcessRow } from '../model/model.ts'
import type { Enforcement, RuleHit, RuleState } from '../rules/control.ts'
import { printRule } from '../rules/print.ts'
import { type Action, MODIFY, QUOTA_OPS, QUOTA_WARN_PERCENT, type Rule } from '../rules/rule.ts'
import { literal, printable } from '../text/printable.ts'
import { count, duration, exact } from '../text/units.ts'
import { fit } from '../text/width.ts'
import { type Line, plain } from './line.ts'
import type { Preview } from './preview.ts'

const ACTIONS: Record<Exclude<Action['kind'], 'quota'>, Action> = {
  deny: { kind: 'deny', errno: 'EPERM' },
  kill: { kind: 'kill', signal: 'SIGKILL' },
  freeze: { kind: 'freeze' },
  ask: { kind: 'ask' },
  audit: { kind: 'audit' },
}

/**
 * The rule a key proposes for a row: what it does to its hottest file (changes, or else opening and reading), by this process; to all
 * files, where none is known by its path.
 */
export function draftRule(kind: Action['kind'], row: ProcessRow): string {
  const { hottest } = row
  const known = hottest && !hottest.cut && !hottest.noMount && !hottest.asGiven && !hottest.deleted
  if (kind === 'quota') return draftQuota(known ? hottest.path : '/')
  const changes = row.total.writes + row.total.mmapPages + row.total.changes > 0
  const rule: Rule = {
    action: ACTIONS[kind],
    ops: changes ? [...MODIFY] : ['open', 'read'],
    object: known ? { kind: 'file', text: hottest.path } : { kind: 'tree', text: '/' },
    conditions: row.alive ? [{ key: 'pid', pid: row.pid, descendants: false, negate: false }] : [{ key: 'comm', text: row.comm, negate: false }],
    ttlMs: null,
  }
  return printRule(rule)
}

/** The size is to be written over: what is there is not known before it is counted. */
function draftQuota(path: string): string {
  const directory = path.slice(0, Math.max(1, path.lastIndexOf('/')))
  const action = { kind: 'quota', bytes: 10 * 2 ** 30, inodes: null, warnPercent: QUOTA_WARN_PERCENT } as const
  return printRule({ action, ops: [...QUOTA_OPS], object: { kind: 'tree', text: directory }, conditions: [], ttlMs: null })
}

/** Who would have been hit, in one line; for a quota, who writes there. */
export function previewText({ operations, processes, seconds, upTo }: Preview, quota = false): string {
  if (quota && processes.length === 0) return `counts what is there first, then holds the limit; nobody wrote there in the last ${seconds} s`
  if (processes.length === 0) return `would have hit nothing in the last ${seconds} s`
  const hit = processes.filter((process) => !process.exempt).length
  const names = processes.map(({ comm, pid, operations: own, exempt }) => `${printable(comm)} ${pid} ${exempt ? '(exempt)' : exact(own)}`)
  const what = `${upTo ? 'up to ' : ''}${exact(operations)} ${operations === 1 ? 'operation' : 'operations'}`
  if (quota) return `counts what is there first; ${what} there in the last ${seconds} s: ${names.join(', ')}`
  return `would have hit ${what} of ${hit} ${hit === 1 ? 'process' : 'processes'} in the last ${seconds} s: ${names.join(', ')}`
}

/** How rules are enforced, for the header; nothing before the first rule. */
export function badge({ way, skipped }: Enforcement, states: readonly RuleState[]): Line {
  if (way === 'idle') return []
  if (way === 'none') return [{ text: '  no brake here', role: 'warn' }]
  const armed = states.filter(({ state }) => state === 'armed').length
  const line: Line = [{ text: `  ${armed} ${armed === 1 ? 'rule' : 'rules'} by ${way}`, role: armed > 0 ? 'alert' : 'accent', bold: armed > 0 }]
  if (skipped > 0) line.push({ text: ` (${exact(skipped)} touches not judged)`, role: 'alert' })
  return line
}

/** What a rule just did. */
export function hitText({ rule, pid, comm, path, refused }: RuleHit, more: number): string {
  const did = { deny: 'refused', kill: 'killed', freeze: 'froze', ask: refused === '' ? 'holds' : 'refused', quota: 'refused', audit: 'saw' }[
    rule.rule.action.kind
  ]
  return `rule ${rule.id} ${did} ${printable(comm)} ${pid} on ${printable(path)}${refused === '' ? '' : ` (${refused})`}${more > 0 ? `, and ${exact(more)} more` : ''}`
}

export const RULES_TITLE = `${'#'.padStart(5)} ${'STATE'.padEnd(8)} ${'HITS'.padStart(5)} ${'EXEMPT'.padStart(6)} ${'LAST'.padStart(8)} ${'LEFT'.padStart(7)} RULE`

function ruleText({ id, state, hits, exempted, lastMs, expiresMs, text }: RuleState, nowMs: number): string {
  const last = lastMs === null ? '' : `${duration(nowMs - lastMs)} ago`
  const left = state !== 'armed' || expiresMs === null ? '' : duration(expiresMs - nowMs)
  return `${String(id).padStart(5)} ${fit(state, 8)} ${count(hits).padStart(5)} ${count(exempted).padStart(6)} ${fit(last, 8, 'right')} ${fit(left, 7, 'right')} ${literal(text)}`
}

/** The rules view's body. */
export function rulesLines(states: readonly RuleState[], selected: number, scroll: number, nowMs: number, columns: number, room: number): Line[] {
  if (states.length === 0) return [plain('No rules. Esc, then d on a process denies, x kills, f freezes, a asks, A audits.', columns, { role: 'dim' })]
  return states.slice(scroll, scroll + room).map((rule, i) => {
    const text = ruleText(rule, nowMs)
    if (scroll + i === selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    return plain(text, columns, rule.state !== 'armed' ? { role: 'dim' } : rule.hits > 0 ? { role: 'alert' } : {})
  })
}

/** What the rule being written would do, below its line. */
export function previewLines(text: string, preview: Preview | null, columns: number): Line[] {
  return preview ? [plain(previewText(preview, text.startsWith('quota ')), columns, { role: 'accent' })] : []
}
