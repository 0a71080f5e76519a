/** The directories view: the tree as rows, as far as it is expanded. Only directories that are expanded are looked into. */

import type { FileId } from '../batch/batch.ts'
import { type Directories, type Directory, NOWHERE, ROOTS } from './directories.ts'
import { DIRECTORY_ORDER, type DirectoryColumn, type DirectoryLook, type DirectoryRow } from './directory-look.ts'
import type { FileFilter } from './file-filter.ts'
import { FileAt } from './file-look.ts'
import { FileScan } from './file-scan.ts'
import type { FileStates } from './file-states.ts'
import type { Filter } from './filter.ts'
import type { HeaderStats } from './headline.ts'
import { columnOf, Leading, rowOrder } from './order.ts'
import { BelowSums, keptSums, type SumsBelow } from './sums-below.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type Window, type World } from './world.ts'

/** What the directories view shows. */
export interface DirectorySpec extends Window {
  sort: DirectoryColumn
  reverse: boolean
  /** which files are counted; the same object for as long as it is the same filter */
  filter: Filter | null
  kinds: Kinds
  /** paths of directories whose content is shown, as their rows have it */
  expanded: ReadonlySet<string>
  /** also the files in expanded directories */
  leaves: boolean
  /** the key of a row whose place is asked for */
  keep?: string | null
}

/** A window of the rows. */
export interface DirectoryView {
  rows: DirectoryRow[]
  /** rows in all */
  count: number
  /** where the one asked for stands, or -1 */
  at: number
  header: HeaderStats
}

/** Something in a directory, as it is compared. */
interface Compared {
  row: DirectoryLook & { readonly path: string; readonly id: FileId | null }
  /** where it leads, or NOWHERE */
  inside: Directory
}

/** Another directory, or a file. */
interface Child extends Compared {
  row: DirectoryRow
}

/** A file as the columns of directories see it. */
class LeafAt extends FileAt implements DirectoryLook {
  readonly files = 1
  readonly #states: FileStates

  constructor(world: World) {
    super(world)
    this.#states = world.files
  }

  get name(): string {
    return this.path.slice(this.#states.tree.pathLength(this.#states.directory(this.slot)))
  }
}

class Walk {
  readonly #world: World
  readonly #tree: Directories
  readonly #spec: DirectorySpec
  readonly #scan: FileScan
  readonly #sums: SumsBelow
  readonly #order: (a: Compared, b: Compared) => number
  readonly #most: number
  readonly #at: FileAt
  readonly #leaf: LeafAt
  readonly rows: DirectoryRow[] = []
  count = 0
  at = -1

  constructor(world: World, spec: DirectorySpec, filter: FileFilter) {
    this.#world = world
    this.#tree = world.files.tree
    this.#spec = spec
    this.#scan = new FileScan(world, filter, spec.kinds)
    this.#sums = this.#scan.open ? keptSums(world, spec.kinds) : new BelowSums(world, this.#scan)
    this.#most = (spec.from ?? 0) + (spec.limit ?? SCREENFUL)
    this.#at = new FileAt(world)
    this.#leaf = new LeafAt(world)
    const column = columnOf(DIRECTORY_ORDER, spec.sort)
    // One name may stand for a file and a directory, and, where files replaced each other, for several files.
    const byId = (a: FileId | null, b: FileId | null) => (a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1)
    const tie = (a: Compared['row'], b: Compared['row']) => (a.path < b.path ? -1 : a.path > b.path ? 1 : byId(a.id, b.id))
    const order = rowOrder(column, spec.reverse, tie)
    this.#order = (a, b) => order(a.row, b.row)
  }

