/** Warns where another process can act through an ancestor of this program: ancestors are exempt from rules. */
import { lstatSync } from 'node:fs'
import { kernelText, SETTING_BYTES, STATUS_BYTES } from '../kernel/bounded-read.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import { userNames } from '../kernel/users.ts'
import { printable } from '../text/printable.ts'

/** An exempt process. */
export interface Ancestor {
  tgid: number
  comm: string
  /** uid whose processes may trace it (ptrace), as far as ids tell; null: root only */
  tracedBy: number | null
}

/** The uid whose processes may trace a process; null: root only. All its ids are that one, and it is dumpable, which the owner of its files in /proc shows. */
function tracerOf(pid: number): number | null {
  const uids = /^Uid:\t(\d+)\t(\d+)\t(\d+)\t/m.exec(kernelText(`/proc/${pid}/status`, STATUS_BYTES) ?? '')?.slice(1) ?? []
  const owner = lstatSync(`/proc/${pid}/mem`, { throwIfNoEntry: false })?.uid
  return owner !== undefined && owner !== 0 && uids.length > 0 && uids.every((uid) => Number(uid) === owner) ? owner : null
}

/** kernel.yama.ptrace_scope. 0, also without Yama: a process may trace any other process of its user. */
function ptraceScope(): number {
  return Number(kernelText('/proc/sys/kernel/yama/ptrace_scope', SETTING_BYTES) ?? 0)
}

/** A sentence for each user whose processes may trace an ancestor. `scope`: kernel.yama.ptrace_scope; `nameOf`: the name of a uid. */
export function ancestorNotes(ancestors: readonly Ancestor[], scope: number, nameOf: (uid: number) => string): string[] {
  if (scope !== 0) return []
  const users = new Map<number, Ancestor>()
  for (const ancestor of ancestors) if (ancestor.tracedBy !== null && !users.has(ancestor.tracedBy)) users.set(ancestor.tracedBy, ancestor)
  return [...users].map(
    ([uid, { comm, tgid }]) =>
      `processes of ${printable(nameOf(uid))} can act through ${printable(comm)} (${tgid}), which no rule hits (kernel.yama.ptrace_scope=0): start from a login of root`,
  )
}

let notesHere: readonly string[] | null = null

/** The same for the ancestors of this process, as they are at the first call. */
export function ancestorNotesHere(): readonly string[] {
  notesHere ??= readAncestorNotes()
  return notesHere
}

function readAncestorNotes(): string[] {
  const ancestors = ancestorsOf(process.pid).map(({ tgid, comm }) => ({ tgid, comm, tracedBy: tracerOf(tgid) }))
  return ancestorNotes(ancestors, ptraceScope(), (uid) => userNames()[uid] ?? String(uid))
}
