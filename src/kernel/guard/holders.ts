/**
 * Which processes have a file open for writing, or mapped shared and writable, when a rule is armed: no hook refuses a store through a
 * mapping that is older than the rule (write-back.ts says what can be done about it). A process may have a million descriptors and
 * mappings, and its mmap lock may be held: the search has limits, gives the main thread back every few ms, and says what it did not look at.
 */
import { type Dir, lstatSync, opendirSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { decodeBytes } from '../../text/bytes.ts'
import { COMM_BYTES, kernelText, MAPS_BYTES, readStart } from '../bounded-read.ts'
import { TimeSlices } from '../time-slices.ts'
import { Lane } from '../where/lane.ts'
import type { Target } from './anchors.ts'

/** A shared writable mapping of a file. */
export interface Mapping {
  path: string
  /** its name in /proc/PID/map_files */
  range: string
  /** device (major:minor, hexadecimal) and inode number of the file, as the kernel prints them: on btrfs, also of files in other subvolumes */
  file: string
}

export interface Holder {
  pid: number
  comm: string
  path: string
  /** mapped: no hook refuses a store; open: each write is refused */
  how: 'mapped' | 'open'
  /** one of its mappings of the file; null: it has it open */
  mapping: Mapping | null
}

/** Limits of one search. */
export interface SearchLimits {
  /** descriptors of one process */
  descriptors: number
  /** bytes of /proc/PID/maps of one process */
  mapsBytes: number
  /** holders in all, and characters of their paths */
  holders: number
  pathChars: number
  /** ms for all processes */
  searchMs: number
}

const LIMITS: SearchLimits = { descriptors: 65_536, mapsBytes: MAPS_BYTES, holders: 100_000, pathChars: 16 * 1024 * 1024, searchMs: 30_000 }

/** How a search is watched and ended. */
export interface HolderOptions {
  /** ends the search: it rejects with the signal's reason */
  signal?: AbortSignal
  /** told how many processes have been looked at, and how many there are */
  onProgress?: (looked: number, all: number) => void
}

/** What a search found. */
export interface Found {
  holders: Holder[]
  /** processes that were looked at in part or not at all: their pids, in order */
  notSearched: number[]
}

function covers({ kind, text }: Target, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  switch (kind) {
    case 'file':
      return path === text
    case 'tree':
      return text === '/' || path === text || path.startsWith(`${text}/`)
    case 'name':
      return name === text
    case 'suffix':
      return name.endsWith(text)
  }
}

/** An address range as map_files writes it: maps pads to eight digits. */
function mapFilesName(range: string): string {
  return range.replace(/\b0+(?=[0-9a-f])/g, '')
}

/** A text of its own: a slice would keep the whole text that it was cut from in memory. */
function copyOf(text: string): string {
  return decodeBytes(Buffer.from(text, 'latin1'))
}

/** Shared writable mappings of files in the text of /proc/PID/maps: "7f…-7f… rw-s 00000000 08:01 1234 /path". The first of each file. */
export function mappingsIn(maps: string): Mapping[] {
  const found = new Map<string, Mapping>()
  for (const [, range = '', device = '', inode = '', name = ''] of maps.matchAll(/^(\S+) .w.s \S+ (\S+) (\d+) +(\/.*)$/gm)) {
    const [path, file] = [copyOf(name), copyOf(`${device} ${inode}`)]
    const key = `${file} ${path}`
    if (!found.has(key)) found.set(key, { path, range: copyOf(mapFilesName(range)), file })
  }
  return [...found.values()]
}

class Search {
  readonly #limits: SearchLimits
  readonly #lane: Lane
  readonly #options: HolderOptions
  readonly #endsAt: number
  readonly #found: Found = { holders: [], notSearched: [] }
  readonly #slices = new TimeSlices()
  #chars = 0

  constructor(limits: SearchLimits, lane: Lane, options: HolderOptions) {
    this.#limits = limits
    this.#lane = lane
    this.#options = options
    this.#endsAt = performance.now() + limits.searchMs
  }

  get #isOver(): boolean {
    return performance.now() > this.#endsAt || this.#found.holders.length >= this.#limits.holders || this.#chars >= this.#limits.pathChars
  }

  #rest(): Promise<void> {
    return this.#slices.rest(this.#options.signal)
  }

  #add(pid: number, comm: string, path: string, mapping: Mapping | null): void {
    this.#found.holders.push({ pid, comm, path, how: mapping ? 'mapped' : 'open', mapping })
    this.#chars += path.length
  }

  async run(pids: readonly number[]): Promise<Found> {
    for (const [i, pid] of pids.entries()) {
      await this.#rest()
      this.#options.onProgress?.(i, pids.length)
      if (this.#isOver || !(await this.#process(pid))) this.#found.notSearched.push(pid)
    }
    return this.#found
  }

  /** False: it was not looked at whole. */
  async #process(pid: number): Promise<boolean> {
    const comm = kernelText(`/proc/${pid}/comm`, COMM_BYTES)
    // It ended.
    if (comm === null) return true
    const name = decodeBytes(Buffer.from(comm, 'latin1')).trimEnd()
    // Its mmap lock may be held by a page fault that is never answered.
    const maps = await this.#lane.soon(() => readStart(`/proc/${pid}/maps`, this.#limits.mapsBytes).catch((error: Error) => error))
    const mappings = maps === null || maps instanceof Error ? [] : mappingsIn(maps.bytes.toString('latin1'))
    for (const mapping of mappings) this.#add(pid, name, mapping.path, mapping)
    const openWhole = await this.#open(pid, name, new Set(mappings.map(({ path }) => path)))
    return openWhole && maps !== null && (maps instanceof Error || !maps.isCut)
  }

  async #open(pid: number, comm: string, mapped: ReadonlySet<string>): Promise<boolean> {
    let folder: Dir
    try {
      folder = opendirSync(`/proc/${pid}/fd`, { bufferSize: 256 })
    } catch {
      // It ended, or hides.
      return true
    }
    const seen = new Set<string>()
    try {
      for (let looked = 0; ; looked++) {
        const entry = folder.readSync()
        if (!entry) return true
        if (looked >= this.#limits.descriptors || this.#isOver) return false
        const path = openPath(`/proc/${pid}/fd/${entry.name}`)
        if (path !== null && !seen.has(path) && !mapped.has(path)) {
          seen.add(path)
          this.#add(pid, comm, path, null)
        }
        if (looked % 64 === 63) await this.#rest()
      }
    } catch {
      this.#options.signal?.throwIfAborted()
      // It ended meanwhile.
      return true
    } finally {
      folder.closeSync()
    }
  }
}

