/** Processes below those that started them, each with the sums of all below. Parents that did nothing stand in their place by name. */
import type { ProcessId } from '../batch/batch.ts'
import { addCounts, type Counts, noCounts } from './counts.ts'
import { departedCounts } from './departed.ts'
import type { Filter } from './filter.ts'
import { GROUP_ORDER, type GroupColumn, type GroupLook, type GroupRow, ratesOf } from './group-look.ts'
import { type GroupView, Rows } from './group-view.ts'
import { below, columnOf, Picker } from './order.ts'
import type { ProcessState } from './process.ts'
import type { ProcessViews } from './process-view.ts'
import type { Kinds } from './uses.ts'
import type { Window, World } from './world.ts'

/** What the tree of processes shows. */
export interface TreeSpec extends Window {
  sort: GroupColumn
  reverse: boolean
  /** which processes are counted; those above them are shown too. The same object for as long as it is the same filter. */
  filter: Filter | null
  kinds: Kinds
  /** whose children are shown */
  expanded: ReadonlySet<ProcessId>
  /** the process whose place is asked for */
  keep?: ProcessId | null
}

/** A process and what is below it. */
interface Node {
  id: ProcessId
  name: string
  state: ProcessState | null
  /** is it one of those that are counted? */
  passes: boolean
  parent: Node | null
  children: Node[]
  /** processes that pass, with itself */
  members: number
  gone: number
  /** of the running tick; NOTHING: nothing, as of most */
  tick: Counts
  total: Counts
}

/** Stands for all that did nothing, and is never added to. */
const NOTHING: Readonly<Counts> = noCounts()

/** Damaged recordings may hold circles: nobody is looked for further up. */
const HIGHEST = 1000

class Tree {
  readonly nodes = new Map<ProcessId, Node>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** `found`: the process itself, where it has been looked up. */
  node(id: ProcessId, name: string, found?: ProcessState): Node {
    const known = this.nodes.get(id)
    if (known) return known
    const state = found ?? this.#world.processes.find(id) ?? null
    const node: Node = {
      id,
      name: state?.fact?.comm ?? name,
      state,
      passes: false,
      parent: null,
      children: [],
      members: 0,
      gone: 0,
      tick: NOTHING,
      total: noCounts(),
    }
    this.nodes.set(id, node)
    const fact = state?.fact
    if (fact?.parent && fact.parent !== id) this.#join(node, this.node(fact.parent, fact.parentComm))
    return node
  }

  #join(node: Node, parent: Node): void {
    let up: Node | null = parent
    for (let steps = 0; up && steps < HIGHEST; steps++) {
      if (up === node) return
      up = up.parent
    }
    node.parent = parent
    parent.children.push(node)
  }

  /** Hands all sums on to the nodes above: each once, those furthest down first. */
  roll(): void {
    const order = [...this.nodes.values()].filter((node) => node.parent === null)
    for (const node of order) order.push(...node.children)
    for (const node of order.reverse()) {
      const { parent } = node
      if (!parent) continue
      parent.members += node.members
      parent.gone += node.gone
      if (node.tick !== NOTHING) addCounts(tickOf(parent), node.tick)
      addCounts(parent.total, node.total)
    }
  }
}

/** The tree of processes, as far as it is expanded. */
export function treeView(world: World, spec: TreeSpec, views: ProcessViews): GroupView {
  const tree = new Tree(world)
  for (const state of views.passing(spec.filter, spec.kinds)) {
    const node = tree.node(state.id, '?', state)
    node.passes = true
    node.members++
    state.addTo(spec.kinds, node.total, state.isActive ? tickOf(node) : null)
  }
  // Whether those that are forgotten would pass cannot be told.
  if (spec.filter === null) {
    for (const state of world.processes) {
      if (!state.below) continue
      const node = tree.node(state.id, '?')
      node.gone += state.below.processes
      addCounts(node.total, departedCounts(state.below, spec.kinds))
    }
  }
  tree.roll()
  const rows = new Rows(spec)
  const column = columnOf(GROUP_ORDER, spec.sort)
  const opens = (node: Node) => node.children.length > 0 && spec.expanded.has(node.id)
  const rowAt = (node: Node, depth: number): GroupRow => ({
    ...rowOf(node, depth, opens(node), world.clock.seconds),
    process: node.passes && node.state ? views.row(node.state, spec.kinds) : null,
  })
  const show = (nodes: readonly Node[], depth: number) => {
    // Where nothing is open below, those beyond the window need no order: one process may have started thousands.
    const isFlat = !nodes.some(opens)
    const first = (most: number) => {
      const at = new NodeAt(world.clock.seconds)
      const look = (i: number) => {
        at.node = nodes[i] as Node
        return at
      }
      const picker = new Picker<GroupLook>(column, spec.reverse, most, look, (a, b) => byId(nodes[a] as Node, nodes[b] as Node))
      const kept = isFlat && spec.keep ? nodes.findIndex(({ id }) => id === spec.keep) : -1
      const picked = picker.pick(below(nodes.length), kept)
      return { nodes: picked.first.map((i) => nodes[i] as Node), at: picked.at }
    }
    if (isFlat) {
      return rows.addMembers(nodes.length, (room) => {
        const picked = first(room)
        return { rows: picked.nodes.map((node) => rowAt(node, depth)), at: picked.at }
      })
    }
    for (const node of first(nodes.length).nodes) {
      rows.add(node.id, () => rowAt(node, depth))
      if (opens(node)) show(node.children, depth + 1)
    }
  }
  show(
    [...tree.nodes.values()].filter((node) => node.parent === null),
    0,
  )
  return rows.view(world.header)
}

/** What a node came to in the running tick, to be added to. */
function tickOf(node: Node): Counts {
  if (node.tick === NOTHING) node.tick = noCounts()
  return node.tick
}

function byId(a: Node, b: Node): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** A node as the columns see it; may be set again and again. */
class NodeAt implements GroupLook {
  node: Node | null = null
  readonly #seconds: number

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  #rate(field: keyof Counts): number {
    return (this.node?.tick[field] ?? 0) / this.#seconds
  }

  get name(): string {
    return this.node?.name ?? ''
  }
  get members(): number {
    return this.node?.members ?? 0
  }
  get opens(): number {
    return this.#rate('opens')
  }
  get writes(): number {
    return this.#rate('writes')
  }
  get bytes(): number {
    return this.#rate('writeBytes')
  }
  get reads(): number {
    return this.#rate('readBytes')
  }
  get errors(): number {
    return this.#rate('errors')
  }
  get total(): Counts {
    return this.node?.total ?? NOTHING
  }
}

function rowOf(node: Node, depth: number, expanded: boolean, seconds: number): GroupRow {
  const { id, name, members, gone, tick, total, children } = node
  return {
    key: id,
    name,
    depth,
    members,
    gone,
    expandable: children.length > 0,
    expanded,
    process: null,
    file: null,
    ...ratesOf(tick, seconds),
    total,
  }
}
