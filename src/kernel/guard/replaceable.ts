/**
 * Directories above a rule's file that users other than root may rename. A rule is anchored at inodes: it does not hold for files in a directory
 * that is put in the place of such a one, or only once they are found (replaced-files.ts).
 */
import { lstatSync, statSync } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { decodeBytes } from '../../text/bytes.ts'
import { pathBytes, realPath } from '../path-bytes.ts'
import type { Target } from './anchors.ts'

/** Owner, group and st_mode of a directory. */
export interface Owner {
  uid: number
  gid: number
  mode: number
}

/** A directory and its parent; null: stat(2) failed. */
export interface Step {
  path: string
  own: Owner | null
  parent: Owner | null
}

/** Which users may put another directory in the place of `path`. `parent`: the path of its parent. */
export interface Replaceable {
  path: string
  parent: string
  by: { user: number } | { group: number } | 'any user'
}

const [STICKY, GROUP_WRITES, OTHERS_WRITE] = [0o1000, 0o020, 0o002]

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

/** Users other than root that may rename the entry `own` of a directory; null: none. The group 0 is taken for root. */
function renamerOf(own: Owner, parent: Owner): Replaceable['by'] | null {
  if (parent.uid !== 0) return { user: parent.uid }
  const [byGroup, byOthers] = [(parent.mode & GROUP_WRITES) !== 0 && parent.gid !== 0, (parent.mode & OTHERS_WRITE) !== 0]
  if (!byGroup && !byOthers) return null
  if (parent.mode & STICKY) return own.uid === 0 ? null : { user: own.uid }
  return byOthers ? 'any user' : { group: parent.gid }
}

/** The first of these directories that may be replaced; null: none. `steps`: the topmost first. */
export function replaceableIn(steps: readonly Step[]): Replaceable | null {
  for (const { path, own, parent } of steps) {
    const by = own && parent && renamerOf(own, parent)
    if (by) return { path, parent: parentOf(path), by }
  }
  return null
}

/** '/a/b/c' -> '/a', '/a/b'. Not the path itself: a rule is anchored at its name too, which covers what takes its place. */
function above(path: string): string[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)
}

function tried<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch {
    return null
  }
}

/** `path` as it is written, as its directory resolves, and as it resolves itself, which may be a symbolic link; null: it does not resolve. */
function directories(path: string, parent: string | null, self: string | null): string[] {
  const below = parent === null ? path : `${parent === '/' ? '' : parent}${path.slice(path.lastIndexOf('/'))}`
  return [...new Set([...above(path), ...above(below), ...above(self ?? path)])]
}

/** A directory above the object of a rule that users other than root may replace; null: none, or the object has no path. Follows symbolic links. */
export function replaceableAbove({ kind, text }: Target): Replaceable | null {
  if (kind !== 'file' && kind !== 'tree') return null
  const paths = directories(text, realPath(parentOf(text)), realPath(text))
  return replaceableIn(paths.map((path) => ({ path, own: tried(() => lstatSync(pathBytes(path))), parent: tried(() => statSync(pathBytes(parentOf(path)))) })))
}

/** The same without blocking the main thread: a file system may not answer. */
export async function replaceableAboveSoon({ kind, text }: Target): Promise<Replaceable | null> {
  if (kind !== 'file' && kind !== 'tree') return null
  const real = (path: string) =>
    realpath(pathBytes(path), { encoding: 'buffer' }).then(
      (found) => decodeBytes(found),
      () => null,
    )
  const steps: Step[] = []
  for (const path of directories(text, await real(parentOf(text)), await real(text))) {
    const own = await lstat(pathBytes(path)).catch(() => null)
    steps.push({ path, own, parent: await stat(pathBytes(parentOf(path))).catch(() => null) })
  }
  return replaceableIn(steps)
}
