/** Process numbers: the kernel tells those of the initial PID namespace, /proc those of the namespace it was mounted for. */
import { readlinkSync } from 'node:fs'

/** The initial PID namespace (PROC_PID_INIT_INO of linux/proc_ns.h, the same on all kernels). */
const INITIAL = 'pid:[4026531836]'

/**
 * Why numbers of processes do not mean here what the kernel means by them, a sentence with what to do; null: they do. `read`: reads a symbolic link,
 * throws; for tests.
 */
export function pidNamespaceTrouble(read: (path: string) => string = readlinkSync, pid = process.pid): string | null {
  const own = linkOf('/proc/self', read)
  if (own === null) return 'no /proc shows this process: mount that of this PID namespace first (mount -t proc proc /proc)'
  if (own !== String(pid)) return '/proc is that of another PID namespace: mount this one’s first (mount -t proc proc /proc)'
  const namespace = linkOf('/proc/self/ns/pid', read)
  return namespace === null || namespace === INITIAL
    ? null
    : 'this runs in a PID namespace of its own, as in a container: the kernel calls processes by other numbers. Run it outside, or in a container with the host’s (docker run --pid=host)'
}

/** Throws that sentence, where there is trouble. */
export function requirePids(): void {
  const trouble = pidNamespaceTrouble()
  if (trouble !== null) throw new Error(trouble)
}

function linkOf(path: string, read: (path: string) => string): string | null {
  try {
    return read(path)
  } catch {
    return null
  }
}
