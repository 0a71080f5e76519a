/** Which files groups of processes touched and what they did there, from the pairs that are remembered. */
import { type Counts, noCounts } from './counts.ts'
import { type GroupRow, ratesOf } from './group-look.ts'
import { hotFile } from './process-view.ts'
import { slotOf } from './slots.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Groups are numbered from 0. */
export interface GroupFiles {
  /** What they did to files; `members`: how many different ones. The caller's own. */
  sums(group: number): { tick: Counts; total: Counts; members: number }
  /** The files of one. */
  members(group: number, key: string): Iterable<GroupRow>
}

interface Touched {
  tick: Counts
  total: Counts
}

/** @param numbers the group of each process, by its slot; -1: none */
export function groupFiles(world: World, numbers: Int32Array, groups: number, kinds: Kinds): GroupFiles {
  const { processes, files, recent, clock } = world
  const { store } = processes
  const isMeant = (pair: number) => store.used(pair) && (kinds === 'all' || !store.isOther(pair)) && files.has(store.file(pair))
  const numberOf = (pair: number) => numbers[store.owner(pair)] ?? -1

  // Pairs by group: first how many, then which, in one array.
  const begins = new Int32Array(groups + 1)
  const totals = Array.from({ length: groups }, noCounts)
  for (let pair = 0; pair < store.end; pair++) {
    if (!isMeant(pair)) continue
    const number = numberOf(pair)
    if (number < 0) continue
    begins[number + 1] = (begins[number + 1] as number) + 1
    store.addTo(pair, totals[number] as Counts)
  }
  for (let i = 0; i < groups; i++) begins[i + 1] = (begins[i + 1] as number) + (begins[i] as number)
  const pairs = new Int32Array(begins[groups] as number)
  const next = begins.slice()
  for (let pair = 0; pair < store.end; pair++) {
    const number = isMeant(pair) ? numberOf(pair) : -1
    if (number < 0) continue
    const at = next[number] as number
    pairs[at] = pair
    next[number] = at + 1
  }
  const ofGroup = (group: number) => pairs.subarray(begins[group], begins[group + 1])

  // Different files: each is marked with the group that was counted last.
  const marks = new Int32Array(files.end)
  const members = Array.from({ length: groups }, (_, group) => {
    let different = 0
    for (const pair of ofGroup(group)) {
      const file = store.fileSlot(pair)
      if (marks[file] === group + 1) continue
      marks[file] = group + 1
      different++
    }
    return different
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
    sums: (group) => ({ tick: ticks[group] ?? noCounts(), total: totals[group] ?? noCounts(), members: members[group] ?? 0 }),
    *members(group, key) {
      const touched = new Map<number, Touched>()
      for (const pair of ofGroup(group)) {
        const slot = store.fileSlot(pair)
        const file = touched.get(slot) ?? { tick: noCounts(), total: noCounts() }
        touched.set(slot, file)
        store.addTo(pair, file.total)
      }
      each((number, entry) => {
        const file = number === group ? touched.get(slotOf(recent.file(entry))) : undefined
        if (file) recent.addTo(entry, file.tick)
      })
      for (const [slot, { tick, total }] of touched) {
        const id = files.id(slot)
        const file = hotFile(files.fact(slot)) ?? { id, path: '' }
        const own = { key: `${key}\0${id}`, name: file.path, depth: 1, members: 1, gone: 0, expandable: false, expanded: false, process: null, file }
        yield { ...own, ...ratesOf(tick, clock.seconds), total }
      }
    },
  }
}
