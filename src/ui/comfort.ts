/** The part of the screen's state that makes choosing and typing comfortable: what is remembered, and what is open for a moment. */
import type { Term } from '../model/filter.ts'
import type { Change, Kept, Saved } from './memory.ts'
import { NOTHING_KEPT } from './memory.ts'

/** The columns while they are chosen: all of the view, from left to right. */
export interface Picker {
  items: readonly { id: string; on: boolean }[]
  at: number
  /** what Esc goes back to */
  before: Kept
}

/** What a filter can say of the selected row, while one of it is chosen. */
export interface CellChoice {
  negate: boolean
  terms: readonly Term[]
  at: number
}

/** Which line of the history stands in the line that is typed: 0 is the newest. */
export interface Recall {
  at: number
  /** what was typed before */
  draft: string
}

/** What Tab offers: each as it would stand in the line, and as it is shown. */
export interface Completion {
  options: readonly { text: string; shown: string }[]
  /** which of them stands in the line; -1: what they have in common */
  at: number
  /** UTF-16 units before what is completed */
  from: number
}

/** Part of the screen's state. */
export interface Comfort {
  /** remembered, with what is tried out in the picker */
  kept: Kept
  /** saved filters of the config file */
  given: readonly Saved[]
  picker: Picker | null
  cell: CellChoice | null
  recall: Recall | null
  completion: Completion | null
  /** the selected one of the saved filters; the name that one gets, and where the cursor stood in it */
  savedIndex: number
  naming: { text: string; cursor: number } | null
  /** to be remembered beyond this run; the screen hands it on and clears it */
  remember: Change | null
}

/** Nothing is open. */
export function freshComfort({ kept = NOTHING_KEPT, given = [] }: { kept?: Kept; given?: readonly Saved[] } = {}): Comfort {
  return { kept, given, picker: null, cell: null, recall: null, completion: null, savedIndex: 0, naming: null, remember: null }
}
