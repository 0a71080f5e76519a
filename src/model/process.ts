/** One process as the model knows it: what it is, what it did, and what was last answered about its files. */
import { type CounterDelta, type FileFact, type FileId, NO_FILE, type ProcessFact, type ProcessId } from '../batch/batch.ts'
import { addCounts, anyCounts, type Counts, noCounts } from './counts.ts'
import { addDeparture, type Departure, noDeparture } from './departed.ts'
import type { FileTable } from './files.ts'
import type { Pairs } from './pairs.ts'
import type { Plan } from './plan.ts'
import { type Handle, slotOf } from './slots.ts'
import { FileUses, type Kind, type Kinds } from './uses.ts'

/** Answers that took a look at every file, good until one of these files is touched or gets another name. */
interface Answers {
  plan: Plan
  kinds: Kinds
  renames: number
  /** by term of the filter */
  touches: (boolean | undefined)[]
  hottest: FileFact | null | undefined
}

/** Who a process is. It outlives what is remembered of the process with those who name it. */
export interface Who {
  readonly id: ProcessId
  /** the latest; null: not there yet */
  fact: ProcessFact | null
  /** what a filter's terms came to for it, a bit each, and which filter that was (see FileFilter) */
  asked: object | null
  answers: number
}

export class ProcessState {
  readonly id: ProcessId
  /** its place in the table (see ProcessTable.at) */
  readonly handle: Handle
  readonly who: Who
  /** model time it ended, or null */
  endedNs: number | null = null
  /** the last batch it was in, by number; 0: none */
  batch = 0
  /** is it among those that did anything (see ProcessTable.doing)? */
  readonly counted: Record<Kinds, boolean> = { files: false, all: false }
  readonly #names: FileTable
  readonly #uses: FileUses
  readonly #total = { files: noCounts(), others: noCounts() }
  /** null: nothing yet */
  #tick: Record<Kind, Counts> | null = null
  #answers: Answers | null = null
  /** what descendants did that are forgotten, and how many they were */
  below: Departure | null = null

  constructor(id: ProcessId, handle: Handle, names: FileTable, pairs: Pairs) {
    this.id = id
    this.handle = handle
    this.who = { id, fact: null, asked: null, answers: 0 }
    this.#names = names
    this.#uses = new FileUses(names, pairs, slotOf(handle))
  }

  get fact(): ProcessFact | null {
    return this.who.fact
  }

  set fact(fact: ProcessFact) {
    this.who.fact = fact
    this.who.asked = null
  }

  get pid(): number {
    return this.fact?.pid ?? Number.parseInt(this.id, 10)
  }

  /** {process, file} pairs remembered. */
  get pairs(): number {
    return this.#uses.size
  }

  /** Starts a tick: rates are what comes after this. */
  clearTick(): void {
    this.#tick = null
  }

