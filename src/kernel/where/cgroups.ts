/** Cgroups by their number: which path of the tree has it, remembered for those that are gone since, within bounds. */
import { existsSync, statSync } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeBytes } from '../../text/bytes.ts'
import { pathOfListing } from '../../text/cgroup-path.ts'
import { CGROUP_BYTES, readStartSync } from '../bounded-read.ts'
import { cgroupRoot } from '../filter.ts'
import { pathBytes } from '../path-bytes.ts'

export interface CgroupOptions {
  /** the tree's root */
  root?: string
  /** groups remembered, and looked at in one scan */
  most?: number
  /** ms between two scans, at least */
  everyMs?: number
}

/** Characters of all paths remembered: a user whose session is delegated may make groups by the thousand, of 4,095 bytes each. */
const PATH_CHARS = 4 * 1024 * 1024

/** A scan may take at most this share of the time: the next one waits. */
const SHARE = 20

/** The text of /proc/PID/cgroup; null where there is no such process. */
export function listingOf(pid: number | 'self'): string | null {
  // Most of those asked for in a build are gone, and an error takes longer than asking.
  if (!existsSync(`/proc/${pid}`)) return null
  try {
    return decodeBytes(readStartSync(`/proc/${pid}/cgroup`, CGROUP_BYTES).bytes)
  } catch {
    return null
  }
}

export class Cgroups {
  readonly #root: string
  readonly #most: number
  readonly #everyMs: number
  /** id -> path below the root; in order of insertion, so that the oldest goes first */
  readonly #paths = new Map<string, string>()
  #pathChars = 0
  /** asked for and in no scan that began after: they were gone before they were looked for */
  readonly #gone = new Set<string>()
  readonly #wanted = new Set<string>()
  /** are there trees of the old kind beside the one? Then a container may be in those alone. */
  readonly #mixed: boolean
  #timer: NodeJS.Timeout | null = null
  #scanning = false
  #nextScan = 0
  #closed = false

  constructor({ root = cgroupRoot(), most = 16_384, everyMs = 1000 }: CgroupOptions = {}) {
    this.#root = root
    this.#most = most
    this.#everyMs = everyMs
    this.#mixed = /^\d+:[^:]/m.test(listingOf('self') ?? '')
    // Without a tree of the new kind, its root is all there is.
    this.#paths.set('1', '/')
  }

  /**
   * The path of a group below the root of the tree. undefined: being looked for, ask again; null: gone before it was looked for.
   * `pid`: somebody who was in it, and may be still.
   */
  pathOf(id: string, pid: number): string | null | undefined {
    const known = this.#paths.get(id)
    if (known !== undefined && !this.#mixed) return known
    const listing = listingOf(pid)
    if (known !== undefined) return listing === null ? known : this.#mixedPath(known, listing)
    const one = listing === null ? undefined : /^0::(.*)$/m.exec(listing)?.[1]
    // He may have moved since, or be another one by now: the number decides.
    if (one !== undefined && listing !== null && this.#idAt(one) === id) {
      this.#learn(id, one)
      return this.#mixed ? this.#mixedPath(one, listing) : one
    }
    if (this.#gone.has(id)) return null
    this.#want(id)
    return undefined
  }

  /** The old trees have no numbers to compare: it is the same process if its group in the new one, where it has one, is the same. */
  #mixedPath(known: string, listing: string): string {
    return !/^0::/m.test(listing) || listing.includes(`0::${known}\n`) ? pathOfListing(listing) : known
  }

  #idAt(path: string): string | null {
    try {
      return String(statSync(pathBytes(`${this.#root}${path}`), { bigint: true }).ino)
    } catch {
      return null
    }
  }

  #learn(id: string, path: string): void {
    this.#pathChars += path.length - (this.#paths.get(id)?.length ?? 0)
    this.#paths.delete(id)
    this.#paths.set(id, path)
    this.#gone.delete(id)
    for (const [oldest, { length }] of this.#paths) {
      if (this.#paths.size <= this.#most && this.#pathChars <= PATH_CHARS) return
      this.#paths.delete(oldest)
      this.#pathChars -= length
    }
  }

  #want(id: string): void {
    if (this.#closed || this.#wanted.size >= this.#most) return
    this.#wanted.add(id)
    if (this.#timer || this.#scanning) return
    this.#timer = setTimeout(() => void this.scan(), Math.max(0, this.#nextScan - performance.now()))
    this.#timer.unref()
  }

  /** Looks at the whole tree, in small steps; what was wanted before and is not in it is gone. */
  async scan(): Promise<void> {
    if (this.#scanning || this.#closed) return
    this.#scanning = true
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
    const began = performance.now()
    const wanted = [...this.#wanted]
    this.#wanted.clear()
    await this.#walk()
    for (const id of wanted) {
      if (this.#paths.has(id)) continue
      this.#gone.add(id)
      if (this.#gone.size > this.#most) this.#gone.delete(this.#gone.values().next().value as string)
    }
    this.#nextScan = performance.now() + Math.max(this.#everyMs, SHARE * (performance.now() - began))
    this.#scanning = false
    const [again] = this.#wanted
    if (again !== undefined) this.#want(again)
  }

  async #walk(): Promise<void> {
    const queue = ['/']
    for (let seen = 0; seen < this.#most && !this.#closed; seen++) {
      const path = queue.pop()
      if (path === undefined) return
      try {
        const folder = pathBytes(join(this.#root, path))
        this.#learn(String((await stat(folder, { bigint: true })).ino), path)
        // Entry by entry, and no more than can be looked at: a group may have a million others in it.
        for await (const entry of await opendir(folder, { encoding: 'buffer' as 'utf8', bufferSize: 256 }))
          if (entry.isDirectory() && queue.length < this.#most) queue.push(join(path, decodeBytes(entry.name as unknown as Uint8Array)))
      } catch {
        // It went away meanwhile.
      }
    }
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer ?? undefined)
  }
}
