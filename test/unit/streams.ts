/** The kernel's side of a narrowing, in TypeScript: tests compare both. */
import { type EventFact, type Narrowing, NO_FILE } from '../../src/batch/batch.ts'

/** What begin_event() in bpf/narrow.h does. */
export function streams(narrowing: Narrowing, { pid, comm, op, result, file, durationNs }: EventFact): boolean {
  if (!(result < 0 ? narrowing.failed : narrowing.done).includes(op)) return false
  if (narrowing.pid !== null && pid !== narrowing.pid) return false
  if (narrowing.onlyFiles && file !== NO_FILE && file.endsWith(':0.0')) return false
  if (narrowing.comm !== null && comm !== narrowing.comm) return false
  if (narrowing.otherPids.includes(pid) || narrowing.otherComms.includes(comm)) return false
  if (!narrowing.took) return true
  return durationNs !== undefined && durationNs >= narrowing.took[0] && durationNs <= narrowing.took[1]
}
