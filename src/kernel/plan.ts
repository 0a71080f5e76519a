/** Which BPF programs see which operation on this kernel: one way for each, chosen from what the kernel has. */
import { release } from 'node:os'
import type { Addon, BpfError, BpfObject, KernelFunction } from './addon.ts'
import { nameFunction, signature } from './layout.gen.ts'
import { syscallRules } from './syscalls.ts'

/** How operations are seen, best first. */
export const WAYS = ['fentry', 'kprobe', 'tracepoint'] as const
export type Way = (typeof WAYS)[number]

export interface Plan {
  way: Way
  /** BPF programs to load and attach */
  programs: string[]
  /** those that are attached only while events are streamed; a run that is missed loses no operation */
  streamPrograms: string[]
  /** what this way does not see on this kernel, a sentence each */
  limits: string[]
}

/** What each kernel function is for; a kernel that lacks one lacks that view, and the user is told. */
const FUNCTIONS: Record<string, string> = {
  vfs_write: 'write and pwrite',
  vfs_writev: 'writev and pwritev',
  vfs_read: 'read and pread',
  vfs_readv: 'readv and preadv',
  do_sendfile: 'sendfile',
  do_splice: 'splice',
  vfs_copy_file_range: 'copy_file_range',
  vfs_fallocate: 'fallocate',
  do_handle_open: 'open_by_handle_at',
  fault_dirty_shared_page: 'writes through shared mappings',
  aio_write: 'AIO writes',
  aio_read: 'AIO reads',
  aio_complete_rw: 'AIO results',
  kiocb_done: 'io_uring reads and writes',
  io_complete_rw: 'io_uring reads and writes that wait',
  vfs_mkdir: 'mkdir',
  vfs_mknod: 'mknod',
  vfs_create: 'mknod of regular files',
  vfs_symlink: 'symlink',
  vfs_link: 'link',
  vfs_setxattr: 'setxattr',
  vfs_removexattr: 'removexattr',
  vfs_rename: 'rename',
  notify_change: 'truncate, chmod, chown and times',
  vfs_unlink: 'unlink',
  security_inode_rmdir: 'rmdir',
}

/** Functions that stand for each other in different kernels: the first that exists is taken. */
const EITHER: [what: string, names: string[]][] = [
  ['opens', ['do_filp_open', 'do_file_open']],
  ['results of rmdir', ['do_rmdir', 'filename_rmdir']],
]

/** ACLs went through setxattr before 6.2. */
const OPTIONAL = ['vfs_set_acl']

const PREFIXES: Record<Way, string[]> = { fentry: ['fentry', 'fexit'], kprobe: ['kprobe', 'kretprobe'], tracepoint: ['tracepoint'] }

/** Raw tracepoints carry no list of what exists; from BTF's typedef-free view we only know versions. */
function kernelAtLeast(major: number, minor: number): boolean {
  const [have = 0, haveMinor = 0] = release().split('.').map(Number)
  return have > major || (have === major && haveMinor >= minor)
}

/** The programs of one way on this kernel. */
export function planFor(way: Way, addon: Addon, object: BpfObject): Plan {
  const all = object.programs().map((program) => program.name)
  const life = all.filter((name) => name.startsWith('life_'))
  const streamPrograms = all.filter((name) => name.startsWith('stream_'))
  if (way === 'tracepoint') {
    const limits = [
      'operations named by a path (unlink, rename, chmod, …) are counted for the process, not for the file',
      'AIO is counted when its results are fetched by io_getevents',
      'stores through a shared mapping are seen on file systems with writeback only, when a clean page becomes dirty',
    ]
    const programs = [...life, 'tracepoint_sys_exit', kernelAtLeast(5, 18) ? 'tracepoint_dirty_folio' : 'tracepoint_dirty_page']
    if (kernelAtLeast(5, 19)) {
      programs.push('tracepoint_io_uring_complete')
      limits.push('io_uring requests that ask for no completion (IOSQE_CQE_SKIP_SUCCESS) are not seen')
    } else limits.push('io_uring is not seen: its tracepoint names no request before 5.19')
    return { way, programs, streamPrograms, limits }
  }
  const limits: string[] = []
  const functions = Object.keys(FUNCTIONS).filter((name) => {
    if (addon.kernelFunction(name)) return true
    limits.push(`${FUNCTIONS[name]} cannot be seen: this kernel has no function ${name}`)
    return false
  })
  for (const [what, names] of EITHER) {
    const found = names.find((name) => addon.kernelFunction(name))
    if (found) functions.push(found)
    else limits.push(`${what} cannot be seen: this kernel has none of ${names.join(', ')}`)
  }
  functions.push(...OPTIONAL.filter((name) => addon.kernelFunction(name)))
  if (way === 'kprobe') limits.push('calls that wait (reads of a terminal or a pipe) can exhaust the kernel’s return probes; what is missed is counted')
  const wanted = new Set(functions.flatMap((name) => PREFIXES[way].map((prefix) => `${prefix}_${name}`)))
  return { way, programs: [...life, ...all.filter((name) => wanted.has(name))], streamPrograms, limits }
}

