/** System calls that touch files, as data, for the ways that see calls and not hooks: which argument is what, and what is done to it. */
import { syscallTable } from '../layout.gen.ts'
import { callArguments, callKind, callObject, guardedCall, ruleOp } from './layout.gen.ts'

const NONE = callArguments.CALL_NO_ARGUMENT

interface CallObject {
  kind: keyof typeof callKind
  argument: number
  dirfd?: number
  flags?: number
  ops?: number
}

const { RULE_READ: READ, RULE_WRITE: WRITE, RULE_CREATE: CREATE, RULE_DELETE: DELETE } = ruleOp
const { RULE_RENAME: RENAME, RULE_LINK: LINK, RULE_ATTR: ATTR, RULE_EXEC: EXEC } = ruleOp

const fd = (argument: number, ops: number): CallObject => ({ kind: 'CALL_FD', argument, ops })
const path = (argument: number, ops: number): CallObject => ({ kind: 'CALL_PATH', argument, ops })
const at = (dirfd: number, argument: number, ops: number): CallObject => ({ kind: 'CALL_PATH', argument, dirfd, ops })

/** What is renamed over is gone; whether there is something is not known before the call. */
const ONTO = RENAME | CREATE | WRITE | DELETE

/** Name, number on x86-64 (-1: none), numbers on i386, and what it is done to: two objects at most. */
type Row = [name: string, x64: number, i386: number[], ...objects: CallObject[]]

const ROWS: Row[] = [
  ['read', 0, [3], fd(0, READ)],
  ['pread64', 17, [180], fd(0, READ)],
  ['readv', 19, [145], fd(0, READ)],
  ['preadv', 295, [333], fd(0, READ)],
  ['preadv2', 327, [378], fd(0, READ)],
  ['write', 1, [4], fd(0, WRITE)],
  ['pwrite64', 18, [181], fd(0, WRITE)],
  ['writev', 20, [146], fd(0, WRITE)],
  ['pwritev', 296, [334], fd(0, WRITE)],
  ['pwritev2', 328, [379], fd(0, WRITE)],
  ['sendfile', 40, [187, 239], fd(0, WRITE), fd(1, READ)],
  ['splice', 275, [313], fd(2, WRITE), fd(0, READ)],
  ['copy_file_range', 326, [377], fd(2, WRITE), fd(0, READ)],
  ['ftruncate', 77, [93, 194], fd(0, WRITE)],
  ['fallocate', 285, [324], fd(0, WRITE)],
  ['fchmod', 91, [94], fd(0, ATTR)],
  ['fchown', 93, [95, 207], fd(0, ATTR)],
  ['fsetxattr', 190, [228], fd(0, ATTR)],
  ['fremovexattr', 199, [237], fd(0, ATTR)],
  ['mmap', 9, [192], { kind: 'CALL_MMAP', argument: 4, dirfd: 2, flags: 3 }],
  ['ioctl', 16, [54], { kind: 'CALL_IOCTL', argument: 0, flags: 1 }],
  ['open', 2, [5], { kind: 'CALL_OPEN', argument: 0, flags: 1 }],
  ['creat', 85, [8], { kind: 'CALL_OPEN', argument: 0 }],
  ['openat', 257, [295], { kind: 'CALL_OPEN', argument: 1, dirfd: 0, flags: 2 }],
  ['openat2', 437, [437], { kind: 'CALL_OPEN_HOW', argument: 1, dirfd: 0, flags: 2 }],
  ['truncate', 76, [92, 193], path(0, WRITE)],
  ['mkdir', 83, [39], path(0, CREATE)],
  ['mkdirat', 258, [296], at(0, 1, CREATE)],
  ['mknod', 133, [14], path(0, CREATE)],
  ['mknodat', 259, [297], at(0, 1, CREATE)],
  ['symlink', 88, [83], path(1, CREATE)],
  ['symlinkat', 266, [304], at(1, 2, CREATE)],
  ['unlink', 87, [10], path(0, DELETE)],
  ['unlinkat', 263, [301], at(0, 1, DELETE)],
  ['rmdir', 84, [40], path(0, DELETE)],
  ['rename', 82, [38], path(0, RENAME | DELETE), path(1, ONTO)],
  ['renameat', 264, [302], at(0, 1, RENAME | DELETE), at(2, 3, ONTO)],
  ['renameat2', 316, [353], at(0, 1, RENAME | DELETE), at(2, 3, ONTO)],
  ['link', 86, [9], path(0, LINK), path(1, LINK | CREATE)],
  ['linkat', 265, [303], at(0, 1, LINK), at(2, 3, LINK | CREATE)],
  ['chmod', 90, [15], path(0, ATTR)],
  ['fchmodat', 268, [306], at(0, 1, ATTR)],
  ['fchmodat2', 452, [452], at(0, 1, ATTR)],
  ['chown', 92, [182, 212], path(0, ATTR)],
  ['lchown', 94, [16, 198], path(0, ATTR)],
  ['fchownat', 260, [298], at(0, 1, ATTR)],
  ['utime', 132, [30], path(0, ATTR)],
  ['utimes', 235, [271], path(0, ATTR)],
  ['futimesat', 261, [299], at(0, 1, ATTR)],
  ['utimensat', 280, [320, 412], at(0, 1, ATTR)],
  ['setxattr', 188, [226], path(0, ATTR)],
  ['lsetxattr', 189, [227], path(0, ATTR)],
  ['removexattr', 197, [235], path(0, ATTR)],
  ['lremovexattr', 198, [236], path(0, ATTR)],
  ['mount', 165, [21], path(1, RENAME)],
  ['move_mount', 429, [429], at(2, 3, RENAME)],
  ['execve', 59, [11], path(0, EXEC)],
  ['execveat', 322, [358], at(0, 1, EXEC)],
]

function tableOf(rows: Row[]): Uint8Array {
  const table = new Uint8Array(syscallTable.SYSCALLS * guardedCall.size)
  const view = new DataView(table.buffer)
  for (const [, x64, i386, ...objects] of rows) {
    for (const number of [x64, ...i386.map((n) => n + syscallTable.SYSCALLS_COMPAT)]) {
      for (const [i, { kind, argument, dirfd = NONE, flags = NONE, ops = 0 }] of objects.entries()) {
        const offset = number * guardedCall.size + i * callObject.size
        table[offset + callObject.kind] = callKind[kind]
        table[offset + callObject.argument] = argument
        table[offset + callObject.dirfd] = dirfd
        table[offset + callObject.flags] = flags
        view.setUint32(offset + callObject.ops, ops, true)
      }
    }
  }
  return table
}

/** Signals: an exec is judged when the new program is loaded, whatever its path was. */
export function signalledCalls(): Uint8Array {
  return tableOf(ROWS.filter(([name]) => !name.startsWith('exec')))
}

/** Overrides: every call of the table. */
export function overriddenCalls(): Uint8Array {
  return tableOf(ROWS)
}

/** Names a call's function may have: for 64-bit programs, and for 32-bit ones. */
export function callFunctions(): { name: string; functions: string[] }[] {
  return ROWS.map(([name]) => ({ name, functions: ['__x64_sys_', '__ia32_sys_', '__ia32_compat_sys_'].map((prefix) => prefix + renamed(name, prefix)) }))
}

/** sendfile's function goes by another name. */
function renamed(name: string, prefix: string): string {
  return name === 'sendfile' && prefix === '__x64_sys_' ? 'sendfile64' : name
}
