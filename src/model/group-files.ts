/** Which files groups of processes touched and what they did there, from the pairs that are remembered. */
import type { FileId } from '../batch/batch.ts'
import { type Counts, noCounts } from './counts.ts'
import { type GroupLook, type GroupRow, ratesOf } from './group-look.ts'
import { below, Picker, type SortColumn } from './order.ts'
import { hotFile } from './process-view.ts'
import type { Scratch } from './scratch.ts'
import { slotOf } from './slots.ts'
import { FIELD, SumAt, type Sums } from './tally.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Groups are numbered from 0. */
export interface GroupFiles {
  /** What they did to files; `members`: how many different ones. The caller's own. */
  sums(group: number): { tick: Counts; total: Counts; members: number }
  /** The first `most` files of one, and where the kept one stands among all of them, or -1. */
  members(
    group: number,
    key: string,
    by: { column: SortColumn<GroupLook>; reverse: boolean },
    most: number,
    keep: FileId | null,
  ): { rows: GroupRow[]; at: number }
}

/** A file as a group's columns see it: one after the other, without a row for each. */
class MemberAt implements GroupLook {
  place = 0
  readonly members = 1
  readonly total: SumAt
  readonly #tick: Sums
  readonly #seconds: number
  readonly #path: (place: number) => string

  constructor(tick: Sums, total: Sums, seconds: number, path: (place: number) => string) {
    this.#tick = tick
    this.total = new SumAt(total)
    this.#seconds = seconds
    this.#path = path
  }

  at(place: number): this {
    this.place = place
    this.total.slot = place
    return this
  }
  get name(): string {
    return this.#path(this.place)
  }
  get opens(): number {
    return this.#tick.get(this.place, FIELD.opens) / this.#seconds
  }
  get writes(): number {
    return this.#tick.get(this.place, FIELD.writes) / this.#seconds
  }
  get bytes(): number {
    return this.#tick.get(this.place, FIELD.writeBytes) / this.#seconds
  }
  get reads(): number {
    return this.#tick.get(this.place, FIELD.readBytes) / this.#seconds
  }
  get errors(): number {
    return this.#tick.get(this.place, FIELD.errors) / this.#seconds
  }
}

/**
 * @param numbers the group of each process, by its slot; -1: none
 * @param scratch used until the next call
 */
export function groupFiles(world: World, numbers: Int32Array, groups: number, kinds: Kinds, scratch: Scratch): GroupFiles {
  const { processes, files, recent, clock } = world
  const { store } = processes
  const isMeant = (pair: number) => store.used(pair) && (kinds === 'all' || !store.isOther(pair)) && files.has(store.file(pair))

  // Pairs by group: first how many and of which group, then one behind the other in one array.
  const begins = new Int32Array(groups + 1)
  const groupOf = scratch.ints('groups', store.end, -1)
  const totals = scratch.sums('totals', groups)
  for (let pair = 0; pair < store.end; pair++) {
    if (!isMeant(pair)) continue
    const number = numbers[store.owner(pair)] ?? -1
    if (number < 0) continue
    groupOf[pair] = number
    begins[number + 1] = (begins[number + 1] as number) + 1
    store.addTo(pair, totals, number)
  }
  for (let i = 0; i < groups; i++) begins[i + 1] = (begins[i + 1] as number) + (begins[i] as number)
  const pairs = scratch.ints('pairs', begins[groups] as number, 0)
  const next = begins.slice()
  for (let pair = 0; pair < store.end; pair++) {
    const number = groupOf[pair] as number
    if (number < 0) continue
    const at = next[number] as number
    pairs[at] = pair
    next[number] = at + 1
  }
  const ofGroup = (group: number) => pairs.subarray(begins[group], begins[group + 1])

  // Different files: each is marked with the group that was counted last.
  const marks = scratch.ints('marks', files.end, 0)
  const different = Array.from({ length: groups }, (_, group) => {
    let count = 0
    for (const pair of ofGroup(group)) {
      const file = store.fileSlot(pair)
      if (marks[file] === group + 1) continue
      marks[file] = group + 1
      count++
    }
    return count
  })

  /** What was done in the running tick, by group. */
  const ticks = Array.from({ length: groups }, noCounts)
  const running = recent.running()
  const each = (use: (number: number, entry: number) => void) => {
    for (let entry = running.from; entry < running.end; entry++) {
      const [process, file] = [recent.process(entry), recent.file(entry)]
      if (!processes.at(process) || !files.has(file) || (kinds === 'files' && files.isOther(slotOf(file)))) continue
      const number = numbers[slotOf(process)] ?? -1
      if (number >= 0) use(number, entry)
    }
  }
  each((number, entry) => recent.addTo(entry, ticks[number] as Counts))

  return {
    sums: (group) => ({ tick: ticks[group] ?? noCounts(), total: totals.read(group), members: different[group] ?? 0 }),
    members(group, key, { column, reverse }, most, keep) {
      // Places of the group's files, counted up as they are met.
      const places = scratch.ints('places', files.end, -1)
      const slots: number[] = []
      const [tick, total] = [scratch.sums('tick', different[group] as number), scratch.sums('total', different[group] as number)]
      for (const pair of ofGroup(group)) {
        const slot = store.fileSlot(pair)
        if (places[slot] === -1) places[slot] = slots.push(slot) - 1
        store.addTo(pair, total, places[slot] as number)
      }
      each((number, entry) => {
        const place = number === group ? (places[slotOf(recent.file(entry))] as number) : -1
        if (place < 0) return
        const sum = noCounts()
        recent.addTo(entry, sum)
        tick.add(place, sum)
      })
      const path = (place: number) => files.fact(slots[place] as number)?.path ?? ''
      const at = new MemberAt(tick, total, clock.seconds, path)
      const tie = (a: number, b: number) => (files.id(slots[a] as number) < files.id(slots[b] as number) ? -1 : a === b ? 0 : 1)
      const picker = new Picker<GroupLook>(column, reverse, most, (place) => at.at(place), tie)
      const kept = keep === null ? -1 : files.find(keep)
      const picked = picker.pick(below(slots.length), kept < 0 ? -1 : (places[kept] as number))
      const rows = picked.first.map((place) => {
        const slot = slots[place] as number
        const id = files.id(slot)
        const file = hotFile(files.fact(slot)) ?? { id, path: '' }
        const own = { key: `${key}\0${id}`, name: file.path, depth: 1, members: 1, gone: 0, expandable: false, expanded: false, process: null, file }
        return { ...own, ...ratesOf(tick.read(place), clock.seconds), total: total.read(place) }
      })
      return { rows, at: picked.at }
    },
  }
}
