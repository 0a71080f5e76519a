/**
 * Bounded reads: every file that this program reads whole goes through here, with a limit in bytes. A process decides how large its
 * files in /proc are (PR_SET_MM_MAP: a command line of 400 MiB), and a name may lead to a FIFO or a device. So each open is non-blocking
 * and takes no controlling terminal, only regular files are read, and no more than the limit is allocated or read.
 *
 * The synchronous functions are for files that the kernel makes up without waiting for a process, such as /proc/PID/stat. Files that
 * make the kernel fault pages of a process in or take its mmap lock (cmdline, environ, maps) and files of a file system that may not
 * answer are read by the asynchronous ones, in a Lane.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** /proc/PID/stat: 52 numbers of up to 20 digits and a name of up to 64 escaped bytes. Bytes. */
export const STAT_BYTES = 2048
/** /proc/PID/comm: TASK_COMM_LEN is 16; a workqueue's name is longer. Bytes. */
export const COMM_BYTES = 64
/** Of /proc/PID/status: the ids stand in the first 500 bytes, the groups behind them. */
export const STATUS_BYTES = 1024
/** /proc/PID/cgroup: a path of at most PATH_MAX for each of at most 15 hierarchies. Bytes. */
export const CGROUP_BYTES = 65_536
/** /proc/PID/uid_map: the kernel keeps 340 extents of 33 characters. Bytes. */
export const UID_MAP_BYTES = 16_384
/** /proc/PID/fdinfo/FD: flags and offset are in the first lines; the locks and targets behind them have no limit. Bytes. */
export const FDINFO_BYTES = 512
/** A command line where it is one of many: in a pending request. Bytes. */
export const COMMAND_LINE_BYTES = 4096
/** A command line on the page of its process. Bytes. */
export const DETAILED_COMMAND_LINE_BYTES = 32_768
/** /proc/PID/maps: 65,530 mappings (the default vm.max_map_count) of 128 bytes a line. Bytes. */
export const MAPS_BYTES = 8 * 1024 * 1024
/** /proc/self/mountinfo: fs.mount-max is 100,000 mounts. Bytes. */
export const MOUNTINFO_BYTES = 32 * 1024 * 1024
/** This machine's /etc/passwd and /etc/group: some 100,000 entries. Bytes. */
export const PASSWD_BYTES = 8 * 1024 * 1024
/** A file of rules that the user names: 10,000 rules of 100 bytes. Bytes. */
export const POLICY_BYTES = 1024 * 1024
/** A setting of the kernel: a line in /sys or /proc/sys. Bytes. */
export const SETTING_BYTES = 4096

/** The beginning of a file. */
export interface Beginning {
  bytes: Buffer
  /** the file is longer than the limit */
  isCut: boolean
}

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** The first allocation: most files are smaller, and the limit of some is large. Bytes. */
const FIRST_BYTES = 4096

function refuseIrregular(path: string | Buffer, stats: Stats): void {
  if (!stats.isFile()) throw Object.assign(new Error(`${String(path)} is no regular file`), { code: 'EINVAL' })
}

/** A buffer with room for more than `used` bytes, at most one more than `limit`: the byte that shows that there is more. */
function withRoom(bytes: Buffer, used: number, limit: number): Buffer {
  if (used < bytes.length) return bytes
  const longer = Buffer.allocUnsafe(Math.min(limit + 1, bytes.length * 2))
  bytes.copy(longer, 0, 0, used)
  return longer
}

function readOpenSync(file: number, limit: number): Beginning {
  let bytes: Buffer = Buffer.allocUnsafe(Math.min(limit + 1, FIRST_BYTES))
  let used = 0
  for (let got = -1; got !== 0 && used <= limit; used += got) {
    bytes = withRoom(bytes, used, limit)
    got = readSync(file, bytes, used, bytes.length - used, null)
  }
  return { bytes: bytes.subarray(0, Math.min(used, limit)), isCut: used > limit }
}

/** At most `limit` bytes of a regular file, on this thread: for what the kernel makes up without waiting. Throws what open(2) and read(2) say. */
export function readStartSync(path: string | Buffer, limit: number): Beginning {
  const file = openSync(path, FLAGS)
  try {
    refuseIrregular(path, fstatSync(file))
    return readOpenSync(file, limit)
  } finally {
    closeSync(file)
  }
}

/** The same, not on this thread. Rejects with what open(2) and read(2) say. */
export async function readStart(path: string | Buffer, limit: number): Promise<Beginning> {
  const file = await open(path, FLAGS)
  try {
    refuseIrregular(path, await file.stat())
    let bytes: Buffer = Buffer.allocUnsafe(Math.min(limit + 1, FIRST_BYTES))
    let used = 0
    for (let got = -1; got !== 0 && used <= limit; used += got) {
      bytes = withRoom(bytes, used, limit)
      got = (await file.read(bytes, used, bytes.length - used, null)).bytesRead
    }
    return { bytes: bytes.subarray(0, Math.min(used, limit)), isCut: used > limit }
  } finally {
    await file.close()
  }
}

/** Text of a file that the kernel makes up, at most `limit` bytes of it, a character a byte; null: it cannot be read, as that of a process that ended. */
export function kernelText(path: string, limit: number): string | null {
  try {
    return readStartSync(path, limit).bytes.toString('latin1')
  } catch {
    return null
  }
}

/** /proc/PID/stat, a character a byte; null: there is no such process. */
export function statText(pid: number | 'self'): string | null {
  return kernelText(`/proc/${pid}/stat`, STAT_BYTES)
}

/** The state of a thread as /proc/PID/stat has it (R, S, D, T, t, Z, …); '': there is no such thread. */
export function stateOf(tid: number): string {
  const stat = statText(tid)
  // The name before it may hold anything but what the kernel escapes.
  return stat?.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
}

const exact = (bytes: number) => `${bytes.toLocaleString('en-US')} bytes`

/** Why a file that the user names is not read, the end of a sentence that begins with its name; null: it is. */
function namedTrouble(stats: Stats, limit: number): string | null {
  if (stats.isFIFO()) return null
  if (!stats.isFile()) return `it is ${stats.isDirectory() ? 'a directory' : 'a device or a socket'}: a regular file or a pipe is wanted`
  return stats.size > limit ? `it has ${exact(stats.size)}, and at most ${exact(limit)} are read` : null
}

/**
 * A whole file that the user names: a regular file, or a pipe, as from a process substitution or /dev/stdin, which is waited for. Throws the
 * end of a sentence that begins with its name where it is anything else or longer than `limit`; also what open(2) and read(2) say.
 */
export function readNamedSync(path: string, limit: number): Buffer {
  const refuse = (stats: Stats) => {
    const trouble = namedTrouble(stats, limit)
    if (trouble !== null) throw new Error(trouble)
  }
  // Before it is opened, since opening a device can do things; and after, since it may be another file by then.
  refuse(statSync(path))
  const file = openSync(path, constants.O_RDONLY | constants.O_NOCTTY)
  try {
    refuse(fstatSync(file))
    const { bytes, isCut } = readOpenSync(file, limit)
    if (isCut) throw new Error(`it gives more than ${exact(limit)}, and no more are read`)
    return bytes
  } finally {
    closeSync(file)
  }
}
