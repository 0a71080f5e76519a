/** Quotas in the kernel, for as long as this process lives. Nothing is loaded before the first one is made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Addon, BpfError, BpfObject } from '../addon.ts'
import { kernelText, SETTING_BYTES } from '../bounded-read.ts'
import { type Inode, inodeKey, u32Bytes, u64Bytes } from '../guard/bytes.ts'
import { ancestorsOf } from '../guard/exempt.ts'
import { Inodes } from '../guard/inodes.ts'
import { type Protection, Protector } from '../guard/protect.ts'
import { whyTurnedDown } from '../plan.ts'
import { isPreemptible } from '../preemption.ts'
import { chargedOf, type KernelQuota, type KernelUsage, leavingOf, type QuotaWriter, quotaBytes, usageOf, writersOf } from './bytes.ts'
import { quotaNumbers, quotaState, quotaUsage } from './layout.gen.ts'
import { Volumes } from './volumes.ts'

/** What a write beyond a limit gets. Node knows no name for it. */
const EDQUOT = 122

/** The number of the self-test's quota. */
const SELF_TEST = quotaNumbers.QUOTAS - 1

/** A quota as the kernel has it: its number, and what tells it from earlier ones of that number. */
export interface QuotaRef {
  index: number
  serial: number
}

interface Made extends QuotaRef {
  inode: Inode
  /** false: it refuses nothing and never will, as in a dry run */
  refuses: boolean
  kernel: KernelQuota
}

/** Where arguments lie on this kernel. Throws a sentence where a function is missing. */
function places(addon: Addon): Record<string, Uint8Array> {
  const find = (name: string) => {
    const known = addon.kernelFunction(name)
    if (!known) throw new Error(`this kernel has no ${name}()`)
    return known
  }
  const dentryOf = (name: string) => {
    const at = find(name).params.findIndex(({ type }) => type === 'struct dentry *')
    if (at < 0) throw new Error(`the arguments of ${name}() are not as they were`)
    return at
  }
  const linked = find('vfs_link').params
  return {
    link_dentry: Uint8Array.of(linked.findLastIndex(({ type }) => type === 'struct dentry *')),
    link_arguments: Uint8Array.of(linked.length),
    setattr_dentry: Uint8Array.of(dentryOf('security_inode_setattr')),
    setattr_arguments: Uint8Array.of(find('security_inode_setattr').params.length),
    rename_arguments: Uint8Array.of(find('security_inode_rename').params.length),
    vfs_rename_arguments: Uint8Array.of(find('vfs_rename').params.length),
    notify_dentry: Uint8Array.of(dentryOf('notify_change')),
  }
}

/** Buffers that a user can give a pipe: fs.pipe-max-size in pages of 4,096 bytes; of its default, 1 MiB, where that cannot be read. */
function pipeBuffers(): number {
  return Math.ceil(Number(kernelText('/proc/sys/fs/pipe-max-size', SETTING_BYTES) ?? 1 << 20) / 4096)
}

/** The key of a quota's directory: the kernel part looks it up by number and device, without its subvolume. */
function rootKey(inode: Inode): Uint8Array {
  return inodeKey({ ...inode, subvolume: 0 })
}

/** Judged where it is known how much is written: each by a trampoline, or by a kprobe. */
const JUDGED = ['rw_verify_area', 'vfs_fallocate', 'vfs_clone_file_range']

/** The programs for this kernel. */
function programsFor(addon: Addon, object: BpfObject): string[] {
  const byProbe = isPreemptible() && addon.kernelFunction('bpf_rdonly_cast') !== null
  const left = new Set(['guard_learn_open', ...JUDGED.map((name) => `quota_${byProbe ? '' : 'probe_'}${name}`)])
  // Some kernels' compilers leave no function of its own.
  for (const name of ['vfs_writev', 'aio_write', 'io_write'])
    if (!addon.kernelFunction(name)) for (const program of [`quota_${name}`, `quota_${name}_end`, `quota_again_${name}_end`]) left.add(program)
  // From 6.8.
  if (!addon.kernelFunction('security_file_ioctl_compat')) left.add('quota_file_ioctl_compat')
  return object
    .programs()
    .map(({ name }) => name)
    .filter((name) => !left.has(name) && (byProbe || !name.startsWith('quota_again_')))
}

