/** The first processes by a rate, without looking at all of them: who did nothing in this tick has a rate of zero, and sums that stand still. */
import type { ProcessId } from '../batch/batch.ts'
import { columnOf, Picker, type SortColumn } from './order.ts'
import { planOf } from './plan.ts'
import type { ProcessState } from './process.ts'
import { ProcessAt } from './process-look.ts'
import type { ViewSpec } from './process-view.ts'
import { slotOf } from './slots.ts'
import { PROCESS_ORDER, type ProcessColumn, processTie } from './sort.ts'
import { Standing } from './standing.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Sorted by what is done now; equals by what was done in all. */
const RATES: ReadonlySet<ProcessColumn> = new Set(['opens', 'writes', 'bytes', 'reads', 'errors'])

/** The first of the processes that did something, how many those are in all, and where the kept one stands among them, or -1. */
export interface FirstProcesses {
  states: ProcessState[]
  count: number
  at: number
}

const EVERYTHING = planOf(null)

/** Finds the first processes by a column without sorting all of them. */
export class ProcessStandings {
  readonly #world: World
  readonly #standings = new Map<string, Standing>()

  constructor(world: World) {
    this.#world = world
  }

  /** Null where all have to be looked at: by another column, the other way round, or where all are wanted. */
  view({ sort, reverse, kinds, from = 0, limit = Number.POSITIVE_INFINITY, keep = null }: ViewSpec): FirstProcesses | null {
    const most = from + limit
    const { processes } = this.#world
    if (!RATES.has(sort) || reverse || most === Number.POSITIVE_INFINITY) return null
    const count = processes.doing(kinds)
    const column = columnOf(PROCESS_ORDER, sort)
    const picker = this.#picker(column, kinds, most)
    if (!picker) return { states: [], count, at: -1 }
    const active = this.#active(picker, column, kinds)
    const slots = active.length >= most ? active : this.#withQuiet(active, column, kinds, sort, most)
    const at = keep === null ? -1 : this.#place(slots, column, kinds, keep)
    return { states: slots.map((slot) => processes.inSlot(slot) as ProcessState), count, at }
  }

  /** Picks by slot; null: there is no process to look at. */
  #picker(column: SortColumn<ProcessAt>, kinds: Kinds, most: number): Picker<ProcessAt> | null {
    const { processes } = this.#world
    const [some] = processes
    if (!some) return null
    const at = new ProcessAt(this.#world, EVERYTHING, kinds, some, () => null)
    const look = (slot: number) => {
      at.state = processes.inSlot(slot) as ProcessState
      return at
    }
    return new Picker(column, false, most, look, (a, b) => processTie(processes.inSlot(a) as ProcessState, processes.inSlot(b) as ProcessState))
  }

  /** Those that have any of the column's rate, in order. */
  #active(picker: Picker<ProcessAt>, column: SortColumn<ProcessAt>, kinds: Kinds): number[] {
    for (const slot of this.#rated(column, kinds)) picker.offer(slot)
    return picker.take()
  }

  *#rated(column: SortColumn<ProcessAt>, kinds: Kinds): Generator<number> {
    const { processes } = this.#world
    let at: ProcessAt | null = null
    for (const state of processes.active) {
      if (!state.anything(kinds)) continue
      at ??= new ProcessAt(this.#world, EVERYTHING, kinds, state, () => null)
      at.state = state
      if (column.value(at) !== 0) yield slotOf(state.handle)
    }
  }

  /** The others all have a rate of zero, so their sums decide. Of those that come first by these, some may be active. */
  #withQuiet(active: number[], column: SortColumn<ProcessAt>, kinds: Kinds, sort: ProcessColumn, most: number): number[] {
    const { processes, files } = this.#world
    const order = this.#picker({ ...column, value: () => 0 }, kinds, most)?.comparer()
    if (!order) return active
    const name = `${sort} ${kinds}`
    const standing = this.#standings.get(name) ?? new Standing()
    this.#standings.set(name, standing)
    const things = {
      end: processes.slots,
      handle: (slot: number) => processes.handle(slot),
      belongs: (slot: number) => processes.inSlot(slot)?.anything(kinds) ?? false,
      order,
      membership: 0,
      tick: files.tick,
      changed: [...processes.active, ...processes.before].map(({ handle }) => slotOf(handle)),
    }
    const doing = new Set(active)
    const quiet = standing.first(things, most + active.length, slotOf).filter((slot) => !doing.has(slot))
    return [...active, ...quiet].slice(0, most)
  }

  /** Where a process stands that did something; -1: it is none of them. */
  #place(first: readonly number[], column: SortColumn<ProcessAt>, kinds: Kinds, keep: ProcessId): number {
    const { processes } = this.#world
    const state = processes.find(keep)
    if (!state?.anything(kinds)) return -1
    const slot = slotOf(state.handle)
    const near = first.indexOf(slot)
    const compared = near < 0 ? this.#picker(column, kinds, 0)?.comparedWith(slot) : undefined
    if (!compared) return near
    const rate = column.value(new ProcessAt(this.#world, EVERYTHING, kinds, state, () => null))
    let before = 0
    if (rate !== 0) {
      for (const other of this.#rated(column, kinds)) if (compared(other) < 0) before++
      return before
    }
    for (let other = 0; other < processes.slots; other++) if (processes.inSlot(other)?.anything(kinds) && compared(other) < 0) before++
    return before
  }
}
