/**
 * Looks again at the paths of rules on files: a file that replaced one of a rule is anchored by its inode too, so that it stays covered under another
 * name. The files before it stay covered as well, since the rule was armed for them.
 */
import type { TimeSlices } from '../time-slices.ts'
import type { Anchored, Anchors } from './anchors.ts'
import type { Armed } from './armed.ts'
import type { Inode } from './bytes.ts'
import { inodeId } from './tables.ts'

/** Rules in one round: an update stays short where there are thousands. */
const ROUND_RULES = 500

/** Files found later that stay covered, for each rule. */
const MAX_LATER_FILES = 100

/** An inode, told from others that had its number before. */
const identityOf = (inode: Inode) => `${inodeId(inode)}:${inode.generation}`

/** Where a rule is anchored, with the files that replaced the first ones. */
export interface AnchoredWithLater extends Anchored {
  /** of its files, those found in their places after it was armed, oldest first */
  later?: Inode[]
}

/** An armed rule, as far as its place is concerned. */
export interface PlacedRule extends Pick<Armed, 'rule'> {
  anchored: AnchoredWithLater
}

/** Finds replaced files, some rules at a time. */
export class ReplacedFiles {
  readonly #anchors: Pick<Anchors, 'findAgain'>
  readonly #slices: Pick<TimeSlices, 'rest'>
  /** index of the rule that the next round begins with, among those on files */
  #nextRule = 0

  /** `slices`: a search gives the main thread back by them. */
  constructor(anchors: Pick<Anchors, 'findAgain'>, slices: Pick<TimeSlices, 'rest'>) {
    this.#anchors = anchors
    this.#slices = slices
  }

  /** The next round: looks at up to ROUND_RULES of the rules on files, in turn. Returns whether `anchored` of any of them changed. */
  findNext(armed: Iterable<PlacedRule>): Promise<boolean> {
    const rules = [...armed].filter(({ rule }) => rule.object.kind === 'file')
    const start = this.#nextRule % Math.max(1, rules.length)
    const round = [...rules.slice(start), ...rules.slice(0, start)].slice(0, ROUND_RULES)
    this.#nextRule = start + round.length
    return this.find(round)
  }

  /** Looks at these rules; those that are on no file stay as they are. Returns whether `anchored` of any of them changed. */
  async find(rules: readonly PlacedRule[]): Promise<boolean> {
    let changed = false
    for (const { rule, anchored } of rules) {
      if (rule.object.kind !== 'file') continue
      await this.#slices.rest()
      try {
        changed = this.#extend(anchored) || changed
      } catch {
        // Its directory is gone; the anchors hold as long as the inodes do.
      }
    }
    return changed
  }

  /** Throws what stat(2) throws. */
  #extend(anchored: AnchoredWithLater): boolean {
    const { places, anchoring } = anchored
    const again = this.#anchors.findAgain(places)
    const known = new Set(anchoring.files.map(identityOf))
    const fresh = again.files.filter((inode) => !known.has(identityOf(inode)))
    // A directory above may have been replaced, and put back.
    const directories = new Set(anchoring.named.map(({ parent }) => identityOf(parent)))
    const isElsewhere = again.named.length === places.length && again.named.some(({ parent }) => !directories.has(identityOf(parent)))
    if (fresh.length === 0 && !isElsewhere) return false
    const later = [...(anchored.later ?? []), ...fresh].slice(-MAX_LATER_FILES)
    const files = [...anchoring.files.filter((inode) => !anchored.later?.includes(inode)), ...later]
    const named = again.named.length === places.length ? again.named : anchoring.named
    anchored.later = later
    anchored.anchoring = { ...anchoring, files, named }
    return true
  }
}
