/** Files in the order of their paths, by a walk through the tree: only directories that are reached are sorted. */
import { type Directories, type Directory, NOWHERE, ROOTS } from './directories.ts'
import { comparePaths } from './file-look.ts'
import type { FileStates } from './file-states.ts'
import { Leading } from './order.ts'
import type { Kinds } from './uses.ts'

/** Which files are meant. */
export interface PathScan {
  files: FileStates
  kinds: Kinds
  /** do all files of these kinds pass? */
  open: boolean
  passes(slot: number): boolean
}

/** A file or directory within another; a directory's name ends with a slash, so that it compares as what is below it does. */
interface Entry {
  name: string
  /** slot of a file, or -1 */
  file: number
  directory: Directory
}

function byId(files: FileStates, a: number, b: number): number {
  return files.id(a) < files.id(b) ? -1 : a === b ? 0 : 1
}

/** A file's path from its directory on. */
function nameIn(files: FileStates, tree: Directories, slot: number): string {
  const path = files.fact(slot)?.path ?? ''
  return path.slice(tree.pathLength(files.directory(slot)))
}

/** Entries of a directory in order, the first `most` of them where that can be known. */
function entriesOf({ files, kinds, open, passes }: PathScan, at: Directory, sign: 1 | -1, most: number): Entry[] {
  const { tree } = files
  const order = (a: Entry, b: Entry) => sign * comparePaths(a.name, b.name) || byId(files, a.file, b.file)
  // Each file is one row. Each directory has at least one file below, but with a filter perhaps none that passes.
  const first = new Leading<Entry>(most, order)
  const directories: Entry[] = []
  for (const child of tree.children(at)) {
    if (tree.count(child, kinds) === 0) continue
    const entry = { name: `${tree.name(child)}/`, file: -1, directory: child }
    if (open) first.offer(entry)
    else directories.push(entry)
  }
  for (const file of tree.files(at)) if (passes(file)) first.offer({ name: nameIn(files, tree, file), file, directory: NOWHERE })
  const entries = first.take()
  return directories.length === 0 ? entries : [...entries, ...directories].sort(order)
}

function* below(scan: PathScan, at: Directory, sign: 1 | -1, most: number): Generator<number> {
  for (const entry of entriesOf(scan, at, sign, most)) {
    if (entry.file >= 0) yield entry.file
    else yield* below(scan, entry.directory, sign, most)
  }
}

/** The first `most` files; those that lie nowhere, given in any order, come last. */
export function filesByPath(scan: PathScan, reverse: boolean, most: number, nowhere: number[]): number[] {
  const sign = reverse ? -1 : 1
  const { files } = scan
  const path = (slot: number) => files.fact(slot)?.path ?? ''
  const last = new Leading<number>(most, (a, b) => sign * comparePaths(path(a), path(b)) || byId(files, a, b))
  for (const slot of nowhere) last.offer(slot)
  const roots = ROOTS.map((_, root) => root)
  const out: number[] = []
  const take = (slots: Iterable<number>) => {
    if (out.length >= most) return
    for (const slot of slots) {
      out.push(slot)
      if (out.length >= most) return
    }
  }
  if (reverse) take(last.take())
  for (const root of reverse ? roots.reverse() : roots) take(below(scan, root, sign, most))
  if (!reverse) take(last.take())
  return out.slice(0, most)
}

/** Passing files below a directory. */
function countBelow(scan: PathScan, at: Directory): number {
  const { tree } = scan.files
  if (scan.open || tree.count(at, scan.kinds) === 0) return tree.count(at, scan.kinds)
  let count = 0
  for (const file of tree.files(at)) if (scan.passes(file)) count++
  for (const child of tree.children(at)) count += countBelow(scan, child)
  return count
}

/** Where a file that passes stands among `count` files. */
export function placeByPath(scan: PathScan, slot: number, reverse: boolean, count: number, nowhere: number[]): number {
  const { files } = scan
  const { tree } = files
  let [before, same, sameBefore] = [0, 0, 0]
  const meet = (name: string, other: number, own: string) => {
    const order = comparePaths(name, own)
    if (order < 0) before++
    if (order !== 0) return
    same++
    if (byId(files, other, slot) < 0) sameBefore++
  }
  let at = files.directory(slot)
  if (at === NOWHERE) {
    const path = files.fact(slot)?.path ?? ''
    for (const other of nowhere) meet(files.fact(other)?.path ?? '', other, path)
    before += count - nowhere.length
  } else {
    const own = nameIn(files, tree, slot)
    for (const other of tree.files(at)) if (scan.passes(other)) meet(nameIn(files, tree, other), other, own)
    // Up to the root: what lies beside the way and before it.
    for (let name = own; at !== NOWHERE; at = tree.parent(at)) {
      for (const child of tree.children(at))
        if (`${tree.name(child)}/` !== name && comparePaths(`${tree.name(child)}/`, name) < 0) before += countBelow(scan, child)
      if (name !== own) {
        for (const other of tree.files(at)) if (scan.passes(other) && comparePaths(nameIn(files, tree, other), name) < 0) before++
      }
      name = `${tree.name(at)}/`
      if (tree.parent(at) === NOWHERE) for (let root = 0; root < at; root++) before += countBelow(scan, root)
    }
  }
  return reverse ? count - before - same + sameBefore : before + sameBefore
}
