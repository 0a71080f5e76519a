/** One tick as it was: its numbers, and the processes and files that did most, in few bytes. */
import type { FileFact, FileId, ProcessFact, ProcessId } from '../batch/batch.ts'
import { anyCounts, type Counts } from './counts.ts'
import type { HeaderStats } from './headline.ts'
import { heatOf } from './heat.ts'
import { Leading } from './order.ts'
import type { ProcessState } from './process.ts'
import { SumAt } from './tally.ts'
import type { Kind } from './uses.ts'
import type { World } from './world.ts'

/** So many processes and so many files, by bytes and calls: a screenful, and 18 kB a tick with all places taken, without names. */
export const MOST_ROWS = 40

/** Numbers of a row: eight of the tick and eight in all, and for processes the same of others than files proper; then some more. */
export const COUNTS = 8
const [PROCESS_WIDTH, FILE_WIDTH] = [4 * COUNTS + 2, 2 * COUNTS + 3]

/** Numbers have seven digits: what is shown of them has three. */
export interface Snapshot {
  /** counted up from the first tick of all */
  tick: number
  timeNs: number
  seconds: number
  header: Omit<HeaderStats, 'history'> & { ops: number }
  processes: { width: number; numbers: Float32Array; rows: PastProcess[]; whole: boolean }
  files: { width: number; numbers: Float32Array; rows: PastFile[]; whole: boolean }
}

/** Who it was. The facts are those that the model has anyway. */
export interface PastProcess {
  id: ProcessId
  fact: ProcessFact | null
  alive: boolean
  /** of files proper, and of all kinds */
  hottest: FileFact | null
  hottestOfAll: FileFact | null
}

/** Which file it was, and who used it most. */
export interface PastFile {
  id: FileId
  fact: FileFact | null
  kind: Kind
  user: ProcessId | null
  userFact: ProcessFact | null
}

function put(numbers: Float32Array, at: number, { opens, reads, readBytes, writes, writeBytes, mmapPages, changes, errors }: Counts): void {
  numbers.set([opens, reads, readBytes, writes, writeBytes, mmapPages, changes, errors], at)
}

/** The counts that stand at a place, each divided by `by`. */
export function countsAt(numbers: Float32Array, at: number, by: number): Counts {
  const value = (i: number) => (numbers[at + i] ?? 0) / by
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

const activity = (tick: Counts) => heatOf(tick) + tick.errors

interface Active<Thing> {
  thing: Thing
  activity: number
  id: string
}

const mostActive = <Thing>(a: Active<Thing>, b: Active<Thing>) => b.activity - a.activity || (a.id < b.id ? -1 : 1)

/** What a process did in the running tick, without a copy of it; may be set again and again. */
class TickAt implements Counts {
  state: ProcessState | null = null

  #now(field: keyof Counts): number {
    return this.state?.now('all', field) ?? 0
  }

  get opens(): number {
    return this.#now('opens')
  }
  get reads(): number {
    return this.#now('reads')
  }
  get readBytes(): number {
    return this.#now('readBytes')
  }
  get writes(): number {
    return this.#now('writes')
  }
  get writeBytes(): number {
    return this.#now('writeBytes')
  }
  get mmapPages(): number {
    return this.#now('mmapPages')
  }
  get changes(): number {
    return this.#now('changes')
  }
  get errors(): number {
    return this.#now('errors')
  }
}

function processesOf({ processes }: World): Snapshot['processes'] {
  const leading = new Leading<Active<ProcessState>>(MOST_ROWS, mostActive)
  const at = new TickAt()
  const count = processes.active.size + processes.activeGone
  for (const state of processes.active) {
    at.state = state
    leading.offer({ thing: state, activity: activity(at), id: state.id })
  }
  const states = leading.take().map(({ thing }) => thing)
  const numbers = new Float32Array(states.length * PROCESS_WIDTH)
  const rows = states.map((state, i) => {
    const [files, all] = [state.counts('files'), state.counts('all')]
    const at = i * PROCESS_WIDTH
    for (const [n, counts] of [files.tick, files.total, all.tick, all.total].entries()) put(numbers, at + n * COUNTS, counts)
    numbers[at + 4 * COUNTS] = files.distinct
    numbers[at + 4 * COUNTS + 1] = all.distinct
    const { id, fact } = state
    return { id, fact, alive: state.endedNs === null, hottest: state.hottestOfAll('files'), hottestOfAll: state.hottestOfAll('all') }
  })
  return { width: PROCESS_WIDTH, numbers, rows, whole: count <= MOST_ROWS }
}

function filesOf({ files }: World): Snapshot['files'] {
  const leading = new Leading<Active<number>>(MOST_ROWS, mostActive)
  const { tick, total } = files.sums
  const at = new SumAt(tick.sums)
  const asked: Active<number> = { thing: 0, activity: 0, id: '' }
  let count = 0
  for (const slot of tick.active) {
    if (!files.used(slot)) continue
    at.slot = tick.place(slot)
    // A forgotten file's place may be another's by now, which did nothing yet.
    if (at.slot < 0 || !anyCounts(at)) continue
    count++
    asked.thing = slot
    asked.activity = activity(at)
    asked.id = files.id(slot)
    // Of the many that are active few are among the first: those become things of their own.
    if (leading.wants(asked)) leading.offer({ ...asked })
  }
  const slots = leading.take().map(({ thing }) => thing)
  const numbers = new Float32Array(slots.length * FILE_WIDTH)
  const rows = slots.map((slot, i) => {
    const at = i * FILE_WIDTH
    put(numbers, at, tick.read(slot))
    put(numbers, at + COUNTS, total.read(slot))
    numbers.set([files.users(slot), files.readers(slot), files.writers(slot)], at + 2 * COUNTS)
    const who = files.hottest(slot)
    return { id: files.id(slot), fact: files.fact(slot), kind: files.kind(slot), user: who?.id ?? null, userFact: who?.fact ?? null }
  })
  return { width: FILE_WIDTH, numbers, rows, whole: count <= MOST_ROWS }
}

/** The running tick. */
export function takeSnapshot(world: World): Snapshot {
  const { history, ...header } = world.header
  return {
    tick: world.files.tick,
    timeNs: world.clock.nowNs,
    seconds: world.clock.seconds,
    header: { ...header, ops: history.ops.at(-1) ?? 0 },
    processes: processesOf(world),
    files: filesOf(world),
  }
}
