/** BPF programs of other loaders that decide about the same calls as rules and quotas do. */
import { type Dir, opendirSync, readdirSync, readlinkSync } from 'node:fs'
import { type Addon, type AttachedProgram, guardObjectPath, quotaObjectPath } from '../addon.ts'
import { COMM_BYTES, FDINFO_BYTES, kernelText } from '../bounded-read.ts'
import { TimeSlices } from '../time-slices.ts'

/** One of them, as src/rules/control.ts has it. */
export interface FoundProgram extends Pick<AttachedProgram, 'name' | 'kind'> {
  /** the kernel function it is attached to; null where that is not known */
  hook: string | null
  /** it is named as one of our programs */
  isFswatch: boolean
  /** the process that holds it, and its name; null where none was found */
  pid: number | null
  comm: string | null
}

/** The kernel cuts the names of programs: BPF_OBJ_NAME_LEN with its end. */
const NAME_BYTES = 15

/** Descriptors that are looked at for the process that holds a link: 0.2 s, in slices. */
const MOST_DESCRIPTORS = 50_000

/** Hold the links of their program. */
const WATCHDOGS = new Set(['fswatch-keeper', 'fswatch-standby'])

/** A kernel function by the name of a program's section: 'lsm/file_open' is 'bpf_lsm_file_open'. Null: it is none that decides. */
function functionOf(section: string): string | null {
  const [kind, name] = section.split('/') as [string, string?]
  if (name === undefined || (kind !== 'lsm' && kind !== 'fmod_ret')) return null
  return kind === 'lsm' ? `bpf_lsm_${name}` : name
}

/** What our programs of these objects are called in the kernel, and the functions they are attached to. */
export function hooksOf(programs: readonly { name: string; section: string }[]): Map<string, string> {
  const hooks = new Map<string, string>()
  for (const { name, section } of programs) {
    const hook = functionOf(section)
    if (hook !== null) hooks.set(name.slice(0, NAME_BYTES), hook)
  }
  return hooks
}

function linkOf(pid: string, descriptor: string): number | null {
  try {
    if (!/bpf.link/.test(readlinkSync(`/proc/${pid}/fd/${descriptor}`))) return null
  } catch {
    return null
  }
  const id = kernelText(`/proc/${pid}/fdinfo/${descriptor}`, FDINFO_BYTES)?.match(/^link_id:\s*(\d+)/m)?.[1]
  return id === undefined ? null : Number(id)
}

/** The descriptors of a process, one by one, since it may have a million. None where the process has ended. */
function* descriptorsOf(pid: string): Generator<string> {
  let folder: Dir | null = null
  try {
    folder = opendirSync(`/proc/${pid}/fd`, { bufferSize: 256 })
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) yield entry.name
  } catch {
    // It has ended, or /proc does not show it (hidepid).
  } finally {
    folder?.closeSync()
  }
}

type Slices = Pick<TimeSlices, 'rest'>

/** The links that a process holds. */
async function linksOf(pid: string, slices: Slices): Promise<number[]> {
  const links: number[] = []
  for (const descriptor of descriptorsOf(pid)) {
    await slices.rest()
    const link = linkOf(pid, descriptor)
    if (link !== null) links.push(link)
  }
  return links
}

/** The processes that hold these links, by link. A link that is pinned in a bpffs may have none. */
async function holdersOf(links: ReadonlySet<number>, slices: Slices): Promise<Map<number, { pid: number; comm: string }>> {
  const holders = new Map<number, { pid: number; comm: string }>()
  let left = MOST_DESCRIPTORS
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    await slices.rest()
    const comm = kernelText(`/proc/${pid}/comm`, COMM_BYTES)?.trim() ?? '?'
    if (WATCHDOGS.has(comm)) continue
    for (const descriptor of descriptorsOf(pid)) {
      if (--left < 0) return holders
      await slices.rest()
      const link = linkOf(pid, descriptor)
      if (link !== null && links.has(link)) holders.set(link, { pid: Number(pid), comm })
    }
  }
  return holders
}

/** Of the guard and the quotas, see hooksOf(). Opens the objects, and loads nothing. */
function ourHooks(addon: Addon): Map<string, string> {
  const hooks = [guardObjectPath(), quotaObjectPath()].flatMap((path) => {
    const object = new addon.Object(path)
    try {
      return [...hooksOf(object.programs())]
    } finally {
      object.close()
    }
  })
  return new Map(hooks)
}

/** Finds the programs of others on the functions that ours are for. Asking again costs next to nothing while there are none, or the same. */
export class OtherPrograms {
  readonly #addon: Addon
  readonly #slices: Slices
  #hooks: Map<string, string> | null = null
  #links = ''
  #found: FoundProgram[] = []

  /** `slices`: a search gives the main thread back by them. */
  constructor(addon: Addon, slices: Slices = new TimeSlices()) {
    this.#addon = addon
    this.#slices = slices
  }

  /**
   * Programs that this process does not hold: on the same functions, or where the kernel does not tell which (before 5.13). Empty where
   * the kernel lists no links to us (no CAP_SYS_ADMIN), before 5.8, which has none, and where our own programs or /proc cannot be read:
   * rules hold without it. Never rejects. One search at a time.
   */
  async find(): Promise<FoundProgram[]> {
    try {
      return await this.#find()
    } catch {
      return []
    }
  }

  async #find(): Promise<FoundProgram[]> {
    const attached = this.#addon.attachedPrograms()
    const own = new Set(attached.length > 0 ? await linksOf('self', this.#slices) : [])
    const others = attached.filter(({ link }) => !own.has(link))
    const links = others.map(({ link }) => link).join()
    if (links !== this.#links) {
      this.#found = await this.#described(others)
      this.#links = links
    }
    return this.#found
  }

  async #described(others: readonly AttachedProgram[]): Promise<FoundProgram[]> {
    if (others.length === 0) return []
    this.#hooks ??= ourHooks(this.#addon)
    const hooks = this.#hooks
    const functions = new Set(hooks.values())
    const onOurs = others.filter(({ function: on }) => on === null || functions.has(on))
    const holders = await holdersOf(new Set(onOurs.map(({ link }) => link)), this.#slices)
    return onOurs.map(({ link, name, kind, function: on }) => ({
      ...{ name, kind, hook: on ?? hooks.get(name) ?? null, isFswatch: hooks.has(name) },
      ...(holders.get(link) ?? { pid: null, comm: null }),
    }))
  }
}
