/** What is counted, pushed into the kernel: by pid, comm, uid, cgroup and directory. */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { encodeBytes } from '../text/bytes.ts'
import type { BpfObject } from './addon.ts'
import { kernelText, MOUNTINFO_BYTES, statText } from './bounded-read.ts'
import { fileKey, filterFlags, filter as filterLayout, limits } from './layout.gen.ts'
import { Mounts } from './mounts.ts'
import type { TimeSlices } from './time-slices.ts'

/** What to count; everything when all are unset. Conditions are joined by and; several pids or paths by or. */
export interface KernelFilter {
  pids?: number[]
  /** also the children of those, born before or after */
  descendants?: boolean
  /** exactly, up to 15 bytes */
  comm?: string
  uid?: number
  /** cgroup v2 directory or its inode number */
  cgroup?: string
  /** directories (everything below them) or files */
  paths?: string[]
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

const pidsNow = () => readdirSync('/proc').map(Number).filter(Number.isInteger)

/** NaN where the process has ended. */
function parentOf(pid: number): number {
  const stat = statText(pid)
  // The comm before it may hold anything, so count from its closing parenthesis.
  return stat === null ? Number.NaN : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** pid -> parent's pid, of every process there is. */
function parents(): Map<number, number> {
  return new Map(pidsNow().map((pid) => [pid, parentOf(pid)]))
}

/** The same in slices. A process that is born or ends meanwhile may be missing. */
export async function parentsInSlices(slices: TimeSlices): Promise<Map<number, number>> {
  const map = new Map<number, number>()
  for (const pid of pidsNow()) {
    await slices.rest()
    map.set(pid, parentOf(pid))
  }
  return map
}

/** `roots` and all that descend from them now. */
export function withDescendants(roots: number[], parentOf: ReadonlyMap<number, number> = parents()): number[] {
  const found = new Set(roots)
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [pid, parent] of parentOf) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

/** Where the kernel's one tree of groups (cgroup v2) is mounted; beside the old ones it is not at the usual place. */
export function cgroupRoot(): string {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(kernelText('/proc/self/mounts', MOUNTINFO_BYTES) ?? '')
  return mount?.[1] ?? '/sys/fs/cgroup'
}

/** The id of a group by its path below the root, by its whole path, or by its number. Throws a sentence. */
export function cgroupIdOf(cgroup: string): bigint {
  if (/^\d+$/.test(cgroup)) return BigInt(cgroup)
  const root = cgroupRoot()
  const path = cgroup.startsWith(`${root}/`) || cgroup === root ? cgroup : `${root}/${cgroup.replace(/^\//, '')}`
  try {
    return statSync(path, { bigint: true }).ino
  } catch {
    throw new Error(`there is no cgroup ${cgroup}: ${path} does not exist`)
  }
}

function rootKey(path: string, mounts: Mounts): Uint8Array {
  let real: string
  let ino: bigint
  try {
    real = realpathSync(path)
    ino = statSync(real, { bigint: true }).ino
  } catch (error) {
    throw new Error(`--path ${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : (error as Error).message}`)
  }
  const key = new Uint8Array(fileKey.size)
  const view = new DataView(key.buffer)
  view.setBigUint64(fileKey.ino, ino, true)
  view.setUint32(fileKey.dev, mounts.deviceOf(real) ?? 0, true)
  return key
}

/** Throws a sentence where a pid, cgroup or path does not exist. Call it before attaching, so that nothing else is counted. */
export function applyFilter(object: BpfObject, wanted: KernelFilter): void {
  const bytes = new Uint8Array(filterLayout.size)
  const view = new DataView(bytes.buffer)
  let flags = 0
  if (wanted.pids) {
    flags |= filterFlags.FILTER_PIDS | (wanted.descendants ? filterFlags.FILTER_DESCENDANTS : 0)
    for (const pid of wanted.pids) addPid(object, pid)
  }
  if (wanted.comm !== undefined) {
    flags |= filterFlags.FILTER_COMM
    bytes.set(encodeBytes(wanted.comm).subarray(0, limits.COMM_LEN - 1), filterLayout.comm)
  }
  if (wanted.uid !== undefined) {
    flags |= filterFlags.FILTER_UID
    view.setUint32(filterLayout.uid, wanted.uid, true)
  }
  if (wanted.cgroup !== undefined) {
    flags |= filterFlags.FILTER_CGROUP
    view.setBigUint64(filterLayout.cgroupId, cgroupIdOf(wanted.cgroup), true)
  }
  if (wanted.paths && wanted.paths.length > 0) {
    flags |= filterFlags.FILTER_PATH
    const mounts = new Mounts()
    for (const path of wanted.paths) object.update('roots', rootKey(path, mounts), u32(1))
  }
  view.setUint32(filterLayout.flags, flags, true)
  object.writeGlobal('filter', bytes)
}

/** Watches one more process. */
export function addPid(object: BpfObject, pid: number): void {
  object.update('pids', u32(pid), u32(1))
}

/** Throws a sentence where a process does not exist. */
export function requireProcess(pid: number): void {
  try {
    statSync(`/proc/${pid}`)
  } catch {
    throw new Error(`there is no process ${pid}: it has ended, or lives in another pid namespace`)
  }
}
