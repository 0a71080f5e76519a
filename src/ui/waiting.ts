/** How long the screen stands still, and what waits meanwhile. */
import type { Waiting } from '../model/backlog.ts'
import { duration, exact } from '../text/units.ts'

/** What waits, and for how long the screen has stood still: from the last batch it shows to the newest that waits. */
export interface PausedFor extends Waiting {
  seconds: number
}

/** 'PAUSED 5m03s: 60 ticks wait, 243 merged', and shorter: 'PAUSED 5m03s'. */
export function pausedTexts(paused: PausedFor | null): [long: string, short: string] {
  if (!paused || paused.batches === 0) return ['PAUSED', 'PAUSED']
  const short = `PAUSED ${duration(paused.seconds * 1000)}`
  const wait = `${paused.batches} ${paused.batches === 1 ? 'tick waits' : 'ticks wait'}`
  return [`${short}: ${wait}${paused.merged > 0 ? `, ${exact(paused.merged)} merged` : ''}`, short]
}
