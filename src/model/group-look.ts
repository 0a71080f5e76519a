/** One row of a view that groups: the group, or a member of an expanded one; and the columns of both. */
import type { FileId, PathMarks } from '../batch/batch.ts'
import { type Counts, perSecond } from './counts.ts'
import type { SortColumn } from './order.ts'
import type { ProcessRow } from './process-view.ts'

/** What the columns see. Rates are per second over the last tick. */
export interface GroupLook {
  /** what the members have in common, or a member's name */
  readonly name: string
  /** of a group: its members; of a member: 1 */
  readonly members: number
  readonly opens: number
  readonly writes: number
  /** written */
  readonly bytes: number
  /** bytes read */
  readonly reads: number
  readonly errors: number
  readonly total: Counts
}

/** A file that members of a group touched: what they did to it, not what others did. */
export interface MemberFile extends PathMarks {
  id: FileId
  /** '' where its name is not known */
  path: string
}

/** A snapshot: what comes later does not change it. */
export interface GroupRow extends GroupLook {
  /** what the set of expanded ones holds; of a member its id, and its group's key before it */
  key: string
  /** rows above that hold it */
  depth: number
  /** processes that did their part of the sums, but ended and are forgotten */
  gone: number
  expandable: boolean
  expanded: boolean
  /** of a member, or of a process with others below */
  process: ProcessRow | null
  /** of a member */
  file: MemberFile | null
}

export const GROUP_COLUMNS = ['name', 'members', 'opens', 'writes', 'bytes', 'reads', 'errors', 'total'] as const
export type GroupColumn = (typeof GROUP_COLUMNS)[number]

const { compare } = new Intl.Collator('en', { numeric: true })

/** The columns as data. */
export const GROUP_ORDER: readonly SortColumn<GroupLook, GroupColumn>[] = [
  { id: 'name', first: 'least', value: (row) => row.name, compare },
  { id: 'members', first: 'most', value: (row) => row.members, next: (row) => row.total.opens },
  { id: 'opens', first: 'most', value: (row) => row.opens, next: (row) => row.total.opens },
  { id: 'writes', first: 'most', value: (row) => row.writes, next: (row) => row.total.writes },
  { id: 'bytes', first: 'most', value: (row) => row.bytes, next: (row) => row.total.writeBytes },
  { id: 'reads', first: 'most', value: (row) => row.reads, next: (row) => row.total.readBytes },
  { id: 'errors', first: 'most', value: (row) => row.errors, next: (row) => row.total.errors },
  { id: 'total', first: 'most', value: (row) => row.total.writeBytes + row.total.readBytes, next: (row) => row.total.opens },
]

/** Equal rows go by key. */
export function groupTie(a: GroupRow, b: GroupRow): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** The rates that the columns see, of what a tick of some seconds came to. */
export function ratesOf(tick: Counts, seconds: number): Pick<GroupLook, 'opens' | 'writes' | 'bytes' | 'reads' | 'errors'> {
  const rates = perSecond(tick, seconds)
  return { opens: rates.opens, writes: rates.writes, bytes: rates.writeBytes, reads: rates.readBytes, errors: rates.errors }
}
