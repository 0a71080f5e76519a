/** The files one process touched, by heat: a place among the pairs for each, and the hottest always at hand. */
import type { CounterDelta, FileFact, FileId } from '../batch/batch.ts'
import { type FileTable, isFile } from './files.ts'
import type { Score } from './heat.ts'
import type { Pairs } from './pairs.ts'
import type { Handle } from './slots.ts'

/** What a view shows: files proper, or also sockets, pipes, terminals and anonymous inodes. */
export type Kinds = 'files' | 'all'

/** Where a file is kept: files proper, or the others that only 'all' shows. */
export type Kind = 'files' | 'others'

const KINDS = { files: ['files'], all: ['files', 'others'] } as const satisfies Record<Kinds, readonly Kind[]>

interface Hot {
  score: Score
  /** as it was when last touched: the name stays even when the table of names lets it go */
  fact: FileFact
}

/** Stands for an empty map of its own: most processes use regular files only. */
const NO_PLACES: Map<FileId, number> = new Map()

/** The files that one process used. */
export class FileUses {
  readonly #names: FileTable
  readonly #pairs: Pairs
  readonly #owner: number
  /** One map a kind, so that a pair costs a number; in order of use. */
  readonly #places: Record<Kind, Map<FileId, number>> = { files: NO_PLACES, others: NO_PLACES }
  /** The hottest that has a name: scores never fall, so what is touched is all there is to compare. It outlives its pair. */
  readonly #hottest: Record<Kind, Hot | null> = { files: null, others: null }
  /** pairs let go for want of room */
  readonly #forgotten: Record<Kind, number> = { files: 0, others: 0 }

  /** @param owner the slot of the process */
  constructor(names: FileTable, pairs: Pairs, owner: number) {
    this.#names = names
    this.#pairs = pairs
    this.#owner = owner
  }

  /** Pairs remembered. */
  get size(): number {
    return this.#places.files.size + this.#places.others.size
  }

  /** Distinct files; one that was forgotten and comes again counts again. */
  distinct(kinds: Kinds): number {
    return KINDS[kinds].reduce((sum, kind) => sum + this.#places[kind].size + this.#forgotten[kind], 0)
  }

  /** Is any of these files remembered? */
  hasAny(ids: FileId[]): boolean {
    return ids.some(
      (id) => this.#places.files.has(id) || this.#places.others.has(id) || this.#hottest.files?.fact.id === id || this.#hottest.others?.fact.id === id,
    )
  }

  /** Of which kind is it? Once known, it stays so when the name is forgotten. */
  kindOf(id: FileId, fact: FileFact | undefined): Kind {
    if (!isFile(id, fact)) return 'others'
    const other = !fact && (this.#places.others.has(id) || this.#hottest.others?.fact.id === id)
    return other ? 'others' : 'files'
  }

  /** Was the pair that add() returned last new among its kind? It is asked for each increment: an object for both would be thrown away thousands of times a tick. */
  wasNew = false

  /** Takes operations on a file of that kind (see kindOf), which may have been of the other one; returns the pair (and see wasNew). */
  add(kind: Kind, delta: CounterDelta, fact: FileFact | undefined, file: Handle, nowNs: number): number {
    // The table's own text, so that a file's id is kept once, not once a process.
    const id = fact?.id ?? delta.file
    const known = this.#take(kind, id)
    const moved = known ?? this.#takeFromOther(kind, id)
    const pair = moved ?? this.#pairs.take(this.#owner)
    this.#pairs.add(pair, delta, kind === 'others', file, nowNs, moved === undefined)
    if (this.#places[kind] === NO_PLACES) this.#places[kind] = new Map()
    this.#places[kind].set(id, pair)
    this.#rank(kind, id, fact, this.#pairs.score(pair))
    this.wasNew = known === undefined
    return pair
  }

  /** Takes a pair out; the hottest may be remembered without its pair, which then begins anew with its heat. */
  #take(kind: Kind, id: FileId): number | undefined {
    const pair = this.#places[kind].get(id)
    if (pair !== undefined) {
      this.#places[kind].delete(id)
      return pair
    }
    const hot = this.#hottest[kind]
    if (hot?.fact.id !== id) return undefined
    this.#forgotten[kind]--
    return this.#pairs.take(this.#owner, hot.score)
  }

  #takeFromOther(kind: Kind, id: FileId): number | undefined {
    const other = kind === 'files' ? 'others' : 'files'
    const pair = this.#take(other, id)
    if (this.#hottest[other]?.fact.id === id) {
      this.#hottest[other] = null
      this.#hottest[other] = this.#search(other, () => true)
    }
    return pair
  }

  #rank(kind: Kind, id: FileId, fact: FileFact | undefined, score: Score): void {
    const hot = this.#hottest[kind]
    if (hot?.fact.id === id) {
      hot.score = score
      if (fact) hot.fact = fact
    } else if (fact && (!hot || score > hot.score)) this.#hottest[kind] = { score, fact }
  }

