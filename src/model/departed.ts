/** What processes did that the model forgot, by what they were grouped by: so the sums of groups do not fall. Bounded: what grew longest ago goes. */
import type { ProcessFact } from '../batch/batch.ts'
import { addCounts, type Counts, clearCounts, noCounts, subtractCounts } from './counts.ts'
import { userKey } from './identity.ts'
import { sessionLabel } from './session.ts'
import type { Kinds } from './uses.ts'

/** What processes can be grouped by. */
export const GROUPINGS = ['comm', 'exe', 'user', 'container', 'session'] as const
/** One of them. */
export type Grouping = (typeof GROUPINGS)[number]

/** Groups remembered for each of these. */
const MOST = 1_000

/** The group of a process; one that nothing is known of is in group '?'. */
export function groupOf(fact: ProcessFact | null, by: Grouping): string {
  if (!fact) return '?'
  switch (by) {
    case 'comm':
      return fact.comm
    case 'exe':
      return fact.exe
    case 'user':
      return userKey(fact)
    case 'container':
      return fact.cgroup
    case 'session':
      return fact.session ? String(fact.session.id) : '?'
  }
}

/** What a process says of its group's name beside the key, a short text; '': nothing. */
export function groupLabel(fact: ProcessFact | null, by: Grouping): string {
  if (by === 'container') return fact?.group?.label ?? ''
  return by === 'session' && fact?.session ? sessionLabel(fact.session) : ''
}

/** What some processes did, by kind of file. */
export interface Departure {
  processes: number
  /** of those that went last, what they said of their group's name; '': nothing */
  label: string
  files: Counts
  others: Counts
}

/** A process that goes. */
interface Leaver {
  fact: ProcessFact | null
  /** adds its counts for these kinds to `total` */
  addTo(kinds: Kinds, total: Counts, tick: null): void
}

/** Nobody, and nothing done. */
export function noDeparture(): Departure {
  return { processes: 0, label: '', files: noCounts(), others: noCounts() }
}

/** Sums of a departure for these kinds, the caller's own. */
export function departedCounts({ files, others }: Departure, kinds: Kinds): Counts {
  const sum = { ...files }
  if (kinds === 'all') addCounts(sum, others)
  return sum
}

/** Adds `more` to `sum`, in place. */
export function addDeparture(sum: Departure, more: Departure): void {
  sum.processes += more.processes
  addCounts(sum.files, more.files)
  addCounts(sum.others, more.others)
}

/** Sums of forgotten processes, by group. */
export class Departed {
  readonly #groups: Record<Grouping, Map<string, Departure>> = {
    ...{ comm: new Map(), exe: new Map(), user: new Map(), container: new Map(), session: new Map() },
  }

  /** what the process that goes did. One object for all: thousands go in a second, and an object each would be garbage at once. */
  readonly #own = noDeparture()
  /** by grouping: key of the group that grew last */
  readonly #newest: Partial<Record<Grouping, string>> = {}

  /** A process is forgotten. Returns what it did; valid until the next call. */
  leave(state: Leaver): Readonly<Departure> {
    const own = this.#own
    own.processes = 1
    clearCounts(own.files)
    clearCounts(own.others)
    state.addTo('files', own.files, null)
    state.addTo('all', own.others, null)
    subtractCounts(own.others, own.files)
    for (const by of GROUPINGS) {
      const departure = this.#take(by, groupOf(state.fact, by))
      addDeparture(departure, own)
      departure.label = groupLabel(state.fact, by) || departure.label
    }
    return own
  }

  #take(by: Grouping, key: string): Departure {
    const groups = this.#groups[by]
    const known = groups.get(key) ?? noDeparture()
    if (this.#newest[by] === key) return known
    this.#newest[by] = key
    groups.delete(key)
    groups.set(key, known)
    const oldest = groups.size > MOST ? groups.keys().next() : null
    if (oldest && !oldest.done) groups.delete(oldest.value)
    return known
  }

  /** Groups that forgotten processes belonged to. */
  groups(by: Grouping): Iterable<[string, Departure]> {
    return this.#groups[by]
  }
}
