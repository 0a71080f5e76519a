/**
 * The last operations one by one, with a number each: what a live tail shows. Bounded, and every event that came is accounted for: it
 * is here, or left out by the filter, or forgotten.
 */
import type { Batch, EventFact, FileFact, FileId, LeftOut, Op, PathMarks, ProcessId } from '../batch/batch.ts'
import { eventTest } from './event-filter.ts'
import { type EventHit, EventRules } from './event-rules.ts'
import type { Filter } from './filter.ts'
import { userOf } from './identity.ts'
import { Last } from './last.ts'
import { narrowingOf } from './narrow.ts'
import type { Kinds } from './uses.ts'
import { SCREENFUL, type World } from './world.ts'

/**
 * Events kept: of all, and of those that pass the filter; and of each as many again that stood still when somebody began to read. Most
 * are in both: 4 MB, 6 MB while they stand still; 16 MB where each of the four holds others.
 */
const MOST = 10_000

/** UTF-16 units of the names in each of those: a path may have 4,096 of them. */
const NAME_CHARS = 2 * 1024 * 1024

const weigh = ({ named }: LoggedEvent) => named?.path.length ?? 0

/**
 * Of a batch so many times as many events are looked at where nothing is looked for: most of a flood would go again at once, and while it
 * is worked through the kernel's ring fills. Twice, since sockets and the like may be left out.
 */
const LOOKED_AT = 2

/** A name, and how it was come by. */
type Name = PathMarks & { path: string }

/** One operation as it is kept. */
export interface LoggedEvent {
  /** from 1, in the order they came */
  seq: number
  /** between events of different eras others are missing */
  era: number
  /** ms since the epoch, when the call returned */
  timeMs: number
  process: ProcessId
  pid: number
  uid: number
  comm: string
  op: Op
  file: FileId
  /** bytes, 0, or -errno; of mmap_write: pages */
  result: number
  /** how long the call had taken by then; null: not known */
  durationNs: number | null
  openFlags: number
  /** what the kernel left out between it and the one before, or may have; '': nothing */
  narrowed: string
  /** as it was called then; null: the name had not come yet */
  named: Name | null
}

/** One operation as a row. */
export interface EventRow extends Omit<LoggedEvent, 'named' | 'narrowed'>, PathMarks {
  /** '' where it is not known */
  path: string
  user: string
  /** has its process not ended, as far as is known? */
  alive: boolean
  /** events between the row before and this one are missing: they were not streamed, lost, or forgotten */
  gap: boolean
  /** the number of the rule that hit it; null: none is known to have */
  rule: number | null
}

/** Where all events are: `produced` is the sum of the others. */
export interface EventCounts {
  produced: number
  /** shown, on the screen or above or below it */
  here: number
  /** left out by the filter, or by their kind of file */
  hidden: number
  /** what of that the kernel leaves out, as text, where it does */
  byKernel?: string
  /** older than what is kept */
  forgotten: number
  /** never came: the kernel's ring, or what waits behind it, was full */
  lost: number
  /** ms since the epoch: when the newest came, or events began to come; nothing came since. null: nothing was listened to yet */
  sinceMs: number | null
}

export interface EventSpec {
  /** The same object for as long as it is the same filter */
  filter: Filter | null
  kinds: Kinds
  /** the first row wanted, from 0 (0), the oldest */
  from?: number
  limit?: number
  /** the number of the event whose place is asked for */
  keep?: number | null
}

export interface EventView {
  rows: EventRow[]
  count: number
  /** the place of the event asked for; where it is gone, of the next one; -1: none was asked for, or there are no rows */
  at: number
  counts: EventCounts
}

/** A batch some of whose events were forgotten before it came here. */
export type LoggedBatch = Pick<Batch, 'timeMs' | 'timeNs' | 'events' | 'losses' | 'leftOut'> & { eventsSkipped?: number }

/** Events a second that are kept for some seconds only: beyond that the kernel is asked to leave out what is not looked for. */
const FLOOD = 2_000

/** What stands still: all, and what passes the filter. */
interface Held {
  all: Last<LoggedEvent>
  passed: Last<LoggedEvent>
  /** the last event's number when it began */
  upTo: number
}

