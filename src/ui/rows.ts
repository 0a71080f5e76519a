/** The rows of the view on the screen, asked of the model a window at a time, and not twice for the same state. */

import type { EventCounts } from '../model/event-log.ts'
import type { Model } from '../model/model.ts'
import type { NowSeen } from './asking.ts'
import { follow } from './moving.ts'
import { shownTick } from './scrub.ts'
import { holdsEvents } from './tail.ts'
import { stopOf } from './trail.ts'
import type { UiState } from './ui-state.ts'
import type { Detail, Found, TableRow, Wanted } from './view.ts'
import { viewOf } from './views.ts'

/** What keys need to know of the rows. */
export interface RowSource {
  /** in all */
  readonly count: number
  /** the row at a place; null: there is none */
  row(index: number): TableRow | null
  /** where the row of that id stands, or -1 */
  place(id: string): number
  /** where the row stands that holds the one at a place, or -1 */
  holder(index: number): number
}

/** Asks for rows as they are wanted; keeps the last window. */
export class Rows implements RowSource {
  readonly #find: (from: number, limit: number, keep: string | null) => Found
  readonly #page: number
  #from: number
  #last: Found | null = null
  /** whose place will be asked for: it comes with the first window */
  readonly #keep: string | null
  readonly #places = new Map<string, number>()

  /** `scroll`: the window that will be asked for first; `keep`: the row whose place will be. */
  constructor(find: (from: number, limit: number, keep: string | null) => Found, page: number, scroll: number, keep: string | null) {
    this.#find = find
    this.#page = page
    this.#from = scroll
    this.#keep = keep
  }

  /** Nothing is asked before it is wanted: a help or the rules may be on the screen. */
  get #found(): Found {
    this.#last ??= this.#ask(this.#from, this.#keep)
    return this.#last
  }

  #ask(from: number, keep: string | null): Found {
    const found = this.#find(from, this.#page, keep)
    if (keep !== null) this.#places.set(keep, found.at)
    for (const [i, row] of found.rows.entries()) this.#places.set(row.id, from + i)
    return found
  }

  #show(from: number): void {
    this.#last = this.#ask(from, null)
    this.#from = from
  }

  get count(): number {
    return this.#found.count
  }

  row(index: number): TableRow | null {
    if (index < 0 || index >= this.count) return null
    if (index < this.#from || index >= this.#from + this.#page) this.#show(follow(this.#from, index, this.count, this.#page))
    return this.#found.rows[index - this.#from] ?? null
  }

  place(id: string): number {
    // Most often it is in the window; the model has more to do for a row that may be anywhere.
    const known = this.#found && this.#places.get(id)
    if (known !== undefined) return known
    this.#ask(this.#from, id)
    return this.#places.get(id) ?? -1
  }

  holder(index: number): number {
    const row = this.row(index)
    if (!row || row.depth === 0) return -1
    const known = row.holder === null ? -1 : this.place(row.holder)
    if (known >= 0) return known
    // All at once: a page after the other would take as many queries as there are pages.
    const above = this.#find(0, index, null).rows
    return above.findLastIndex(({ depth }) => depth < row.depth)
  }

  /** What the rows belong to. */
  get detail(): Detail | null {
    return this.#found.detail
  }

  /** Are they of all that did something at the tick they show? Of now they are. */
  get whole(): boolean {
    return this.#found.whole ?? true
  }

  /** Of events: where all are that there were. */
  get events(): EventCounts | null {
    return this.#found.events ?? null
  }

  /** At most a page of rows. */
  window(from: number): readonly TableRow[] {
    if (from !== this.#from) this.#show(from)
    return this.#found.rows
  }
}

/** Makes Rows for states; the same as long as nothing changed that they depend on. */
export class RowsMaker {
  #rows: Rows | null = null
  #key: readonly unknown[] = []

  /** `page`: rows on the screen. */
  rows(model: Model, state: UiState, page: number, now: NowSeen | null = null): Rows {
    const { place, by, look } = stopOf(state.trails)
    const { sort, reverse, expanded } = look
    const held = holdsEvents(state.trails)
    model.holdEvents(held)
    // The header is another one after each batch.
    const view = viewOf(place, by)
    const past = view.past ? shownTick(state, model.moments()) : null
    const key = [model, model.header, past, state.filter, state.kinds, place, by, sort, reverse, expanded, page, by === 'inside' ? now : null, held]
    if (this.#rows && key.every((value, i) => value === this.#key[i])) return this.#rows
    const same: Omit<Wanted, 'from' | 'limit' | 'keep'> = { sort, reverse, expanded, filter: state.filter, kinds: state.kinds, now }
    this.#key = key
    const find = (wanted: Wanted) => (past === null || !view.past ? view.find(model, wanted) : view.past(model, past, wanted))
    this.#rows = new Rows((from, limit, keep) => find({ ...same, from, limit, keep }), page, look.scroll, look.selected)
    return this.#rows
  }
}
