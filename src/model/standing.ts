/**
 * The first of many things whose values only grow, kept from query to query: who did nothing since the last one cannot have come
 * among them, so only those that did are looked at.
 */
import type { Handle } from './slots.ts'

/** What is ordered, and how it changes. */
export interface Growing {
  /** slots in use are below this */
  readonly end: number
  /** whose slot it is; 0: nobody's */
  handle(slot: number): Handle
  /** does it belong to the list? */
  belongs(slot: number): boolean
  /** compares two; never 0 for different ones */
  order(a: number, b: number): number
  /** another number when things may belong, or not, that did not grow */
  readonly membership: number
  /** the tick that runs, counted up */
  readonly tick: number
  /** what may have grown in this tick and the one before; some more than once */
  readonly changed: Iterable<number>
}

/** How many more are kept than asked for, so that some may go before all have to be looked at again. */
const SPARE = 300

export class Standing {
  /** in order: all others come behind the last of these */
  #first: Handle[] = []
  /** there are no others */
  #whole = false
  #tick = -1
  #membership = -1
  readonly #spare: number

  constructor(spare = SPARE) {
    this.#spare = spare
  }

  /** The first `most`, in order; fewer only where there are no more. */
  first(things: Growing, most: number, slotOf: (handle: Handle) => number): number[] {
    const followed = this.#tick >= 0 && things.tick - this.#tick <= 1 && things.membership === this.#membership
    this.#tick = things.tick
    this.#membership = things.membership
    let slots = followed ? this.#follow(things, slotOf) : null
    if (!slots || (slots.length < most && !this.#whole)) slots = this.#search(things, most + this.#spare)
    else if (slots.length > 2 * (most + this.#spare)) {
      slots.length = most + this.#spare
      this.#whole = false
    }
    this.#first = slots.map((slot) => things.handle(slot))
    return slots.slice(0, most)
  }

  /** Brings the list up to date; null where that cannot be. */
  #follow(things: Growing, slotOf: (handle: Handle) => number): number[] | null {
    const order = (a: number, b: number) => things.order(a, b)
    const kept = this.#first.filter((handle) => things.handle(slotOf(handle)) === handle).map(slotOf)
    if (kept.length === 0 && !this.#whole) return null
    const listed = new Set(kept)
    // Where the last one itself has grown, it stands further up now, and who is behind it is still behind.
    const bar = kept.reduce<number | undefined>((low, slot) => (low === undefined || order(slot, low) > 0 ? slot : low), undefined)
    for (const slot of things.changed) {
      if (listed.has(slot) || things.handle(slot) === 0 || !things.belongs(slot)) continue
      if (!this.#whole && bar !== undefined && order(slot, bar) > 0) continue
      listed.add(slot)
      kept.push(slot)
    }
    return kept.sort(order)
  }

  #search(things: Growing, most: number): number[] {
    const order = (a: number, b: number) => things.order(a, b)
    const kept: number[] = []
    let bar = -1
    const cut = () => {
      kept.sort(order)
      if (kept.length <= most) return
      kept.length = most
      bar = kept[most - 1] as number
    }
    for (let slot = 0; slot < things.end; slot++) {
      if (things.handle(slot) === 0 || !things.belongs(slot)) continue
      if (bar >= 0 && order(slot, bar) > 0) continue
      kept.push(slot)
      if (kept.length >= 2 * most + 64) cut()
    }
    cut()
    this.#whole = bar < 0
    return kept
  }
}
