/** Would a rule have hit what somebody did? For previews; the kernel decides by inode, this by path. */
import type { EventFact } from '../batch/batch.ts'
import type { Condition, Rule, RuleObject, RuleOp } from './rule.ts'

/** What somebody did to a file. */
export interface Touch {
  ops: RuleOp[]
  path: string
  process: Toucher
}

/** Who did it. */
export interface Toucher {
  pid: number
  /** pids of its ancestors, as far as known */
  ancestors: readonly number[]
  comm: string
  exe: string
  uid: number
  user: string
  /** cgroup id */
  cgroup: string
  /** is that of the container? where more than its number is known */
  isIn?(container: string): boolean
}

const [ACCESS, WRITE_ONLY, TRUNCATE] = [3, 1, 0o1000]

/** What a recorded event amounts to. */
export function ruleOpsOf(event: Pick<EventFact, 'op' | 'openFlags'>): RuleOp[] {
  switch (event.op) {
    case 'open': {
      const ops: RuleOp[] = ['open']
      const access = event.openFlags & ACCESS
      if (access !== WRITE_ONLY) ops.push('read')
      if (access !== 0 || event.openFlags & TRUNCATE) ops.push('write')
      return ops
    }
    case 'create':
    case 'mkdir':
      return ['create']
    case 'read':
      return ['read']
    case 'write':
    case 'mmap_write':
    case 'truncate':
      return ['write']
    case 'unlink':
    case 'rmdir':
      return ['delete']
    case 'rename':
      return ['rename', 'delete']
    case 'link':
      return ['link', 'create']
    case 'attr':
      return ['attr']
  }
}

/** Is it a path that an object names? */
export function coversPath({ kind, text }: RuleObject, path: string): boolean {
  switch (kind) {
    case 'file':
      return path === text
    case 'tree':
      return text === '/' ? path.startsWith('/') : path === text || path.startsWith(`${text}/`)
    case 'name':
      return path.slice(path.lastIndexOf('/') + 1) === text
    case 'suffix':
      return path.slice(path.lastIndexOf('/') + 1).endsWith(text)
  }
}

function holds(condition: Condition, { pid, ancestors, comm, exe, uid, user, cgroup, isIn }: Toucher): boolean {
  switch (condition.key) {
    case 'pid':
      return pid === condition.pid || (condition.descendants && ancestors.includes(condition.pid))
    case 'comm':
      return comm === condition.text || exe.slice(exe.lastIndexOf('/') + 1).slice(0, 15) === condition.text
    case 'exe':
      return exe === condition.text
    case 'uid':
      return uid === condition.uid
    case 'user':
      return user === condition.text || String(uid) === condition.text
    case 'cgroup':
      return cgroup === condition.text
    case 'container':
      return isIn ? isIn(condition.text) : cgroup === condition.text
  }
}

/** Is it somebody the rule is about? */
export function matchSubject(rule: Rule, process: Toucher): boolean {
  return rule.conditions.every((condition) => holds(condition, process) !== condition.negate)
}

/** Ops, object and subject all match. */
export function matchRule(rule: Rule, touch: Touch): boolean {
  return touch.ops.some((op) => rule.ops.includes(op)) && coversPath(rule.object, touch.path) && matchSubject(rule, touch.process)
}
