/** The directories view: its columns, and the way to its rows. */
import { DIRECTORY_COLUMNS, type DirectoryRow } from '../model/directory-look.ts'
import type { Model } from '../model/model.ts'
import { printable } from '../text/printable.ts'
import { bytes, count } from '../text/units.ts'
import { type Column, known, rowsOf, type View, type Wanted } from './view.ts'

export const DIRECTORIES_VIEW_COLUMNS: readonly Column<DirectoryRow>[] = [
  { id: 'opens', title: 'OPEN/s', help: 'files below opened a second', width: 7, align: 'right', from: 0, text: (row) => count(row.opens) },
  { id: 'writes', title: 'WRITE/s', help: 'write calls a second', width: 7, align: 'right', from: 0, text: (row) => count(row.writes) },
  { id: 'bytes', title: 'BYTES/s', help: 'bytes written below a second', width: 7, align: 'right', from: 0, text: (row) => bytes(row.bytes) },
  { id: 'reads', title: 'READ/s', help: 'bytes read below a second', width: 6, align: 'right', from: 0, text: (row) => bytes(row.reads) },
  { id: 'errors', title: 'ERR', help: 'calls that failed, a second', width: 4, align: 'right', from: 0, text: (row) => count(row.errors) },
  {
    id: 'total',
    title: 'TOTAL',
    help: 'bytes written and read below so far',
    width: 5,
    align: 'right',
    from: 0,
    text: ({ total }) => bytes(total.writeBytes + total.readBytes),
  },
  {
    id: 'files',
    title: 'FILES',
    help: 'known files below, at any depth',
    width: 5,
    align: 'right',
    from: 0,
    text: ({ id, files }) => (id === null ? count(files) : ''),
  },
  {
    id: 'name',
    title: 'NAME',
    help: 'a directory, or several where each holds only the next; or a file',
    width: 0,
    align: 'left',
    from: 0,
    text: nameText,
  },
]

function nameText({ id, name, deleted }: DirectoryRow): string {
  const text = printable(name)
  return id === null && !name.endsWith('/') ? `${text}/` : `${text}${deleted ? ' (deleted)' : ''}`
}

/** The directory above, as far as the row says; that of a file whose path does not begin at the root is looked for. */
function holderOf({ depth, id, path, chain }: DirectoryRow): string | null {
  const own = id === null ? (chain[0] ?? '') : path
  if (depth === 0 || !own.startsWith('/')) return null
  return own.slice(0, Math.max(1, own.lastIndexOf('/')))
}

/** A root that is expanded stays so when it stands for one directory more or less. */
function openRoots(model: Model, { sort, ...wanted }: Wanted): ReturnType<Model['directories']> {
  const spec = { ...wanted, sort: known(DIRECTORY_COLUMNS, sort), leaves: true }
  const view = model.directories(spec)
  const roots = wanted.from === 0 ? view.rows : model.directories({ ...spec, from: 0 }).rows
  const closed = roots.filter(({ depth, expanded, chain }) => depth === 0 && !expanded && wanted.expanded.has(chain[0] ?? ''))
  if (closed.length === 0) return view
  return model.directories({ ...spec, expanded: new Set([...wanted.expanded, ...closed.flatMap(({ chain }) => chain)]) })
}

/** Where in the tree files are read and written. */
export const DIRECTORIES_VIEW: View = {
  one: 'file',
  columns: DIRECTORIES_VIEW_COLUMNS,
  sort: 'bytes',
  expanded: new Set(['/']),
  tree: true,
  unfolded: false,
  find(model, wanted) {
    const { rows, count, at } = openRoots(model, wanted)
    const marks = (row: DirectoryRow) => {
      const { key, path, id, total, depth, expandable, expanded, chain } = row
      const subject = id === null ? { kind: 'directory' as const, path, total } : { kind: 'file' as const, id, file: row, total, by: null }
      return { id: key, depth, holder: holderOf(row), expandable, expanded, chain, subject }
    }
    return { rows: rowsOf(rows, DIRECTORIES_VIEW_COLUMNS, marks), count, at, detail: null }
  },
}
