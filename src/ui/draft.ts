/** The rule that a key proposes for the selected row, as a line to edit. */
import type { Counts } from '../model/counts.ts'
import type { ProcessRow } from '../model/model.ts'
import { printRule } from '../rules/print.ts'
import { type Action, type Condition, MODIFY, QUOTA_OPS, QUOTA_WARN_PERCENT, type RuleObject } from '../rules/rule.ts'
import { isWhole, type Named } from './names.ts'
import type { Subject } from './view.ts'

const ACTIONS: Record<Exclude<Action['kind'], 'quota'>, Action> = {
  deny: { kind: 'deny', errno: 'EPERM' },
  kill: { kind: 'kill', signal: 'SIGKILL' },
  freeze: { kind: 'freeze' },
  ask: { kind: 'ask' },
  audit: { kind: 'audit' },
}

/** Said where no rule can be proposed. */
export const UNNAMED = 'no rule is proposed for this row: its path is not known, or leads to it no more'

const EVERYTHING: RuleObject = { kind: 'tree', text: '/' }

/** By this process; by its name, where it has ended. */
function byProcess(row: Pick<ProcessRow, 'pid' | 'comm' | 'alive'>): Condition {
  return row.alive ? { key: 'pid', pid: row.pid, descendants: false, negate: false } : { key: 'comm', text: row.comm, negate: false }
}

/** By whom the group is; null: nothing is known of them. */
function byGroup({ by, key }: Extract<Subject, { kind: 'group' }>): Condition | null {
  if (key === '' || key === '?') return null
  // Rules know no sessions: its leader and those below come nearest, and the preview says whom that would hit.
  if (by === 'session') return key === '0' ? null : { key: 'pid', pid: Number(key), descendants: true, negate: false }
  if (by === 'user') return { key: 'uid', uid: Number.parseInt(key, 10), negate: false }
  return { key: by === 'container' ? 'cgroup' : by, text: key, negate: false }
}

/** The size is to be written over: what is there is not known before it is counted. */
function quota(directory: string): string {
  const action = { kind: 'quota', bytes: 10 * 2 ** 30, inodes: null, warnPercent: QUOTA_WARN_PERCENT } as const
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

function ofProcess(kind: Action['kind'], row: ProcessRow, file: Named | null, below: string | undefined): string | null {
  if (below !== undefined) {
    if (!below.startsWith('/')) return null
    return kind === 'quota' ? quota(below) : rule(kind, row.total, { kind: 'tree', text: below }, [byProcess(row)])
  }
  const path = file && isWhole(file) ? file.path : null
  if (kind === 'quota') return quota(path === null ? '/' : above(path))
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

/** The line for a row: what it does, to the file it is about, by whom it is about; null: no rule can name it. */
export function draftRule(kind: Action['kind'], subject: Subject): string | null {
  switch (subject.kind) {
    case 'process':
      return ofProcess(kind, subject.row, subject.file, subject.below)
    case 'file':
    case 'event': {
      const { file, total, by } = subject
      const below = subject.kind === 'file' ? subject.below : undefined
      if (kind === 'quota' && below?.startsWith('/')) return quota(below)
      if (!isWhole(file)) return null
      if (kind === 'quota') return quota(above(file.path))
      return rule(kind, total, { kind: 'file', text: file.path }, by ? [byProcess(by)] : [])
    }
    case 'directory': {
      const { path, total } = subject
      if (!path.startsWith('/')) return null
      return kind === 'quota' ? quota(path) : rule(kind, total, { kind: 'tree', text: path }, [])
    }
    case 'group': {
      const condition = byGroup(subject)
      return kind === 'quota' || !condition ? null : rule(kind, subject.total, EVERYTHING, [condition])
    }
    case 'nothing':
      return null
  }
}
