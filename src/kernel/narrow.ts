/** A narrowing of the stream of events as the kernel has it: see struct narrowing in bpf/fswatch.h. */
import { type Narrowing, OPS, type Op } from '../batch/batch.ts'
import { encodeBytes } from '../text/bytes.ts'
import { limits, narrowingFlags, narrowing as narrowingLayout } from './layout.gen.ts'

function bits(ops: readonly Op[]): number {
  return ops.reduce((all, op) => all | (1 << OPS.indexOf(op)), 0)
}

/** Its bytes; `on`: in force, else it is there and asks nothing. Null: all events are streamed. */
export function narrowingBytes(narrowing: Narrowing | null, on: boolean): Uint8Array {
  const bytes = new Uint8Array(narrowingLayout.size)
  if (!narrowing) return bytes
  const view = new DataView(bytes.buffer)
  const comm = (at: number, text: string) => bytes.set(encodeBytes(text).subarray(0, limits.COMM_LEN - 1), at)
  let flags: number = narrowingFlags.NARROW_ON
  if (narrowing.pid !== null) {
    flags |= narrowingFlags.NARROW_PID
    view.setUint32(narrowingLayout.tgid, narrowing.pid, true)
  }
  if (narrowing.comm !== null) {
    flags |= narrowingFlags.NARROW_COMM
    comm(narrowingLayout.comm, narrowing.comm)
  }
  if (narrowing.took) {
    flags |= narrowingFlags.NARROW_TOOK
    const [least, most] = narrowing.took
    view.setBigInt64(narrowingLayout.leastNs, BigInt(least), true)
    view.setBigInt64(narrowingLayout.mostNs, BigInt(most), true)
  }
  if (narrowing.onlyFiles) flags |= narrowingFlags.NARROW_FILES
  for (const [i, pid] of narrowing.otherPids.entries()) view.setUint32(narrowingLayout.otherTgids + 4 * i, pid, true)
  for (const [i, text] of narrowing.otherComms.entries()) comm(narrowingLayout.otherComms + limits.COMM_LEN * i, text)
  view.setUint32(narrowingLayout.doneOps, bits(narrowing.done), true)
  view.setUint32(narrowingLayout.failedOps, bits(narrowing.failed), true)
  view.setUint32(narrowingLayout.flags, on ? flags : 0, true)
  return bytes
}
