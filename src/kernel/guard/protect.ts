/**
 * Makes processes exempt from all that a BPF object stops (bpf/exempt.h). A name is resolved when it is given: later, any process could
 * call itself so. A program counts only while root runs it: its user could make it run other code (LD_PRELOAD).
 */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { BpfObject } from '../addon.ts'
import { cgroupRoot } from '../filter.ts'
import { type Inode, inodeKey, u32Bytes, u64Bytes } from './bytes.ts'
import { type Candidate, candidatesByName, isOnlyRoots } from './candidates.ts'
import { identityOf, type ProcessIdentity } from './exempt.ts'
import type { Inodes } from './inodes.ts'
import { exemptionLimits, exemptProcess } from './layout.gen.ts'

/** Where programs of root are looked for by name. */
const PROGRAM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** ms between two searches for what was replaced. */
const REFRESH_MS = 5000

/** Processes named in a sentence. */
const MAX_NAMED = 5

/** What --protect names, parsed; `text` as written. A name is a comm or the name of a program; a unit has its suffix. */
export type Protection = { text: string } & (
  | { kind: 'name'; name: string }
  | { kind: 'program'; path: string }
  | { kind: 'process'; pid: number }
  | { kind: 'unit'; unit: string }
)

function exemptProcessBytes(birth: number, program: Inode | null): Uint8Array {
  const bytes = new Uint8Array(exemptProcess.size)
  bytes.set(u32Bytes(birth), exemptProcess.birth)
  if (program) {
    bytes.set(inodeKey(program), exemptProcess.programIno)
    bytes.set(u32Bytes(program.generation ?? 0), exemptProcess.generation)
  }
  return bytes
}

function list(processes: readonly Candidate[]): string {
  const named = processes.slice(0, MAX_NAMED).map(({ comm, tgid, uid }) => `${comm} (${tgid}${uid === 0 ? '' : `, uid ${uid}`})`)
  return named.join(', ') + (processes.length > MAX_NAMED ? ` and ${processes.length - MAX_NAMED} more` : '')
}

/** The cgroup of a unit below `folder`; null where it does not run. Only slices are entered: what lies below a service belongs to that. */
export function findUnit(unit: string, folder = cgroupRoot()): bigint | null {
  const queue = [folder]
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    try {
      const found = statSync(join(at, unit), { bigint: true, throwIfNoEntry: false })
      if (found?.isDirectory()) return found.ino
      for (const name of readdirSync(at)) if (name.endsWith('.slice')) queue.push(join(at, name))
    } catch {
      // The slice was removed meanwhile.
    }
  }
  return null
}

/** The exemptions in one BPF object. */
export class Protector {
  readonly #object: BpfObject
  readonly #inodes: Inodes
  /** by pid; `isBound`: exempt while it runs a certain program only */
  readonly #processes = new Map<number, { birth: number; isBound: boolean }>()
  readonly #programs = new Set<string>()
  readonly #units = new Set<string>()
  #refreshedMs = performance.now()

  constructor(object: BpfObject, inodes: Inodes) {
    this.#object = object
    this.#inodes = inodes
  }

  /** Exempts a process, for as long as it runs `program`, or for all its life (null). Throws where there are too many. */
  process({ tgid, birth }: ProcessIdentity, program: Inode | null = null): void {
    const known = this.#processes.get(tgid)
    // A name does not narrow what an ancestor or pid=N has already.
    if (program && known?.birth === birth && !known.isBound) return
    this.#processes.set(tgid, { birth, isBound: program !== null })
    try {
      this.#object.update('exempt_processes', u32Bytes(tgid), exemptProcessBytes(birth, program))
    } catch (error) {
      throw new Error(`process ${tgid} cannot be protected (${(error as NodeJS.ErrnoException).code}): at most ${exemptionLimits.EXEMPT_PROCESSES} can be`)
    }
  }

  /** Is it a process that is exempt by its number? */
  has(pid: number): boolean {
    const known = this.#processes.get(pid)
    return known !== undefined && known.birth === identityOf(pid)?.birth
  }

  /** Exempts what `protection` names; returns what that is, a sentence each. Throws a sentence where it cannot be. */
  add(protection: Protection): string[] {
    return this.#resolve(protection).map((sentence) => `--protect ${protection.text}: ${sentence}`)
  }

