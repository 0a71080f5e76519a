/** One file as a row, or as something to look at a hundred thousand of before sixty are made rows. */
import type { FileId, PathMarks, ProcessId } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import type { SortColumn } from './order.ts'
import type { Who } from './process.ts'
import { FIELD, SumAt } from './tally.ts'
import type { Kind } from './uses.ts'
import type { World } from './world.ts'

/** The process whose operations on a file are hottest. */
export interface HotProcess {
  id: ProcessId
  pid: number
  comm: string
}

/** What a file's columns and filters see. Rates are per second over the last tick. */
export interface FileLook {
  /** see PathMarks */
  readonly noMount?: true | undefined
  readonly cut?: true | undefined
  readonly unreadable?: true | undefined
  readonly id: FileId
  /** '' until its name comes */
  readonly path: string
  readonly opens: number
  readonly writes: number
  /** written */
  readonly bytes: number
  /** bytes read */
  readonly reads: number
  readonly errors: number
  /** different processes that touched, read and wrote it so far; one that the model forgot and that comes again counts again */
  readonly processes: number
  readonly readers: number
  readonly writers: number
  readonly hottest: HotProcess | null
  readonly total: Counts
}

/** A snapshot: what comes later does not change it. */
export interface FileRow extends FileLook, PathMarks {
  readonly noMount?: true
  readonly cut?: true
  readonly unreadable?: true
  readonly kind: Kind
}

export const FILE_COLUMNS = ['path', 'opens', 'writes', 'bytes', 'reads', 'errors', 'writers', 'readers', 'processes', 'process', 'total'] as const
export type FileColumn = (typeof FILE_COLUMNS)[number]

/** The columns as data. `path` sorts as a tree does: by directory, then by name. */
export const FILE_ORDER: readonly SortColumn<FileLook, FileColumn>[] = [
  { id: 'path', first: 'least', value: whole, compare: comparePaths },
  { id: 'opens', first: 'most', value: (file) => file.opens, next: (file) => file.total.opens },
  { id: 'writes', first: 'most', value: (file) => file.writes, next: (file) => file.total.writes },
  { id: 'bytes', first: 'most', value: (file) => file.bytes, next: (file) => file.total.writeBytes },
  { id: 'reads', first: 'most', value: (file) => file.reads, next: (file) => file.total.readBytes },
  { id: 'errors', first: 'most', value: (file) => file.errors, next: (file) => file.total.errors },
  { id: 'writers', first: 'most', value: (file) => file.writers, next: (file) => file.total.writeBytes },
  { id: 'readers', first: 'most', value: (file) => file.readers, next: (file) => file.total.readBytes },
  { id: 'processes', first: 'most', value: (file) => file.processes, next: (file) => file.total.opens },
  { id: 'process', first: 'least', value: (file) => file.hottest?.comm ?? '\uffff', next: (file) => file.total.writeBytes + file.total.readBytes },
  { id: 'total', first: 'most', value: (file) => file.total.writeBytes + file.total.readBytes, next: (file) => file.total.opens },
]

/** By component, as a walk through the tree meets them. */
export function comparePaths(a: string, b: string): number {
  let i = 0
  const end = Math.min(a.length, b.length)
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i++
  if (i === end) return a.length - b.length
  // A slash sorts before every other character: '/a/x' comes before '/a-b', as what is in '/a' does in the walk.
  const unit = (text: string) => (text[i] === '/' ? -1 : text.charCodeAt(i))
  return unit(a) - unit(b)
}

/** A path with what it begins from: the root, that of its file system only, nobody knows where, and last those that lie nowhere. */
function whole({ path, noMount, cut, unreadable }: FileLook): string {
  if (unreadable || !path.startsWith('/')) return `\uffff${path}`
  return cut ? `…${path}` : noMount ? `?${path}` : path
}

/** Who it is, as far as known. */
export function hotProcess(who: Who | null): HotProcess | null {
  return who && { id: who.id, pid: who.fact?.pid ?? Number.parseInt(who.id, 10), comm: who.fact?.comm ?? '?' }
}

/** Looks at the file in `slot`, which may be set again and again. */
export class FileAt implements FileLook {
  slot = 0
  readonly #world: World
  readonly #total: SumAt
  readonly #seconds: number

  constructor(world: World) {
    this.#world = world
    this.#total = new SumAt(world.files.sums.total)
    this.#seconds = world.clock.seconds
  }

  get id(): FileId {
    return this.#world.files.id(this.slot)
  }
  get path(): string {
    return this.#world.files.fact(this.slot)?.path ?? ''
  }
  get noMount(): true | undefined {
    return this.#world.files.fact(this.slot)?.noMount
  }
  get cut(): true | undefined {
    return this.#world.files.fact(this.slot)?.cut
  }
  get unreadable(): true | undefined {
    return this.#world.files.fact(this.slot)?.unreadable
  }
  get opens(): number {
    return this.#world.files.sums.tick.get(this.slot, FIELD.opens) / this.#seconds
  }
  get writes(): number {
    return this.#world.files.sums.tick.get(this.slot, FIELD.writes) / this.#seconds
  }
  get bytes(): number {
    return this.#world.files.sums.tick.get(this.slot, FIELD.writeBytes) / this.#seconds
  }
  get reads(): number {
    return this.#world.files.sums.tick.get(this.slot, FIELD.readBytes) / this.#seconds
  }
  get errors(): number {
    return this.#world.files.sums.tick.get(this.slot, FIELD.errors) / this.#seconds
  }
  get processes(): number {
    return this.#world.files.users(this.slot)
  }
  get readers(): number {
    return this.#world.files.readers(this.slot)
  }
  get writers(): number {
    return this.#world.files.writers(this.slot)
  }
  get hottest(): HotProcess | null {
    return hotProcess(this.#world.files.hottest(this.slot))
  }
  get total(): Counts {
    this.#total.slot = this.slot
    return this.#total
  }

  /** The file in that slot as a row. */
  row(slot: number): FileRow {
    this.slot = slot
    const { files } = this.#world
    const { id, path, opens, writes, bytes, reads, errors, processes, readers, writers, hottest } = this
    const { mode: _mode, links: _links, fstype: _fstype, ...named } = files.fact(slot) ?? { id, path, mode: 0, links: 0, fstype: '' }
    const total = files.sums.total.read(slot)
    return { ...named, kind: files.kind(slot), opens, writes, bytes, reads, errors, processes, readers, writers, hottest, total }
  }
}
