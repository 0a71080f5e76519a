/** One row of the directories view, and its columns. */
import type { FileId, PathMarks } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import { comparePaths } from './file-look.ts'
import type { SortColumn } from './order.ts'

/** What the columns of directories see. Rates are per second over the last tick. */
export interface DirectoryLook {
  /** one component, or several where each has nothing beside the next: 'var/lib/docker' */
  readonly name: string
  readonly opens: number
  readonly writes: number
  /** written */
  readonly bytes: number
  /** bytes read */
  readonly reads: number
  readonly errors: number
  /** known files at any depth below; of a file 1 */
  readonly files: number
  /** A directory's also has what was done to files that the model forgot, unless there is a filter. */
  readonly total: Counts
}

/** A directory, or a file in an expanded one. A snapshot: what comes later does not change it. */
export interface DirectoryRow extends DirectoryLook, PathMarks {
  /** of a directory its path, of a file its id */
  key: string
  /** of a directory its path, which is also what the set of expanded ones holds; of a file its path */
  path: string
  /** of a file; null: a directory */
  id: FileId | null
  /** rows above that hold it */
  depth: number
  /** is there anything to expand? */
  expandable: boolean
  expanded: boolean
  /** paths of all directories that this row stands for: to be expanded and collapsed together, so that it stays so when one gets a neighbour */
  chain: string[]
}

export const DIRECTORY_COLUMNS = ['name', 'opens', 'writes', 'bytes', 'reads', 'errors', 'files', 'total'] as const
export type DirectoryColumn = (typeof DIRECTORY_COLUMNS)[number]

/** The columns as data; they order what lies in the same directory. */
export const DIRECTORY_ORDER: readonly SortColumn<DirectoryLook, DirectoryColumn>[] = [
  { id: 'name', first: 'least', value: (row) => row.name, compare: comparePaths },
  { id: 'opens', first: 'most', value: (row) => row.opens, next: (row) => row.total.opens },
  { id: 'writes', first: 'most', value: (row) => row.writes, next: (row) => row.total.writes },
  { id: 'bytes', first: 'most', value: (row) => row.bytes, next: (row) => row.total.writeBytes },
  { id: 'reads', first: 'most', value: (row) => row.reads, next: (row) => row.total.readBytes },
  { id: 'errors', first: 'most', value: (row) => row.errors, next: (row) => row.total.errors },
  { id: 'files', first: 'most', value: (row) => row.files, next: (row) => row.total.opens },
  { id: 'total', first: 'most', value: (row) => row.total.writeBytes + row.total.readBytes, next: (row) => row.total.opens },
]