/** Places of the dentry and of the result, read from the kernel's BTF (see enum name_function in bpf/fswatch.h). */
export function signatures(addon: Addon): Uint8Array {
  const table = new Uint8Array(nameFunction.NAME_COUNT * signature.size)
  for (const [name, index] of Object.entries(nameFunction)) {
    const known: KernelFunction | null =
      name === 'NAME_COUNT' ? null : addon.kernelFunction(name === 'NAME_NOTIFY_CHANGE' ? 'notify_change' : `vfs_${name.slice(5).toLowerCase()}`)
    if (!known) continue
    const at = index * signature.size
    table[at + signature.dentry] = Math.max(
      0,
      known.params.findLastIndex((param) => param.type === 'struct dentry *'),
    )
    table[at + signature.arguments] = known.params.length
    table[at + signature.returnsPointer] = known.returns.endsWith('*') ? 1 : 0
  }
  return table
}

/** Constants that depend on the kernel and the way. */
export function writeConstants(addon: Addon, object: BpfObject, way: Way): void {
  const selfTgid = new Uint8Array(4)
  new DataView(selfTgid.buffer).setUint32(0, process.pid, true)
  object.writeGlobal('self_tgid', selfTgid)
  object.writeGlobal('returns_missed', Uint8Array.of(way === 'kprobe' ? 1 : 0))
  if (way === 'tracepoint') {
    object.writeGlobal('told_at_exit', Uint8Array.of(1))
    object.writeGlobal('syscall_rules', syscallRules())
    // 6.15 and later hand the completion entry over whole.
    object.writeGlobal('uring_complete_has_cqe', Uint8Array.of(kernelAtLeast(6, 15) ? 1 : 0))
  } else object.writeGlobal('signatures', signatures(addon))
}

/** One refused way: why, in a sentence. */
export interface Refusal {
  way: Way
  why: string
}

/** End of a sentence: locked down for confidentiality, a kernel lets no program read its memory, which is what all of ours do. */
export const CLOSED = 'the kernel is locked down (confidentiality): no BPF program may read its memory'

/** Did the verifier turn a program down because the kernel's memory is closed to all of them? Its words, from 5.10 to 7.2. */
export function memoryIsClosed(error: BpfError): boolean {
  return /(cannot use helper|unknown func) bpf_probe_read/.test(error.log ?? '')
}

/** Why the kernel turned a program down that is to stop something: the end of a sentence. */
export function whyTurnedDown(error: BpfError): string {
  if (memoryIsClosed(error)) return CLOSED
  if (error.code === 'EPERM') return 'the kernel refuses programs of this type (not root, or forbidden by its configuration)'
  return `${error.message.split('\n')[0]}${error.code ? ` (${error.code})` : ''}`
}

function sentence(way: Way, error: BpfError): string {
  if (memoryIsClosed(error)) return `${way}: ${CLOSED}`
  const reasons: Record<string, string> = {
    EPERM: 'the kernel refuses this program type (not root, or forbidden by its configuration)',
    EACCES: 'the verifier refuses the program',
    EINVAL: 'this kernel does not have it',
    ENOENT: 'this kernel does not have it',
    EOPNOTSUPP: 'this kernel does not have it',
  }
  return `${way}: ${reasons[error.code] ?? 'it failed'} (${error.code ?? error.message})`
}

/** Programs that stand for a way when it is probed: small, harmless to run, and one of them reads the kernel's memory. */
const PROBES: Record<Way, string[]> = { fentry: ['life_fork', 'fentry_aio_write'], kprobe: ['life_fork', 'kprobe_aio_write'], tracepoint: ['life_fork'] }

/** Tries to load and attach one small program of a way. Null: it works. */
export function probeWay(way: Way, addon: Addon, objectPath: string): Refusal | null {
  const object = new addon.Object(objectPath)
  try {
    for (const program of object.programs()) object.setAutoload(program.name, PROBES[way].includes(program.name))
    // Small maps: this object lives for a millisecond.
    for (const map of ['counters', 'processes', 'pids', 'calls', 'aios', 'entered', 'scratches']) object.setMaxEntries(map, 1)
    for (const ring of ['facts', 'events']) object.setMaxEntries(ring, 4096)
    object.load()
    for (const program of PROBES[way]) object.attach(program)
    return null
  } catch (error) {
    return { way, why: sentence(way, error as BpfError) }
  } finally {
    object.close()
  }
}
