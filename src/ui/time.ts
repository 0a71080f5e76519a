/** What the screen knows of time: the ticks behind, where it stands among them, and what waits. */
import type { Moment } from '../model/past-view.ts'
import type { PastShown } from './past-line.ts'
import type { PausedFor } from './waiting.ts'

export interface Time {
  /** oldest first; the last is now */
  moments: readonly Moment[]
  /** null: the time scrubber stands at now */
  past: PastShown | null
  /** null: the screen goes on */
  paused: PausedFor | null
}

/** Nothing is known of it. */
export const NO_TIME: Time = { moments: [], past: null, paused: null }