/**
 * The file that a descriptor is open for writing to; null: none. By the permissions of the link: fdinfo would list every lock of the
 * process on that file.
 */
function openPath(link: string): string | null {
  try {
    if ((lstatSync(link).mode & 0o200) === 0) return null
    const path = decodeBytes(readlinkSync(link, 'buffer'))
    return path.startsWith('/') && !path.startsWith('/dev/') ? path : null
  } catch {
    return null
  }
}

async function otherPids(): Promise<number[]> {
  return (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
}

/** ms after which the maps of a process are given up: a busy machine may take seconds to give this program a turn. */
const MAPS_MS = 5000

/** One lane: of processes whose maps cannot be read, no more than one occupies a thread. */
const lane = new Lane(MAPS_MS)

/** How a search is watched and ended, and for tests other limits and processes than all. */
export interface SearchOptions extends HolderOptions {
  limits?: Partial<SearchLimits>
  pids?: readonly number[]
}

/**
 * All processes but this one that could store into files now, as far as /proc tells. Reads each process's maps: not for every update.
 * Rejects with the signal's reason, and where /proc cannot be listed.
 */
export async function findHolders({ limits, pids, ...options }: SearchOptions = {}): Promise<Found> {
  return new Search({ ...LIMITS, ...limits }, lane, options).run(pids ?? (await otherPids()))
}

/** Those of what a rule is about. */
export function holdersOf(holders: readonly Holder[], target: Target): Holder[] {
  return holders.filter(({ path }) => covers(target, path))
}
