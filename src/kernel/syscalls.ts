/** The system calls the tracepoint way reads, as data: numbers of both x86 tables, and which argument is what. */
import { op, syscallArguments, syscallKind, syscallRule, syscallTable } from './layout.gen.ts'

const NONE = syscallArguments.SYSCALL_NO_ARGUMENT

/** [name, number on x86-64 (-1: none), numbers on i386, kind, op, a, b, c]; see struct syscall_rule in bpf/fswatch.h. */
type Row = [name: string, x64: number, i386: number[], kind: keyof typeof syscallKind, op: keyof typeof op, a: number, b?: number, c?: number]

const ROWS: Row[] = [
  ['read', 0, [3], 'SYSCALL_TRANSFER', 'OP_READ', 0],
  ['pread64', 17, [180], 'SYSCALL_TRANSFER', 'OP_READ', 0],
  ['readv', 19, [145], 'SYSCALL_TRANSFER', 'OP_READ', 0],
  ['preadv', 295, [333], 'SYSCALL_TRANSFER', 'OP_READ', 0],
  ['preadv2', 327, [378], 'SYSCALL_TRANSFER', 'OP_READ', 0],
  ['write', 1, [4], 'SYSCALL_TRANSFER', 'OP_WRITE', 0],
  ['pwrite64', 18, [181], 'SYSCALL_TRANSFER', 'OP_WRITE', 0],
  ['writev', 20, [146], 'SYSCALL_TRANSFER', 'OP_WRITE', 0],
  ['pwritev', 296, [334], 'SYSCALL_TRANSFER', 'OP_WRITE', 0],
  ['pwritev2', 328, [379], 'SYSCALL_TRANSFER', 'OP_WRITE', 0],
  ['sendfile', 40, [187, 239], 'SYSCALL_COPY', 'OP_WRITE', 1, 0],
  ['splice', 275, [313], 'SYSCALL_COPY', 'OP_WRITE', 0, 2],
  ['copy_file_range', 326, [377], 'SYSCALL_COPY', 'OP_WRITE', 0, 2],
  ['io_getevents', 208, [247], 'SYSCALL_GETEVENTS', 'OP_READ', 3],
  ['io_pgetevents', 333, [385, 416], 'SYSCALL_GETEVENTS', 'OP_READ', 3],
  ['open', 2, [5], 'SYSCALL_OPEN', 'OP_OPEN', 0, NONE, 1],
  ['creat', 85, [8], 'SYSCALL_OPEN', 'OP_OPEN', 0, NONE, NONE],
  ['openat', 257, [295], 'SYSCALL_OPEN', 'OP_OPEN', 1, 0, 2],
  ['openat2', 437, [437], 'SYSCALL_OPEN_HOW', 'OP_OPEN', 1, 0, 2],
  ['open_by_handle_at', 304, [342], 'SYSCALL_OPEN', 'OP_OPEN', NONE, NONE, 2],
  ['ftruncate', 77, [93, 194], 'SYSCALL_FD', 'OP_TRUNCATE', 0],
  ['fallocate', 285, [324], 'SYSCALL_FD', 'OP_TRUNCATE', 0],
  ['fchmod', 91, [94], 'SYSCALL_FD', 'OP_ATTR', 0],
  ['fchown', 93, [95, 207], 'SYSCALL_FD', 'OP_ATTR', 0],
  ['fsetxattr', 190, [228], 'SYSCALL_FD', 'OP_ATTR', 0],
  ['fremovexattr', 199, [237], 'SYSCALL_FD', 'OP_ATTR', 0],
  ['truncate', 76, [92, 193], 'SYSCALL_PATH', 'OP_TRUNCATE', 0],
  ['rename', 82, [38], 'SYSCALL_PATH', 'OP_RENAME', 1],
  ['renameat', 264, [302], 'SYSCALL_PATH', 'OP_RENAME', 3, 2],
  ['renameat2', 316, [353], 'SYSCALL_PATH', 'OP_RENAME', 3, 2],
  ['mkdir', 83, [39], 'SYSCALL_PATH', 'OP_MKDIR', 0],
  ['mkdirat', 258, [296], 'SYSCALL_PATH', 'OP_MKDIR', 1, 0],
  ['rmdir', 84, [40], 'SYSCALL_PATH', 'OP_RMDIR', 0],
  ['unlink', 87, [10], 'SYSCALL_PATH', 'OP_UNLINK', 0],
  ['unlinkat', 263, [301], 'SYSCALL_PATH', 'OP_UNLINK', 1, 0],
  ['link', 86, [9], 'SYSCALL_PATH', 'OP_LINK', 1],
  ['linkat', 265, [303], 'SYSCALL_PATH', 'OP_LINK', 3, 2],
  ['symlink', 88, [83], 'SYSCALL_PATH', 'OP_LINK', 1],
  ['symlinkat', 266, [304], 'SYSCALL_PATH', 'OP_LINK', 2, 1],
  ['mknod', 133, [14], 'SYSCALL_PATH', 'OP_CREATE', 0],
  ['mknodat', 259, [297], 'SYSCALL_PATH', 'OP_CREATE', 1, 0],
  ['chmod', 90, [15], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['fchmodat', 268, [306], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['fchmodat2', 452, [452], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['chown', 92, [182, 212], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['lchown', 94, [16, 198], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['fchownat', 260, [298], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['utime', 132, [30], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['utimes', 235, [271], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['futimesat', 261, [299], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['utimensat', 280, [320, 412], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['setxattr', 188, [226], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['lsetxattr', 189, [227], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['setxattrat', 463, [463], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['removexattrat', 466, [466], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['file_setattr', 469, [469], 'SYSCALL_PATH', 'OP_ATTR', 1, 0],
  ['removexattr', 197, [235], 'SYSCALL_PATH', 'OP_ATTR', 0],
  ['lremovexattr', 198, [236], 'SYSCALL_PATH', 'OP_ATTR', 0],
]

/** Calls that a bit of their flags makes another operation of: the place of the flags, the bit's number, the operation. */
const FLAGGED: Record<string, readonly [place: number, bit: number, other: keyof typeof op]> = {
  // AT_REMOVEDIR is 0x200.
  unlinkat: [2, 9, 'OP_RMDIR'],
}

/** The table as the BPF program reads it: one struct syscall_rule a number, 32-bit calls in the upper half. */
export function syscallRules(): Uint8Array {
  const table = new Uint8Array(syscallTable.SYSCALLS * syscallRule.size)
  for (const [name, x64, i386, kind, operation, a, b = NONE, c = NONE] of ROWS) {
    for (const number of [x64, ...i386.map((n) => n + syscallTable.SYSCALLS_COMPAT)]) {
      const at = number * syscallRule.size
      table[at + syscallRule.kind] = syscallKind[kind]
      table[at + syscallRule.op] = op[operation]
      table[at + syscallRule.a] = a
      table[at + syscallRule.b] = b
      table[at + syscallRule.c] = c
      const [place, bit, other] = FLAGGED[name] ?? [NONE, 0, operation]
      table[at + syscallRule.flags] = place
      table[at + syscallRule.bit] = bit
      table[at + syscallRule.other] = op[other]
    }
  }
  return table
}
