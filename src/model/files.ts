/** Files known by name: the most recently touched ones, in bounded memory. */
import { type FileFact, type FileId, NO_FILE } from '../batch/batch.ts'

const TYPE = 0o170000
const [FIFO, CHARACTER, SOCKET] = [0o010000, 0o020000, 0o140000]

/** Sockets, unnamed pipes and anonymous inodes share one id a kind, with inode and generation 0 (see struct file_key): the id alone says it. */
function isKind(id: FileId): boolean {
  return id !== NO_FILE && id.endsWith(':0.0')
}

/**
 * Regular files, directories, block devices and named pipes; not sockets, unnamed pipes, terminals and anonymous inodes. Without
 * its fact a file is taken for one, unless its id says otherwise.
 */
export function isFile(id: FileId, fact: FileFact | undefined): boolean {
  if (isKind(id)) return false
  if (!fact) return true
  const type = fact.mode & TYPE
  return type !== SOCKET && type !== CHARACTER && !(type === FIFO && fact.fstype === 'pipefs')
}

function same(a: FileFact, b: FileFact): boolean {
  const natures = a.path === b.path && a.mode === b.mode && a.links === b.links && a.fstype === b.fstype
  const marks = a.cut === b.cut && a.noMount === b.noMount && a.deleted === b.deleted && a.asGiven === b.asGiven && a.unreadable === b.unreadable
  return natures && marks
}

/** Renames that are kept by name; who asks later than that is told nothing for sure. */
const RENAMES = 1000

/** A table that forgets what was used longest ago. */
export class FileTable {
  readonly #limit: number
  #facts = new Map<FileId, FileFact>()
  /** the last files that got another path, and how many did before them */
  #renamed: FileId[] = []
  #renamedBefore = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#facts.size
  }

  /**
   * How often a known file got another path: who keeps an answer that hangs on paths asks again when this has grown. A name
   * forgotten for want of room does not count: the process did touch a file of that name.
   */
  get renames(): number {
    return this.#renamedBefore + this.#renamed.length
  }

  /** Which files got another path since `renames` was that; null: any may have. */
  renamedSince(renames: number): FileId[] | null {
    return renames < this.#renamedBefore ? null : this.#renamed.slice(renames - this.#renamedBefore)
  }

  /** Takes a fact in and returns what is now known of the file: a path known from its root is not given up for one that is not. */
  learn(fact: FileFact): FileFact {
    const known = this.#facts.get(fact.id)
    const kept = known ? this.#better(known, fact) : fact
    if (known) this.#facts.delete(fact.id)
    this.#facts.set(kept.id, kept)
    return kept
  }

  #better(known: FileFact, fact: FileFact): FileFact {
    // Facts come again with each process that touches the file: the old one is kept, and its id with all who hold that.
    if (same(known, fact) || (fact.noMount && !known.noMount)) return known
    if (known.path !== fact.path) this.#renamed.push(known.id)
    return { ...fact, id: known.id }
  }

  /** Looks up and marks as used. */
  touch(id: FileId): FileFact | undefined {
    const fact = this.#facts.get(id)
    if (fact) {
      this.#facts.delete(id)
      this.#facts.set(fact.id, fact)
    }
    return fact
  }

  get(id: FileId): FileFact | undefined {
    return this.#facts.get(id)
  }

  /**
   * Goes back to the limits; once a batch. Not one by one while learning: then the first names of a large batch would be gone before
   * its deltas come, and each first key of a Map is found by walking over the holes that deleted keys left.
   */
  trim(): void {
    if (this.#renamed.length > RENAMES) {
      this.#renamedBefore += this.#renamed.length
      this.#renamed = []
    }
    if (this.#facts.size <= this.#limit) return
    for (const id of this.#facts.keys()) {
      if (this.#facts.size <= this.#limit) return
      this.#facts.delete(id)
    }
  }
}
