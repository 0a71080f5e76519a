/** The tree of directories in which known files lie, with sums of all below each, kept by what changed. */
import type { CounterDelta, FileFact } from '../batch/batch.ts'
import { copied } from '../text/copied.ts'
import { grown } from './slots.ts'
import { Recently, Tally } from './tally.ts'
import type { Kind, Kinds } from './uses.ts'

/** A directory's place in the tree. -1: none, for files that have no name yet, or no place (sockets, pipes). */
export type Directory = number
export const NOWHERE: Directory = -1

/** Deeper ones are not told apart: the kernel does not name more components either. */
const DEEPEST = 64

/** Roots: where paths begin. The second is for those known from the root of their file system only, the third for those cut at the root end. */
export const ROOTS = ['/', '?/', '…/'] as const

/** Sums and numbers of files below, of one kind. */
interface Below {
  tally: Tally
  /** known files at any depth, by directory */
  files: Int32Array<ArrayBuffer>
}

/**
 * A directory is there as long as a known file lies in it or below. When a file is forgotten, what was done to it stays in the sums
 * of its directories for as long as they are there; when it moves, its sums move with it.
 */
export class Directories {
  readonly #limit: number
  readonly #names: string[] = []
  readonly #children: (Map<string, Directory> | null)[] = []
  #parents = new Int32Array(0)
  #depths = new Int32Array(0)
  #lengths = new Int32Array(0)
  /** files directly in a directory: the first, and by file the next and the one before; all counted from 1 */
  #first = new Int32Array(0)
  #next = new Int32Array(0)
  #before = new Int32Array(0)
  readonly below: Record<Kind, Below> = {
    files: { tally: new Tally(), files: new Int32Array(0) },
    others: { tally: new Tally(), files: new Int32Array(0) },
  }
  readonly #free: Directory[] = []
  #size = 0
  /** whose sums have grown since the last roll(), by depth; the growth itself stands in #growth */
  readonly #dirty: { kind: Kind; at: Directory }[][] = []
  readonly #growth: Record<Kind, Recently> = { files: new Recently(), others: new Recently() }

  /** @param limit directories; where there is no room for more, files count for the nearest one above that is known. */
  constructor(limit: number) {
    this.#limit = limit
    for (const name of ROOTS) this.#new(NOWHERE, name)
  }

  /** Directories known, with the roots. */
  get size(): number {
    return this.#size
  }

  /** All places are below this. */
  get end(): number {
    return this.#names.length
  }

  /** Its own name; of a root, with the slash. */
  name(at: Directory): string {
    return this.#names[at] ?? ''
  }

  parent(at: Directory): Directory {
    return this.#parents[at] as number
  }

  /** How far below its root; a root's is 0. */
  depth(at: Directory): number {
    return this.#depths[at] as number
  }

  /** Characters of its path with the slash at its end: where the name of a file directly in it begins. */
  pathLength(at: Directory): number {
    return this.#lengths[at] as number
  }

  /** Its whole path, without a slash at the end unless it is a root. */
  path(at: Directory): string {
    const names: string[] = []
    for (let up = at; up !== NOWHERE; up = this.parent(up)) names.push(this.name(up))
    return (names.pop() ?? '') + names.reverse().join('/')
  }

  /** The directory of that path, if it is known. */
  find(path: string): Directory {
    const root = ROOTS.findIndex((name) => path.startsWith(name))
    if (root < 0) return NOWHERE
    let at: Directory = root
    for (const name of path.slice((ROOTS[root] as string).length).split('/')) {
      if (name === '') continue
      const child = this.#children[at]?.get(name)
      if (child === undefined) return NOWHERE
      at = child
    }
    return at
  }

  /** Directories directly in it. */
  children(at: Directory): Iterable<Directory> {
    return this.#children[at]?.values() ?? []
  }

  /** How many directories are directly in it. */
  childCount(at: Directory): number {
    return this.#children[at]?.size ?? 0
  }

  /** Slots of the files directly in it, the one that came last first. */
  *files(at: Directory): Generator<number> {
    for (let file = this.#first[at] as number; file > 0; file = this.#next[file - 1] as number) yield file - 1
  }

  /** Known files of these kinds at any depth below. */
  count(at: Directory, kinds: Kinds): number {
    return (this.below.files.files[at] ?? 0) + (kinds === 'all' ? (this.below.others.files[at] ?? 0) : 0)
  }

  #new(parent: Directory, name: string): Directory {
    const at = this.#free.pop() ?? this.#names.length
    this.#names[at] = name
    this.#children[at] = null
    this.#parents = grown(this.#parents, at + 1)
    this.#depths = grown(this.#depths, at + 1)
    this.#lengths = grown(this.#lengths, at + 1)
    this.#first = grown(this.#first, at + 1)
    this.#parents[at] = parent
    this.#depths[at] = parent === NOWHERE ? 0 : this.depth(parent) + 1
    // A root's name may say more than its path, which is '/'.
    this.#lengths[at] = parent === NOWHERE ? 1 : this.pathLength(parent) + name.length + 1
    this.#first[at] = 0
    for (const below of [this.below.files, this.below.others]) {
      below.files = grown(below.files, at + 1)
      below.files[at] = 0
      below.tally.total.reach(at)
    }
    this.#size++
    return at
  }

