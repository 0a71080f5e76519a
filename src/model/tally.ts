/** Sums of operations of many things, side by side: what each did in all, and in the running tick. */
import type { CounterDelta } from '../batch/batch.ts'
import { type Counts, noCounts } from './counts.ts'
import { grown } from './slots.ts'

/** Places of the fields of Counts in a row of numbers. */
export const FIELD = { opens: 0, reads: 1, readBytes: 2, writes: 3, writeBytes: 4, mmapPages: 5, changes: 6, errors: 7 } as const satisfies Record<
  keyof Counts,
  number
>

/** Numbers of a row. */
export const WIDTH = 8

/** One sum a slot, all zero at first. */
export class Sums {
  values = new Float64Array(0)

  /** Makes room for a slot. */
  reach(slot: number): void {
    this.values = grown(this.values, (slot + 1) * WIDTH)
  }

  /** Makes room for so many slots, all zero. */
  clearFirst(slots: number): void {
    this.reach(slots)
    this.values.fill(0, 0, slots * WIDTH)
  }

  /** Adds to a slot that has been reached. */
  add(slot: number, more: Counts | CounterDelta): void {
    const { values } = this
    const at = slot * WIDTH
    values[at] = (values[at] as number) + more.opens
    values[at + 1] = (values[at + 1] as number) + more.reads
    values[at + 2] = (values[at + 2] as number) + more.readBytes
    values[at + 3] = (values[at + 3] as number) + more.writes
    values[at + 4] = (values[at + 4] as number) + more.writeBytes
    values[at + 5] = (values[at + 5] as number) + more.mmapPages
    values[at + 6] = (values[at + 6] as number) + more.changes
    values[at + 7] = (values[at + 7] as number) + more.errors
  }

  /** Adds `sign` times what stands in a slot of another's; both have been reached. */
  addFrom(slot: number, other: Sums, otherSlot: number, sign: 1 | -1 = 1): void {
    const [values, from] = [this.values, other.values]
    const [at, there] = [slot * WIDTH, otherSlot * WIDTH]
    for (let i = 0; i < WIDTH; i++) values[at + i] = (values[at + i] as number) + sign * (from[there + i] as number)
  }

  /** Is all of it zero? */
  isNothing(slot: number): boolean {
    for (let at = slot * WIDTH; at < (slot + 1) * WIDTH; at++) if (this.values[at]) return false
    return true
  }

  clear(slot: number): void {
    this.values.fill(0, slot * WIDTH, (slot + 1) * WIDTH)
  }

  /** @param field see FIELD */
  get(slot: number, field: number): number {
    return this.values[slot * WIDTH + field] ?? 0
  }

  /** A copy, the caller's own. */
  read(slot: number): Counts {
    const at = slot * WIDTH
    const value = (i: number) => this.values[at + i] ?? 0
    return {
      opens: value(0),
      reads: value(1),
      readBytes: value(2),
      writes: value(3),
      writeBytes: value(4),
      mmapPages: value(5),
      changes: value(6),
      errors: value(7),
    }
  }
}

/** Sums of those slots only that did something since it was cleared: what a tick, or a batch, came to. */
export class Recently {
  /** by place (see `place`) */
  readonly sums = new Sums()
  /** by slot: its place among the active, from 1; 0: not active */
  #places = new Int32Array(0)
  /** by place; an array that is emptied and filled again would be made anew each time */
  #active = new Int32Array(0)
  #count = 0
  #before = new Int32Array(0)
  #countBefore = 0

  /** The slots that did something, by place; a forgotten one stays, with a sum of zero. Good until more do. */
  get active(): Int32Array {
    return this.#active.subarray(0, this.#count)
  }

  /** Those that did before it was cleared last. */
  get before(): Int32Array {
    return this.#before.subarray(0, this.#countBefore)
  }

