/** What a recording may say of a source and its batches: no number, text or list beyond what the live source can give. */
import {
  type Batch,
  type CounterDelta,
  type EventFact,
  type FileFact,
  GROUP_KINDS,
  type GroupFact,
  type Losses,
  OPS,
  POD_CLASSES,
  type ProcessFact,
  type SessionFact,
  type SourceInfo,
  type Totals,
} from '../batch/batch.ts'
import { byNumber, ifThere, listOf, mark, oneOf, orNull, type Read, shape, text, textLike, whole } from './shape.ts'

/** Longest path, in UTF-16 units: PATH_MAX, and the slash before it. The model keeps 50,000 of them. */
export const PATH_CHARS = 4097

/** Longest name of a user, or of what goes by a group's names. */
export const NAME_CHARS = 256

const u32 = whole(0, 2 ** 32 - 1)
const u64 = whole(0, 2 ** 64)
/** Up to the year 9999: the clock on the screen has no room for a later one. */
const timeMs = whole(0, 253_402_300_799_999)
const path = text(PATH_CHARS)
const comm = text(64)
const processId = textLike(/^\d{1,10}\.\d{1,10}$/, 'PID.BIRTH')
const fileId = textLike(/^\d{1,10}:\d{1,20}\.\d{1,10}$/, 'DEVICE:INODE.GENERATION')
const marks = { cut: mark, noMount: mark, deleted: mark, asGiven: mark, unreadable: mark } as const

/** With `| undefined`, as the readers give what may be left out; an undefined field is not set. */
type Loose<T> = { [K in keyof T]: T[K] | undefined }

const counter = shape<CounterDelta>({
  process: processId,
  file: fileId,
  opens: u64,
  reads: u64,
  readBytes: u64,
  writes: u64,
  writeBytes: u64,
  mmapPages: u64,
  changes: u64,
  errors: u64,
})

const name = text(NAME_CHARS)

const group = shape<Loose<GroupFact>>({
  kind: oneOf(...GROUP_KINDS),
  label: name,
  id: ifThere(name),
  name: ifThere(name),
  pod: ifThere(name),
  podName: ifThere(name),
  podClass: ifThere(oneOf(...POD_CLASSES)),
  unit: ifThere(name),
}) as Read<GroupFact>

const processFact = shape<Loose<ProcessFact>>({
  id: processId,
  pid: u32,
  parent: orNull(processId),
  ppid: u32,
  parentComm: comm,
  uid: u32,
  gid: u32,
  cgroup: textLike(/^\d{1,20}$/, 'NUMBER'),
  group: ifThere(group),
  user: ifThere(name),
  session: ifThere(shape<SessionFact>({ id: u32, comm, tty: comm })),
  startNs: u64,
  comm,
  exe: path,
  exeFile: fileId,
}) as Read<ProcessFact>

const fileFact = shape<Loose<FileFact>>({ id: fileId, mode: u32, links: u32, fstype: text(64), path, ...marks }) as Read<FileFact>

const event = shape<Loose<EventFact>>({
  timeNs: u64,
  process: processId,
  pid: u32,
  tid: u32,
  uid: u32,
  comm,
  op: oneOf(...OPS),
  file: fileId,
  result: whole(-(2 ** 63), 2 ** 63),
  durationNs: ifThere(u64),
  openFlags: u32,
  path,
  ...marks,
}) as Read<EventFact>

const totals = shape<Totals>({ calls: listOf(u64, 64), errors: listOf(u64, 64), readBytes: u64, writeBytes: u64 })

const losses = shape<Losses>({
  countersFull: u64,
  eventsFull: u64,
  factsFull: u64,
  pathCut: u64,
  scratchBusy: u64,
  callUnmatched: u64,
  recursionMisses: u64,
})

/** A batch; throws Malformed. */
export const readBatch: Read<Batch> = shape<Omit<Batch, 'leftOut'>>({
  timeMs,
  timeNs: u64,
  counters: listOf(counter),
  processes: listOf(processFact),
  files: listOf(fileFact),
  exits: listOf(processId),
  events: listOf(event),
  totals,
  losses,
})

/** What a recording says of itself; throws Malformed. */
export const readInfo: Read<SourceInfo> = shape<SourceInfo>({
  kind: () => 'recording',
  hostname: text(NAME_CHARS),
  kernel: text(NAME_CHARS),
  attach: oneOf('fentry', 'kprobe', 'tracepoint'),
  limits: listOf(text(4096), 1000),
  startedMs: timeMs,
  startedNs: ifThere(u64),
  users: byNumber(text(NAME_CHARS)),
})

/** How many batches there were, on the last line; throws Malformed. */
export const readEnd: Read<number> = whole(0, 2 ** 53)