  #remove(at: Directory): void {
    this.#children[this.parent(at)]?.delete(this.name(at))
    for (const kind of ['files', 'others'] as const) {
      this.below[kind].tally.forget(at)
      this.#growth[kind].forget(at)
    }
    this.#free.push(at)
    this.#size--
  }

  /** The directory a file of that name lies in, made where it is not known. */
  #directoryOf(fact: FileFact): Directory {
    const { path } = fact
    if (fact.unreadable || !path.startsWith('/')) return NOWHERE
    let at: Directory = fact.cut ? 2 : fact.noMount ? 1 : 0
    for (let from = 1, to = path.indexOf('/', 1); to >= 0; from = to + 1, to = path.indexOf('/', from)) {
      if (to === from) continue
      const name = path.slice(from, to)
      const known = this.#children[at]?.get(name)
      if (known === undefined && (this.#size >= this.#limit || this.depth(at) >= DEEPEST)) return at
      // The name by itself: a part of the path would keep all of it in memory.
      at = known ?? this.#under(at, copied(name))
    }
    return at
  }

  #under(parent: Directory, name: string): Directory {
    const at = this.#new(parent, name)
    const siblings = this.#children[parent] ?? new Map<string, Directory>()
    this.#children[parent] = siblings
    return siblings.set(name, at).get(name) as Directory
  }

  /** Puts a file in its place with what was done to it so far (null: nothing); says where that is. */
  place(file: number, fact: FileFact, kind: Kind, sums: Tally | null): Directory {
    const at = this.#directoryOf(fact)
    if (at === NOWHERE) return at
    this.#next = grown(this.#next, file + 1)
    this.#before = grown(this.#before, file + 1)
    const next = this.#first[at] as number
    this.#next[file] = next
    this.#before[file] = 0
    if (next > 0) this.#before[next - 1] = file + 1
    this.#first[at] = file + 1
    const { tally, files } = this.below[kind]
    for (let up = at; up !== NOWHERE; up = this.parent(up)) {
      files[up] = (files[up] as number) + 1
      if (sums) tally.addFrom(up, sums, file, 1)
    }
    return at
  }

  /** Takes a file out of the directory it was placed in, with its sums (it moves), or leaving them (it is forgotten: null). Call roll() before. */
  remove(file: number, at: Directory, kind: Kind, sums: Tally | null): void {
    if (at === NOWHERE) return
    const [next, before] = [this.#next[file] as number, this.#before[file] as number]
    if (next > 0) this.#before[next - 1] = before
    if (before > 0) this.#next[before - 1] = next
    else this.#first[at] = next
    const { tally, files } = this.below[kind]
    for (let up = at; up !== NOWHERE; ) {
      const parent = this.parent(up)
      files[up] = (files[up] as number) - 1
      if (sums) tally.addFrom(up, sums, file, -1)
      if (parent !== NOWHERE && this.count(up, 'all') === 0) this.#remove(up)
      up = parent
    }
  }

  /** Adds what was done to a file in this directory; roll() hands it on. */
  add(at: Directory, kind: Kind, delta: CounterDelta): void {
    if (at === NOWHERE) return
    if (this.#growth[kind].place(at) < 0) this.#mark(kind, at)
    this.#growth[kind].add(at, delta)
  }

  #mark(kind: Kind, at: Directory): void {
    const depth = this.depth(at)
    const dirty = this.#dirty[depth] ?? []
    this.#dirty[depth] = dirty
    dirty.push({ kind, at })
  }

  /** Hands all that was added since the last time on to the directories above: each is looked at once, however many files below changed. */
  roll(): void {
    for (let depth = this.#dirty.length - 1; depth >= 0; depth--) {
      for (const { kind, at } of this.#dirty[depth] ?? []) {
        const growth = this.#growth[kind]
        this.below[kind].tally.addGrowth(at, growth)
        const parent = this.parent(at)
        if (parent === NOWHERE) continue
        if (growth.place(parent) < 0) this.#mark(kind, parent)
        growth.addFrom(parent, growth, at)
      }
    }
    if (this.#dirty.length > 0) this.#dirty.length = 0
    for (const growth of [this.#growth.files, this.#growth.others]) growth.clear()
  }

  /** Starts a tick. */
  clearTick(): void {
    for (const { tally } of [this.below.files, this.below.others]) tally.tick.clear()
  }
}
