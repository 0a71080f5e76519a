/** A rule as numbers and places: what the kernel side is given. */
import { errnoNumber, signalNumber } from './names.ts'
import { type Condition, opMask, type Rule, type RuleObject } from './rule.ts'

/** In the numbering of `enum rule_action` in bpf/guard.h. */
export const ACTIONS = ['audit', 'deny', 'kill', 'freeze', 'ask'] as const

export interface CompiledRule {
  /** index in ACTIONS */
  action: number
  /** positive; what a refused call returns; 0 where none is refused */
  errno: number
  /** 0 where none is sent */
  signal: number
  /** bits by RULE_OPS */
  ops: number
  object: RuleObject
  conditions: Condition[]
  /** ms, or null */
  ttlMs: number | null
}

const EPERM = 1

/** RULE_OPEN_NEW in bpf/guard.h: a file is about to be made by opening it. */
const OPEN_NEW = 1 << 9

/**
 * Who wants to be asked of opens must be asked before an open makes its file: asked half way, the open would be made again and find
 * the file there (O_EXCL).
 */
function askMask(ops: Rule['ops']): number {
  return opMask(ops) | (ops.some((op) => op === 'open' || op === 'read' || op === 'write') ? OPEN_NEW : 0)
}

/** `dryRun` turns every action into audit. A quota is no such rule: throws. */
export function compileRule(rule: Rule, dryRun = false): CompiledRule {
  const action = dryRun ? ({ kind: 'audit' } as const) : rule.action
  if (action.kind === 'quota') throw new Error('a quota is kept by counting, not by matching')
  return {
    action: ACTIONS.indexOf(action.kind),
    // A signal alone does not stop the call in progress, so kill refuses it too.
    errno: action.kind === 'deny' ? (errnoNumber(action.errno) ?? EPERM) : action.kind === 'kill' ? EPERM : 0,
    signal: action.kind === 'kill' ? (signalNumber(action.signal) ?? 0) : 0,
    ops: action.kind === 'ask' ? askMask(rule.ops) : opMask(rule.ops),
    object: rule.object,
    conditions: rule.conditions,
    ttlMs: rule.ttlMs,
  }
}
