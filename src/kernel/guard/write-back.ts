/**
 * Makes the next store into a mapped file visible. Writing a file back makes the page-table entries of its shared mappings read-only
 * (folio_mkclean), so that the next store into each page faults and asks the file system (page_mkwrite). Call it when the rule holds and
 * its store program is attached.
 */
import { constants } from 'node:fs'
import { access, open, statfs } from 'node:fs/promises'
import { loadAddon } from '../addon.ts'
import { MOUNTINFO_BYTES, readStart } from '../bounded-read.ts'
import { orAborted } from '../or-aborted.ts'
import { Lane } from '../where/lane.ts'
import type { Mapping } from './holders.ts'

/** A mapping of a process. */
export interface MappedFile extends Mapping {
  pid: number
}

/** How a write-back is watched and ended, and for tests its limits. */
export interface WriteBackOptions {
  /** ends it: it rejects with the signal's reason; a file that is being written goes on */
  signal?: AbortSignal
  /** told how many files have been written back, and how many there are */
  onProgress?: (written: number, all: number) => void
  /** ms for all files */
  limitMs?: number
  /** files */
  limit?: number
}

/** File systems on which stores cannot be seen, since their pages are never written back. f_type of statfs(2). */
const UNSEEN: Record<number, string> = { 16914836: 'tmpfs', 2240043254: 'ramfs', 2508478710: 'hugetlbfs' }

/** ms for all files: what is not written by then goes on in the background, and is written by the kernel in time. */
const LIMIT_MS = 60_000

/** Files written back for one rule. */
const MAX_FILES = 1000

const [DAX, DAX_FILE] = [
  'the kernel tells no file system of stores where it is mounted with DAX',
  'the kernel tells no file system of stores into a DAX file (FS_XFLAG_DAX)',
]

const TOO_SLOW = 'it could not be written back in time'
const TOO_MANY = 'too many files of this rule are mapped to write all back'

/** Devices (major:minor, decimal) whose file system is mounted with DAX for all files, by the text of /proc/PID/mountinfo. */
export function daxDevicesIn(mountinfo: string): Set<string> {
  const lines = mountinfo.split('\n').map((line) => line.split(' '))
  const isDax = (fields: string[]) => (fields.at(-1) ?? '').split(',').some((option) => option === 'dax' || option === 'dax=always')
  return new Set(lines.filter(isDax).flatMap(([, , device]) => device ?? []))
}

/** "fe:10 1234" as mountinfo writes the device: "254:16". */
function deviceOf(file: string): string {
  const [major = '', minor = ''] = (file.split(' ')[0] ?? '').split(':')
  return `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`
}

/** Writes a file back. Returns '', or why stores into it cannot be seen, the end of a sentence. `isDax`: of a descriptor. */
async function writeOne({ pid, range }: MappedFile, isDax: (fd: number) => boolean): Promise<string> {
  // Not by its path, which may lead elsewhere by now, or in another mount namespace.
  const path = `/proc/${pid}/map_files/${range}`
  const type = UNSEEN[(await statfs(path)).type >>> 0]
  if (type !== undefined) return `the kernel tells ${type} of no store`
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    if (!(await file.stat()).isFile()) return 'it is no regular file'
    // With dax=inode, the default, each file has a flag of its own (FS_XFLAG_DAX).
    if (isDax(file.fd)) return DAX_FILE
    // Its pages are clean when this returns, whether they were being written already or not.
    await file.datasync()
    return ''
  } finally {
    await file.close()
  }
}

/** The same where that failed. */
async function whyNot({ pid }: MappedFile, { code, message }: NodeJS.ErrnoException): Promise<string> {
  if (code !== 'ENOENT') return `it could not be written back: ${code ?? message}`
  const lives = await access(`/proc/${pid}`).then(
    () => true,
    () => false,
  )
  return lives ? 'it could not be written back: its mapping changed meanwhile' : ''
}

/** ms that the end of the program waits for a file that is being written. */
const CLOSE_MS = 1000

/** Writes back one file at a time. */
export class WriteBack {
  /** one lane: of files that cannot be written, no more than one occupies a thread */
  readonly #lane = new Lane(LIMIT_MS)
  readonly #isDax: (fd: number) => boolean

  /** `isDax`: for tests. */
  constructor(isDax = (fd: number) => loadAddon().isDax(fd)) {
    this.#isDax = isDax
  }

  /**
   * Writes each file back once, off the main thread. Returns by file (Mapping.file) why stores into it cannot be seen; a file without a
   * reason can be seen. A process that ended has no mapping any more. Rejects with the signal's reason.
   */
  async run(mapped: readonly MappedFile[], options: WriteBackOptions = {}): Promise<Map<string, string>> {
    const { signal, onProgress, limitMs = LIMIT_MS, limit = MAX_FILES } = options
    const endsAt = performance.now() + limitMs
    // By path too: on btrfs, files of different subvolumes have the same device and inode number here.
    const files = [...new Map(mapped.map((one) => [`${one.file} ${one.path}`, one])).values()]
    const unseen = new Map<string, string>()
    const mountinfo = await readStart('/proc/self/mountinfo', MOUNTINFO_BYTES).catch(() => null)
    const dax = daxDevicesIn(mountinfo?.bytes.toString('latin1') ?? '')
    for (const [i, one] of files.entries()) {
      signal?.throwIfAborted()
      onProgress?.(i, files.length)
      const late = i >= limit ? TOO_MANY : performance.now() > endsAt ? TOO_SLOW : null
      const why = dax.has(deviceOf(one.file)) ? DAX : (late ?? (await orAborted(this.#write(one), signal)))
      if (why !== '') unseen.set(one.file, why)
    }
    signal?.throwIfAborted()
    return unseen
  }

  async #write(one: MappedFile): Promise<string> {
    return (await this.#lane.soon(() => writeOne(one, this.#isDax).catch((error) => whyNot(one, error)))) ?? TOO_SLOW
  }

  /** Writes no more. Does not wait long for a file that is being written: the kernel goes on with it. */
  close(): Promise<void> {
    return this.#lane.close(CLOSE_MS)
  }
}