export class EventLog {
  readonly #world: World
  readonly #most: number
  readonly #rules = new EventRules()
  #all: Last<LoggedEvent>
  #passed: Last<LoggedEvent>
  #filter: Filter | null = null
  #kinds: Kinds = 'files'
  #passes: (event: LoggedEvent) => boolean
  #held: Held | null = null
  #seq = 0
  #era = 0
  #seen = 0
  #hidden = 0
  #lost = 0
  #nowMs: number | null = null
  #sinceMs: number | null = null
  #leftOut: LeftOut = { text: '', now: 0, before: 0 }
  /** what the kernel may leave out for the filter that is asked */
  #asked = narrowingOf(null, 'files')?.text ?? ''
  #lastNs: number | null = null
  #floods = false

  constructor(world: World, most = MOST) {
    this.#world = world
    this.#most = most
    this.#all = new Last(most, weigh, NAME_CHARS)
    this.#passed = new Last(most, weigh, NAME_CHARS)
    this.#passes = eventTest(null, 'files', world)
  }

  /** Takes a batch's events in; what it says of processes and files must be known by then. */
  add({ timeMs, timeNs, events, losses, leftOut = this.#leftOut, eventsSkipped = 0 }: LoggedBatch): void {
    const more = leftOut.now + leftOut.before - this.#leftOut.now - this.#leftOut.before
    const narrowed = more > 0 ? leftOut.text || this.#leftOut.text : ''
    const seconds = this.#lastNs === null ? 0 : (timeNs - this.#lastNs) / 1e9
    this.#floods = losses.eventsFull > this.#lost || (seconds > 0 && (events.length + eventsSkipped + more) / seconds > FLOOD)
    this.#lastNs = timeNs
    this.#leftOut = leftOut
    if (losses.eventsFull > this.#lost || eventsSkipped > 0) this.#era++
    this.#lost = losses.eventsFull
    this.#seen += events.length + eventsSkipped
    const bootMs = timeMs - timeNs / 1e6
    this.#nowMs = timeMs
    const newest = events.at(-1)
    if (newest) this.#sinceMs = bootMs + newest.timeNs / 1e6
    else if (eventsSkipped > 0) this.#sinceMs = timeMs
    this.#sinceMs ??= timeMs
    const skip = this.#filter ? 0 : Math.max(0, events.length - LOOKED_AT * this.#most)
    if (skip > 0) this.#era++
    this.#seq += skip
    for (let i = skip; i < events.length; i++) this.#take(events[i] as EventFact, bootMs, narrowed)
  }

  #take(event: EventFact, bootMs: number, narrowed: string): void {
    const { timeNs, pid, uid, comm, op, result, durationNs = null, openFlags } = event
    const state = this.#world.processes.find(event.process)
    const fact = this.#world.names.get(event.file)
    const logged: LoggedEvent = {
      seq: ++this.#seq,
      era: this.#era,
      timeMs: bootMs + timeNs / 1e6,
      pid,
      uid,
      op,
      result,
      durationNs,
      openFlags,
      narrowed,
      // Each event brings texts of its own; where others have the same, theirs are kept.
      process: state?.id ?? event.process,
      comm: state?.fact?.comm === comm ? state.fact.comm : comm,
      file: fact?.id ?? event.file,
      named: nameThen(event, fact),
    }
    this.#all.push(logged)
    if (this.#passes(logged)) this.#passed.push(logged)
    else this.#hidden++
  }

  /** Did more come since the last batch than can be kept for long, or than could be told? */
  get floods(): boolean {
    return this.#floods
  }

  /** Events come again that did not for a while. */
  resume(): void {
    this.#era++
    this.#sinceMs = this.#nowMs
  }

  /** What rules did lately. */
  note(hits: readonly EventHit[]): void {
    this.#rules.add(hits)
  }

  /** While somebody reads, what is here now stays, and beside it the last of what comes. */
  hold(on: boolean): void {
    if (on === (this.#held !== null)) return
    const copy = (events: Last<LoggedEvent>) => events.filtered(() => true)
    this.#held = on ? { all: copy(this.#all), passed: copy(this.#passed), upTo: this.#seq } : null
  }

  #ask(filter: Filter | null, kinds: Kinds): void {
    if (filter === this.#filter && kinds === this.#kinds) return
    this.#filter = filter
    this.#kinds = kinds
    this.#passes = eventTest(filter, kinds, this.#world)
    this.#asked = narrowingOf(filter, kinds)?.text ?? ''
    this.#hidden = 0
    const passed = (events: Last<LoggedEvent>, since: number) =>
      events.filtered((event) => {
        const passes = this.#passes(event)
        if (!passes && event.seq > since) this.#hidden++
        return passes
      })
    if (this.#held) this.#held.passed = passed(this.#held.all, 0)
    this.#passed = passed(this.#all, this.#held?.upTo ?? 0)
  }

  /** Those that pass, oldest first: what stood still, and behind it what came since. */
  #shown(): { count: number; at(index: number): LoggedEvent | undefined; place(seq: number): number; isTorn(index: number): boolean } {
    const held = this.#held
    const passed = this.#passed
    if (!held) return { count: passed.size, at: (i) => passed.at(i), place: (seq) => passed.place(seq), isTorn: () => false }
    const [before, skip] = [held.passed.size, passed.place(held.upTo + 1)]
    return {
      count: before + passed.size - skip,
      at: (i) => (i < before ? held.passed.at(i) : passed.at(i - before + skip)),
      place: (seq) => (seq <= held.upTo ? held.passed.place(seq) : before + passed.place(seq) - skip),
      isTorn: (i) => i === before && passed.dropped > held.upTo,
    }
  }

  /** Asks what passes; the answer is kept up to date until something else is asked. */
  view({ filter, kinds, from = 0, limit = SCREENFUL, keep = null }: EventSpec): EventView {
    this.#ask(filter, kinds)
    const shown = this.#shown()
    const { count } = shown
    const rows: EventRow[] = []
    for (let i = Math.max(0, from); i < Math.min(count, from + limit); i++) {
      const [event, before] = [shown.at(i), shown.at(i - 1)]
      if (event) rows.push(this.#row(event, shown.isTorn(i) || this.#isGap(before, event)))
    }
    return { rows, count, at: keep === null ? -1 : Math.min(count - 1, shown.place(keep)), counts: this.#counts(count) }
  }

  #isGap(before: LoggedEvent | undefined, { era, narrowed }: LoggedEvent): boolean {
    return (before !== undefined && before.era !== era) || (narrowed !== '' && narrowed !== this.#asked)
  }

  /** What the kernel left out for another filter is as good as forgotten: some of it would pass this one. */
  #counts(here: number): EventCounts {
    const { text, now, before } = this.#leftOut
    const [standing, seen] = [text !== '' && text === this.#asked, this.#seen + now + before]
    const hidden = this.#hidden + (standing ? now : 0)
    const counts = { produced: seen + this.#lost, here, hidden, forgotten: seen - here - hidden, lost: this.#lost, sinceMs: this.#sinceMs }
    return standing ? { ...counts, byKernel: text } : counts
  }

  #name({ named, file }: LoggedEvent): Name {
    return named ?? this.#world.names.get(file) ?? { path: '' }
  }

  #row(event: LoggedEvent, gap: boolean): EventRow {
    const { named: _, narrowed: __, ...rest } = event
    const name = nameOf(this.#name(event))
    const state = this.#world.processes.find(event.process)
    const rule = this.#rules.ruleOf(event, name.path, () => this.#before(event))
    const user = userOf(state?.fact ?? event, this.#world.info)
    return { ...rest, ...name, user, alive: state !== undefined && state.endedNs === null, gap, rule }
  }

  /** Events before that one, the latest first. */
  *#before({ seq }: LoggedEvent): Generator<{ event: LoggedEvent; path: string }> {
    const events = this.#held && seq <= this.#held.upTo ? this.#held.all : this.#all
    for (let i = events.place(seq) - 1; i >= 0; i--) {
      const event = events.at(i)
      if (event) yield { event, path: this.#name(event).path }
    }
  }
}

/** What its file was called; null: that is not known yet. */
function nameThen(event: EventFact, fact: FileFact | undefined): Name | null {
  if (event.path === '' && !event.unreadable) return fact ?? null
  // The same name, known from the root: an event alone may know it from its file system's only.
  return fact && event.noMount && !fact.noMount && fact.path.endsWith(event.path) ? fact : nameOf(event)
}

/** Its name alone. */
function nameOf({ path, cut, noMount, deleted, asGiven, unreadable }: Name): Name {
  return { path, ...(cut && { cut }), ...(noMount && { noMount }), ...(deleted && { deleted }), ...(asGiven && { asGiven }), ...(unreadable && { unreadable }) }
}
