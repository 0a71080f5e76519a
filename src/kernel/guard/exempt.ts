/** Processes by number and start time, and the ancestors of this one, which no rule hits: there is always a terminal to act from. */
import { statText } from '../bounded-read.ts'

/** ns since boot of a unit of `birth` (bpf/fswatch.h: start_boottime >> 24). */
const BIRTH_BITS = 24n

export interface ProcessIdentity {
  tgid: number
  birth: number
}

/** A living process and its parent, from /proc; null where there is none. The start is known to 10 ms. */
export function identityOf(pid: number): (ProcessIdentity & { ppid: number; comm: string }) | null {
  const stat = statText(pid)
  if (stat === null) return null
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  const startNs = BigInt(fields[19] ?? 0) * 10_000_000n
  return { tgid: pid, birth: Number((startNs >> BIRTH_BITS) & 0xffffffffn), ppid: Number(fields[1]), comm: stat.slice(stat.indexOf('(') + 1, end) }
}

/** `pid`'s ancestors, nearest first, without pid 1 (which the guard knows), at most `limit` of them. */
export function ancestorsOf(pid: number, limit = 100): (ProcessIdentity & { comm: string })[] {
  const found: (ProcessIdentity & { comm: string })[] = []
  for (let at = identityOf(pid); at && at.ppid > 1 && found.length < limit; ) {
    at = identityOf(at.ppid)
    if (at) found.push(at)
  }
  return found
}
