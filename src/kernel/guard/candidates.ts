/** Processes by a name, and which of them root or the service manager started. Read from /proc once, when rules are armed. */
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { CGROUP_BYTES, kernelText, STATUS_BYTES } from '../bounded-read.ts'
import { identityOf, type ProcessIdentity } from './exempt.ts'

/** A process that has a name. */
export interface Candidate extends ProcessIdentity {
  comm: string
  /** path of its program, as its mount namespace has it; '' where it cannot be read */
  exe: string
  /** real user id */
  uid: number
  /** root's in all ids, and in the same user and pid namespaces as this process */
  isRoot: boolean
  /** its service, where it runs a program of this name that only root can change; else null. Only root can start a process there. */
  service: string | null
}

/** Can only root change the file? `path` may be a link below /proc. False where it cannot be asked. */
export function isOnlyRoots(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true && found.uid === 0 && (found.mode & 0o022) === 0
}

/** The service of the system, not of a user's session, that a cgroup listing (/proc/PID/cgroup) names; null for none. */
export function systemService(listing: string): string | null {
  return /^0::\/system\.slice\/(?:[^/\n]+\.slice\/)*([^/\n]+\.service)(?:\/|$)/m.exec(listing)?.[1] ?? null
}

const namespaces = (pid: number | 'self') => ['user', 'pid'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)).join()

function candidate(pid: number, name: string, home: string): Candidate | null {
  const identity = identityOf(pid)
  if (!identity) return null
  let exe = ''
  try {
    exe = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  } catch {
    // A kernel thread.
  }
  if (identity.comm !== name && basename(exe) !== name) return null
  const uids =
    /^Uid:\t(\d+)\t(\d+)\t(\d+)\t(\d+)$/m
      .exec(kernelText(`/proc/${pid}/status`, STATUS_BYTES) ?? '')
      ?.slice(1)
      .map(Number) ?? []
  const isAtHome = namespaces(pid) === home
  const isTrusted = isAtHome && basename(exe) === name && isOnlyRoots(`/proc/${pid}/exe`)
  return {
    tgid: pid,
    birth: identity.birth,
    comm: identity.comm,
    exe,
    uid: uids[0] ?? -1,
    isRoot: isAtHome && uids.length === 4 && uids.every((uid) => uid === 0),
    service: isTrusted ? systemService(kernelText(`/proc/${pid}/cgroup`, CGROUP_BYTES) ?? '') : null,
  }
}

/** All processes whose comm or program is called `name`, but kernel threads. */
export function candidatesByName(name: string): Candidate[] {
  const home = namespaces('self')
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const found = candidate(Number(entry), name, home)
      return found && found.exe !== '' ? [found] : []
    } catch {
      return [] // It ended meanwhile.
    }
  })
}
