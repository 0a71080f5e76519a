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
  /**
   * what lies below a directory may hold so many `bytes`, and be so many `inodes` (null: any number); what would be more fails with
   * EDQUOT. From `warnPercent` of either on it is said.
   */
  | { kind: 'quota'; bytes: number; inodes: number | null; warnPercent: number }

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

/** What a quota refuses when it is full; its rule names no operations. */
export const QUOTA_OPS: readonly RuleOp[] = ['write', 'create']

/** From which use on a quota warns, where its line does not say. */
export const QUOTA_WARN_PERCENT = 90

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
