/** Families: processes named with `+`, with all that descend from them (bpf/guard_family.h). */
import type { BpfObject } from '../addon.ts'
import { parentsInSlices, withDescendants } from '../filter.ts'
import type { TimeSlices } from '../time-slices.ts'
import { familyProcessBytes, u32Bytes } from './bytes.ts'
import { identityOf } from './exempt.ts'
import { familyProcess, guardLimits } from './layout.gen.ts'

const NO_ROOM = `the families of rules with pid=N+ have more than ${guardLimits.FAMILY_TASKS.toLocaleString('en-US')} threads`

/** A process named with `+`, and its descendants. */
interface Family {
  number: number
  /** settles when all processes of the family are recorded */
  joined: Promise<void>
  /** number of rules that name it */
  users: number
}

/** Gives families their numbers, and records their processes in the kernel part. */
export class Families {
  readonly #object: BpfObject
  readonly #slices: TimeSlices
  readonly #refuses: boolean
  readonly #identify: typeof identityOf
  /** by pid and start, since pids are used again */
  readonly #families = new Map<string, Family>()
  /** by number: the epoch since which it has belonged to its present family, or to none */
  readonly #since = new Array<number>(guardLimits.FAMILIES).fill(0)
  #epoch = 0

  /** `refuses`: a fork fails (EAGAIN) where its child cannot be recorded; else the child is outside. `identify`: for tests. */
  constructor(object: BpfObject, slices: TimeSlices, refuses: boolean, identify = identityOf) {
    this.#object = object
    this.#slices = slices
    this.#refuses = refuses
    this.#identify = identify
  }

  /**
   * The number of a process's family, 0 to 63. It belongs to the family until release() was called as often. Rejects with a sentence where the
   * process has ended or there are too many families, with BpfError where the kernel's table is full.
   */
  async of(pid: number): Promise<number> {
    const identity = this.#identify(pid)
    if (identity === null) throw new Error(`there is no process ${pid}: it has ended`)
    const id = `${pid} ${identity.birth}`
    const family = this.#families.get(id) ?? this.#begin(id, pid)
    family.users++
    try {
      await family.joined
    } catch (error) {
      this.release(family.number)
      throw error
    }
    return family.number
  }

  /** Undoes one call of of(), when its rule does not hold any more. After the last one the number is free for another family. */
  release(number: number): void {
    const [id, family] = [...this.#families].find(([, known]) => known.number === number) ?? []
    if (id === undefined || !family || --family.users > 0) return
    this.#families.delete(id)
    // From here on the bits of its members count no more, nor do copies of them that a fork makes at this moment.
    this.#since[number] = ++this.#epoch
    this.#object.writeGlobal('family_since', u32Bytes(...this.#since))
    this.#object.writeGlobal('families_epoch', u32Bytes(this.#epoch))
  }

  /** A sentence where the kernel's table had no room for a child of a member; null: it always had. */
  trouble(): string | null {
    const bytes = this.#object.readGlobal('forks_without_room')
    if (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) === 0n) return null
    return `${NO_ROOM}: ${this.#refuses ? "their members' forks fail (EAGAIN)" : 'further ones are outside of the rule'}; use cgroup= in place of pid=N+`
  }

  #begin(id: string, pid: number): Family {
    const taken = new Set([...this.#families.values()].map(({ number }) => number))
    const number = this.#since.findIndex((_, i) => !taken.has(i))
    if (number < 0)
      throw new Error(`rules name ${guardLimits.FAMILIES} different processes with + already, and that is the most: disarm one of them, or use cgroup=`)
    const family = { number, joined: this.#join(pid, number), users: 0 }
    this.#families.set(id, family)
    return family
  }

  /** Those of a member's bits whose numbers still belong to the same families. */
  #valid(families: bigint, epoch: number): bigint {
    return this.#since.reduce((valid, since, number) => (since > epoch ? valid & ~(1n << BigInt(number)) : valid), families)
  }

  async #join(pid: number, number: number): Promise<void> {
    const bit = 1n << BigInt(number)
    const joined = new Set<number>()
    const join = (member: number) => {
      joined.add(member)
      const identity = this.#identify(member)
      if (identity === null) return
      const key = u32Bytes(member)
      const bytes = this.#object.lookup('family_processes', key)
      const known = bytes ? new DataView(bytes.buffer, bytes.byteOffset) : null
      const isSame = known?.getUint32(familyProcess.birth, true) === identity.birth
      const have = known && isSame ? this.#valid(known.getBigUint64(familyProcess.families, true), known.getUint32(familyProcess.epoch, true)) : 0n
      this.#object.update('family_processes', key, familyProcessBytes(have | bit, identity.birth, this.#epoch))
    }
    // The root first, so that children born from now on join by themselves; then those born before.
    this.#object.writeGlobal('armed_families', u32Bytes(1))
    join(pid)
    // A process that has not joined may fork while /proc is read: look again until all have joined.
    for (let before = 0; before < joined.size; ) {
      before = joined.size
      for (const member of withDescendants([pid], await parentsInSlices(this.#slices))) if (!joined.has(member)) join(member)
    }
  }
}