  /**
   * Takes a delta in; `fact` is what is known of its file, `file` its place among the files' sums. Operations that named no file
   * count for the process, and are no file of it. Returns the pair, or -1 for those.
   */
  add(delta: CounterDelta, fact: FileFact | undefined, nowNs: number, file: Handle = 0): number {
    const kind = this.#uses.kindOf(delta.file, fact)
    addCounts(this.#total[kind], delta)
    this.#tick ??= { files: noCounts(), others: noCounts() }
    addCounts(this.#tick[kind], delta)
    if (delta.file === NO_FILE) return -1
    const pair = this.#uses.add(kind, delta, fact, file, nowNs)
    // Another file may be hottest now, but the paths touched are the same as long as no file is new.
    if (this.#uses.wasNew) this.#answers = null
    else if (this.#answers) this.#answers.hottest = undefined
    return pair
  }

  /** A descendant was forgotten. */
  inherit(done: Departure): void {
    this.below ??= noDeparture()
    addDeparture(this.below, done)
  }

  /** A file touched before has a name now. */
  named(fact: FileFact): void {
    this.#answers = null
    this.#uses.named(fact)
  }

  /** Forgets pairs until `room` are left. Answers stay: it did touch those files. */
  shrink(room: number): void {
    this.#uses.shrink(room)
  }

  /** Its files, each with its place among the pairs. */
  files(kinds: Kinds): Generator<[FileId, number]> {
    return this.#uses.pairs(kinds)
  }

  /** Did it do anything a view of these kinds shows? */
  anything(kinds: Kinds): boolean {
    return anyCounts(this.#total.files) || (kinds === 'all' && anyCounts(this.#total.others))
  }

  /** Sums as they are now, the caller's own: in all, and since the tick began. */
  counts(kinds: Kinds): { total: Counts; tick: Counts; distinct: number } {
    const total = { ...this.#total.files }
    const tick = this.#tick ? { ...this.#tick.files } : noCounts()
    if (kinds === 'all') {
      addCounts(total, this.#total.others)
      if (this.#tick) addCounts(tick, this.#tick.others)
    }
    return { total, tick, distinct: this.#uses.distinct(kinds) }
  }

  /** Did it do anything since the tick began? */
  get isActive(): boolean {
    return this.#tick !== null
  }

  /** Adds to sums what it did, in all and (null: not asked for) since the tick began. */
  addTo(kinds: Kinds, total: Counts, tick: Counts | null): void {
    addCounts(total, this.#total.files)
    if (tick && this.#tick) addCounts(tick, this.#tick.files)
    if (kinds === 'files') return
    addCounts(total, this.#total.others)
    if (tick && this.#tick) addCounts(tick, this.#tick.others)
  }

  /** One sum: in all. */
  sum(kinds: Kinds, field: keyof Counts): number {
    return this.#total.files[field] + (kinds === 'all' ? this.#total.others[field] : 0)
  }

  /** One sum since the tick began. */
  now(kinds: Kinds, field: keyof Counts): number {
    if (!this.#tick) return 0
    return this.#tick.files[field] + (kinds === 'all' ? this.#tick.others[field] : 0)
  }

  /** Different files so far. */
  distinct(kinds: Kinds): number {
    return this.#uses.distinct(kinds)
  }

  /** Does a file's path pass, as term number `term` of the plan asks? */
  touches(plan: Plan, kinds: Kinds, term: number, passes: (path: string) => boolean): boolean {
    const { touches } = this.#answersTo(plan, kinds)
    const answer = touches[term] ?? this.#uses.some(kinds, passes)
    touches[term] = answer
    return answer
  }

  /** The file with the most heat now that has a name; of those whose path the plan is about, if it is about paths. */
  hottest(plan: Plan, kinds: Kinds): FileFact | null {
    if (!plan.interest) return this.#uses.hottest(kinds, null)
    const answers = this.#answersTo(plan, kinds)
    if (answers.hottest === undefined) answers.hottest = this.#uses.hottest(kinds, plan.interest)
    // Its path is the same, but it may have been deleted since.
    return answers.hottest && (this.#names.get(answers.hottest.id) ?? answers.hottest)
  }

  /** The file with the most heat now that has a name. */
  hottestOfAll(kinds: Kinds): FileFact | null {
    return this.#uses.hottest(kinds, null)
  }

  #answersTo(plan: Plan, kinds: Kinds): Answers {
    const { renames } = this.#names
    const kept = this.#answers
    if (kept?.plan === plan && kept.kinds === kinds && !this.#renamedSince(kept.renames)) {
      kept.renames = renames
      return kept
    }
    this.#answers = { plan, kinds, renames, touches: [], hottest: undefined }
    return this.#answers
  }

  #renamedSince(renames: number): boolean {
    if (renames === this.#names.renames) return false
    const renamed = this.#names.renamedSince(renames)
    // More than it has files: asking each whether it is meant costs more than answering again.
    return renamed === null || renamed.length > this.#uses.size || this.#uses.hasAny(renamed)
  }
}
