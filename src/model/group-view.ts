/** Processes, or the files they touched, grouped by what the processes have in common. */

import { addCounts, type Counts, noCounts } from './counts.ts'
import { departedCounts, type Grouping, groupLabel, groupOf } from './departed.ts'
import type { Filter } from './filter.ts'
import { type GroupFiles, groupFiles } from './group-files.ts'
import { GROUP_ORDER, type GroupColumn, type GroupRow, groupTie, ratesOf } from './group-look.ts'
import type { HeaderStats } from './headline.ts'
import { userOfKey } from './identity.ts'
import { columnOf, sorted } from './order.ts'
import type { ProcessState } from './process.ts'
import type { ProcessRow, ProcessViews } from './process-view.ts'
import type { Scratch } from './scratch.ts'
import { sessionName } from './session.ts'
import { slotOf } from './slots.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type Window, type World } from './world.ts'

/** What a view of groups shows. */
export interface GroupSpec extends Window {
  by: Grouping
  /** what the members are */
  of: 'processes' | 'files'
  sort: GroupColumn
  reverse: boolean
  /** which processes are grouped; the same object for as long as it is the same filter */
  filter: Filter | null
  kinds: Kinds
  /** keys of the groups whose members are shown */
  expanded: ReadonlySet<string>
  /** the key of a row whose place is asked for */
  keep?: string | null
}

/** A window of the rows. */
export interface GroupView {
  rows: GroupRow[]
  /** rows in all */
  count: number
  /** where the one asked for stands, or -1 */
  at: number
  header: HeaderStats
}

interface Group {
  members: ProcessState[]
  /** of the running tick */
  tick: Counts
  total: Counts
  gone: number
  /** what its members say of its name; '': nothing */
  label: string
}

/** Puts rows that hold others into a window: those that are beyond it are only counted. */
export class Rows {
  readonly rows: GroupRow[] = []
  count = 0
  at = -1
  readonly #from: number
  readonly #most: number
  readonly #keep: string | null

  constructor({ from = 0, limit = SCREENFUL, keep }: Window & { keep?: string | null }) {
    this.#from = from
    this.#most = from + limit
    this.#keep = keep ?? null
  }

  /** Members of a group, of which there are `held`: as many as there is room for are made, and it is said where the kept one stands. */
  addMembers(held: number, make: (room: number) => { rows: GroupRow[]; at: number }): void {
    const begins = this.count
    const { rows, at } = make(Math.max(0, this.#most - this.count))
    for (const row of rows) this.add(row.key, () => row)
    if (at >= 0) this.at = begins + at
    this.count = begins + held
  }

  /** The next row, which is made only if it is in the window. */
  add(key: string, row: () => GroupRow): void {
    if (key === this.#keep) this.at = this.count
    if (this.count >= this.#from && this.count < this.#most) this.rows.push(row())
    this.count++
  }

  view(header: HeaderStats): GroupView {
    return { rows: this.rows, count: this.count, at: this.at, header }
  }
}

/** A process as a member. */
export function memberRow(row: ProcessRow, key: string, depth: number): GroupRow {
  const { opens, writes, bytes, reads, errors, total } = row
  const own = { key, name: row.comm, depth, members: 1, gone: 0, expandable: false, expanded: false, process: row, file: null }
  return { ...own, opens, writes, bytes, reads, errors, total }
}

function groupsOf(world: World, spec: GroupSpec, views: ProcessViews): Map<string, Group> {
  const groups = new Map<string, Group>()
  const take = (key: string) => {
    const known = groups.get(key) ?? { members: [], tick: noCounts(), total: noCounts(), gone: 0, label: '' }
    groups.set(key, known)
    return known
  }
  for (const state of views.passing(spec.filter, spec.kinds)) {
    const group = take(groupOf(state.fact, spec.by))
    group.members.push(state)
    group.label = groupLabel(state.fact, spec.by) || group.label
    state.addTo(spec.kinds, group.total, group.tick)
  }
  // Whether those that are forgotten would pass cannot be told.
  if (spec.filter !== null || spec.of === 'files') return groups
  for (const [key, departure] of world.processes.departed.groups(spec.by)) {
    const group = take(key)
    group.gone = departure.processes
    group.label ||= departure.label
    addCounts(group.total, departedCounts(departure, spec.kinds))
  }
  return groups
}

/** What groups are called, by key: a container's number stands where it has no name, and beside a name that others have too. */
function namesOf(groups: ReadonlyMap<string, Group>, by: Grouping, info: World['info']): (key: string) => string {
  if (by === 'user') return (key) => userOfKey(key, info)
  if (by === 'session') return (key) => sessionName(key, groups.get(key)?.label ?? '')
  if (by !== 'container') return (key) => key
  const often = new Map<string, number>()
  for (const { label } of groups.values()) often.set(label, (often.get(label) ?? 0) + 1)
  return (key) => {
    const name = groups.get(key)?.label ?? ''
    // Nothing is known of the processes in '?'.
    if (key === '?' || key === '') return key
    if (name === '') return `cgroup ${key}`
    return (often.get(name) ?? 0) > 1 ? `${name} (cgroup ${key})` : name
  }
}

/** The view of groups. */
export function groupsView(world: World, spec: GroupSpec, views: ProcessViews, scratch: Scratch): GroupView {
  const groups = groupsOf(world, spec, views)
  const column = columnOf(GROUP_ORDER, spec.sort)
  const rows = new Rows(spec)
  let files: GroupFiles | null = null
  if (spec.of === 'files') {
    const numbers = scratch.ints('numbers', world.processes.slots, -1)
    for (const [number, group] of [...groups.values()].entries()) for (const state of group.members) numbers[slotOf(state.handle)] = number
    files = groupFiles(world, numbers, groups.size, spec.kinds, scratch)
  }
  const label = namesOf(groups, spec.by, world.info)
  const heads = [...groups].map(([key, { members, tick, total, gone }], number) => {
    const sums = files ? files.sums(number) : { tick, total, members: members.length }
    const expandable = sums.members > 0
    const head = { key, name: label(key), depth: 0, gone, expandable, expanded: expandable && spec.expanded.has(key), process: null, file: null }
    return { ...head, members: sums.members, ...ratesOf(sums.tick, world.clock.seconds), total: sums.total, number }
  })
  // Groups of files that no pair is remembered of have nothing to show.
  const shown = files ? heads.filter((head) => head.members > 0) : heads
  for (const { number, ...head } of sorted(shown, column, spec.reverse, groupTie)) {
    rows.add(head.key, () => head)
    if (!head.expanded) continue
    const by = { column, reverse: spec.reverse, kinds: spec.kinds }
    const keep = spec.keep?.startsWith(`${head.key}\0`) ? spec.keep.slice(head.key.length + 1) : null
    rows.addMembers(head.members, (room) => {
      if (files) return files.members(number, head.key, by, room, keep)
      const { states, at } = views.first(groups.get(head.key)?.members ?? [], by, room, keep)
      return { rows: states.map((state) => memberRow(views.row(state, spec.kinds), `${head.key}\0${state.id}`, 1)), at }
    })
  }
  return rows.view(world.header)
}
