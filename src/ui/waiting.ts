/** How long the screen stands still, and what waits meanwhile. */
import type { Waiting } from '../model/backlog.ts'
import { duration, exact } from '../text/units.ts'

/** What waits, and for how long the screen has stood still: from the last batch it shows to the newest that waits. */
export interface PausedFor extends Waiting {
  seconds: number
}

/** 'PAUSED 5m03s: 60 ticks wait, 243 merged'. */
export function pausedText(paused: PausedFor | null): string {
  if (!paused || paused.batches === 0) return 'PAUSED'
  const wait = `${paused.batches} ${paused.batches === 1 ? 'tick waits' : 'ticks wait'}`
  return `PAUSED ${duration(paused.seconds * 1000)}: ${wait}${paused.merged > 0 ? `, ${exact(paused.merged)} merged` : ''}`
}
