/** How full a quota is: the same for who warns and for who draws it. */
import type { QuotaUse } from './control.ts'

/** Of a limit: 0 to 1 and beyond. A limit of nothing is always full. */
function share(used: number, limit: number | null): number {
  if (limit === null) return 0
  return limit === 0 ? 1 : used / limit
}

/** Of bytes or of inodes, whichever is fuller: 0 to 1, and beyond where the limit came later than what is there. */
export function fillOf({ bytes, limitBytes, inodes, limitInodes }: Pick<QuotaUse, 'bytes' | 'limitBytes' | 'inodes' | 'limitInodes'>): number {
  return Math.max(share(bytes, limitBytes), share(inodes, limitInodes))
}

/** What is to be said of a quota that is so full: nothing, that it is nearly full, or that it is full. `warnPercent` as its rule has it. */
export function fillLevel(fill: number, warnPercent: number): 'nothing' | 'warned' | 'full' {
  if (fill >= 1) return 'full'
  return fill * 100 >= warnPercent ? 'warned' : 'nothing'
}
