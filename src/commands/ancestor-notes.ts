/** What an exemption of this program's ancestors gives away: another process of their user may be able to act by them. */
import { lstatSync } from 'node:fs'
import { kernelText, SETTING_BYTES, STATUS_BYTES } from '../kernel/bounded-read.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import { userNames } from '../kernel/users.ts'
import { printable } from '../text/printable.ts'

/** An exempt process. */
export interface Ancestor {
  tgid: number
  comm: string
  /** the user whose processes may trace it, as far as ids tell; null: root only */
  tracedBy: number | null
}

/** The user that may trace a process: all its ids are his, and it is dumpable, which is what the owner of its files in /proc says. */
function tracerOf(pid: number): number | null {
  const uids = /^Uid:\t(\d+)\t(\d+)\t(\d+)\t/m.exec(kernelText(`/proc/${pid}/status`, STATUS_BYTES) ?? '')?.slice(1) ?? []
  const owner = lstatSync(`/proc/${pid}/mem`, { throwIfNoEntry: false })?.uid
  return owner !== undefined && owner !== 0 && uids.length > 0 && uids.every((uid) => Number(uid) === owner) ? owner : null
}

/** kernel.yama.ptrace_scope; 0 without Yama: then a process may trace each other one of its user. */
function ptraceScope(): number {
  return Number(kernelText('/proc/sys/kernel/yama/ptrace_scope', SETTING_BYTES) ?? 0)
}

/** The sentences, one a user. `nameOf`: of a uid. */
export function ancestorNotes(ancestors: readonly Ancestor[], scope: number, nameOf: (uid: number) => string): string[] {
  if (scope !== 0) return []
  const users = new Map<number, Ancestor>()
  for (const ancestor of ancestors) if (ancestor.tracedBy !== null && !users.has(ancestor.tracedBy)) users.set(ancestor.tracedBy, ancestor)
  return [...users].map(
    ([uid, { comm, tgid }]) =>
      `every process of ${printable(nameOf(uid))} that may trace ${printable(comm)} (${tgid}) acts as exempt (kernel.yama.ptrace_scope=0): start from a login of root`,
  )
}

let notesHere: readonly string[] | null = null

/** Of the ancestors of this process, as they are when it is called first. */
export function ancestorNotesHere(): readonly string[] {
  notesHere ??= lookAtAncestors()
  return notesHere
}

function lookAtAncestors(): string[] {
  const ancestors = ancestorsOf(process.pid).map(({ tgid, comm }) => ({ tgid, comm, tracedBy: tracerOf(tgid) }))
  return ancestorNotes(ancestors, ptraceScope(), (uid) => userNames()[uid] ?? String(uid))
}
