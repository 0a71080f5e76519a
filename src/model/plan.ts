/** A filter made ready for thousands of processes, so that what was answered for one of its terms can be found again. */
import type { Filter } from './filter.ts'
import { matcher, pathInterest, type Subject } from './match.ts'

/** Two plans are the same only when they are the same object. */
export interface Plan {
  readonly filter: Filter | null
  /** One test a term: a term asks of files at most once, so its place says which question it was. */
  readonly tests: readonly ((subject: Subject) => boolean)[]
  /** which paths the filter is about (see pathInterest) */
  readonly interest: ((path: string) => boolean) | null
}

/** The plan of a filter; null matches everything. */
export function planOf(filter: Filter | null): Plan {
  return { filter, tests: (filter?.terms ?? []).map((term) => matcher({ terms: [term] })), interest: pathInterest(filter) }
}
