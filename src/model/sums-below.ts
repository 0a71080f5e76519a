/** What was done to all files below a directory: as the tree keeps it, or worked out for those files only that pass a filter. */
import { addCounts, type Counts, perSecond } from './counts.ts'
import { type Directories, type Directory, NOWHERE } from './directories.ts'
import type { FileScan } from './file-scan.ts'
import { Tally } from './tally.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** Sums by directory. */
export interface SumsBelow {
  /** files below that are counted */
  files(at: Directory): number
  /** per second over the last tick, and in all; the caller's own */
  read(at: Directory): { rates: Counts; total: Counts }
}

/** As the tree keeps them. */
export function keptSums({ files: { tree }, clock }: World, kinds: Kinds): SumsBelow {
  const { files, others } = tree.below
  return {
    files: (at) => tree.count(at, kinds),
    read(at) {
      const tick = files.tally.tick.read(at)
      const total = files.tally.total.read(at)
      if (kinds === 'all') {
        addCounts(tick, others.tally.tick.read(at))
        addCounts(total, others.tally.total.read(at))
      }
      return { rates: perSecond(tick, clock.seconds), total }
    },
  }
}

/** Of the files that pass, which takes a look at all of them. */
export class BelowSums implements SumsBelow {
  readonly #tree: Directories
  readonly #seconds: number
  readonly #sums = new Tally()
  readonly #files: Int32Array

  constructor({ files, clock }: World, scan: FileScan) {
    this.#tree = files.tree
    this.#seconds = clock.seconds
    this.#files = new Int32Array(files.tree.end)
    for (let slot = 0; slot < files.end; slot++) {
      const at = files.directory(slot)
      if (!scan.passes(slot) || at === NOWHERE) continue
      this.#files[at] = (this.#files[at] as number) + 1
      this.#sums.addFrom(at, files.sums, slot, 1)
    }
    this.#rollUp()
  }

  /** Each hands on to the one above, the deepest first. */
  #rollUp(): void {
    const tree = this.#tree
    const byDepth: Directory[][] = []
    const reached = new Uint8Array(tree.end)
    for (let from = 0; from < tree.end; from++) {
      if (this.#files[from] === 0) continue
      for (let at = from; at !== NOWHERE && reached[at] === 0; at = tree.parent(at)) {
        reached[at] = 1
        const level = byDepth[tree.depth(at)] ?? []
        byDepth[tree.depth(at)] = level
        level.push(at)
      }
    }
    for (let depth = byDepth.length - 1; depth > 0; depth--) {
      for (const at of byDepth[depth] ?? []) {
        const parent = tree.parent(at)
        this.#files[parent] = (this.#files[parent] as number) + (this.#files[at] as number)
        this.#sums.addFrom(parent, this.#sums, at, 1)
      }
    }
  }

  files(at: Directory): number {
    return this.#files[at] ?? 0
  }

  read(at: Directory): { rates: Counts; total: Counts } {
    return { rates: perSecond(this.#sums.tick.read(at), this.#seconds), total: this.#sums.total.read(at) }
  }
}
