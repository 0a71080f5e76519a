/** What is known not to be seen, as data: the table test fails on any other difference, and on a limit that no longer holds. */

export interface Case {
  attach: string
  /** major.minor of uname -r as a number pair */
  kernel: [number, number]
  fstype: string
  group: string
  way: string
  field: string
}

export interface Limit {
  why: string
  applies(c: Case): boolean
}

const before = ([major, minor]: [number, number], wantMajor: number, wantMinor: number) => major < wantMajor || (major === wantMajor && minor < wantMinor)

/** Changes made through a descriptor; all others are made by name. */
const BY_DESCRIPTOR = ['ftruncate', 'fchmod', 'fallocate']

/** What an io_uring program of each group does by io_uring; the rest it does by system calls. */
const URING_FIELDS: Record<string, string[]> = { write: ['writes', 'writeBytes'], read: ['reads', 'readBytes'], open: ['opens'] }

export const LIMITS: Limit[] = [
  {
    why: 'by tracepoint, operations named by a path are counted for the process, not for the file',
    applies: (c) =>
      c.attach === 'tracepoint' &&
      c.field === 'changes' &&
      ((c.group === 'open' && c.way !== 'creat') || (c.group === 'change' && !BY_DESCRIPTOR.includes(c.way))),
  },
  {
    why: 'by tracepoint before 5.19, io_uring names no request',
    applies: (c) => c.attach === 'tracepoint' && before(c.kernel, 5, 19) && c.way.startsWith('uring_') && (URING_FIELDS[c.group] ?? []).includes(c.field),
  },
  {
    why: 'by tracepoint, a request that asks for no completion is not seen',
    applies: (c) => c.attach === 'tracepoint' && c.way === 'uring_skip' && ['writes', 'writeBytes'].includes(c.field),
  },
  {
    why: 'by tracepoint, a store through a mapping is seen on file systems with writeback only',
    applies: (c) => c.attach === 'tracepoint' && c.way === 'mapping' && c.fstype === 'tmpfs' && c.field === 'mmapPages',
  },
]
