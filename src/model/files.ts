/** Files known by name: the most recently touched ones, in bounded memory. */
import { type FileFact, type FileId, NO_FILE } from '../batch/batch.ts'
import { Recency } from './recency.ts'
import { grown, type Handle } from './slots.ts'

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

/** UTF-16 units of all paths that are remembered: a path may have 4,096 of them, and most have fewer than 100. */
export const PATH_CHARS = 8 * 1024 * 1024

/** Renames that are kept by name; who asks later than that is told nothing for sure. */
const RENAMES = 1000

/** Where a file stands in the table, for as long as it is not trimmed; 0: nowhere. */
export type FilePlace = number

/** A table that forgets what was used longest ago. */
export class FileTable {
  readonly #limit: number
  readonly #pathChars: number
  #chars = 0
  readonly #facts = new Recency<FileId, FileFact>()
  /** by place */
  #states = new Float64Array(1)
  /** the last files that got another path, and how many did before them */
  #renamed: FileId[] = []
  #renamedBefore = 0

  /** `limit`: files; `pathChars`: UTF-16 units of their paths. There may be more until trim(). */
  constructor(limit: number, pathChars = PATH_CHARS) {
    this.#limit = limit
    this.#pathChars = pathChars
  }

  get size(): number {
    return this.#facts.size
  }

  /** UTF-16 units of all paths. */
  get chars(): number {
    return this.#chars
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

  /** Takes a fact in, as used last, and returns where: a path known from its root is not given up for one that is not. */
  learn(fact: FileFact): FilePlace {
    const place = this.#facts.place(fact.id)
    const known = this.#facts.at(place)
    if (!known) return this.#add(fact)
    const kept = this.#better(known, fact)
    if (kept !== known) {
      this.#chars += kept.path.length - known.path.length
      this.#facts.put(place, kept)
    }
    this.#facts.use(place)
    return place
  }

  #add(fact: FileFact): FilePlace {
    const place = this.#facts.add(fact.id, fact)
    this.#chars += fact.path.length
    this.#states = grown(this.#states, place + 1)
    this.#states[place] = 0
    return place
  }

  #better(known: FileFact, fact: FileFact): FileFact {
    // Facts come again with each process that touches the file: the old one is kept, and its id with all who hold that.
    if (same(known, fact) || (fact.noMount && !known.noMount)) return known
    if (known.path !== fact.path) this.#renamed.push(known.id)
    return { ...fact, id: known.id }
  }

  /** Looks up and marks as used; 0: no name is known. */
  touch(id: FileId): FilePlace {
    const place = this.#facts.place(id)
    this.#facts.use(place)
    return place
  }

  /** What is known of the file at a place; undefined at 0. */
  at(place: FilePlace): FileFact | undefined {
    return this.#facts.at(place)
  }

  get(id: FileId): FileFact | undefined {
    return this.#facts.at(this.#facts.place(id))
  }

  /** Where the sums of the file at a place were when that was kept last: it saves looking its id up once more. 0: not kept. */
  state(place: FilePlace): Handle {
    return this.#states[place] as Handle
  }

  keepState(place: FilePlace, handle: Handle): void {
    if (place !== 0) this.#states[place] = handle
  }

  /**
   * Goes back to the limits; once a batch. Not one by one while learning: then the first names of a large batch would be gone before
   * its deltas come.
   */
  trim(): void {
    if (this.#renamed.length > RENAMES) {
      this.#renamedBefore += this.#renamed.length
      this.#renamed = []
    }
    while (this.#facts.size > this.#limit || this.#chars > this.#pathChars) this.#chars -= this.#facts.forgetOldest()?.path.length ?? 0
  }
}
