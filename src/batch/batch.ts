/** What a source (the live kernel, a recording) tells the model: the one vocabulary between them. */

/** A process for as long as the machine is up, `"tgid.birth"`: pids are reused, this is not. */
export type ProcessId = string

/** A file as its file system knows it, `"dev:inode.generation"` in decimal; `"0:0.0"` stands for operations that named no existing file. */
export type FileId = string

/** The file id of operations that named no existing file (failed opens; by tracepoint also operations by path). */
export const NO_FILE: FileId = '0:0.0'

/** Operations, in the kernel side's numbering (`enum op` in bpf/fswatch.h). */
export const OPS = ['open', 'create', 'read', 'write', 'mmap_write', 'truncate', 'unlink', 'rename', 'link', 'mkdir', 'rmdir', 'attr'] as const
export type Op = (typeof OPS)[number]

/** What one process did to one file since the last batch: increments, all >= 0, at least one > 0. */
export interface CounterDelta {
  process: ProcessId
  file: FileId
  /** successful opens */
  opens: number
  /** read calls that returned >= 0 */
  reads: number
  readBytes: number
  /** write calls that returned >= 0, whichever way they were made */
  writes: number
  /** bytes returned by those calls */
  writeBytes: number
  /** pages dirtied through shared mappings */
  mmapPages: number
  /** create, truncate, unlink, rename, link, mkdir, rmdir, attr */
  changes: number
  /** calls that failed */
  errors: number
}

/**
 * Who makes a cgroup: a container runtime; 'container' where the path tells of one but not of its runtime; 'kubepods' for a pod outside of
 * its containers; systemd for a unit, a login or a program started from a desktop; 'none' for the root group; 'other' for anything else.
 */
export const GROUP_KINDS = [
  ...(['docker', 'containerd', 'crio', 'podman', 'lxc', 'nspawn', 'qemu', 'container', 'kubepods'] as const),
  ...(['unit', 'session', 'app', 'none', 'other'] as const),
] as const
export type GroupKind = (typeof GROUP_KINDS)[number]

/** Kubernetes' classes of pods. */
export const POD_CLASSES = ['guaranteed', 'burstable', 'besteffort'] as const

/**
 * Whose cgroup it is, by the names people give. They come from names of folders and from files that others write, so they may hold any
 * character and may be lies: only src/text makes them fit for a terminal.
 */
export interface GroupFact {
  kind: GroupKind
  /** for one column: the shortest name that says who it is; '' for the root group */
  label: string
  /** of a container: its whole id, or the name that stands for one (lxc, nspawn, qemu) */
  id?: string
  /** of a container, as it was given */
  name?: string
  /** uid of a pod, with '-' */
  pod?: string
  /** "namespace/name" of a pod */
  podName?: string
  podClass?: (typeof POD_CLASSES)[number]
  /** the innermost systemd unit, as systemctl prints it; of a container with a systemd of its own, that one's */
  unit?: string
}

/** A session of processes: a login, a terminal's, a daemon's. */
export interface SessionFact {
  /** pid of its leader, who may have ended; 0: the kernel's own */
  id: number
  /** what the leader is called; '' once it has ended */
  comm: string
  /** as the driver calls its terminal: pts0, tty1; '' for none */
  tty: string
}

/** What is known of a process from its first counted operation on; sent again after an exec, and when more is known. */
export interface ProcessFact {
  id: ProcessId
  pid: number
  /** parent process id key, or null */
  parent: ProcessId | null
  ppid: number
  parentComm: string
  uid: number
  gid: number
  /** cgroup v2 id (inode number of the cgroup directory), decimal */
  cgroup: string
  /** whose that is; left out where it is not known (yet), as when the group was gone before it was looked for */
  group?: GroupFact
  /**
   * The user's name where the process runs, when that is not what SourceInfo.users says: a container has users of its own. '' where
   * the uid has no name there.
   */
  user?: string
  /** its session, when the record was made; left out in recordings of before it was told */
  session?: SessionFact
  /** ns since boot (CLOCK_BOOTTIME) */
  startNs: number
  comm: string
  /** path of the executable, '' for kernel threads */
  exe: string
  exeFile: FileId
}

/** How a path was come by; a path is for people, the identity is the FileId. */
export interface PathMarks {
  /** the root end is missing: more than 64 components or 4,096 bytes */
  cut?: true
  /** known from the root of its file system only */
  noMount?: true
  /** already unlinked */
  deleted?: true
  /** as the program gave it, joined to the directory it was relative to; symbolic links and `..` not resolved */
  asGiven?: true
  /** the program's memory could not be read */
  unreadable?: true
}

