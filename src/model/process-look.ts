/** One process to be looked at: what columns and filters see of it, without making a row. */
import type { GroupFact, ProcessId } from '../batch/batch.ts'
import type { Counts } from './counts.ts'
import type { NumberKey } from './filter.ts'
import type { GroupLook } from './group-look.ts'
import { hostUserOf, identityOf, userOf } from './identity.ts'
import type { Subject } from './match.ts'
import type { Plan } from './plan.ts'
import type { ProcessState } from './process.ts'
import type { HotFile, ProcessRow } from './process-view.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Sums of the process that is looked at. */
class TotalAt implements Counts {
  readonly #of: ProcessAt

  constructor(of: ProcessAt) {
    this.#of = of
  }

  get opens(): number {
    return this.#of.state.sum(this.#of.kinds, 'opens')
  }
  get reads(): number {
    return this.#of.state.sum(this.#of.kinds, 'reads')
  }
  get readBytes(): number {
    return this.#of.state.sum(this.#of.kinds, 'readBytes')
  }
  get writes(): number {
    return this.#of.state.sum(this.#of.kinds, 'writes')
  }
  get writeBytes(): number {
    return this.#of.state.sum(this.#of.kinds, 'writeBytes')
  }
  get mmapPages(): number {
    return this.#of.state.sum(this.#of.kinds, 'mmapPages')
  }
  get changes(): number {
    return this.#of.state.sum(this.#of.kinds, 'changes')
  }
  get errors(): number {
    return this.#of.state.sum(this.#of.kinds, 'errors')
  }
}

/** Looks at `state`, which may be set again and again. */
export class ProcessAt implements Readonly<ProcessRow>, Subject, GroupLook {
  state: ProcessState
  /** which term of the plan is asked: answers about files are kept by it */
  term = 0
  readonly kinds: Kinds
  readonly total: Counts
  readonly #world: World
  readonly #plan: Plan
  readonly #hot: (state: ProcessState) => HotFile | null

  constructor(world: World, plan: Plan, kinds: Kinds, first: ProcessState, hot: (state: ProcessState) => HotFile | null) {
    this.#world = world
    this.#plan = plan
    this.kinds = kinds
    this.state = first
    this.total = new TotalAt(this)
    this.#hot = hot
  }

  get id(): ProcessId {
    return this.state.id
  }
  get pid(): number {
    return this.state.pid
  }
  get ppid(): number {
    return this.state.fact?.ppid ?? 0
  }
  get parentComm(): string {
    return this.state.fact?.parentComm ?? ''
  }
  get uid(): number {
    return this.state.fact?.uid ?? -1
  }
  get user(): string {
    return userOf(this.state.fact, this.#world.info)
  }
  get hostUser(): string {
    return hostUserOf(this.state.fact, this.#world.info)
  }
  get comm(): string {
    return this.state.fact?.comm ?? '?'
  }
  get exe(): string {
    return this.state.fact?.exe ?? ''
  }
  get container(): string {
    return this.state.fact?.group?.label ?? '?'
  }
  get group(): GroupFact | null {
    return this.state.fact?.group ?? null
  }
  get cgroup(): string {
    return this.state.fact?.cgroup ?? ''
  }
  get alive(): boolean {
    return this.state.endedNs === null
  }
  get opens(): number {
    return this.state.now(this.kinds, 'opens') / this.#world.clock.seconds
  }
  get writes(): number {
    return this.state.now(this.kinds, 'writes') / this.#world.clock.seconds
  }
  get bytes(): number {
    return this.state.now(this.kinds, 'writeBytes') / this.#world.clock.seconds
  }
  get reads(): number {
    return this.state.now(this.kinds, 'readBytes') / this.#world.clock.seconds
  }
  get errors(): number {
    return this.state.now(this.kinds, 'errors') / this.#world.clock.seconds
  }
  get files(): number {
    return this.state.distinct(this.kinds)
  }
  get hottest(): HotFile | null {
    return this.#hot(this.state)
  }
  /** Beside the groups it is a member of. */
  get name(): string {
    return this.comm
  }
  get members(): number {
    return 1
  }
  get rates(): Record<NumberKey, number> {
    return this
  }

  descendsFrom(pid: number): boolean {
    return this.#world.processes.descends(this.state, pid)
  }

  touches(passes: (path: string) => boolean): boolean {
    return this.state.touches(this.#plan, this.kinds, this.term, passes)
  }

  /** Does it pass the plan's filter? */
  passes(): boolean {
    const { tests } = this.#plan
    for (let i = 0; i < tests.length; i++) {
      this.term = i
      if (!tests[i]?.(this)) return false
    }
    return true
  }

  /** The process as a row. */
  row(hottest: HotFile | null): ProcessRow {
    const { id, pid, ppid, parentComm, comm, exe, alive, opens, writes, bytes, reads, errors, files } = this
    const identity = identityOf(this.state.fact, this.#world.info)
    const { total } = this.state.counts(this.kinds)
    return { id, pid, ppid, parentComm, ...identity, comm, exe, alive, opens, writes, bytes, reads, errors, files, hottest, total }
  }
}
