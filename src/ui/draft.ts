/** The rule that a key proposes for the selected row, as a line to edit. */
import type { Counts } from '../model/counts.ts'
import type { ProcessRow } from '../model/model.ts'
import { printRule } from '../rules/print.ts'
import { type Action, type Condition, MODIFY, QUOTA_OPS, QUOTA_WARN_PERCENT, type RuleObject } from '../rules/rule.ts'
import type { NowSeen } from './asking.ts'
import { isWhole, type Named } from './names.ts'
import { proposedLimit } from './quota-guess.ts'
import type { Subject } from './view.ts'

const ACTIONS: Record<Exclude<Action['kind'], 'quota'>, Action> = {
  deny: { kind: 'deny', errno: 'EPERM' },
  kill: { kind: 'kill', signal: 'SIGKILL' },
  freeze: { kind: 'freeze' },
  ask: { kind: 'ask' },
  audit: { kind: 'audit' },
}

/** Said where no rule can be proposed, and nothing is known to do instead. */
export const UNNAMED = 'no rule is proposed for this row: its path is not known, or leads to it no more'

const EVERYTHING: RuleObject = { kind: 'tree', text: '/' }

/** By this process; by its name, where it has ended. */
function byProcess(row: Pick<ProcessRow, 'pid' | 'comm' | 'alive'>): Condition {
  return row.alive ? { key: 'pid', pid: row.pid, descendants: false, negate: false } : { key: 'comm', text: row.comm, negate: false }
}

/** A group of a view, whichever of its rows it stands in. */
type Group = Pick<Extract<Subject, { kind: 'group' }>, 'by' | 'key' | 'others'>

/** By whom the group is; null: a rule has no words for them alone. */
function byGroup({ by, key, others = '' }: Group): Condition | null {
  if (key === '' || key === '?' || by === 'session' || others !== '') return null
  if (by === 'user') return { key: 'uid', uid: Number.parseInt(key, 10), negate: false }
  return { key: by === 'container' ? 'cgroup' : by, text: key, negate: false }
}

/** Why a group has no rule of its own, and what to do. */
function whyNoGroup({ by, key, others = '' }: Group): string {
  const instead = '→ shows its members: choose one of them'
  if (by === 'session' && key !== '?') return `a rule cannot go by a session, and by its leader it would hit others too; ${instead}`
  if (others !== '') return `a rule goes by this machine's number of a user, which ${others} has too; ${instead}`
  return `nothing is known of this group that a rule could go by; ${instead}`
}

function quota(directory: string, now: NowSeen | null): string {
  const action = { kind: 'quota', bytes: proposedLimit(directory, now), inodes: null, warnPercent: QUOTA_WARN_PERCENT } as const
  return printRule({ action, ops: [...QUOTA_OPS], object: { kind: 'tree', text: directory }, conditions: [], ttlMs: null })
}

/** The directory a file lies in. */
function above(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

/** A rule against what was done: changes, or else opening and reading. */
function rule(kind: Exclude<Action['kind'], 'quota'>, total: Counts, object: RuleObject, conditions: Condition[]): string {
  const changes = total.writes + total.mmapPages + total.changes > 0
  return printRule({ action: ACTIONS[kind], ops: changes ? [...MODIFY] : ['open', 'read'], object, conditions, ttlMs: null })
}

function ofProcess(kind: Action['kind'], row: ProcessRow, file: Named | null, below: string | undefined, now: NowSeen | null): string | null {
  if (below !== undefined) {
    if (!below.startsWith('/')) return null
    return kind === 'quota' ? quota(below, now) : rule(kind, row.total, { kind: 'tree', text: below }, [byProcess(row)])
  }
  const path = file && isWhole(file) ? file.path : null
  if (kind === 'quota') return path === null ? null : quota(above(path), now)
  // By a name alone, on all files, it would hit whoever is called so, whatever they do.
  if (path === null && !row.alive) return null
  return rule(kind, row.total, path === null ? EVERYTHING : { kind: 'file', text: path }, [byProcess(row)])
}

/** Is it known where the file lies, or lay? */
function hasPlace({ deleted: _, ...file }: Named): boolean {
  return isWhole(file)
}

/** The directory that a row is about: itself, the one the file lies in, or the one where the process does most; null: none that is known whole. */
export function directoryOf(subject: Subject): string | null {
  switch (subject.kind) {
    case 'directory':
      return subject.path.startsWith('/') ? subject.path : null
    case 'process':
    case 'file':
      return subject.file && hasPlace(subject.file) ? above(subject.file.path) : null
    default:
      return null
  }
}

/**
 * The line for a row; null: no rule can name what it says (see whyNone). What a row counts is what a rule is about: of a file in a list
 * whatever anybody does to it, of a file below a process or a group what those do. `now`: what the live machine says of what is looked at.
 */
export function draftRule(kind: Action['kind'], subject: Subject, now: NowSeen | null = null): string | null {
  switch (subject.kind) {
    case 'process':
      return ofProcess(kind, subject.row, subject.file, subject.below, now)
    case 'file':
    case 'event': {
      const { file, total, by } = subject
      const { below = undefined, group = undefined } = subject.kind === 'file' ? subject : {}
      if (kind === 'quota' && below?.startsWith('/')) return quota(below, now)
      if (!isWhole(file)) return null
      if (kind === 'quota') return quota(above(file.path), now)
      const members = group ? byGroup(group) : null
      if (group && !members) return null
      return rule(kind, total, { kind: 'file', text: file.path }, by ? [byProcess(by)] : members ? [members] : [])
    }
    case 'directory': {
      const { path, total } = subject
      if (!path.startsWith('/')) return null
      if (kind === 'quota') return quota(path, now)
      // Only to tell of it stops nothing.
      return path === '/' && kind !== 'audit' ? null : rule(kind, total, { kind: 'tree', text: path }, [])
    }
    case 'group': {
      const condition = byGroup(subject)
      return kind === 'quota' || !condition ? null : rule(kind, subject.total, EVERYTHING, [condition])
    }
    case 'nothing':
      return null
  }
}

/** Why there is no line for a row, and what to do instead: a sentence without its dot. */
export function whyNone(kind: Action['kind'], subject: Subject): string {
  switch (subject.kind) {
    case 'process':
      if (kind === 'quota') return 'in which directory it writes is not known: choose a file or a directory'
      return subject.below === undefined ? 'it has ended, and its file is not known: a rule would hit whoever is called so, on all files' : UNNAMED
    case 'file':
      return subject.group && isWhole(subject.file) ? whyNoGroup(subject.group) : UNNAMED
    case 'directory':
      return subject.path === '/' ? 'on all files, whoever it is: that would stop the machine. → opens it: choose a directory below' : UNNAMED
    case 'group':
      return kind === 'quota' ? 'a quota is for a directory, and a group has none: choose a file or a directory' : whyNoGroup(subject)
    case 'nothing':
      return subject.why ?? UNNAMED
    case 'event':
      return UNNAMED
  }
}
