/** Families: processes named with `+`, with all that descend from them (bpf/guard_family.h). */
import type { BpfObject } from '../addon.ts'
import { parentsInSlices, withDescendants } from '../filter.ts'
import type { TimeSlices } from '../time-slices.ts'
import { familyProcessBytes, u32Bytes } from './bytes.ts'
import { identityOf } from './exempt.ts'
import { familyProcess, guardLimits } from './layout.gen.ts'

const NO_ROOM = `the families of rules with pid=N+ have more than ${guardLimits.FAMILY_TASKS.toLocaleString('en-US')} threads`

export class Families {
  readonly #object: BpfObject
  readonly #slices: TimeSlices
  readonly #refuses: boolean
  readonly #identify: typeof identityOf
  /** by pid and start, since pids are used again; settled when all of the family have joined. None is given up: members keep their bit. */
  readonly #numbers = new Map<string, Promise<number>>()

  /** `refuses`: a fork fails (EAGAIN) where its child cannot be recorded; else the child is outside. `identify`: for tests. */
  constructor(object: BpfObject, slices: TimeSlices, refuses: boolean, identify = identityOf) {
    this.#object = object
    this.#slices = slices
    this.#refuses = refuses
    this.#identify = identify
  }

  /** The number of a process's family, 0 to 63. Rejects with a sentence where it has ended, or there are too many. */
  async of(pid: number): Promise<number> {
    const identity = this.#identify(pid)
    if (identity === null) throw new Error(`there is no process ${pid}: it has ended`)
    const id = `${pid} ${identity.birth}`
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#numbers.size
    if (number >= guardLimits.FAMILIES)
      throw new Error(`${guardLimits.FAMILIES} different processes were named with + already, the most until the program ends: start it again, or use cgroup=`)
    const family = this.#join(pid, number)
    this.#numbers.set(id, family)
    return family
  }

  /** A sentence where the kernel's table had no room for a child of a member; null: it always had. */
  trouble(): string | null {
    const bytes = this.#object.readGlobal('forks_without_room')
    if (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) === 0n) return null
    return `${NO_ROOM}: ${this.#refuses ? "their members' forks fail (EAGAIN)" : 'further ones are outside of the rule'}; use cgroup= in place of pid=N+`
  }

  async #join(pid: number, family: number): Promise<number> {
    const bit = 1n << BigInt(family)
    const joined = new Set<number>()
    const join = (member: number) => {
      joined.add(member)
      const identity = this.#identify(member)
      if (identity === null) return
      const key = u32Bytes(member)
      const bytes = this.#object.lookup('family_processes', key)
      const known = bytes ? new DataView(bytes.buffer, bytes.byteOffset) : null
      const isSame = known?.getUint32(familyProcess.birth, true) === identity.birth
      const have = known && isSame ? known.getBigUint64(familyProcess.families, true) : 0n
      this.#object.update('family_processes', key, familyProcessBytes(have | bit, identity.birth))
    }
    // The root first, so that children born from now on join by themselves; then those born before.
    this.#object.writeGlobal('armed_families', u32Bytes(1))
    join(pid)
    // A process that has not joined may fork while /proc is read: look again until all have joined.
    for (let before = 0; before < joined.size; ) {
      before = joined.size
      for (const member of withDescendants([pid], await parentsInSlices(this.#slices))) if (!joined.has(member)) join(member)
    }
    return family
  }
}
