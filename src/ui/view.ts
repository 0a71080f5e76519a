/** What a view is: columns, an order and a way to its rows, as data. The model computes, one table draws, sorts and scrolls them all. */
import type { Counts } from '../model/counts.ts'
import type { Grouping } from '../model/departed.ts'
import type { DirectoryDetail } from '../model/directory-drill.ts'
import type { FileDetail, ProcessDetail } from '../model/drill.ts'
import type { EventCounts } from '../model/event-log.ts'
import type { Filter } from '../model/filter.ts'
import type { Model, ProcessRow } from '../model/model.ts'
import type { Kinds } from '../model/uses.ts'
import type { NowSeen } from './asking.ts'
import type { Named } from './names.ts'

/** A column of rows of one kind. */
export interface Column<Row> {
  /** what the model sorts by */
  id: string
  title: string
  /** what it is, for the help */
  help: string
  /** cells; 0: all that is left */
  width: number
  /** cells on screens of less than 90, where others need the room; none: as many */
  narrow?: number
  align: 'left' | 'right'
  /** false: rows cannot be sorted by it */
  sorts?: false
  /** shown on screens of at least this many cells */
  from: number
  /** made harmless */
  text: (row: Row) => string
}

/** What a row is about: what Enter opens, and what the brakes act on. */
export type Subject =
  /** `below`: only what it does below this directory */
  | { kind: 'process'; row: ProcessRow; file: Named | null; below?: string }
  /** `by`: only what this process does to it, `group`: only what these do; `total`: what was done; `hottest`: who does most to it, where the view says that */
  | {
      kind: 'file'
      id: string
      file: Named
      total: Counts
      by: ProcessRow | null
      hottest?: { comm: string; pid: number } | null
      below?: string
      group?: { by: Grouping; key: string; others?: string }
    }
  | { kind: 'directory'; path: string; total: Counts }
  /** `others`: who else a rule by the same would hit, where that is known */
  | { kind: 'group'; by: Grouping; key: string; total: Counts; others?: string }
  /** one operation: `title` is its process's, `by` who that is */
  | { kind: 'event'; process: string; title: string; file: Named; total: Counts; by: Pick<ProcessRow, 'pid' | 'comm' | 'alive'> }
  /** nothing a rule could be about; `why`, and what to do instead */
  | { kind: 'nothing'; why?: string }

/** A row as the table wants it. */
export interface TableRow {
  /** stays the same from tick to tick */
  id: string
  /** what a column shows of it */
  text(column: string): string
  /** rows above that hold it */
  depth: number
  /** the id of the row that holds it, where that can be told from the row; null: it has to be looked for */
  holder: string | null
  expandable: boolean
  expanded: boolean
  /** what is put into the set of expanded ones, or taken out of it */
  chain: readonly string[]
  ended: boolean
  /** of a process: marked when a rule has hit it */
  pid: number | null
  subject: Subject
}

/** Which rows are wanted. */
export interface Wanted {
  sort: string
  reverse: boolean
  filter: Filter | null
  kinds: Kinds
  expanded: ReadonlySet<string>
  from: number
  limit: number
  /** the id of a row whose place is asked for */
  keep: string | null
  /** what the live machine says of what is looked at; null: nothing */
  now?: NowSeen | null
}

/** A window of the rows. */
export interface Found {
  rows: TableRow[]
  /** rows in all */
  count: number
  /** where the one asked for stands, or -1 */
  at: number
  /** what the rows belong to; null: nothing, or it is remembered no more */
  detail: Detail | null
  /** of a past tick: are the rows of all that did something then? else of those that did most */
  whole?: boolean
  /** of events: where all are that there were */
  events?: EventCounts
}

/** One process, file or directory closely. */
export type Detail = ({ of: 'process' } & ProcessDetail) | ({ of: 'file' } & FileDetail) | ({ of: 'directory' } & DirectoryDetail)

/** A column that a screen needs to know nothing of the rows for. */
export type Heading = Omit<Column<never>, 'text'>

export interface View {
  /** what its rows are called: 'No process matches the filter.' */
  one: string
  columns: readonly Heading[]
  /** the column it is sorted by until another is chosen */
  sort: string
  /** expanded until the user says otherwise */
  expanded: ReadonlySet<string>
  /** are rows expanded until they are closed? Then the set of expanded ones is of those that are closed. */
  unfolded: boolean
  /** can rows be expanded? Then the last column is indented. */
  tree: boolean
  find(model: Model, wanted: Wanted): Found
  /** its rows as they were at a tick; a view without it has no past */
  past?(model: Model, tick: number, wanted: Wanted): Found
}

/** What a row says beside its columns. */
export type Marks = Pick<TableRow, 'id' | 'subject'> & Partial<Pick<TableRow, 'depth' | 'holder' | 'expandable' | 'expanded' | 'chain' | 'ended' | 'pid'>>

/** Rows of the model as rows of the table. */
export function rowsOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[], marks: (row: Row) => Marks): TableRow[] {
  return rows.map((row) => ({
    ...{ depth: 0, holder: null, expandable: false, expanded: false, chain: [], ended: false, pid: null },
    ...marks(row),
    text: (id) => columns.find((column) => column.id === id)?.text(row) ?? '',
  }))
}

/** A column's id as the model knows it; what the model does not know becomes the first it knows. */
export function known<Id extends string>(ids: readonly Id[], id: string): Id {
  return ids.find((one) => one === id) ?? (ids[0] as Id)
}

const NOTHING: ReadonlySet<string> = new Set()

/** A view whose rows lie side by side. */
export function flat(view: Omit<View, 'tree' | 'expanded' | 'unfolded'>): View {
  return { ...view, tree: false, expanded: NOTHING, unfolded: false }
}
