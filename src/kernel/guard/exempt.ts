/** Who is never hit: this program's ancestors up to the session's leader and beyond, so that there is always a terminal to act from. */
import { readFileSync } from 'node:fs'
import type { BpfObject } from '../addon.ts'
import { inodeKey, u32Bytes } from './bytes.ts'
import type { Inodes } from './inodes.ts'

/** ns since boot of a unit of `birth` (bpf/fswatch.h: start_boottime >> 24). */
const BIRTH_BITS = 24n

export interface ProcessIdentity {
  tgid: number
  birth: number
}

/** A living process and its parent, from /proc; null where there is none. The start is known to 10 ms. */
export function identityOf(pid: number): (ProcessIdentity & { ppid: number; comm: string }) | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = stat.lastIndexOf(')')
    const fields = stat.slice(end + 2).split(' ')
    const startNs = BigInt(fields[19] ?? 0) * 10_000_000n
    return { tgid: pid, birth: Number((startNs >> BIRTH_BITS) & 0xffffffffn), ppid: Number(fields[1]), comm: stat.slice(stat.indexOf('(') + 1, end) }
  } catch {
    return null
  }
}

/** `pid`'s ancestors, nearest first, without pid 1 (which the guard knows). */
export function ancestorsOf(pid: number): (ProcessIdentity & { comm: string })[] {
  const found: (ProcessIdentity & { comm: string })[] = []
  for (let at = identityOf(pid); at && at.ppid > 1 && found.length < 100; ) {
    at = identityOf(at.ppid)
    if (at) found.push(at)
  }
  return found
}

/** Protects a program from all that `object` (bpf/exempt.h in it) stops: a path is taken as its file, anything else as a comm. Throws a sentence. */
export function protect(object: BpfObject, inodes: Inodes, pattern: string): void {
  if (pattern.startsWith('/')) {
    const found = inodes.find(pattern)
    if (!found) throw new Error(`--protect ${pattern}: there is no such program`)
    object.update('exempt_programs', inodeKey(found.inode), u32Bytes(1))
    return
  }
  if (Buffer.byteLength(pattern) > 15) throw new Error(`--protect ${pattern}: the kernel keeps 15 bytes of a name; write the program's path`)
  const comm = new Uint8Array(16)
  comm.set(Buffer.from(pattern))
  object.update('exempt_comms', comm, u32Bytes(1))
}
