/** Which inode a path is, as the kernel calls it: asked by stat or open, answered by a program that sees us ask (bpf/guard_life.h). */
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, statSync } from 'node:fs'
import type { BpfObject } from '../addon.ts'
import type { Inode } from './bytes.ts'
import { learned as layout } from './layout.gen.ts'

interface Learned extends Inode {
  generation: number
  mode: number
  links: number
  count: bigint
}

function readLearned(object: BpfObject): Learned {
  const bytes = object.readGlobal('learned')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    ino: view.getBigUint64(layout.fileIno, true),
    dev: view.getUint32(layout.fileDev, true),
    generation: view.getUint32(layout.fileGeneration, true),
    mode: view.getUint32(layout.mode, true),
    links: view.getUint32(layout.links, true),
    subvolume: view.getUint32(layout.subvolume, true),
    count: view.getBigUint64(layout.count, true),
  }
}

/** What is at a path: its inode, and what stat says of it. */
export interface Found {
  inode: Inode
  directory: boolean
  links: number
}

export class Inodes {
  readonly #object: BpfObject
  readonly #byOpen: boolean

  /** `object` has the program guard_learn attached or, where `byOpen`, guard_learn_open. */
  constructor(object: BpfObject, byOpen: boolean) {
    this.#object = object
    this.#byOpen = byOpen
  }

  /** null where nothing is there; throws what stat throws otherwise. `follow`: through a symbolic link at the end. */
  find(path: string | Buffer, follow = true): Found | null {
    let before: Found | null = null
    for (let tries = 0; tries < 10; tries++) {
      const found = this.#ask(path, follow)
      if (found === null || found.same || (before && sameInode(before.inode, found.inode))) return found
      before = found
    }
    throw new Error(`the inode of ${String(path)} could not be learned: too many other questions at the same time`)
  }

  /** `same`: stat names the same inode number, so that the answer is surely ours; btrfs and overlayfs may name another. */
  #ask(path: string | Buffer, follow: boolean): (Found & { same: boolean }) | null {
    // The first question after this is kept: on overlayfs a second one, about the layer below, follows.
    this.#object.writeGlobal('learned', new Uint8Array(layout.size))
    let stats: BigIntStats
    try {
      stats = this.#byOpen ? statByOpen(path, follow) : (follow ? statSync : lstatSync)(path as string, { bigint: true })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      throw error
    }
    const { count, mode, links, ...inode } = readLearned(this.#object)
    if (count === 0n) throw new Error('the kernel did not answer a question about an inode: the guard is not attached')
    // Another thread of ours may have asked in between.
    const type = (mode & TYPE) === (Number(stats.mode) & TYPE)
    return { inode, directory: stats.isDirectory(), links, same: type && inode.ino === stats.ino }
  }
}

const TYPE = 0o170000

/** O_PATH: opens a name without opening what it names. */
const O_PATH = 0o10000000

function statByOpen(path: string | Buffer, follow: boolean): BigIntStats {
  const fd = openSync(path, O_PATH | (follow ? 0 : constants.O_NOFOLLOW))
  try {
    return fstatSync(fd, { bigint: true })
  } finally {
    closeSync(fd)
  }
}

function sameInode(a: Inode, b: Inode): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.subvolume === b.subvolume && a.generation === b.generation
}
