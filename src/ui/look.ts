/** How the screen is to look and be worked, as its user has it: what the flags and the config file decide of the drawing. */
import { PROCESS_COLUMNS } from '../model/sort.ts'
import { KEYS, type KeyRow } from './keys.ts'
import type { ThemeName } from './theme.ts'

/** What columns of the processes are called: those that can be sorted by, and what else can be seen. */
export const SHOWN_COLUMNS = [...PROCESS_COLUMNS, 'history'] as const
export type ShownColumn = (typeof SHOWN_COLUMNS)[number]

/** Settings of the drawing; they stay as they are while the program runs. */
export interface ScreenLook {
  theme: ThemeName
  /** these columns in this order, as many as fit; null: those that the width of the screen suggests */
  columns: readonly ShownColumn[] | null
  /** the same of the other views, by their names (see chosen-columns.ts) */
  viewColumns?: Readonly<Record<string, readonly string[]>>
  keys: readonly KeyRow[]
  /** lines to be read aloud: no bars, no empty lines, and no more of them than must be */
  screenReader: boolean
}

/** Nothing is set. */
export const USUAL_LOOK: ScreenLook = { theme: 'dark', columns: null, keys: KEYS, screenReader: false }
