/** Processes that freeze rules have stopped: the kernel part notes each of them, so that it passes once it is resumed. */
import type { BpfObject } from '../addon.ts'
import type { TimeSlices } from '../time-slices.ts'
import { identityOf } from './exempt.ts'
import { guardLimits, ruleProcess } from './layout.gen.ts'

/** Entries from which on room is made: without room, calls that a freeze rule names are refused. */
const ROOM_FROM = guardLimits.FROZEN / 2

/** The kernel part's table of them. */
export class StoppedProcesses {
  readonly #object: BpfObject
  readonly #slices: TimeSlices

  constructor(object: BpfObject, slices: TimeSlices) {
    this.#object = object
    this.#slices = slices
  }

  /** Removes the processes that have ended, where the table is half full. Rejects with BpfError. */
  async forgetEnded(): Promise<void> {
    const { count, keys } = await this.#object.lookupBatch('frozen')
    if (count < ROOM_FROM) return
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
    for (let i = 0; i < count; i++) {
      await this.#slices.rest()
      const at = i * ruleProcess.size
      const birth = identityOf(view.getUint32(at + ruleProcess.processTgid, true))?.birth
      // /proc has start times in steps of 10 ms, the kernel part in steps of 17 ms: the two differ by one at most.
      if (birth === undefined || Math.abs(birth - view.getUint32(at + ruleProcess.processBirth, true)) > 1)
        this.#object.delete('frozen', keys.slice(at, at + ruleProcess.size))
    }
  }
}
