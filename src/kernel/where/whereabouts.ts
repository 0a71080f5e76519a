/** What a process's record says of its container and user: what is known at once, and again when more of it was found out. */
import type { ProcessFact, ProcessId } from '../../batch/batch.ts'
import { isContained } from '../../text/cgroup-path.ts'
import { Cgroups } from './cgroups.ts'
import { Groups } from './groups.ts'
import { Lane } from './lane.ts'
import { UsersInside } from './users-inside.ts'

/** Processes of which more is to be said; those beyond go without. */
const WAITING = 10_000
/** So many of them are looked after at a time, those that waited longest first: each may take some 20 µs of reading in /proc. */
const LOOKS = 500

/** The parts this is made of; tests put others in their place. */
export interface Finders {
  cgroups: Pick<Cgroups, 'pathOf' | 'close'>
  groups: Groups
  users: Pick<UsersInside, 'nameOf'>
}

export class Whereabouts {
  readonly #inside = new Lane()
  readonly #find: Finders
  /** who was told with something missing, as he was told */
  readonly #waiting = new Map<ProcessId, ProcessFact>()

  /** `users`: this machine's names. */
  constructor(users: Record<number, string>, find: Partial<Finders> = {}) {
    this.#find = {
      cgroups: find.cgroups ?? new Cgroups(),
      groups: find.groups ?? new Groups(),
      users: find.users ?? new UsersInside(this.#inside, users),
    }
  }

  /** The record with what is known now. What is not known yet comes by later(). */
  told(fact: ProcessFact): ProcessFact {
    const { told, whole } = this.#look(fact)
    this.#waiting.delete(fact.id)
    if (!whole && this.#waiting.size < WAITING) this.#waiting.set(fact.id, told)
    return told
  }

  /** Records to be sent again, with more in them. */
  later(): ProcessFact[] {
    const again: ProcessFact[] = []
    for (const before of [...this.#waiting.values()].slice(0, LOOKS)) {
      const { told, whole } = this.#look(before)
      // To the end of those who wait.
      this.#waiting.delete(told.id)
      if (!whole) this.#waiting.set(told.id, told)
      if (told.group !== before.group || told.user !== before.user) again.push(told)
    }
    return again
  }

  /** Nothing more is said of it: it ended, and who is told of a process takes it for alive. */
  forget(id: ProcessId): void {
    this.#waiting.delete(id)
  }

  /** `whole`: there is no more to come. */
  #look(fact: ProcessFact): { told: ProcessFact; whole: boolean } {
    const { cgroups, groups, users } = this.#find
    const path = cgroups.pathOf(fact.cgroup, fact.pid)
    const named = typeof path === 'string' ? groups.at(path) : null
    const group = named?.group ?? fact.group
    const user = users.nameOf(fact, group !== undefined && isContained(group))
    const { group: _group, user: _user, ...rest } = fact
    const told: ProcessFact = { ...rest, ...(group ? { group } : {}), ...(typeof user === 'string' ? { user } : {}) }
    return { told, whole: path !== undefined && !named?.looking && user !== null }
  }

  /** Looks no more. */
  async close(): Promise<void> {
    const { cgroups, groups } = this.#find
    cgroups.close()
    this.#waiting.clear()
    await Promise.all([groups.close(), this.#inside.close()])
  }
}
