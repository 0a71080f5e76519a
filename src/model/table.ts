/** The processes known and how much of them is remembered, in bounded memory: what was touched longest ago goes first. */
import type { ProcessFact, ProcessId } from '../batch/batch.ts'
import { copied } from '../text/copied.ts'
import { Departed } from './departed.ts'
import type { FileTable } from './files.ts'
import { Pairs } from './pairs.ts'
import { ProcessState } from './process.ts'
import { type Handle, Slots, slotOf } from './slots.ts'
import type { Kinds } from './uses.ts'

/** The most that is remembered. */
export interface TableLimits {
  processes: number
  /** {process, file} pairs, of all processes together */
  pairs: number
  filesPerProcess: number
  /** ns an ended process stays, and how many of them do: some 4 KB each with their files */
  endedNs: number
  ended: number
}

/** UTF-16 units of the paths of all programs that are remembered: a path may have 4,096 of them. */
const EXE_CHARS = 4 * 1024 * 1024

/** Of the path of a program so much is kept with those that name a process which is forgotten: the end, UTF-16 units. */
const FORGOTTEN_EXE_CHARS = 256

/** Every Map here is a queue too: in order of insertion, and moving to its end is a delete and a set. */
export class ProcessTable {
  readonly #limits: TableLimits
  readonly #names: FileTable
  /** what is remembered of all pairs */
  readonly store = new Pairs()
  /** what forgotten processes did */
  readonly departed = new Departed()
  readonly #slots = new Slots()
  /** by slot */
  readonly #states: (ProcessState | undefined)[] = []
  /** by last touch */
  #live = new Map<ProcessId, ProcessState>()
  /** by end */
  #ended = new Map<ProcessId, ProcessState>()
  /** who has pairs and how many, by last operation */
  #holders = new Map<ProcessState, number>()
  #pairs = 0
  #exeChars = 0
  readonly #doing: Record<Kinds, number> = { files: 0, all: 0 }
  #byPid = new Map<number, ProcessState>()
  /** processes that did something in the running tick, and in the one before. Forgotten ones leave at once: they may be many times those that are known. */
  active = new Set<ProcessState>()
  before = new Set<ProcessState>()
  #activeGone = 0

  constructor(limits: TableLimits, names: FileTable) {
    this.#limits = limits
    this.#names = names
  }

  /** Live processes known. */
  get live(): number {
    return this.#live.size
  }

  /** Processes known that did anything a view of these kinds shows. */
  doing(kinds: Kinds): number {
    return this.#doing[kinds]
  }

  /** {process, file} pairs remembered. */
  get pairs(): number {
    return this.#pairs
  }

  find(id: ProcessId): ProcessState | undefined {
    return this.#live.get(id) ?? this.#ended.get(id)
  }

  /** The process with that handle, as long as it is remembered. */
  at(handle: Handle): ProcessState | undefined {
    return this.#slots.has(handle) ? this.#states[slotOf(handle)] : undefined
  }

  /** The process in that slot now. */
  inSlot(slot: number): ProcessState | undefined {
    return this.#states[slot]
  }

  /** Whose slot is it now? 0: nobody's. */
  handle(slot: number): Handle {
    return this.#slots.at(slot)
  }

  /** All slots are below this. */
  get slots(): number {
    return this.#slots.end
  }

  /** Processes that did something in the running tick and are forgotten. */
  get activeGone(): number {
    return this.#activeGone
  }

  /** Starts a tick: rates are what comes after this. */
  clearTick(): void {
    this.#activeGone = 0
    for (const state of this.active) state.clearTick()
    const { before } = this
    before.clear()
    this.before = this.active
    this.active = before
  }

  *[Symbol.iterator](): Generator<ProcessState> {
    yield* this.#ended.values()
    yield* this.#live.values()
  }

  /** The process, known from now on, as touched in batch number `batch`. */
  touch(id: ProcessId, batch: number): ProcessState {
    const state = this.find(id) ?? this.#new(id)
    if (state.batch !== batch && state.endedNs === null) {
      this.#live.delete(id)
      this.#live.set(id, state)
    }
    state.batch = batch
    return state
  }

