/** What the live machine says, at this moment, of what somebody looks at closely: the part that no counter tells. A recording has none of it. */
import type { FileId, ProcessId, SessionFact } from './batch.ts'

/** What is asked about. `open`: the list of its open files too. */
export type Target =
  | { of: 'process'; id: ProcessId; open: boolean }
  | { of: 'file'; id: FileId; path: string; deleted: boolean }
  /** `count`: how often a key was pressed that counts what lies below; once more begins a count, or stops the one that runs */
  | { of: 'directory'; path: string; count: number }

/** An open file of a process. Texts may hold any character. */
export interface OpenFile {
  fd: number
  /** a path as the process sees it, or 'pipe:[17]', 'socket:[18]', 'anon_inode:…' */
  path: string
  /** O_*; null: it was closed before they were read, or they may not be */
  flags: number | null
  /** where it reads or writes next, bytes */
  offset: number | null
}

/** The first open files, by number, and how many there are in all; `more`: at least so many. */
export interface OpenFiles {
  files: OpenFile[]
  count: number
  more: boolean
}

/** A process that lives. */
export interface ProcessNow {
  of: 'process'
  /** null: it may not be read, as of a kernel thread */
  cwd: string | null
  /** its arguments with blanks between them, '' for one that has none (kernel threads); null: they may not be read */
  command: string | null
  threads: number
  session: SessionFact
  /** who started it, nearest first, as far as they live */
  ancestors: { pid: number; comm: string }[]
  /** seconds since it began */
  seconds: number
  /** null: they may not be read */
  open: OpenFiles | null
}

/** The file system something lies on. */
export interface MountNow {
  point: string
  fstype: string
  source: string
  readOnly: boolean
  /** bytes; null: it counts none */
  space: { total: number; used: number; free: number; growth: number | null } | null
}

/** What stands at a file's path. */
export interface FileNow {
  of: 'file'
  /** is it the file that was meant? null: its file system does not tell */
  same: boolean | null
  /** bytes: its length, and what it takes on the disk */
  size: number
  allocated: number
  /** bytes a second that the length grows; negative: it shrinks; null: not seen for long enough */
  growth: number | null
  links: number
  /** st_mode, and its owner and group by name where they have one here */
  mode: number
  owner: string
  group: string
  /** ms since the epoch: when its content changed last, and when its inode did; and when it was asked for */
  mtimeMs: number
  ctimeMs: number
  askedMs: number
  mount: MountNow | null
  /** other paths that lead to it, where its file system is mounted more than once; at most three */
  alsoAt: string[]
}

/** What lies below a directory: sizes of regular files in whole blocks, hard links once, other mounts not. */
export interface CountNow {
  /** 'cut': there is more than is counted; 'stopped': there may be */
  state: 'counting' | 'done' | 'stopped' | 'cut'
  bytes: number
  /** files and directories */
  inodes: number
  /** what could not be looked at; of many only the first are counted */
  failed: number
  /** ms since it ended */
  agoMs: number
}

export interface DirectoryNow {
  of: 'directory'
  /** null: nobody asked for it; a text: why nothing is counted there, a sentence without its dot */
  count: CountNow | string | null
  mount: MountNow | null
}

/** Why nothing is said, as a sentence without its dot. */
export interface NothingNow {
  of: 'nothing'
  why: string
}

export type Now = ProcessNow | FileNow | DirectoryNow | NothingNow
