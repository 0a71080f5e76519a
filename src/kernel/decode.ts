/** Kernel bytes to facts: the layout comes from the BPF object (layout.gen.ts), the meaning from bpf/fswatch.h. */
import { type EventFact, type FileFact, type FileId, OPS, type PathMarks, type ProcessFact, type ProcessId } from '../batch/batch.ts'
import { decodeBytes } from '../text/bytes.ts'
import { flat, Interned } from './interned.ts'
import { eventRecord, exitRecord, fileRecord, limits, pathFlags, processRecord, recordHeader } from './layout.gen.ts'

/** Texts that many records have. */
const shared = new Interned()

/** A u64 as a number: exact up to 2^53, which is 9 PB or 104 days in ns. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

function s64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32
}

/** The process at an offset of a record: '<pid>.<start>', as ProcessId has it. */
export function processIdAt(view: DataView, at: number): ProcessId {
  return `${view.getUint32(at, true)}.${view.getUint32(at + 4, true)}`
}

/** Inode numbers use all 64 bits (XFS, btrfs, overlayfs), so they are printed from a bigint where they need it. */
export function fileIdAt(view: DataView, at: number): FileId {
  const high = view.getUint32(at + 4, true)
  const ino = high < 0x200000 ? String(u64(view, at)) : String(view.getBigUint64(at, true))
  return `${view.getUint32(at + 8, true)}:${ino}.${view.getUint32(at + 12, true)}`
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  let end = at
  while (end < at + length && bytes[end] !== 0) end++
  return decodeBytes(bytes, at, end)
}

/** A path from offset `from` to `to`: its components leaf first, each ended by a NUL; before them may stand the text that a program gave. */
function pathOf(bytes: Uint8Array, from: number, to: number, flags: number): string {
  const parts = decodeBytes(bytes, from, to).split('\0')
  parts.pop()
  if ((flags & pathFlags.PATH_UNREADABLE) !== 0) return ''
  if ((flags & pathFlags.PATH_AS_GIVEN) === 0) return `/${parts.reverse().join('/')}`
  const given = parts.shift() ?? ''
  if (given.startsWith('/')) return given
  const base = parts.reverse().join('/')
  return base === '' ? `/${given}` : `/${base}/${given}`
}

function marksOf(flags: number): PathMarks {
  const marks: PathMarks = {}
  if (flags & pathFlags.PATH_CUT) marks.cut = true
  if (flags & pathFlags.PATH_NO_MOUNT) marks.noMount = true
  if (flags & pathFlags.PATH_DELETED) marks.deleted = true
  if (flags & pathFlags.PATH_AS_GIVEN) marks.asGiven = true
  if (flags & pathFlags.PATH_UNREADABLE) marks.unreadable = true
  return marks
}

/** The two paths behind the fixed part of a record, of which the first has `first` bytes. The marks are those of either. */
export function pathsAfter(view: DataView, bytes: Uint8Array, fixed: number, first: number): { paths: [string, string]; marks: PathMarks } {
  const flags = view.getUint16(recordHeader.flags, true)
  const end = fixed + view.getUint32(recordHeader.pathLen, true)
  return { paths: [pathOf(bytes, fixed, fixed + first, flags), pathOf(bytes, fixed + first, end, flags)], marks: marksOf(flags) }
}

/** The records of one drained ring, as [view, bytes] of each. The bytes are a Buffer, from which decodeBytes() reads ASCII without a copy. */
export function* records(batch: Uint8Array): Generator<[DataView, Uint8Array]> {
  const whole = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
  for (let at = 0; at + 8 <= batch.byteLength; ) {
    const length = whole.getUint32(at, true)
    yield [new DataView(batch.buffer, batch.byteOffset + at + 8, length), Buffer.from(batch.buffer, batch.byteOffset + at + 8, length)]
    at += 8 + ((length + 7) & ~7)
  }
}

/** The path after the fixed part of a record, `fixed` bytes long. */
export function pathAfter(view: DataView, bytes: Uint8Array, fixed: number): { path: string; marks: PathMarks; flags: number } {
  const flags = view.getUint16(recordHeader.flags, true)
  const length = view.getUint32(recordHeader.pathLen, true)
  return { path: pathOf(bytes, fixed, fixed + length, flags), marks: marksOf(flags), flags }
}

/** A file's record. `dev` is the kernel's s_dev (major << 20 | minor), for finding its mount. */
export function fileFact(view: DataView, bytes: Uint8Array): FileFact & { dev: number } {
  const { path, marks } = pathAfter(view, bytes, fileRecord.size)
  return {
    id: flat(fileIdAt(view, fileRecord.fileIno)),
    dev: view.getUint32(fileRecord.fileDev, true),
    mode: view.getUint32(fileRecord.mode, true),
    links: view.getUint32(fileRecord.links, true),
    fstype: shared.of(textAt(bytes, fileRecord.fstype, limits.FSTYPE_LEN)),
    path,
    ...marks,
  }
}

/** The record of a process that is seen for the first time. `parent` is null where there is none; `exe` is '' where it is not known. */
export function processFact(view: DataView, bytes: Uint8Array): ProcessFact {
  const exeFile = fileIdAt(view, processRecord.exeIno)
  const { path } = pathAfter(view, bytes, processRecord.size)
  const ppid = view.getUint32(processRecord.parentTgid, true)
  return {
    id: flat(processIdAt(view, processRecord.processTgid)),
    pid: view.getUint32(processRecord.processTgid, true),
    parent: ppid === 0 ? null : shared.of(processIdAt(view, processRecord.parentTgid)),
    ppid,
    parentComm: shared.of(textAt(bytes, processRecord.parentComm, limits.COMM_LEN)),
    uid: view.getUint32(processRecord.uid, true),
    gid: view.getUint32(processRecord.gid, true),
    session: {
      id: view.getUint32(processRecord.session, true),
      comm: shared.of(textAt(bytes, processRecord.sessionComm, limits.COMM_LEN)),
      tty: shared.of(textAt(bytes, processRecord.tty, limits.COMM_LEN)),
    },
    cgroup: shared.of(String(view.getBigUint64(processRecord.cgroupId, true))),
    startNs: u64(view, processRecord.startNs),
    comm: textAt(bytes, processRecord.comm, limits.COMM_LEN),
    exe: exeFile === '0:0.0' ? '' : shared.of(path),
    exeFile: shared.of(exeFile),
  }
}

/** The process that a record of its end is about. */
export function exitedProcess(view: DataView): ProcessId {
  return processIdAt(view, exitRecord.processTgid)
}

/** The record of one operation. Without `durationNs` where the duration is not known. */
export function eventFact(view: DataView, bytes: Uint8Array): EventFact {
  const length = view.getUint32(recordHeader.pathLen, true)
  const { path, marks } = pathAfter(view, bytes, eventRecord.size)
  const durationNs = s64(view, eventRecord.durationNs)
  return {
    timeNs: u64(view, eventRecord.timeNs),
    process: processIdAt(view, eventRecord.processTgid),
    pid: view.getUint32(eventRecord.processTgid, true),
    tid: view.getUint32(eventRecord.tid, true),
    uid: view.getUint32(eventRecord.uid, true),
    comm: textAt(bytes, eventRecord.comm, limits.COMM_LEN),
    op: OPS[view.getUint32(eventRecord.op, true)] ?? 'attr',
    file: fileIdAt(view, eventRecord.fileIno),
    result: s64(view, eventRecord.result),
    ...(durationNs >= 0 && { durationNs }),
    openFlags: view.getUint32(eventRecord.openFlags, true),
    path: length === 0 ? '' : path,
    ...marks,
  }
}
