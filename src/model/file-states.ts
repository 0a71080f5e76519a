/** Every known file's sums, place in the tree and users, in bounded memory: what was touched longest ago goes first. */
import { type CounterDelta, type FileFact, type FileId, NO_FILE } from '../batch/batch.ts'
import { Ages } from './ages.ts'
import { Directories, type Directory, NOWHERE } from './directories.ts'
import { isFile, PATH_CHARS } from './files.ts'
import { COLD, type Score } from './heat.ts'
import { NEW_PAIR, NEW_READER, NEW_WRITER, type Pairs } from './pairs.ts'
import type { Who } from './process.ts'
import { grown, type Handle, Slots, slotOf } from './slots.ts'
import { Tally } from './tally.ts'
import type { Kind, Kinds } from './uses.ts'

/** Different processes that a file was touched, read and written by. */
const [USERS, READERS, WRITERS] = [0, 1, 2]
const [FILE, OTHER] = [1, 2]

/** Who changed a file last that was seen: its content, its name, its attributes. */
export interface LastChange {
  /** model time */
  ns: number
  who: Who
  /** others did in the same tick: which of them was last is not known */
  among: boolean
}

export class FileStates {
  readonly #limit: number
  readonly #slots = new Slots()
  readonly #byId = new Map<FileId, Handle>()
  readonly sums = new Tally()
  readonly tree: Directories
  /** slots of those that lie in no known directory */
  readonly nowhere = new Set<number>()
  /** by slot, from here on */
  readonly #ids: FileId[] = []
  readonly #facts: (FileFact | null)[] = []
  readonly #hottest: (Who | null)[] = []
  /** who changed it last, when (model time), and whether others did in that tick */
  readonly #changers: (Who | null)[] = []
  #changed = new Float64Array(0)
  #among = new Uint8Array(0)
  #scores = new Float64Array(0)
  /** 0: nobody's slot; else FILE or OTHER */
  #kinds = new Uint8Array(0)
  #places = new Int32Array(0)
  #users = new Uint32Array(0)
  #named = new Uint32Array(0)
  readonly #ages = new Ages()
  readonly #pathChars: number
  /** UTF-16 units of the paths of all facts */
  #chars = 0
  #names = 0
  #membership = 0
  #otherCount = 0
  #tick = 0

  /** `limit`: files; `pathChars`: UTF-16 units of their paths. There may be more until settle(). */
  constructor(limit: number, pathChars = PATH_CHARS) {
    this.#limit = limit
    this.#pathChars = pathChars
    this.tree = new Directories(Math.max(limit, 100))
  }

  /** Files known. */
  get size(): number {
    return this.#slots.size
  }

  /** UTF-16 units of the paths of all known files. */
  get chars(): number {
    return this.#chars
  }

  /** All slots are below this; not all below it are in use (see `used`). */
  get end(): number {
    return this.#slots.end
  }

  used(slot: number): boolean {
    return this.#kinds[slot] !== 0
  }

  /** Is a known file of these kinds in that slot? */
  shows(slot: number, kinds: Kinds): boolean {
    const kind = this.#kinds[slot]
    return kind === FILE || (kind === OTHER && kinds === 'all')
  }

  /** Is that file still known? */
  has(handle: Handle): boolean {
    return this.#slots.has(handle)
  }

  handle(slot: number): Handle {
    return this.#slots.at(slot)
  }

  /** The slot of a file, or -1. */
  find(id: FileId): number {
    const handle = this.#byId.get(id)
    return handle === undefined ? -1 : slotOf(handle)
  }

  id(slot: number): FileId {
    return this.#ids[slot] as FileId
  }

  /** Its name and nature as last heard; null: not yet. */
  fact(slot: number): FileFact | null {
    return this.#facts[slot] ?? null
  }

  kind(slot: number): Kind {
    return this.isOther(slot) ? 'others' : 'files'
  }

  isOther(slot: number): boolean {
    return this.#kinds[slot] === OTHER
  }

  directory(slot: number): Directory {
    return this.#places[slot] as Directory
  }

  /** The process whose operations on it are hottest, of those that are or were known. */
  hottest(slot: number): Who | null {
    return this.#hottest[slot] ?? null
  }

