/** The native addon's shape, and the one place that loads it. */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A kernel function's signature from the running kernel's BTF. */
export interface KernelFunction {
  /** 'int', 'struct dentry *', … */
  returns: string
  params: { name: string; type: string }[]
}

/** A BPF program that can change what a kernel function returns. */
export interface AttachedProgram {
  /** id of the link; /proc/PID/fdinfo names it as well */
  link: number
  /** id of the program */
  program: number
  /** at most 15 bytes, as its loader chose it */
  name: string
  kind: 'lsm' | 'fmod_ret' | 'lsm_cgroup'
  /** 'bpf_lsm_file_open', 'security_file_open', …; null where the kernel does not tell: before 5.13, and functions of modules */
  function: string | null
}

/** What failing BPF calls throw. */
export interface BpfError extends Error {
  /** 'EPERM', … */
  code: string
  /** positive errno */
  errno: number
  /** the last lines libbpf and the verifier wrote, '' if none */
  log: string
}

/** One opened BPF object. Every method throws once it is closed; close() itself may be called again. */
export interface BpfObject {
  programs(): { name: string; section: string }[]
  maps(): { name: string; type: number; keySize: number; valueSize: number; maxEntries: number }[]
  /** before load */
  setAutoload(program: string, on: boolean): void
  /** before load */
  setMaxEntries(map: string, entries: number): void
  /** constants before load, other variables at any time; the length must be the variable's */
  writeGlobal(variable: string, bytes: Uint8Array): void
  /** a copy */
  readGlobal(variable: string): Uint8Array
  /** throws BpfError */
  load(): void
  /** a kprobe program may be attached to many functions, each by name; throws BpfError */
  attach(program: string, kernelFunction?: string): void
  /** from wherever it is attached */
  detach(program: string): void
  /** descriptors of all attachments: whoever has them keeps the programs attached */
  linkFds(): number[]
  mapFd(map: string): number
  /** after load; recursionMisses is 0 on kernels before 5.12, which do not count them */
  programInfo(program: string): { id: number; type: number; recursionMisses: number; runCount: number; runTimeNs: number }
  lookup(map: string, key: Uint8Array): Uint8Array | null
  update(map: string, key: Uint8Array, value: Uint8Array, flags?: number): void
  delete(map: string, key: Uint8Array): boolean
  /** the whole map, packed back to back, read on a worker thread */
  lookupBatch(map: string): Promise<{ count: number; keys: Uint8Array; values: Uint8Array }>
  /** packed keys; how many were there */
  deleteBatch(map: string, keys: Uint8Array): Promise<number>
  /** one call a drain; records packed as u32 length, u32 0, bytes, padding to 8 */
  openRing(map: string, onBatch: (records: Uint8Array) => void): void
  /** takes what is there now; same callback */
  drainRing(map: string): void
  close(): void
}

/** What native/module.cc exports. */
export interface Addon {
  libbpfVersion(): string
  /** ns since boot (CLOCK_BOOTTIME) */
  bootTimeNs(): bigint
  /** all LSM and fmod_ret programs of this machine, our own among them; throws BpfError (EPERM without CAP_SYS_ADMIN) */
  attachedPrograms(): AttachedProgram[]
  /** are the pages of an open file those of its device (DAX)? Its file system is not told of stores then. Never waits for a server; throws BpfError */
  isDax(fd: number): boolean
  /** null where the kernel has no such function; throws BpfError where it has no BTF */
  kernelFunction(name: string): KernelFunction | null
  Object: new (path: string) => BpfObject
}

/** The package's own folder: the bundle lies in dist/, the sources in src/kernel/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('the package is damaged: no package.json above the program')
    folder = parent
  }
  return folder
}

let loaded: Addon | undefined

/** Loads the addon: a fresh build if there is one, else the prebuilt. Throws a sentence where neither fits this machine. */
export function loadAddon(): Addon {
  if (loaded) return loaded
  const require = createRequire(import.meta.url)
  try {
    loaded = (require('node-gyp-build') as (root: string) => Addon)(packageRoot())
    return loaded
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]
    throw new Error(
      `the native addon cannot be loaded on ${process.platform}-${process.arch}: ${why}. Prebuilt is linux-x64 with glibc >= 2.34; elsewhere run: npm run build`,
    )
  }
}

/** Path of the guard's BPF object, beside the observer's. */
export function guardObjectPath(): string {
  return join(dirname(bpfObjectPath()), 'guard.bpf.o')
}

/** Path of the quotas' BPF object, beside the observer's. */
export function quotaObjectPath(): string {
  return join(dirname(bpfObjectPath()), 'quota.bpf.o')
}

/** Path of the compiled BPF object that belongs to the addon in use. */
export function bpfObjectPath(): string {
  const candidates = ['dist/bpf/fswatch.bpf.o', 'prebuilds/linux-x64/bpf/fswatch.bpf.o'].map((path) => join(packageRoot(), path))
  const found = candidates.find((path) => existsSync(path))
  if (!found) throw new Error('the BPF object is missing from the package: run npm run build')
  return found
}