  run(): void {
    const roots = ROOTS.map((_, root) => root).filter((root) => this.#sums.files(root) > 0)
    this.#show(roots.map((root) => this.#directory(root, 0)).sort(this.#order))
  }

  /** Rows of what lies side by side. `hidden`: so many more that are not among them come before `kept`. */
  #show(children: readonly Child[], kept: Child | null = null, hidden = 0): void {
    for (const child of children) {
      const { row, inside } = child
      if (child === kept) this.count += hidden
      if (row.key === this.#spec.keep) this.at = this.count
      this.count++
      if (this.count <= this.#most) this.rows.push(row)
      if (inside !== NOWHERE && row.expanded) this.#open(inside, row.depth + 1)
    }
  }

  /** What is directly in a directory, in order. */
  #open(directory: Directory, depth: number): void {
    const children: Child[] = []
    for (const child of this.#tree.children(directory)) if (this.#sums.files(child) > 0) children.push(this.#directory(child, depth))
    if (this.#spec.leaves) this.#withFiles(directory, depth, children)
    else this.#show(children.sort(this.#order))
  }

  /** A directory may hold very many files: only those in the window are made rows, the others are counted. */
  #withFiles(directory: Directory, depth: number, children: Child[]): void {
    const kept = this.#leadsToKept(directory, depth, children)
    const first = new Leading<Child, Compared>(Math.max(0, this.#most - this.count), this.#order)
    const look = { row: this.#leaf, inside: NOWHERE }
    let [held, before] = [0, 0]
    for (const slot of this.#tree.files(directory)) {
      if (!this.#scan.passes(slot)) continue
      held++
      this.#leaf.slot = slot
      if (first.wants(look)) first.offer(this.#file(slot, depth))
      if (kept && this.#order(look, kept) < 0) before++
    }
    const files = first.take()
    const shownBefore = kept ? files.filter((file) => this.#order(file, kept) < 0).length : 0
    const shown = kept && kept.inside === NOWHERE ? files.filter(({ row }) => row.key !== kept.row.key).concat(kept) : files
    this.#show([...children, ...shown].sort(this.#order), kept, before - shownBefore)
    this.count += held - shown.length - (before - shownBefore)
  }

  /** Which of the things in a directory is the one that is looked for, or holds it. */
  #leadsToKept(directory: Directory, depth: number, children: readonly Child[]): Child | null {
    const { keep } = this.#spec
    if (!keep) return null
    const slot = this.#world.files.find(keep)
    const place = slot < 0 ? this.#tree.find(keep) : this.#world.files.directory(slot)
    if (slot >= 0 && place === directory) return this.#scan.passes(slot) ? this.#file(slot, depth) : null
    for (let at = place; at !== NOWHERE; at = this.#tree.parent(at)) {
      const holder = children.find(({ inside }) => inside === at)
      if (holder) return holder
    }
    return null
  }

  /** A directory's row; where there is nothing but one other in it, that one's too. */
  #directory(first: Directory, depth: number): Child {
    const tree = this.#tree
    const chain = [tree.path(first)]
    let [at, name] = [first, tree.name(first)]
    for (let only = this.#only(at); only !== NOWHERE; only = this.#only(at)) {
      name = tree.parent(at) === NOWHERE ? name + tree.name(only) : `${name}/${tree.name(only)}`
      at = only
      chain.push(tree.path(at))
    }
    const path = chain.at(-1) as string
    const expandable = this.#spec.leaves || this.#hasDirectories(at)
    const { rates, total } = this.#sums.read(at)
    const expanded = expandable && this.#spec.expanded.has(path)
    const [opens, writes, bytes, reads, errors] = [rates.opens, rates.writes, rates.writeBytes, rates.readBytes, rates.errors]
    const row = { key: path, path, id: null, name, depth, expandable, expanded, chain, opens, writes, bytes, reads, errors, files: this.#sums.files(at), total }
    return { row, inside: at }
  }

  #hasDirectories(at: Directory): boolean {
    for (const child of this.#tree.children(at)) if (this.#sums.files(child) > 0) return true
    return false
  }

  /** The one directory that holds all files below, or NOWHERE. */
  #only(at: Directory): Directory {
    const files = this.#sums.files(at)
    for (const child of this.#tree.children(at)) {
      const held = this.#sums.files(child)
      if (held > 0) return held === files ? child : NOWHERE
    }
    return NOWHERE
  }

  #file(slot: number, depth: number): Child {
    const { files } = this.#world
    const { kind: _kind, hottest: _hottest, processes: _processes, readers: _readers, writers: _writers, ...row } = this.#at.row(slot)
    const name = row.path.slice(files.tree.pathLength(files.directory(slot)))
    return { row: { ...row, key: row.id, name, depth, files: 1, expandable: false, expanded: false, chain: [] }, inside: NOWHERE }
  }
}

/** The directories view. */
export function directoriesView(world: World, spec: DirectorySpec, filter: FileFilter): DirectoryView {
  const walk = new Walk(world, spec, filter)
  walk.run()
  return { rows: walk.rows.slice(spec.from ?? 0), count: walk.count, at: walk.at, header: world.header }
}
