/** What operations are called on the screen, and in filters (op:). */
import type { Op } from '../batch/batch.ts'

const ACCESS = ['open r', 'open w', 'open rw', 'open'] as const

/** Bits of open flags: O_ACCMODE, and O_PATH, which opens for neither. */
const [ACCESS_BITS, PATH_ONLY] = [3, 0o10000000]

const SHORT: Partial<Record<Op, string>> = { mmap_write: 'map', truncate: 'trunc' }

/** An operation as the OP column has it: an open with what for. */
export function shownOp({ op, openFlags }: { op: Op; openFlags: number }): string {
  if (op !== 'open') return SHORT[op] ?? op
  return (openFlags & PATH_ONLY ? 'open' : ACCESS[openFlags & ACCESS_BITS]) ?? op
}

/** Was it opened to be written? */
export function opensToWrite({ op, openFlags }: { op: Op; openFlags: number }): boolean {
  return op === 'open' && (openFlags & ACCESS_BITS) > 0
}

/** Operations that only one call of many is, by their names in a filter; rows know the sum of each on the right. */
const SINGLE = {
  'open r': 'open',
  'open w': 'open',
  'open rw': 'open',
  create: 'change',
  trunc: 'change',
  truncate: 'change',
  unlink: 'change',
  rename: 'change',
  link: 'change',
  mkdir: 'change',
  rmdir: 'change',
  attr: 'change',
} as const

/** Sums that rows have of what was done. */
const SUMS = ['open', 'read', 'write', 'map', 'change', 'error'] as const

export type OpSum = (typeof SUMS)[number]

/** What `op:` may name: each name that the OP column shows, and sums of them. */
export const OP_NAMES: readonly string[] = [...SUMS, ...Object.keys(SINGLE)]

/** The sum that a name in a filter is part of, or is; null: it is no such name. */
export function sumOf(name: string): OpSum | null {
  return SUMS.find((sum) => sum === name) ?? (name in SINGLE ? SINGLE[name as keyof typeof SINGLE] : null)
}

/** Is `name`, which op: names, one of a single operation? Of sums alone it cannot be told whether that was done. */
export function isSingle(name: string): boolean {
  return name in SINGLE
}

/** Is an operation called so? */
export function isCalled(event: { op: Op; openFlags: number }, name: string): boolean {
  return name === event.op || name === shownOp(event)
}
