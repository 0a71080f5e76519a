/** Where a rule's object is anchored: paths become inodes, directories with names, and names. */
import { readdirSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { decodeBytes, encodeBytes } from '../../text/bytes.ts'
import { MOUNTINFO_BYTES, readStartSync } from '../bounded-read.ts'
import type { Inodes } from './inodes.ts'
import { hashName } from './name-hash.ts'
import { type Anchoring, type Edge, NOWHERE } from './tables.ts'

/** What a rule is about, as the rule language says it. */
export type Target = { kind: 'file' | 'tree' | 'name' | 'suffix'; text: string }

/** Directory entries looked at for hard links when a tree rule is armed: beyond, the user is told. */
const WALK_LIMIT = 500_000

/** A path as the bytes the file system has. */
function raw(path: string): Buffer {
  return Buffer.from(encodeBytes(path))
}

function real(path: string): string | null {
  try {
    return decodeBytes(realpathSync(raw(path) as unknown as string, { encoding: 'buffer' }) as unknown as Buffer)
  } catch {
    return null
  }
}

export interface Anchored {
  anchoring: Anchoring
  /** what the user should know, a sentence each */
  notes: string[]
}

function belowToo(path: string): string {
  return `${path} is a directory: the rule is about it alone; what lies below it is ${path === '/' ? '' : path}/**`
}

export class Anchors {
  readonly #inodes: Inodes
  readonly #secrets: BigUint64Array
  readonly #textual: boolean

  /** `textual`: the kernel side walks paths as text, and must know the directories on the way. */
  constructor(inodes: Inodes, secrets: BigUint64Array, textual: boolean) {
    this.#inodes = inodes
    this.#secrets = secrets
    this.#textual = textual
  }

  /** Every component of these paths, as far as they exist, as they are written and as they resolve. */
  #edges(...paths: (string | null)[]): Edge[] {
    if (!this.#textual) return []
    const edges: Edge[] = []
    for (const path of new Set(paths.filter((text) => text !== null))) {
      let parent = this.#inodes.find('/')?.inode
      let at = ''
      for (const name of path.split('/').filter((part) => part !== '')) {
        at += `/${name}`
        const child: Edge['child'] | undefined = this.#inodes.find(raw(at), at !== path)?.inode
        if (!parent || !child) break
        edges.push({ parent, name: this.#hash(name), child })
        // Behind a symbolic link, ".." is not where we came from.
        if (real(at) === at) edges.push({ parent: child, name: this.#hash('..'), child: parent })
        parent = child
      }
    }
    return edges
  }

  #hash(name: string): Uint8Array {
    return hashName(encodeBytes(name), this.#secrets)
  }

  /** Throws a sentence where an object cannot be anchored. */
  of(target: Target): Anchored {
    switch (target.kind) {
      case 'file':
        return this.#file(target.text)
      case 'tree':
        return this.#tree(target.text)
      case 'name':
        return { anchoring: { ...NOWHERE, names: [this.#hash(target.text)] }, notes: [] }
      case 'suffix':
        return { anchoring: { ...NOWHERE, suffixes: [encodeBytes(target.text)] }, notes: [] }
    }
  }

  /** The name in its directory, so that a file put in its place is covered too. */
  #name(path: string, leadsTo: bigint): Anchoring['named'] {
    const parent = real(dirname(path))
    const found = parent === null ? null : this.#inodes.find(raw(parent))
    return found?.directory ? [{ parent: found.inode, name: this.#hash(basename(path)), leadsTo }] : []
  }

  #file(path: string): Anchored {
    const own = this.#inodes.find(raw(path), false)
    const named = path === '/' ? [] : this.#name(path, own?.inode.ino ?? 0n)
    if (named.length === 0 && path !== '/')
      throw new Error(`${dirname(path)} does not exist: a rule on a file is anchored at the directory it is, or will be, in`)
    const files = []
    if (own) files.push(own.inode)
    const target = real(path)
    if (target !== null && target !== path) {
      const found = this.#inodes.find(raw(target))
      if (found) files.push(found.inode)
      named.push(...this.#name(target, found?.inode.ino ?? 0n))
    }
    return {
      anchoring: { ...NOWHERE, files, named, edges: this.#edges(path, target) },
      notes: own ? (own.directory ? [belowToo(path)] : []) : [`${path} does not exist yet: the rule holds from the moment it is created`],
    }
  }

  #tree(path: string): Anchored {
    const root = real(path)
    const found = root === null ? null : this.#inodes.find(raw(root))
    if (root === null || !found) throw new Error(`${path} does not exist: a rule on a tree is anchored at its directory, so make that first`)
    if (!found.directory) throw new Error(`${path} is no directory: name the file itself, without /**`)
    const trees = [found.inode]
    const mounts = mountsBelow(root)
    for (const point of mounts) {
      const mounted = this.#inodes.find(raw(point))
      if (mounted) trees.push(mounted.inode)
    }
    const { linked, cut } = this.#linked(root)
    return {
      anchoring: { ...NOWHERE, trees, files: linked, named: root === '/' ? [] : this.#name(root, found.inode.ino), edges: this.#edges(path, root, ...mounts) },
      notes: cut ? [`${path} has more than ${WALK_LIMIT.toLocaleString('en-US')} entries: hard links made before to files beyond them are not covered`] : [],
    }
  }

  /** Files of a tree with more than one name: they may be reached by a name outside. */
  #linked(root: string): { linked: Anchoring['files']; cut: boolean } {
    const linked: Anchoring['files'] = []
    const queue: Buffer[] = [raw(root)]
    let seen = 0
    for (let folder = queue.pop(); folder; folder = queue.pop()) {
      let entries: { name: Buffer; isDirectory(): boolean; isFile(): boolean }[]
      try {
        entries = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }) as unknown as typeof entries
      } catch {
        continue
      }
      for (const entry of entries) {
        if (++seen > WALK_LIMIT) return { linked, cut: true }
        const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
        if (entry.isDirectory()) queue.push(path)
        else if (entry.isFile()) {
          const found = this.#inodes.find(path, false)
          if (found && found.links > 1) linked.push(found.inode)
        }
      }
    }
    return { linked, cut: false }
  }
}

/** Mount points below a directory: other file systems have other roots, which a walk of names ends at. */
export function mountsBelow(root: string): string[] {
  const prefix = root === '/' ? '/' : `${root}/`
  return readStartSync('/proc/self/mountinfo', MOUNTINFO_BYTES)
    .bytes.toString('latin1')
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((point) => point !== undefined)
    .map((point) =>
      decodeBytes(
        Buffer.from(
          point.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
          'latin1',
        ),
      ),
    )
    .filter((point) => point.startsWith(prefix) && point !== root)
}