/** Quotas in the kernel part, from loading it to close(). */
export class Quotas {
  readonly #object: BpfObject
  readonly #programs: readonly string[]
  readonly #inodes: Inodes
  readonly #protector: Protector
  readonly #made = new Map<number, Made>()
  readonly #volumes: Volumes
  #serial = 0
  #closed = false

  private constructor(object: BpfObject, programs: readonly string[]) {
    this.#object = object
    this.#programs = programs
    this.#inodes = new Inodes(object, false)
    this.#volumes = new Volumes(object)
    this.#protector = new Protector(object, this.#inodes)
  }

  /** Loads, attaches and tries it: throws a sentence where this kernel can keep no quota. */
  static open(addon: Addon, objectPath: string): Quotas {
    const object = new addon.Object(objectPath)
    try {
      const wanted = programsFor(addon, object)
      for (const { name } of object.programs()) object.setAutoload(name, wanted.includes(name))
      for (const [variable, bytes] of Object.entries(places(addon))) object.writeGlobal(variable, bytes)
      object.writeGlobal('pipe_buffers', u32Bytes(pipeBuffers()))
      object.writeGlobal('self_tgid', u32Bytes(process.pid))
      object.load()
      for (const name of wanted) object.attach(name)
      const quotas = new Quotas(object, wanted)
      quotas.#selfTest()
      for (const ancestor of ancestorsOf(process.pid)) quotas.#protector.process(ancestor)
      return quotas
    } catch (error) {
      object.close()
      throw new Error(`quotas cannot be kept on this kernel: ${whyTurnedDown(error as BpfError)}`)
    }
  }

