/** Where a rule's object is anchored: paths become inodes, directories with names, and names. */
import { closeSync, constants, openSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { encodeBytes } from '../../text/bytes.ts'
import { mountOf } from '../mount-text.ts'
import { Mounts } from '../mounts.ts'
import { pathBytes, realPath } from '../path-bytes.ts'
import { isRemote } from '../remote.ts'
import type { TimeSlices } from '../time-slices.ts'
import { Lane } from '../where/lane.ts'
import { type AnchoredRoot, planSearch } from './hard-links.ts'
import type { Inodes } from './inodes.ts'
import { hashName } from './name-hash.ts'
import { type Anchoring, type Edge, NOWHERE } from './tables.ts'

/** What a rule is about, as the rule language says it. */
export type Target = { kind: 'file' | 'tree' | 'name' | 'suffix'; text: string }

/** A name in a directory. */
interface Place {
  /** absolute path, without symbolic links */
  directory: string
  name: string
}

/** Where a rule is anchored, and what else arming needs. */
export interface Anchored {
  anchoring: Anchoring
  /** of a rule on a file: its path, and where that led to through symbolic links when the rule was armed */
  places: Place[]
  /** what the user should know, a sentence each */
  notes: string[]
  /** directories to search for files with further names outside; empty where there can be none */
  search: string[]
  /** where other file systems are mounted below */
  mountPoints: ReadonlySet<string>
}

const NO_NEWS: Omit<Anchored, 'anchoring'> = { places: [], notes: [], search: [], mountPoints: new Set() }

/** open(2) flag, which node does not export: a descriptor that only stands for a file. */
const O_PATH = 0o10000000

/**
 * A descriptor of a directory (O_PATH), reached without following a symbolic link: one that another user made could lead to any file. Null where
 * a component is a link, is no directory or is not there. `directory`: absolute.
 */
function openWithoutLinks(directory: string): number | null {
  let fd = openSync('/', O_PATH | constants.O_DIRECTORY)
  for (const name of directory.split('/').filter((part) => part !== '')) {
    const parent = fd
    try {
      fd = openSync(pathBytes(`/proc/self/fd/${parent}/${name}`), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    } catch {
      return null
    } finally {
      closeSync(parent)
    }
  }
  return fd
}

function belowToo(path: string): string {
  return `${path} is a directory: the rule is about it alone; what lies below it is ${path === '/' ? '' : path}/**`
}

/** The place of a path's last component; null for `/`, and where its directory does not exist. */
function placeOf(path: string): Place | null {
  const directory = path === '/' ? null : realPath(dirname(path))
  return directory === null ? null : { directory, name: basename(path) }
}

/** ms that a remote file system has to answer one question. */
const ANSWER_MS = 2000

/** Finds out where rules are anchored. */
export class Anchors {
  readonly #inodes: Inodes
  readonly #secrets: BigUint64Array
  readonly #textual: boolean
  readonly #slices: TimeSlices
  /** by mount point: one that does not answer holds one thread, however many rules are armed */
  readonly #lanes = new Map<string, Lane>()

  /** `textual`: the kernel side walks paths as text, and must know the directories on the way. */
  constructor(inodes: Inodes, secrets: BigUint64Array, textual: boolean, slices: TimeSlices) {
    this.#slices = slices
    this.#inodes = inodes
    this.#secrets = secrets
    this.#textual = textual
  }

  /** Every component of these paths, as far as they exist, as they are written and as they resolve. */
  async #edges(...paths: (string | null)[]): Promise<Edge[]> {
    if (!this.#textual) return []
    const edges: Edge[] = []
    for (const path of new Set(paths.filter((text) => text !== null))) {
      await this.#slices.rest()
      let parent = this.#inodes.find('/')?.inode
      let at = ''
      for (const name of path.split('/').filter((part) => part !== '')) {
        at += `/${name}`
        const child: Edge['child'] | undefined = this.#inodes.find(pathBytes(at), at !== path)?.inode
        if (!parent || !child) break
        edges.push({ parent, name: this.#hash(name), child })
        // Behind a symbolic link, ".." is not where we came from.
        if (realPath(at) === at) edges.push({ parent: child, name: this.#hash('..'), child: parent })
        parent = child
      }
    }
    return edges
  }

  #hash(name: string): Uint8Array {
    return hashName(encodeBytes(name), this.#secrets)
  }

  /** Rejects with a sentence where an object cannot be anchored. Searches nothing: see `search`. */
  async of(target: Target): Promise<Anchored> {
    switch (target.kind) {
      case 'file':
        return this.#file(target.text)
      case 'tree':
        return this.#tree(target.text)
      case 'name':
        return { anchoring: { ...NOWHERE, names: [this.#hash(target.text)] }, ...NO_NEWS }
      case 'suffix':
        return { anchoring: { ...NOWHERE, suffixes: [encodeBytes(target.text)] }, ...NO_NEWS }
    }
  }

  /** The name in its directory, so that a file put in its place is covered too. */
  #name(path: string, leadsTo: bigint): Anchoring['named'] {
    const parent = realPath(dirname(path))
    const found = parent === null ? null : this.#inodes.find(pathBytes(parent))
    return found?.directory ? [{ parent: found.inode, name: this.#hash(basename(path)), leadsTo }] : []
  }

  async #file(path: string): Promise<Anchored> {
    const own = this.#inodes.find(pathBytes(path), false)
    const named = path === '/' ? [] : this.#name(path, own?.inode.ino ?? 0n)
    if (named.length === 0 && path !== '/')
      throw new Error(`${dirname(path)} does not exist: a rule on a file is anchored at the directory it is, or will be, in`)
    const files = []
    if (own) files.push(own.inode)
    const places = [placeOf(path)]
    const target = realPath(path)
    if (target !== null && target !== path) {
      const found = this.#inodes.find(pathBytes(target))
      if (found) files.push(found.inode)
      named.push(...this.#name(target, found?.inode.ino ?? 0n))
      places.push(placeOf(target))
    }
    return {
      anchoring: { ...NOWHERE, files, named, edges: await this.#edges(path, target) },
      ...NO_NEWS,
      places: places.filter((place) => place !== null),
      notes: own ? (own.directory ? [belowToo(path)] : []) : [`${path} does not exist yet: the rule holds from the moment it is created`],
    }
  }

  /**
   * What is at the places of a rule on a file now. No symbolic link is followed: a user who may replace the file could otherwise choose
   * which file the rule is about. Throws what stat(2) throws.
   */
  findAgain(places: readonly Place[]): Pick<Anchoring, 'files' | 'named'> {
    const found: Pick<Anchoring, 'files' | 'named'> = { files: [], named: [] }
    for (const { directory, name } of places) {
      const fd = openWithoutLinks(directory)
      if (fd === null) continue
      try {
        const parent = this.#inodes.find(`/proc/self/fd/${fd}`)
        if (!parent) continue
        const own = this.#inodes.find(pathBytes(`/proc/self/fd/${fd}/${name}`), false)
        if (own) found.files.push(own.inode)
        found.named.push({ parent: parent.inode, name: this.#hash(name), leadsTo: own?.inode.ino ?? 0n })
      } finally {
        closeSync(fd)
      }
    }
    return found
  }

  /** Asks from another thread: a server or program that does not answer would hold this one. Rejects where there is no answer in time. */
  async #answersInTime(point: string): Promise<void> {
    const lane = this.#lanes.get(point) ?? new Lane(ANSWER_MS)
    this.#lanes.set(point, lane)
    const answer = await lane.soon(() => lstat(pathBytes(point)).catch((error: Error) => error))
    if (answer === null) throw new Error(`its file system did not answer within ${ANSWER_MS / 1000} s`)
    if (answer instanceof Error) throw answer
  }

  async #tree(path: string): Promise<Anchored> {
    const root = realPath(path)
    const found = root === null ? null : this.#inodes.find(pathBytes(root))
    if (root === null || !found) throw new Error(`${path} does not exist: a rule on a tree is anchored at its directory, so make that first`)
    if (!found.directory) throw new Error(`${path} is no directory: name the file itself, without /**`)
    const trees = [found.inode]
    const roots: AnchoredRoot[] = [{ path: root, ino: found.inode.ino }]
    const notes: string[] = []
    const mounts = Mounts.list()
    const prefix = root === '/' ? '/' : `${root}/`
    // Other file systems have other roots, which the kernel's walk of names ends at.
    const mountPoints = new Set(mounts.flatMap(({ point }) => (point.startsWith(prefix) && point !== root ? [point] : [])))
    for (const point of mountPoints) {
      await this.#slices.rest()
      try {
        if (isRemote(mountOf(mounts, point)?.fstype ?? '')) await this.#answersInTime(point)
        const mounted = this.#inodes.find(pathBytes(point))
        if (!mounted) continue
        trees.push(mounted.inode)
        roots.push({ path: point, ino: mounted.inode.ino })
      } catch (error) {
        notes.push(`${point} is not covered: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`)
      }
    }
    const plan = planSearch(roots, mounts)
    const named = root === '/' ? [] : this.#name(root, found.inode.ino)
    return {
      anchoring: { ...NOWHERE, trees, named, edges: await this.#edges(path, root, ...mountPoints) },
      places: [],
      notes: [...notes, ...plan.notes],
      search: plan.roots,
      mountPoints,
    }
  }
}