  #new(id: ProcessId): ProcessState {
    const state = new ProcessState(id, this.#slots.take(), this.#names, this.store)
    this.#states[slotOf(state.handle)] = state
    return state
  }

  /** What a process is; sent again after an exec. */
  learn(fact: ProcessFact, batch: number): void {
    const state = this.touch(fact.id, batch)
    this.#exeChars += fact.exe.length - (state.fact?.exe.length ?? 0)
    state.fact = fact
    this.#byPid.set(fact.pid, state)
  }

  /** It ended; said again, it ended when it was said first. */
  end(id: ProcessId, nowNs: number): void {
    const state = this.#live.get(id)
    if (!state) return
    state.endedNs = nowNs
    this.#live.delete(id)
    this.#ended.set(id, state)
  }

  /** A process was given pairs: counts them, and keeps it to its own limit. */
  settle(state: ProcessState): void {
    this.active.add(state)
    for (const kinds of ['files', 'all'] as const) {
      if (state.counted[kinds] || !state.anything(kinds)) continue
      state.counted[kinds] = true
      this.#doing[kinds]++
    }
    const before = this.#holders.get(state) ?? 0
    state.shrink(this.#limits.filesPerProcess)
    this.#holders.delete(state)
    if (state.pairs > 0) this.#holders.set(state, state.pairs)
    this.#pairs += state.pairs - before
  }

  /** Goes back to the limits; once a batch, so that each queue's beginning is looked for once (see FileTable.trim). */
  trim(nowNs: number): void {
    for (const state of this.#ended.values()) {
      const over = nowNs - (state.endedNs ?? nowNs) > this.#limits.endedNs || this.#ended.size > this.#limits.ended
      if (!over && this.#fits) break
      this.#forget(state)
    }
    if (!this.#fits) {
      for (const state of this.#live.values()) {
        if (this.#fits) break
        this.#forget(state)
      }
    }
    if (this.#pairs > this.#limits.pairs) this.#trimPairs()
  }

  get #fits(): boolean {
    return this.#live.size + this.#ended.size <= this.#limits.processes && this.#exeChars <= EXE_CHARS
  }

  #forget(state: ProcessState): void {
    this.#live.delete(state.id)
    this.#ended.delete(state.id)
    if (this.active.delete(state)) this.#activeGone++
    this.before.delete(state)
    this.#pairs -= this.#holders.get(state) ?? 0
    this.#holders.delete(state)
    if (this.#byPid.get(state.pid) === state) this.#byPid.delete(state.pid)
    const own = this.departed.leave(state)
    // For the tree: what it did, and what those below it did that went before, stays with the nearest one that is known.
    const parent = state.fact?.parent ? this.find(state.fact.parent) : undefined
    parent?.inherit(own)
    if (state.below) parent?.inherit(state.below)
    state.shrink(0)
    for (const kinds of ['files', 'all'] as const) if (state.counted[kinds]) this.#doing[kinds]--
    this.#states[slotOf(state.handle)] = undefined
    this.#slots.release(state.handle)
    const exe = state.fact?.exe ?? ''
    this.#exeChars -= exe.length
    // Files that it changed name it for as long as they are remembered.
    if (state.fact && exe.length > FORGOTTEN_EXE_CHARS) state.who.fact = { ...state.fact, exe: copied(`…${exe.slice(-FORGOTTEN_EXE_CHARS)}`) }
  }

  #trimPairs(): void {
    for (const [state, held] of this.#holders) {
      const tooMany = this.#pairs - this.#limits.pairs
      if (tooMany <= 0) return
      state.shrink(Math.max(0, held - tooMany))
      this.#pairs -= held - state.pairs
      if (state.pairs === 0) this.#holders.delete(state)
      else this.#holders.set(state, state.pairs)
    }
  }

  /** Is it `pid` or a descendant of it, as far as its ancestors are known? */
  descends(state: ProcessState, pid: number): boolean {
    let at: ProcessState | undefined = state
    // Bounded: a damaged recording may hold a circle.
    for (let steps = 0; at && steps < 1000; steps++) {
      if (at.pid === pid || at.fact?.ppid === pid) return true
      at = at.fact?.parent ? (this.find(at.fact.parent) ?? this.#byPid.get(at.fact.ppid)) : undefined
    }
    return false
  }
}