  /** The last change that was seen; null: none. */
  lastChange(slot: number): LastChange | null {
    const who = this.#changers[slot]
    return who ? { ns: this.#changed[slot] as number, who, among: this.#among[slot] === 1 } : null
  }

  /** Different processes so far; one that the model forgot and that comes again counts again. */
  users(slot: number): number {
    return this.#users[slot * 3 + USERS] as number
  }
  readers(slot: number): number {
    return this.#users[slot * 3 + READERS] as number
  }
  writers(slot: number): number {
    return this.#users[slot * 3 + WRITERS] as number
  }

  /** Another number each time its name changes: an answer about a name is good for as long as this stays. Never 0. */
  named(slot: number): number {
    return this.#named[slot] as number
  }

  /** Another number when a known file turned out to be of the other kind. */
  get membership(): number {
    return this.#membership
  }

  /** The tick that runs, counted up. */
  get tick(): number {
    return this.#tick
  }

  /** Files known, of these kinds. */
  count(kinds: Kinds): number {
    return this.size - (kinds === 'files' ? this.#otherCount : 0)
  }

  /**
   * A file is about to get operations: it is known from now on, and used last. `kept`: its handle as far as it is known, else 0. Returns 0
   * for operations that named no file.
   */
  touch(id: FileId, fact: FileFact | undefined, kept: Handle): Handle {
    if (id === NO_FILE) return 0
    const handle = this.#slots.has(kept) ? kept : (this.#byId.get(id) ?? this.#new(fact?.id ?? id))
    const slot = slotOf(handle)
    this.#ages.use(slot)
    if (fact && this.#facts[slot] !== fact) this.#name(slot, fact)
    return handle
  }

  /** A name came, or another one: those not known here are left alone. `kept`: see touch(). */
  learn(fact: FileFact, kept: Handle): void {
    const handle = this.#slots.has(kept) ? kept : this.#byId.get(fact.id)
    if (handle !== undefined && this.#facts[slotOf(handle)] !== fact) this.#name(slotOf(handle), fact)
  }

  /** Takes operations of a process in, after its pair has (see ProcessState.add). */
  add(handle: Handle, delta: CounterDelta, pairs: Pairs, pair: number, who: Who, nowNs: number): void {
    const slot = slotOf(handle)
    if (delta.writes + delta.mmapPages + delta.changes > 0) this.#change(slot, who, nowNs)
    this.sums.add(slot, delta)
    this.tree.add(this.directory(slot), this.kind(slot), delta)
    const news = pairs.news(pair)
    const users = this.#users
    if (news & NEW_PAIR) users[slot * 3 + USERS] = this.users(slot) + 1
    if (news & NEW_READER) users[slot * 3 + READERS] = this.readers(slot) + 1
    if (news & NEW_WRITER) users[slot * 3 + WRITERS] = this.writers(slot) + 1
    this.#rank(slot, pairs.score(pair), who)
  }

  #change(slot: number, who: Who, nowNs: number): void {
    const before = this.#changers[slot]
    this.#among[slot] = before && this.#changed[slot] === nowNs && (before !== who || this.#among[slot] === 1) ? 1 : 0
    this.#changers[slot] = who
    this.#changed[slot] = nowNs
  }

  /** Scores never fall, so who touches is all there is to compare. */
  #rank(slot: number, score: Score, who: Who): void {
    const hottest = this.#hottest[slot]
    if (hottest && hottest !== who && score <= (this.#scores[slot] as number)) return
    this.#hottest[slot] = who
    this.#scores[slot] = score
  }

  #new(id: FileId): Handle {
    const handle = this.#slots.take()
    const slot = slotOf(handle)
    this.#byId.set(id, handle)
    this.#ids[slot] = id
    this.#facts[slot] = null
    this.#hottest[slot] = null
    this.#changers[slot] = null
    this.#grow(slot)
    this.sums.total.reach(slot)
    this.#scores[slot] = COLD
    this.#setKind(slot, isFile(id, undefined) ? FILE : OTHER)
    this.#place(slot, NOWHERE)
    this.#users.fill(0, slot * 3, slot * 3 + 3)
    this.#named[slot] = ++this.#names
    return handle
  }

  #grow(slot: number): void {
    this.#scores = grown(this.#scores, slot + 1)
    this.#changed = grown(this.#changed, slot + 1)
    this.#among = grown(this.#among, slot + 1)
    this.#kinds = grown(this.#kinds, slot + 1)
    this.#places = grown(this.#places, slot + 1)
    this.#users = grown(this.#users, (slot + 1) * 3)
    this.#named = grown(this.#named, slot + 1)
  }

  #name(slot: number, fact: FileFact): void {
    const before = this.#facts[slot]
    this.#facts[slot] = fact
    this.#chars += fact.path.length - (before?.path.length ?? 0)
    const kind = isFile(fact.id, fact) ? FILE : OTHER
    const elsewhere = before?.path !== fact.path || before.noMount !== fact.noMount || before.cut !== fact.cut || before.unreadable !== fact.unreadable
    if (elsewhere) this.#named[slot] = ++this.#names
    if (!elsewhere && this.#kinds[slot] === kind) return
    // Most are new: there is nothing of them in the tree yet, and nothing to bring there.
    const isNew = this.directory(slot) === NOWHERE && this.sums.total.isNothing(slot)
    if (!isNew) {
      this.tree.roll()
      this.tree.remove(slot, this.directory(slot), this.kind(slot), this.sums)
    }
    if (this.#kinds[slot] !== kind) this.#membership++
    this.#setKind(slot, kind)
    this.#place(slot, this.tree.place(slot, fact, this.kind(slot), isNew ? null : this.sums))
  }

  #place(slot: number, directory: Directory): void {
    this.#places[slot] = directory
    if (directory === NOWHERE) this.nowhere.add(slot)
    else this.nowhere.delete(slot)
  }

  #setKind(slot: number, kind: number): void {
    if (this.#kinds[slot] === OTHER) this.#otherCount--
    if (kind === OTHER) this.#otherCount++
    this.#kinds[slot] = kind
  }

  /** Marks a file as used last, without operations; false where it is not known. */
  use(id: FileId): boolean {
    const handle = this.#byId.get(id)
    if (handle === undefined) return false
    this.#ages.use(slotOf(handle))
    return true
  }

  /** Once a batch: hands sums on in the tree, and goes back to the limit. */
  settle(): void {
    this.tree.roll()
    while (this.#slots.size > this.#limit || (this.#chars > this.#pathChars && this.#slots.size > 0)) this.#forget(this.#ages.oldest())
  }

  #forget(slot: number): void {
    this.tree.remove(slot, this.directory(slot), this.kind(slot), null)
    this.sums.forget(slot)
    this.#setKind(slot, 0)
    this.#ages.forget(slot)
    this.nowhere.delete(slot)
    this.#byId.delete(this.id(slot))
    this.#chars -= this.#facts[slot]?.path.length ?? 0
    this.#facts[slot] = null
    this.#hottest[slot] = null
    this.#changers[slot] = null
    this.#slots.release(this.#slots.at(slot))
  }

  /** Starts a tick. */
  clearTick(): void {
    this.#tick++
    this.sums.tick.clear()
    this.tree.clearTick()
  }
}
