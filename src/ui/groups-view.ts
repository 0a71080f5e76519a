/** Views of processes or files grouped by what the processes have in common, and of processes below those that started them. */
import { GROUPINGS, type Grouping } from '../model/departed.ts'
import { GROUP_COLUMNS, type GroupRow } from '../model/group-look.ts'
import type { GroupView } from '../model/group-view.ts'
import { printable } from '../text/printable.ts'
import { bytes, count, exact } from '../text/units.ts'
import { pathText, processText } from './names.ts'
import { type Column, known, rowsOf, type Subject, type View } from './view.ts'

/** By what rows are grouped: 'none' for a plain list, 'parent' for a tree of processes; 'inside' and 'events': of a close look, the other rows it has. */
export type By = 'none' | Grouping | 'parent' | 'inside' | 'events'

/** What `b` goes through in each list. */
export const GROUPED: Record<'processes' | 'files', readonly By[]> = {
  processes: ['none', ...GROUPINGS.filter((by) => by !== 'session'), 'parent', 'session'],
  files: ['none', ...GROUPINGS],
}

/** A process or file by name; of a group what its members have in common. */
function nameText({ key, name, process, file, gone, depth }: GroupRow, tree: boolean): string {
  if (file) return pathText(file)
  if (process) return `${processText(process)} ${process.pid}`
  // A process that did nothing itself is known by its id, which begins with its number.
  if (tree) return `${printable(name)} ${Number.parseInt(key, 10)}`
  const members = gone > 0 && depth === 0 ? ` (+${exact(gone)} gone)` : ''
  return `${name === '' ? '(unknown)' : printable(name)}${members}`
}

/** The columns of groups and their members. */
export function groupColumns(members: string, tree = false): readonly Column<GroupRow>[] {
  return [
    { id: 'opens', title: 'OPEN/s', help: 'files opened a second', width: 7, align: 'right', from: 0, text: (row) => count(row.opens) },
    { id: 'writes', title: 'WRITE/s', help: 'write calls a second', width: 7, align: 'right', from: 0, text: (row) => count(row.writes) },
    { id: 'bytes', title: 'BYTES/s', help: 'bytes written a second', width: 7, align: 'right', from: 0, text: (row) => bytes(row.bytes) },
    { id: 'reads', title: 'READ/s', help: 'bytes read a second', width: 6, align: 'right', from: 0, text: (row) => bytes(row.reads) },
    { id: 'errors', title: 'ERR', help: 'calls that failed, a second', width: 4, align: 'right', from: 0, text: (row) => count(row.errors) },
    {
      id: 'total',
      title: 'TOTAL',
      help: 'bytes written and read so far',
      width: 5,
      align: 'right',
      from: 0,
      text: ({ total }) => bytes(total.writeBytes + total.readBytes),
    },
    {
      id: 'members',
      title: members,
      help: 'members of a group',
      width: 5,
      align: 'right',
      from: 0,
      text: (row) => (row.expandable ? count(row.members) : ''),
    },
    {
      id: 'name',
      title: 'NAME',
      help: 'what the members have in common, or a member; × before it: it has ended',
      width: 0,
      align: 'left',
      from: 0,
      text: (row) => nameText(row, tree),
    },
  ]
}

/** What a row of groups is about. */
function subjectOf({ key, depth, process, file, total }: GroupRow, by: Grouping | null): Subject {
  if (process) return { kind: 'process', row: process, file: process.hottest }
  if (file) return { kind: 'file', id: file.id, file, total, by: null, ...(by !== null && { group: { by, key: key.slice(0, key.lastIndexOf('\0')) } }) }
  if (by === null)
    return {
      kind: 'nothing',
      why: `it did nothing itself that was seen: choose one of those below it, or write by pid=${Number.parseInt(key, 10)}+ for all of them`,
    }
  return depth === 0 ? { kind: 'group', by, key, total } : { kind: 'nothing' }
}

function rows({ rows, count, at }: GroupView, columns: readonly Column<GroupRow>[], by: Grouping | null): ReturnType<View['find']> {
  const marks = (row: GroupRow) => {
    const { key, depth, expandable, expanded, process } = row
    const ended = process !== null && !process.alive
    return {
      id: key,
      depth,
      holder: by !== null && depth > 0 ? key.slice(0, key.lastIndexOf('\0')) : null,
      expandable,
      expanded,
      chain: [key],
      ended,
      pid: process?.pid ?? null,
      subject: subjectOf(row, by),
    }
  }
  return { rows: rowsOf(rows, columns, marks), count, at, detail: null }
}

/** Processes or files, grouped. */
export function groupsView(of: 'processes' | 'files', by: Grouping): View {
  const columns = groupColumns(of === 'processes' ? 'PROCS' : 'FILES')
  return {
    ...{ one: 'group', columns, sort: 'bytes', expanded: new Set<string>(), tree: true, unfolded: false },
    find: (model, { sort, ...wanted }) => rows(model.groups({ ...wanted, of, by, sort: known(GROUP_COLUMNS, sort) }), columns, by),
  }
}

const TREE_COLUMNS = groupColumns('PROCS', true)

/** A set of all but some. */
class AllBut extends Set<string> {
  override has(id: string): boolean {
    return !super.has(id)
  }
}

/** Processes below those that started them; all are shown, as in other trees of processes, until they are closed. */
export const TREE_VIEW: View = {
  ...{ one: 'process', columns: TREE_COLUMNS, sort: 'bytes', expanded: new Set<string>(), tree: true, unfolded: true },
  find: (model, { sort, expanded, ...wanted }) =>
    rows(model.tree({ ...wanted, expanded: new AllBut(expanded), sort: known(GROUP_COLUMNS, sort) }), TREE_COLUMNS, null),
}