  /** A name came late. Where it shows that the file is of the other kind, it moves there at its next operation. */
  named(fact: FileFact): void {
    const kind = this.kindOf(fact.id, fact)
    const pair = this.#places[kind].get(fact.id)
    if (pair !== undefined) this.#rank(kind, fact.id, fact, this.#pairs.score(pair))
  }

  /** Forgets pairs until `room` are left: of the kind there is more of, what was used longest ago. The hottest file stays known. */
  shrink(room: number): void {
    const oldest = { files: this.#places.files.keys(), others: this.#places.others.keys() }
    while (this.size > room) {
      const kind = this.#places.files.size >= this.#places.others.size ? 'files' : 'others'
      const next = oldest[kind].next()
      if (next.done) return
      this.#pairs.release(this.#places[kind].get(next.value) as number)
      this.#places[kind].delete(next.value)
      this.#forgotten[kind]++
    }
  }

  /** Pairs of these kinds, by file. */
  *pairs(kinds: Kinds): Generator<[FileId, number]> {
    for (const kind of KINDS[kinds]) yield* this.#places[kind]
  }

  /** The hottest file, by its present name; with `passes`, the hottest whose path passes, which takes a look at every file. */
  hottest(kinds: Kinds, passes: ((path: string) => boolean) | null): FileFact | null {
    let best: Hot | null = null
    for (const kind of KINDS[kinds]) {
      const hot = passes ? this.#search(kind, passes) : this.#hottest[kind]
      if (hot && (!best || hot.score > best.score)) best = hot
    }
    return best && (this.#names.get(best.fact.id) ?? best.fact)
  }

  /** Does the path of any file pass? */
  some(kinds: Kinds, passes: (path: string) => boolean): boolean {
    for (const kind of KINDS[kinds]) {
      const hot = this.#hottest[kind]
      if (hot && passes(this.#now(hot).path)) return true
      for (const id of this.#places[kind].keys()) {
        const fact = this.#named(kind, id)
        if (fact && passes(fact.path)) return true
      }
    }
    return false
  }

  /** The fact of a pair of that kind, unless it came late and shows that the pair is of the other one. */
  #named(kind: Kind, id: FileId): FileFact | undefined {
    const fact = this.#names.get(id)
    return fact && isFile(id, fact) === (kind === 'files') ? fact : undefined
  }

  #now(hot: Hot): FileFact {
    return this.#names.get(hot.fact.id) ?? hot.fact
  }

  #search(kind: Kind, passes: (path: string) => boolean): Hot | null {
    const hot = this.#hottest[kind]
    if (hot && passes(this.#now(hot).path)) return hot
    let best: Hot | null = null
    for (const [id, pair] of this.#places[kind]) {
      const score = this.#pairs.score(pair)
      if (best && score <= best.score) continue
      const fact = this.#named(kind, id)
      if (fact && passes(fact.path)) best = { score, fact }
    }
    return best
  }
}
