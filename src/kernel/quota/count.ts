/** A count of a quota's directory beside what the kernel adds up meanwhile: what lies there, and what is deleted and still open. */
import { decodeBytes } from '../../text/bytes.ts'
import { Mounts } from '../mounts.ts'
import type { KernelUsage } from './bytes.ts'
import { isNfs } from './file-systems.ts'
import type { QuotaRef, Quotas } from './quotas.ts'
import { type CountOptions, countUsage, type Usage } from './usage.ts'

export interface QuotaCount {
  usage: Usage
  before: KernelUsage
  after: KernelUsage
  /** bytes that changed, or changed their place, in the course of it: so much may be counted wrong */
  moved: number
  /** nothing came or went in the course of it */
  still: boolean
}

/** Throws where the quota was removed, or the signal given. */
export async function countQuota(
  quotas: Pick<Quotas, 'raw' | 'nameless'>,
  ref: QuotaRef,
  path: string,
  options: Pick<CountOptions, 'signal' | 'atOnce' | 'onProgress'>,
): Promise<QuotaCount> {
  const mounted = new Mounts().below(path)
  const keepsNames = isNfs(path)
  const before = quotas.raw(ref)
  const nameless = keepsNames ? new Map<bigint, never>() : await quotas.nameless(ref)
  const known = new Set(nameless.keys())
  const usage = await countUsage(path, {
    ...options,
    isMountPoint: (found) => mounted.has(decodeBytes(found)),
    // One of several names is gone, or it could not be deleted.
    onInode: (ino) => nameless.delete(ino),
  })
  const now = keepsNames ? new Map<bigint, never>() : await quotas.nameless(ref)
  const after = quotas.raw(ref)
  for (const ino of nameless.keys()) {
    const open = now.get(ino)
    usage.bytes += open?.bytes ?? 0
    usage.inodes += open?.inodes ?? 0
  }
  // Those may have been counted before they lost their names, or not.
  const lately = [...now].filter(([ino]) => !known.has(ino))
  const moved = after.moved - before.moved + after.shuffled - before.shuffled + lately.reduce((sum, [, { bytes }]) => sum + bytes, 0)
  return { usage, before, after, moved, still: moved === 0 && lately.length === 0 && after.inodes === before.inodes }
}
