/** Warns where users other than root can replace a directory above a rule's object: in a preview and when the rule is armed. */
import { type Replaceable, replaceableAbove, replaceableAboveSoon } from '../kernel/guard/replaceable.ts'
import { groupNames, userNames } from '../kernel/users.ts'
import { Lane } from '../kernel/where/lane.ts'
import type { Rule, RuleObject } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'

/** ms after which a path is looked at again. */
const FRESH_MS = 2000

function subjectOf(by: Replaceable['by']): string {
  if (by === 'any user') return by
  return 'user' in by ? `user ${printable(userNames()[by.user] ?? String(by.user))}` : `group ${printable(groupNames()[by.group] ?? String(by.group))}`
}

/** One sentence; none for null. */
function sentencesOf(found: Replaceable | null): string[] {
  if (found === null) return []
  const tree = `${found.parent === '/' ? '' : found.parent}/**`
  return [`${subjectOf(found.by)} can replace ${printable(found.path)}: a rule on ${printable(tree)} covers that`]
}

/** The part of a rule that says where it holds. No note on a quota: it counts what lies in its directory, wherever that is moved. */
type Placed = Pick<Rule, 'action' | 'object'>

/** The notes on a rule that is armed, a sentence each. May wait for a file system. */
export function placeNotes({ action, object }: Placed): string[] {
  return action.kind === 'quota' ? [] : sentencesOf(replaceableAbove(object))
}

/** The same for a rule line that is being written, without waiting for a file system. */
export class PlacePreview {
  readonly #lane = new Lane()
  readonly #find: (object: RuleObject) => Promise<Replaceable | null>
  #text = ''
  #notes: string[] = []
  #askedMs = Number.NEGATIVE_INFINITY

  /** `find`: for tests. */
  constructor(find = replaceableAboveSoon) {
    this.#find = find
  }

  /** The notes that are known by now, a sentence each. Call it again with each update. */
  of({ action, object }: Placed): string[] {
    const key = action.kind === 'quota' ? '' : `${object.kind} ${object.text}`
    const nowMs = performance.now()
    if (key !== this.#text) {
      this.#text = key
      this.#notes = []
      this.#askedMs = Number.NEGATIVE_INFINITY
    }
    if (key !== '' && nowMs - this.#askedMs >= FRESH_MS) {
      this.#askedMs = nowMs
      void this.#lane
        .run(() => this.#find(object))
        .then((found) => {
          if (key === this.#text) this.#notes = sentencesOf(found)
        })
    }
    return this.#notes
  }

  /** Ends the look-ups. */
  close(): Promise<void> {
    return this.#lane.close()
  }
}
