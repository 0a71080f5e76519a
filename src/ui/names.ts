/** Names of files and processes as the screen shows them: harmless, and with what is known of how a path was come by. */
import type { PathMarks } from '../batch/batch.ts'
import { printable } from '../text/printable.ts'

/** A file by its path; '' where that is not known. */
export interface Named extends PathMarks {
  readonly path: string
}

/** A path: '…' its root end is missing, '?' known from the root of its file system only. */
export function pathText({ path, deleted, noMount, cut, unreadable }: Named): string {
  if (unreadable || path === '') return '(no name)'
  const name = printable(path)
  return `${cut ? '…' : ''}${noMount && !cut ? `?${name}` : name}${deleted ? ' (deleted)' : ''}`
}

/** Can a rule name this file? Then its path is whole, and leads to it. */
export function isWhole({ path, cut, noMount, asGiven, deleted, unreadable }: Named): boolean {
  return path.startsWith('/') && !cut && !noMount && !asGiven && !deleted && !unreadable
}

/** A process's name; × before it: it has ended. */
export function processText({ comm, alive }: { comm: string; alive: boolean }): string {
  return (alive ? '' : '×') + printable(comm)
}
