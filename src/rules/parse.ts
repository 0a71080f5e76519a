/** A rule line to a rule. Errors point at the column and say what would be right. */
import { encodeBytes } from '../text/bytes.ts'
import { ERRNO_NAMES, errnoNumber, SIGNAL_NAMES, signalNumber } from './names.ts'
import { parseObject } from './object.ts'
import { parseQuotaWords } from './quota.ts'
import { type Action, type Condition, MODIFY, RULE_OPS, type Rule, type RuleOp } from './rule.ts'
import { near, Trouble, type Word, words } from './words.ts'

/** `column` counts from 0. */
export type ParsedRule = { ok: true; rule: Rule } | { ok: false; message: string; column: number }

const ACTIONS = ['deny', 'kill', 'freeze', 'ask', 'quota', 'audit']
const KEYS = ['pid', 'comm', 'exe', 'uid', 'user', 'cgroup', 'container']

/** Keys that say the same thing of a process: a rule has one of them. */
const SAME: Record<string, string> = { user: 'uid', container: 'cgroup' }

function parseAction({ text, column }: Word): Exclude<Action, { kind: 'quota' }> {
  const colon = text.indexOf(':')
  const kind = colon < 0 ? text : text.slice(0, colon)
  const detail = colon < 0 ? null : text.slice(colon + 1)
  if (!ACTIONS.includes(kind)) throw new Trouble(`a rule begins with ${ACTIONS.join(', ')}${near(kind, ACTIONS)}`, column)
  if (kind === 'deny') {
    const errno = detail ?? 'EPERM'
    if (errnoNumber(errno) === undefined)
      throw new Trouble(`${errno || 'nothing'} is no error name: deny:EACCES, deny:EROFS, …${near(errno, ERRNO_NAMES)}`, column + 5)
    return { kind: 'deny', errno }
  }
  if (kind === 'kill') {
    const name = detail ?? 'KILL'
    const signal = name.startsWith('SIG') ? name : `SIG${name}`
    if (signalNumber(signal) === undefined)
      throw new Trouble(`${name || 'nothing'} is no signal: kill:TERM, kill:HUP, …${near(signal, SIGNAL_NAMES)}`, column + 5)
    return { kind: 'kill', signal }
  }
  if (detail !== null) throw new Trouble(`${kind} takes nothing after it`, column + kind.length)
  return { kind: kind as 'freeze' | 'ask' | 'audit' }
}

function parseOps({ text, column }: Word): RuleOp[] {
  const named = new Set<RuleOp>()
  let at = column
  for (const part of text.split(',')) {
    if (part === 'modify') for (const op of MODIFY) named.add(op)
    else if (part === 'all') for (const op of RULE_OPS) named.add(op)
    else if ((RULE_OPS as readonly string[]).includes(part)) named.add(part as RuleOp)
    else {
      const known = [...RULE_OPS, 'modify', 'all']
      throw new Trouble(`what is to be stopped? ${known.join(', ')}, joined by commas without blanks${near(part, known)}`, at)
    }
    at += part.length + 1
  }
  return RULE_OPS.filter((op) => named.has(op))
}

function textCondition(key: 'comm' | 'exe' | 'user' | 'cgroup' | 'container', text: string, negate: boolean, column: number): Condition {
  if (text === '') throw new Trouble(`${key}= wants a value right behind it`, column)
  if (key === 'comm' && encodeBytes(text).length > 15) throw new Trouble('the kernel keeps 15 bytes of a name: write the first 15, or exe=/path', column)
  if (key === 'exe' && !text.startsWith('/')) throw new Trouble('write the program’s whole path: exe=/usr/bin/ssh', column)
  return { key, text, negate }
}