  #resolve(protection: Protection): string[] {
    switch (protection.kind) {
      case 'process': {
        const identity = identityOf(protection.pid)
        if (!identity) throw new Error(`--protect pid=${protection.pid}: there is no such process here`)
        this.process(identity)
        return [`protects ${identity.comm} (${protection.pid}), whatever it runs, but not its children`]
      }
      case 'unit': {
        if (this.#units.size >= exemptionLimits.EXEMPT_CGROUPS) throw new Error(`--protect: at most ${exemptionLimits.EXEMPT_CGROUPS} units`)
        this.#units.add(protection.unit)
        this.#writeUnits()
        return [`protects all processes of ${protection.unit}${findUnit(protection.unit) === null ? ', once it runs: it does not now' : ''}`]
      }
      case 'program':
        return this.#program(protection.path)
      case 'name':
        return this.#name(protection.name)
    }
  }

  #program(path: string): string[] {
    if (!this.#learnProgram(path)) throw new Error(`--protect ${path}: there is no such program`)
    const others = candidatesByName(basename(path)).filter(({ exe, isRoot }) => !isRoot && exe === path)
    const sentences = [`protects ${path} while root runs it`]
    if (!isOnlyRoots(path)) sentences.push(`not only root can change ${path}: it may run any code when root starts it`)
    if (others.length > 0) sentences.push(`does not protect ${list(others)}: use unit=NAME or pid=N for a process that root does not run`)
    return sentences
  }

  /** False where there is no such file. */
  #learnProgram(path: string): boolean {
    const found = this.#inodes.find(path)
    if (!found || found.directory) return false
    this.#programs.add(path)
    this.#object.update('exempt_programs', inodeKey(found.inode), u32Bytes(found.inode.generation ?? 0))
    return true
  }

  #name(name: string): string[] {
    const found = candidatesByName(name)
    const taken = found.filter(({ isRoot, service }) => isRoot || service !== null)
    const others = found.filter((process) => !taken.includes(process))
    for (const process of taken) {
      const program = this.#inodes.find(`/proc/${process.tgid}/exe`)?.inode
      if (program) this.process(process, program)
    }
    const programs = this.#programsCalled(name, taken).filter((path) => this.#learnProgram(path))
    const parts = [...(taken.length > 0 ? [list(taken)] : []), ...programs.map((path) => `${path} while root runs it`)]
    const sentences = [parts.length > 0 ? `protects ${parts.join(', and ')}` : 'protects nothing: root runs no process, and has no program, of this name']
    const services = new Set(taken.flatMap(({ isRoot, service }) => (isRoot || service === null ? [] : [service])))
    for (const service of services) sentences.push(`does not protect later processes of ${service} that root does not run: unit=${service} does`)
    if (others.length > 0) sentences.push(`does not protect ${list(others)}: any process can take this name; use pid=N or unit=NAME`)
    return sentences
  }

  /** Paths of programs of this name that only root can change. One that is a link to a program of another name may be many programs in one. */
  #programsCalled(name: string, running: readonly Candidate[]): string[] {
    const paths = new Set<string>()
    for (const path of [...running.map(({ exe }) => exe), ...PROGRAM_FOLDERS.map((folder) => join(folder, name))]) {
      try {
        const real = realpathSync(path)
        if (basename(real).startsWith(name) && isOnlyRoots(real)) paths.add(real)
      } catch {
        // It is not there.
      }
    }
    return [...paths]
  }

  #writeUnits(): void {
    const ids = [...this.#units].flatMap((unit) => findUnit(unit) ?? [])
    const bytes = new Uint8Array(8 * exemptionLimits.EXEMPT_CGROUPS)
    for (const [i, id] of ids.entries()) bytes.set(u64Bytes(id), 8 * i)
    this.#object.writeGlobal('exempt_cgroups', bytes)
    this.#object.writeGlobal('exempt_cgroup_count', u32Bytes(ids.length))
  }

  /** Finds again what was replaced: a service that was restarted has another cgroup, a program that was upgraded another inode. Every 5 s. */
  refresh(): void {
    const now = performance.now()
    if (now - this.#refreshedMs < REFRESH_MS) return
    this.#refreshedMs = now
    if (this.#units.size > 0) this.#writeUnits()
    for (const path of this.#programs) {
      try {
        this.#learnProgram(path)
      } catch {
        // It is being replaced: the next search finds it.
      }
    }
  }
}
