/**
 * Files of a directory tree that have further names. A name outside the tree leads around a rule on the tree, so such files are anchored by
 * their inode as well. Only names made before the rule matter: the guard sees link(2) from then on.
 */
import { type BigIntStats, lstatSync, opendirSync } from 'node:fs'
import { decodeBytes } from '../../text/bytes.ts'
import { DeepPath } from '../deep-path.ts'
import { type MountLine, mountOf } from '../mount-text.ts'
import { pathBytes } from '../path-bytes.ts'
import { isMadeUp } from '../quota/file-systems.ts'
import { isRemote } from '../remote.ts'
import { TimeSlices } from '../time-slices.ts'

/** Limits of one search. */
export const SEARCH_LIMITS = { entries: 10_000_000, pendingDirectories: 500_000 }

/** BTRFS_FIRST_FREE_OBJECTID: the inode number of a subvolume's root. link(2) across subvolumes fails with EXDEV. */
const SUBVOLUME_ROOT = 256n

/** A directory that is anchored with all below it. */
export interface AnchoredRoot {
  /** absolute, resolved */
  path: string
  ino: bigint
}

/** Where to search for files with further names, and why not elsewhere. */
export interface SearchPlan {
  roots: string[]
  /** what is not searched, a sentence each */
  notes: string[]
}

/**
 * `anchored`: the tree's root and the mount points below it. A hard link never leaves its file system, so a file system whose own root is
 * anchored needs no search. Pseudo file systems have no link(2) and need none either; only bpffs has (fs/libfs.c: simple_link). Remote ones are
 * not searched, since each look may take a round trip, or for ever.
 */
export function planSearch(anchored: readonly AnchoredRoot[], mounts: readonly MountLine[]): SearchPlan {
  const found = anchored.flatMap((root) => {
    const mount = mountOf(mounts, root.path)
    return mount ? [{ ...root, mount, isMountPoint: mount.point === root.path }] : []
  })
  // NFS shows "/" as the root of each export, and exports of one server can share a file system.
  const isWhole = ({ mount, isMountPoint }: (typeof found)[number]) => isMountPoint && mount.root === '/' && !/^nfs/.test(mount.fstype)
  const whole = new Set(found.filter(isWhole).map(({ mount }) => mount.device))
  const plan: SearchPlan = { roots: [], notes: [] }
  const inodes = new Set<string>()
  for (const { path, ino, mount } of found) {
    const { device, fstype } = mount
    if (whole.has(device) || (isMadeUp(fstype) && fstype !== 'bpf') || (fstype === 'btrfs' && ino === SUBVOLUME_ROOT)) continue
    // The same directory may be mounted at several places.
    const id = `${device}:${ino}`
    if (inodes.has(id)) continue
    inodes.add(id)
    if (isRemote(fstype))
      plan.notes.push(`hard links are not searched for below ${path} (${fstype} is remote): another name outside the tree leads around the rule`)
    else plan.roots.push(path)
  }
  return plan
}

/** How a search ended. */
export interface SearchEnd {
  /** directory entries */
  looked: number
  /** not looked at: files and directories that could not be read, or are more than the limits allow */
  unread: number
  /** one of them, with the reason */
  example: string
}

export interface SearchOptions {
  /** ends the search: it rejects with the signal's reason */
  signal?: AbortSignal
  /** called now and then with the number of entries so far */
  onProgress?: (looked: number) => void
  /** is something else mounted there? It is searched by itself, if at all */
  isMountPoint: (path: string) => boolean
  /** told of each name of a file that has further names; `path` leads to it only until this settles */
  onLinked: (path: Buffer, stats: BigIntStats) => void
  limits?: typeof SEARCH_LIMITS
}

/** Entries between two calls of onProgress. */
const TELL_EVERY = 16

/**
 * Searches directories with all below them, in slices on this thread: a call by another thread takes many times as long as the call itself.
 * Everything but directories can have further names: devices and sockets too.
 */
export async function searchHardLinks(roots: readonly string[], options: SearchOptions): Promise<SearchEnd> {
  const { signal, limits = SEARCH_LIMITS } = options
  const slices = new TimeSlices()
  const end: SearchEnd = { looked: 0, unread: 0, example: '' }
  const pending = roots.map((root) => DeepPath.of(pathBytes(root)))
  const isRoot = new Set(roots)

  const leave = (path: Buffer, why: string) => {
    if (end.unread++ === 0) end.example = `${decodeBytes(path)}: ${why}`
  }

  const look = (path: Buffer) => {
    try {
      const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
      if (stats && stats.nlink > 1n) options.onLinked(path, stats)
    } catch (error) {
      leave(path, (error as NodeJS.ErrnoException).code ?? (error as Error).message)
    }
  }

  const list = async (at: DeepPath) => {
    const folder = opendirSync(at.path as unknown as string, { encoding: 'buffer' as never, bufferSize: 256 })
    try {
      for (;;) {
        const entry = folder.readSync() as unknown as { name: Buffer; isDirectory(): boolean } | null
        if (!entry) return
        if (++end.looked > limits.entries) throw new Error(`more than ${limits.entries.toLocaleString('en-US')} entries`)
        const child = at.name(entry.name)
        if (!entry.isDirectory()) look(child)
        else if (at.isWhole && options.isMountPoint(decodeBytes(child)) && !isRoot.has(decodeBytes(child))) continue
        else if (pending.length < limits.pendingDirectories) pending.push(at.child(entry.name))
        else leave(child, 'too many directories')
        if (end.looked % TELL_EVERY === 0) options.onProgress?.(end.looked)
        await slices.rest(signal)
      }
    } finally {
      folder.closeSync()
    }
  }

  try {
    for (let next = pending.pop(); next; next = pending.pop()) {
      await slices.rest(signal)
      let at = next
      try {
        at = await next.shortened()
        await list(at)
        options.onProgress?.(end.looked)
      } catch (error) {
        signal?.throwIfAborted()
        const { code, message } = error as NodeJS.ErrnoException
        if (code !== 'ENOENT') leave(next.path, code ?? message)
        if (end.looked > limits.entries) {
          end.unread += pending.length
          break
        }
      } finally {
        at.done()
      }
    }
  } finally {
    for (const left of pending) left.done()
  }
  return end
}