function parseCondition({ text, column }: Word): Condition {
  const negate = text.startsWith('!')
  const body = negate ? text.slice(1) : text
  const sign = body.indexOf('=')
  const key = sign < 0 ? body : body.slice(0, sign)
  if (sign < 0 || !KEYS.includes(key))
    throw new Trouble(`by whom? ${KEYS.map((known) => `${known}=`).join(', ')}, with ! before it for all others${near(key, KEYS)}`, column)
  const value = body.slice(sign + 1)
  const valueColumn = column + (negate ? 1 : 0) + sign + 1
  if (key === 'pid') {
    const match = /^([1-9]\d{0,6})(\+?)$/.exec(value)
    if (!match) throw new Trouble('pid= wants a process number, with + for its descendants: pid=4711 or pid=4711+', valueColumn)
    return { key, pid: Number(match[1]), descendants: match[2] === '+', negate }
  }
  if (key === 'uid') {
    if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 32) throw new Trouble('uid= wants a number; user= takes a name', valueColumn)
    return { key, uid: Number(value), negate }
  }
  return textCondition(key as 'comm' | 'exe' | 'user' | 'cgroup' | 'container', value, negate, valueColumn)
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST_MS = 365 * 86_400_000

function parseTtl({ text, column }: Word): number {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) throw new Trouble('for how long? 90s, 10m, 2h, 1d, or together: 1h30m', column)
  let total = 0
  for (const [, digits, unit] of text.matchAll(/(\d+)([smhd])/g)) total += Number(digits) * (UNITS[unit as string] as number)
  if (total < 1000 || total > LONGEST_MS) throw new Trouble('from 1s to 365d; without for, a rule holds until it is disarmed or the program ends', column)
  return total
}

function parseTail(rest: Word[], end: number): { conditions: Condition[]; ttlMs: number | null } {
  const conditions: Condition[] = []
  let ttlMs: number | null = null
  let at = 0
  const plain = (word: Word | undefined, text: string) => word !== undefined && word.quotedFrom < 0 && word.text === text
  if (plain(rest[at], 'by')) {
    at++
    while (at < rest.length && !plain(rest[at], 'for')) {
      const word = rest[at++] as Word
      const condition = parseCondition(word)
      const same = (key: string) => SAME[key] ?? key
      if (conditions.some((known) => same(known.key) === same(condition.key)))
        throw new Trouble(`${condition.key}= is said twice: all conditions of a rule must hold, so make two rules`, word.column)
      conditions.push(condition)
    }
    if (conditions.length === 0) throw new Trouble(`by whom? ${KEYS.map((known) => `${known}=`).join(', ')}`, rest[at]?.column ?? end)
  }
  if (plain(rest[at], 'for')) {
    const word = rest[at + 1]
    if (!word) throw new Trouble('for how long? 90s, 10m, 2h, 1d', end)
    ttlMs = parseTtl(word)
    at += 2
  }
  const left = rest[at]
  if (left) throw new Trouble(`this is too much: after the object come by SUBJECT and for TIME${near(left.text, ['by', 'for'])}`, left.column)
  return { conditions, ttlMs }
}

/** Parses one line; never throws. */
export function parseRule(line: string): ParsedRule {
  try {
    const [action, ops, object, ...rest] = words(line)
    if (!action) throw new Trouble('a rule is wanted: deny write /etc/hosts', 0)
    if (action.text === 'quota') {
      const { quota, rest: tail } = parseQuotaWords([ops, object, ...rest], line.length)
      const { conditions, ttlMs } = parseTail(tail, line.length)
      return { ok: true, rule: { ...quota, conditions, ttlMs } }
    }
    const parsed = parseAction(action)
    if (!ops) throw new Trouble(`what is to be stopped? ${[...RULE_OPS, 'modify', 'all'].join(', ')}`, line.length)
    const named = parseOps(ops)
    if (!object) throw new Trouble('on which file? /etc/hosts, /srv/app/**, **/name, **/*.log', line.length)
    return { ok: true, rule: { action: parsed, ops: named, object: parseObject(object), ...parseTail(rest, line.length) } }
  } catch (error) {
    if (error instanceof Trouble) return { ok: false, message: error.message, column: Math.min(error.column, line.length) }
    throw error
  }
}