  /** A file of ours in a directory of ours: refused under a quota of nothing, and written without. */
  #selfTest(): void {
    const folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-'))
    const file = join(folder, 'file')
    try {
      writeFileSync(file, '')
      const made = this.#make(folder, SELF_TEST, false)
      this.#set({ ...made, kernel: { ...made.kernel, bytes: 0, state: quotaState.QUOTA_SELF_TEST } })
      let refused = false
      try {
        writeFileSync(file, 'x', { flag: 'a' })
      } catch (error) {
        refused = (error as NodeJS.ErrnoException).errno === -EDQUOT
      }
      this.remove(made)
      if (!refused) throw new Error('its programs are attached, but a write beyond a limit passes')
      writeFileSync(file, 'x', { flag: 'a' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Protects what --protect names from all quotas; returns what that is, a sentence each. Throws a sentence. */
  protect(protection: Protection): string[] {
    return this.#protector.add(protection)
  }

  /** Finds again the units and programs that are protected, every few seconds. */
  refreshProtection(): void {
    this.#protector.refresh()
  }

  #set(made: Made): void {
    this.#made.set(made.index, made)
    this.#object.update('quotas', u32Bytes(made.index), quotaBytes(made.kernel))
  }

  /** From now on the kernel looks anew which quota a file is in. */
  #changed(): void {
    let devices = 0n
    for (const { inode } of this.#made.values()) devices |= 1n << BigInt(inode.dev & 63)
    this.#volumes.set([...this.#made.values()].map(({ index, inode, refuses }) => ({ index, dev: inode.dev, refuses })))
    this.#object.writeGlobal('quota_epoch', u32Bytes(++this.#serial))
    this.#object.writeGlobal('quota_devices', u64Bytes(devices))
  }

  #make(directory: string, index: number, refuses: boolean): Made {
    const found = this.#inodes.find(directory)
    if (!found) throw new Error(`${directory}: there is no such directory`)
    if (!found.directory) throw new Error(`${directory} is a file: a quota is for a directory`)
    const other = [...this.#made.values()].find(({ inode }) => inode.ino === found.inode.ino && inode.dev === found.inode.dev)
    if (other) throw new Error(`${directory} has a quota already`)
    const serial = ++this.#serial
    const kernel = { bytes: null, inodes: null, baseBytes: 0, baseInodes: 0, state: quotaState.QUOTA_COUNTED, serial }
    const made = { index, serial, inode: found.inode, refuses, kernel }
    this.#object.update('usages', u32Bytes(index), new Uint8Array(quotaUsage.size))
    this.#set(made)
    this.#object.update('quota_roots', rootKey(found.inode), u32Bytes(index + 1))
    this.#changed()
    return made
  }

  /**
   * Begins to add up what changes below a directory. Until it is enforced only exchanges of contents on its file system are refused, and not even
   * these without `refuses` (a dry run). Throws a sentence.
   */
  make(directory: string, refuses: boolean): QuotaRef {
    const index = Array.from({ length: SELF_TEST }, (_, i) => i).find((i) => !this.#made.has(i))
    if (index === undefined) throw new Error(`at most ${SELF_TEST} quotas can be kept at a time`)
    const { serial } = this.#make(directory, index, refuses)
    return { index, serial }
  }

  #get({ index, serial }: QuotaRef): Made {
    const made = this.#made.get(index)
    if (!made || made.serial !== serial) throw new Error('this quota is gone')
    return made
  }

  /** What is so besides what the kernel has added up. Files are charged anew from what they have now. */
  setBase(ref: QuotaRef, bytes: number, inodes: number): void {
    const made = this.#get(ref)
    this.#set({ ...made, kernel: { ...made.kernel, baseBytes: bytes, baseInodes: inodes } })
    this.#changed()
  }

  /** Limits in bytes and inodes; null: none. `enforced` false only counts. */
  setLimits(ref: QuotaRef, bytes: number | null, inodes: number | null, enforced: boolean): void {
    const made = this.#get(ref)
    const state = enforced ? quotaState.QUOTA_ENFORCED : quotaState.QUOTA_COUNTED
    this.#set({ ...made, kernel: { ...made.kernel, bytes, inodes, state } })
  }

  /** What the kernel has added up. */
  raw(ref: QuotaRef): KernelUsage {
    this.#get(ref)
    const bytes = this.#object.lookup('usages', u32Bytes(ref.index))
    if (!bytes) throw new Error(`quota ${ref.index} is out of range`)
    return usageOf(bytes)
  }

  /** Files that may have lost their last name and are charged still, by inode number: bytes, and whether each counts as an inode. */
  async nameless(ref: QuotaRef): Promise<Map<bigint, { bytes: number; inodes: number }>> {
    this.#get(ref)
    const found = new Map<bigint, { bytes: number; inodes: number }>()
    for (const { key, ino, quota, epoch, links, bytes, named } of leavingOf(await this.#object.lookupBatch('leaving'))) {
      if (quota !== ref.index + 1 || epoch < ref.serial || links > 1) continue
      const known = this.#object.lookup('quota_files', key)
      found.set(ino, { bytes: known ? chargedOf(known) : bytes, inodes: named ? 1 : 0 })
    }
    return found
  }

  /** What is used: counted and added up. */
  used(ref: QuotaRef): { bytes: number; inodes: number } {
    const { kernel } = this.#get(ref)
    const { bytes, inodes } = this.raw(ref)
    return { bytes: kernel.baseBytes + bytes, inodes: kernel.baseInodes + inodes }
  }

  /** Who has made files grow, of all quotas. */
  async writers(): Promise<QuotaWriter[]> {
    return writersOf(await this.#object.lookupBatch('quota_writers'))
  }

  /**
   * Calls that nobody judged or counted: the kernel skipped a program, since the same one was at work on that CPU, or it could not be
   * found out what quota a file is in.
   */
  skippedRuns(): number {
    const { buffer, byteOffset } = this.#object.readGlobal('unfound')
    const unfound = Number(new DataView(buffer, byteOffset).getBigUint64(0, true))
    return this.#programs.reduce((sum, name) => sum + this.#object.programInfo(name).recursionMisses, unfound)
  }

  remove(ref: QuotaRef): void {
    const { inode, kernel } = this.#get(ref)
    this.#object.update('quotas', u32Bytes(ref.index), quotaBytes({ ...kernel, state: quotaState.QUOTA_COUNTED }))
    this.#object.delete('quota_roots', rootKey(inode))
    this.#made.delete(ref.index)
    this.#changed()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#object.close()
  }
}
