/** The files one process touched, by heat: a number for each, and the hottest always at hand. */
import type { CounterDelta, FileFact, FileId } from '../batch/batch.ts'
import { type FileTable, isFile } from './files.ts'
import { COLD, heatOf, type Score, warmed } from './heat.ts'

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

export class FileUses {
  readonly #names: FileTable
  /** One map a kind, so that a pair costs a number; in order of use. */
  readonly #scores: Record<Kind, Map<FileId, Score>> = { files: new Map(), others: new Map() }
  /** The hottest that has a name: scores never fall, so what is touched is all there is to compare. It outlives its pair. */
  readonly #hottest: Record<Kind, Hot | null> = { files: null, others: null }
  /** pairs let go for want of room */
  readonly #forgotten: Record<Kind, number> = { files: 0, others: 0 }

  constructor(names: FileTable) {
    this.#names = names
  }

  /** Pairs remembered. */
  get size(): number {
    return this.#scores.files.size + this.#scores.others.size
  }

  /** Distinct files; one that was forgotten and comes again counts again. */
  distinct(kinds: Kinds): number {
    return KINDS[kinds].reduce((sum, kind) => sum + this.#scores[kind].size + this.#forgotten[kind], 0)
  }

  /** Is any of these files remembered? */
  hasAny(ids: FileId[]): boolean {
    return ids.some(
      (id) => this.#scores.files.has(id) || this.#scores.others.has(id) || this.#hottest.files?.fact.id === id || this.#hottest.others?.fact.id === id,
    )
  }

  /** Of which kind is it? Once known, it stays so when the name is forgotten. */
  kindOf(id: FileId, fact: FileFact | undefined): Kind {
    if (!isFile(id, fact)) return 'others'
    const other = !fact && (this.#scores.others.has(id) || this.#hottest.others?.fact.id === id)
    return other ? 'others' : 'files'
  }

  /** Warms a file of that kind (see kindOf), which may have been of the other one; says whether the pair is new there. */
  add(kind: Kind, delta: CounterDelta, fact: FileFact | undefined, nowNs: number): boolean {
    // The table's own text, so that a file's id is kept once, not once a process.
    const id = fact?.id ?? delta.file
    const before = this.#take(kind, id)
    const score = warmed(before ?? this.#takeFromOther(kind, id) ?? COLD, heatOf(delta), nowNs)
    this.#scores[kind].set(id, score)
    this.#rank(kind, id, fact, score)
    return before === undefined
  }

  /** Takes a pair out and says how hot it was; the hottest may be remembered without its pair. */
  #take(kind: Kind, id: FileId): Score | undefined {
    const score = this.#scores[kind].get(id)
    if (score !== undefined) {
      this.#scores[kind].delete(id)
      return score
    }
    const hot = this.#hottest[kind]
    if (hot?.fact.id !== id) return undefined
    this.#forgotten[kind]--
    return hot.score
  }

  #takeFromOther(kind: Kind, id: FileId): Score | undefined {
    const other = kind === 'files' ? 'others' : 'files'
    const score = this.#take(other, id)
    if (this.#hottest[other]?.fact.id === id) {
      this.#hottest[other] = null
      this.#hottest[other] = this.#search(other, () => true)
    }
    return score
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
    const score = this.#scores[kind].get(fact.id)
    if (score !== undefined) this.#rank(kind, fact.id, fact, score)
  }

  /** Forgets pairs until `room` are left: of the kind there is more of, what was used longest ago. The hottest file stays known. */
  shrink(room: number): void {
    const oldest = { files: this.#scores.files.keys(), others: this.#scores.others.keys() }
    while (this.size > room) {
      const kind = this.#scores.files.size >= this.#scores.others.size ? 'files' : 'others'
      const next = oldest[kind].next()
      if (next.done) return
      this.#scores[kind].delete(next.value)
      this.#forgotten[kind]++
    }
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
      for (const id of this.#scores[kind].keys()) {
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
    for (const [id, score] of this.#scores[kind]) {
      if (best && score <= best.score) continue
      const fact = this.#named(kind, id)
      if (fact && passes(fact.path)) best = { score, fact }
    }
    return best
  }
}
