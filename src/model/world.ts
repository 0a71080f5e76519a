/** All that the model remembers, for those who make views of it. They read; only the model writes. */
import type { SourceInfo } from '../batch/batch.ts'
import type { Clock } from './clock.ts'
import type { FileStates } from './file-states.ts'
import type { FileTable } from './files.ts'
import type { HeaderStats } from './headline.ts'
import type { Recent } from './recent.ts'
import type { ProcessTable } from './table.ts'

export interface World {
  readonly info: SourceInfo
  readonly clock: Clock
  readonly processes: ProcessTable
  /** names */
  readonly names: FileTable
  /** sums and users of files */
  readonly files: FileStates
  readonly recent: Recent
  /** batches taken: another number, other answers */
  readonly batches: number
  readonly header: HeaderStats
}

/** A window of a long list. */
export interface Window {
  /** the first row wanted, from 0 (0) */
  from?: number
  /** rows wanted (60) */
  limit?: number
}

/** Rows wanted where nothing is said: one large screen. */
export const SCREENFUL = 60
