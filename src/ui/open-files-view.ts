/** The files a process has open: as /proc lists them, with what is counted of those that it touched. */
import type { OpenFile } from '../batch/now.ts'
import type { GroupRow } from '../model/group-look.ts'
import type { Model } from '../model/model.ts'
import { printable } from '../text/printable.ts'
import { bytes, exact } from '../text/units.ts'
import { type Column, type Detail, type Found, flat, rowsOf, type Subject, type View, type Wanted } from './view.ts'

/** One of them, and what it did to it; null: nothing that was seen. */
interface OpenRow {
  open: OpenFile
  used: GroupRow | null
}

const ACCESS = ['r', 'w', 'rw', '-'] as const

/** O_*, those worth a word; see open(2). */
const [O_APPEND, O_NONBLOCK, O_DSYNC, O_DIRECT, O_CLOEXEC, O_PATH, O_TMPFILE] = [0o2000, 0o4000, 0o10000, 0o40000, 0o2000000, 0o10000000, 0o20000000] as const
const WORDS: readonly (readonly [number, string])[] = [
  [O_APPEND, 'append'],
  [O_DSYNC, 'sync'],
  [O_DIRECT, 'direct'],
  [O_TMPFILE, 'nameless'],
  [O_NONBLOCK, 'nonblock'],
  [O_CLOEXEC, 'cloexec'],
]

function modeText({ flags }: OpenFile): string {
  if (flags === null) return '?'
  return flags & O_PATH ? 'path' : (ACCESS[flags & 3] as string)
}

function flagsText({ flags }: OpenFile): string {
  return WORDS.flatMap(([bit, word]) => ((flags ?? 0) & bit ? [word] : [])).join(' ')
}

/** Columns of open files. */
export const OPEN_FILES_COLUMNS: readonly Column<OpenRow>[] = [
  { id: 'fd', title: 'FD', help: 'number of the open file', width: 7, align: 'right', from: 0, text: ({ open }) => String(open.fd) },
  {
    id: 'mode',
    title: 'MODE',
    help: 'open for reading, writing, both, or as a path only',
    width: 4,
    align: 'left',
    from: 0,
    text: ({ open }) => modeText(open),
  },
  { id: 'flags', title: 'FLAGS', help: 'how else it was opened', width: 22, align: 'left', from: 110, text: ({ open }) => flagsText(open) },
  {
    id: 'offset',
    title: 'OFFSET',
    help: 'byte at which it reads or writes next',
    width: 15,
    align: 'right',
    from: 0,
    text: ({ open }) => (open.offset === null ? '' : exact(open.offset)),
  },
  { id: 'bytes', title: 'BYTES/s', help: 'bytes it writes to it a second', width: 7, align: 'right', from: 0, text: ({ used }) => bytes(used?.bytes ?? 0) },
  { id: 'reads', title: 'READ/s', help: 'bytes it reads from it a second', width: 6, align: 'right', from: 0, text: ({ used }) => bytes(used?.reads ?? 0) },
  {
    id: 'name',
    title: 'OPEN FILE',
    help: 'its path as the process sees it, or what else it is',
    width: 0,
    align: 'left',
    from: 0,
    text: ({ open }) => printable(open.path),
  },
]

const VALUES: Record<string, (row: OpenRow) => number | string> = {
  fd: ({ open }) => open.fd,
  mode: ({ open }) => modeText(open),
  flags: ({ open }) => flagsText(open),
  offset: ({ open }) => -(open.offset ?? -1),
  bytes: ({ used }) => -(used?.bytes ?? 0),
  reads: ({ used }) => -(used?.reads ?? 0),
  name: ({ open }) => open.path,
}

/** Equal ones go by number. */
function inOrder(rows: readonly OpenRow[], sort: string, reverse: boolean): OpenRow[] {
  const value = VALUES[sort] ?? ((row: OpenRow) => row.open.fd)
  const sign = reverse ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    return (x < y ? -sign : x > y ? sign : 0) || a.open.fd - b.open.fd
  })
}

/** Its path is the process's own, which may lead elsewhere here. */
const UNTOUCHED = 'it was not seen to do anything to this file, so which one that is here is not known: Esc, and choose one it touched'

const GONE: Found = { rows: [], count: 0, at: -1, detail: null }

function openFilesOf(model: Model, id: string, { sort, reverse, from, limit, keep, now = null }: Wanted): Found {
  const found = model.processDetail(id, { sort: 'bytes', reverse: false, kinds: 'all', limit: Number.POSITIVE_INFINITY })
  if (!found) return GONE
  const detail: Detail = { of: 'process', ...found }
  const list = now?.now?.of === 'process' && now.target.of === 'process' && now.target.id === id ? (now.now.open?.files ?? []) : []
  // The same path may be another file for it than for others: what it touched by that name is what it has open.
  const touched = new Map(found.files.map((row) => [row.file?.path ?? '', row]))
  const rows = inOrder(
    list.map((open) => ({ open, used: (open.path.startsWith('/') && touched.get(open.path)) || null })),
    sort,
    reverse,
  )
  const subjectOf = ({ used }: OpenRow): Subject =>
    used?.file ? { kind: 'file', id: used.key, file: used.file, total: used.total, by: found.row } : { kind: 'nothing', why: UNTOUCHED }
  const marks = (row: OpenRow) => ({ id: String(row.open.fd), subject: subjectOf(row) })
  const shown = rowsOf(rows.slice(from, from + limit), OPEN_FILES_COLUMNS, marks)
  return { rows: shown, count: rows.length, at: rows.findIndex(({ open }) => String(open.fd) === keep), detail }
}

/** The open files of one process. */
export function openFilesView(id: string): View {
  return flat({ one: 'open file', columns: OPEN_FILES_COLUMNS, sort: 'fd', find: (model, wanted) => openFilesOf(model, id, wanted) })
}