  /** Where `sums` has the slot's, or -1. */
  place(slot: number): number {
    return (this.#places[slot] ?? 0) - 1
  }

  #activate(slot: number): number {
    const known = this.place(slot)
    if (known >= 0) return known
    this.#places = grown(this.#places, slot + 1)
    const place = this.#count++
    this.#active = grown(this.#active, this.#count)
    this.#active[place] = slot
    this.#places[slot] = place + 1
    this.sums.reach(place)
    this.sums.clear(place)
    return place
  }

  add(slot: number, more: Counts | CounterDelta): void {
    this.sums.add(this.#activate(slot), more)
  }

  /** Adds `sign` times what another's slot has, or this one's. */
  addFrom(slot: number, other: Recently, otherSlot: number, sign: 1 | -1 = 1): void {
    const from = other.place(otherSlot)
    if (from >= 0) this.sums.addFrom(this.#activate(slot), other.sums, from, sign)
  }

  /** @param field see FIELD */
  get(slot: number, field: number): number {
    const place = this.place(slot)
    return place < 0 ? 0 : this.sums.get(place, field)
  }

  /** A copy, the caller's own. */
  read(slot: number): Counts {
    const place = this.place(slot)
    return place < 0 ? noCounts() : this.sums.read(place)
  }

  /** Nothing, for whoever gets the slot next. */
  forget(slot: number): void {
    const place = this.place(slot)
    if (place >= 0) this.sums.clear(place)
  }

  clear(): void {
    for (let place = 0; place < this.#count; place++) this.#places[this.#active[place] as number] = 0
    const before = this.#before
    this.#before = this.#active
    this.#countBefore = this.#count
    this.#active = before
    this.#count = 0
  }
}

/** What each slot did, in all and in the running tick. */
export class Tally {
  readonly total = new Sums()
  readonly tick = new Recently()

  add(slot: number, more: Counts | CounterDelta): void {
    this.total.reach(slot)
    this.total.add(slot, more)
    this.tick.add(slot, more)
  }

  /** Adds `sign` times what another's slot has, in all and in the running tick. */
  addFrom(slot: number, other: Tally, otherSlot: number, sign: 1 | -1): void {
    this.total.reach(slot)
    other.total.reach(otherSlot)
    this.total.addFrom(slot, other.total, otherSlot, sign)
    this.tick.addFrom(slot, other.tick, otherSlot, sign)
  }

  /** Adds what something came to of late. */
  addGrowth(slot: number, growth: Recently): void {
    const place = growth.place(slot)
    if (place < 0) return
    this.total.reach(slot)
    this.total.addFrom(slot, growth.sums, place)
    this.tick.addFrom(slot, growth, slot)
  }

  /** Back to nothing, for whoever gets the slot next. */
  forget(slot: number): void {
    this.total.clear(slot)
    this.tick.forget(slot)
  }
}

/** Reads one slot's sum as Counts without copying it: for looking at many in turn. */
export class SumAt implements Counts {
  slot = 0
  readonly #sums: Sums

  constructor(sums: Sums) {
    this.#sums = sums
  }

  get opens(): number {
    return this.#sums.values[this.slot * WIDTH] ?? 0
  }
  get reads(): number {
    return this.#sums.values[this.slot * WIDTH + 1] ?? 0
  }
  get readBytes(): number {
    return this.#sums.values[this.slot * WIDTH + 2] ?? 0
  }
  get writes(): number {
    return this.#sums.values[this.slot * WIDTH + 3] ?? 0
  }
  get writeBytes(): number {
    return this.#sums.values[this.slot * WIDTH + 4] ?? 0
  }
  get mmapPages(): number {
    return this.#sums.values[this.slot * WIDTH + 5] ?? 0
  }
  get changes(): number {
    return this.#sums.values[this.slot * WIDTH + 6] ?? 0
  }
  get errors(): number {
    return this.#sums.values[this.slot * WIDTH + 7] ?? 0
  }
}
