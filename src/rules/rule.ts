/** The rule language's meaning: ACTION OPS OBJECT [by SUBJECT …] [for TTL]. One line each, the same everywhere. */

/** What can be named, in the kernel side's numbering (`enum rule_op` in bpf/guard.h): number n is bit n. */
export const RULE_OPS = ['open', 'read', 'write', 'create', 'delete', 'rename', 'link', 'attr', 'exec'] as const
export type RuleOp = (typeof RULE_OPS)[number]

/** All that changes a file or its name. */
export const MODIFY: readonly RuleOp[] = ['write', 'create', 'delete', 'rename', 'link', 'attr']

export type Action =
  | { kind: 'audit' }
  /** the call fails with `errno`, a name such as EPERM */
  | { kind: 'deny'; errno: string }
  /** the process gets `signal`, a name such as SIGKILL, and the call fails with EPERM */
  | { kind: 'kill'; signal: string }
  /** the process stops inside the call; when it is resumed, the call is made again and passes */
  | { kind: 'freeze' }
  /** the process stops inside the call until somebody answers; then the call is made again, and passes or fails with EPERM */
  | { kind: 'ask' }

/** `text`: a file's or directory's absolute path, a base name, or an end of a name. Bytes as src/text/bytes.ts has them. */
export interface RuleObject {
  kind: 'file' | 'tree' | 'name' | 'suffix'
  text: string
}

/** All conditions of a rule must hold; each key at most once. */
export type Condition =
  | { key: 'pid'; pid: number; descendants: boolean; negate: boolean }
  | { key: 'comm' | 'exe' | 'user' | 'cgroup' | 'container'; text: string; negate: boolean }
  | { key: 'uid'; uid: number; negate: boolean }

export interface Rule {
  action: Action
  /** in the order of RULE_OPS, without repeats, never empty */
  ops: RuleOp[]
  object: RuleObject
  conditions: Condition[]
  /** ms, or null: until it is disarmed */
  ttlMs: number | null
}

/** Bits of `ops`. */
export function opMask(ops: readonly RuleOp[]): number {
  return ops.reduce((mask, op) => mask | (1 << RULE_OPS.indexOf(op)), 0)
}

/** The ops of a mask. */
export function opsOfMask(mask: number): RuleOp[] {
  return RULE_OPS.filter((_, i) => mask & (1 << i))
}

/** The most rules there may be. */
export const MOST_RULES = 10_000
