/** The directories view: the tree as rows, as far as it is expanded. Only directories that are expanded are looked into. */
import { type Directories, type Directory, NOWHERE, ROOTS } from './directories.ts'
import { DIRECTORY_ORDER, type DirectoryColumn, type DirectoryRow } from './directory-look.ts'
import type { FileFilter } from './file-filter.ts'
import { FileAt } from './file-look.ts'
import { FileScan } from './file-scan.ts'
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

/** Something in a directory: another one, or a file. */
interface Child {
  row: DirectoryRow
  /** where it leads, or NOWHERE */
  inside: Directory
}

class Walk {
  readonly #world: World
  readonly #tree: Directories
  readonly #spec: DirectorySpec
  readonly #scan: FileScan
  readonly #sums: SumsBelow
  readonly #order: (a: Child, b: Child) => number
  readonly #most: number
  readonly #at: FileAt
  /** the slot of the file that is looked for, or -1 */
  readonly #kept: number
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
    this.#kept = spec.keep ? world.files.find(spec.keep) : -1
    const column = columnOf(DIRECTORY_ORDER, spec.sort)
    // One name may stand for a file and a directory, and, where files replaced each other, for several files.
    const order = rowOrder(column, spec.reverse, (a: DirectoryRow, b: DirectoryRow) =>
      a.path < b.path ? -1 : a.path > b.path ? 1 : (a.id ?? '') < (b.id ?? '') ? -1 : 1,
    )
    this.#order = (a, b) => order(a.row, b.row)
  }

  run(): void {
    const roots = ROOTS.map((_, root) => root).filter((root) => this.#sums.files(root) > 0)
    this.#show(roots.map((root) => this.#directory(root, 0)).sort(this.#order))
  }

  #show(children: readonly Child[]): void {
    for (const { row, inside } of children) {
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
    if (!this.#spec.leaves) {
      this.#show(children.sort(this.#order))
      return
    }
    // A directory may hold very many files: those that are beyond the window are only counted, unless one of them is looked for.
    const looked = this.#kept >= 0 && this.#world.files.directory(this.#kept) === directory
    const room = looked ? Number.POSITIVE_INFINITY : Math.max(0, this.#most - this.count)
    const files = new Leading<Child>(room, this.#order)
    let held = 0
    for (const slot of this.#tree.files(directory)) {
      if (!this.#scan.passes(slot)) continue
      held++
      if (room > 0) files.offer(this.#file(slot, depth))
    }
    const shown = files.take()
    this.#show([...children, ...shown].sort(this.#order))
    this.count += held - shown.length
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