/** A file's name and nature; sent again when it is renamed, or touched by another process. */
export interface FileFact extends PathMarks {
  id: FileId
  /** st_mode: type and permissions */
  mode: number
  links: number
  /** file system type: ext4, tmpfs, pipefs, sockfs, … */
  fstype: string
  /**
   * Absolute path. Bytes that are not UTF-8 stand as lone surrogates U+DC80..U+DCFF, so nothing is lost;
   * it may hold any control character: only src/text makes it fit for a terminal.
   */
  path: string
}

/** One operation, streamed only while somebody looks or records events. */
export interface EventFact extends PathMarks {
  /** ns since boot (CLOCK_MONOTONIC), when the call returned */
  timeNs: number
  process: ProcessId
  pid: number
  tid: number
  uid: number
  comm: string
  op: Op
  file: FileId
  /** bytes, 0, or -errno */
  result: number
  /**
   * From the entry of the system call until then. Left out where it is not known: done by no call of that thread (io_uring, AIO, stores
   * through mappings), under way when streaming began, or recorded before this was told.
   */
  durationNs?: number
  /** O_* of opens, else 0 */
  openFlags: number
  /** only where `file` does not say it (see bpf/fswatch.h), else '' */
  path: string
}

/** Ground truth since the start, independent of the {process, file} table. */
export interface Totals {
  /** successful calls by op, in the order of OPS; mmap_write: pages */
  calls: number[]
  /** failed calls by op */
  errors: number[]
  readBytes: number
  writeBytes: number
}

/** What is missing from the picture, since the start. All zero on a good day. */
export interface Losses {
  /** operations in the totals but in no row: the counter table is full */
  countersFull: number
  /** events not streamed: the ring is full */
  eventsFull: number
  /** process and file records postponed (sent again later) */
  factsFull: number
  /** paths cut */
  pathCut: number
  /** path walks postponed */
  scratchBusy: number
  /** calls seen entering but never returning, by kprobe */
  callUnmatched: number
  /** runs of a BPF program the kernel skipped (recursion protection; counted by kernels from 5.12) */
  recursionMisses: number
}

/** Which events a source is to stream, of those that are counted: what fails any of this is left out. */
export interface Narrowing {
  /** for people; two of the same text are the same */
  text: string
  pid: number | null
  comm: string | null
  otherPids: number[]
  otherComms: string[]
  /** operations that pass where they succeeded, and where they failed */
  done: readonly Op[]
  failed: readonly Op[]
  /** shortest and longest duration in ns; what is not known is left out */
  took: readonly [least: number, most: number] | null
  /** no sockets, unnamed pipes and anonymous inodes */
  onlyFiles: boolean
}

/** Events that a source left out, as it was asked (narrowEvents). */
export interface LeftOut {
  /** the text of the narrowing in force; '': all are streamed */
  text: string
  /** by that one, since it was in force */
  now: number
  /** by those before it, since the start */
  before: number
}

/** Everything since the last batch. Facts come with or before the first delta that names them; a reader must still bear with a missing one. */
export interface Batch {
  /** ms since the epoch, when the batch was taken */
  timeMs: number
  /** ns since boot (CLOCK_MONOTONIC), when the batch was taken */
  timeNs: number
  counters: CounterDelta[]
  processes: ProcessFact[]
  files: FileFact[]
  /** processes that ended */
  exits: ProcessId[]
  events: EventFact[]
  totals: Totals
  losses: Losses
  /** left out where none ever were */
  leftOut?: LeftOut
}

/** What stays the same for a source's whole life; the first line of a recording. */
export interface SourceInfo {
  /** 'live' or 'recording' */
  kind: 'live' | 'recording'
  hostname: string
  /** uname -r */
  kernel: string
  /** how operations are seen: fentry, kprobe or tracepoint */
  attach: 'fentry' | 'kprobe' | 'tracepoint'
  /** what cannot be seen this way on this kernel, one sentence each */
  limits: string[]
  /** ms since the epoch */
  startedMs: number
  /** the same moment by CLOCK_MONOTONIC, which events are told by, in ns; left out in older recordings */
  startedNs?: number
  /** uid -> user name, as far as known */
  users: Record<number, string>
}

/** Where batches come from. */
export interface Source {
  readonly info: SourceInfo
  /** Takes the next batch; null when a recording is over. Never called again before it settles. */
  next(): Promise<Batch | null>
  /**
   * Streams events from now on, or no longer: they cost as long as they are streamed. True: they come now, and did not before. Not there
   * where they always come or never do, as from a recording.
   */
  wantEvents?(on: boolean): boolean
  /** Streams only such events from now on; null: all. Not there, or without effect, where events are recorded. */
  narrowEvents?(narrowing: Narrowing | null): void
  /** Releases everything; safe to call twice. */
  close(): Promise<void>
}
