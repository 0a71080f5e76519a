/** Which rule hit an event. The guard and the events know nothing of each other: they are brought together by process, path and time. */
import type { LoggedEvent } from './event-log.ts'

/** What a rule did, as far as an event can be told by it. */
export interface EventHit {
  /** of the rule */
  rule: number
  /** ms since the epoch */
  timeMs: number
  pid: number
  path: string
  /** what the call was given; '' where it went on: it can have failed for another reason */
  refused: string
  /** it waited inside the call: the event came when the call was made again */
  held: boolean
}

/** Hits remembered. */
const MOST = 1000

/** A hit happens inside its call, so before the event: by at most so much, ms; the first figure is what the two clocks may differ. */
const [APART_MS, CALL_MS] = [2, 100]

export class EventRules {
  #hits: EventHit[] = []

  /** In the order they came. */
  add(hits: readonly EventHit[]): void {
    if (hits.length > 0) this.#hits = [...this.#hits, ...hits].slice(-MOST)
  }

  /**
   * The rule that hit this event, or null where none is known to have. `before`: events before it, latest first: of those that could be
   * meant by a hit it is the first.
   */
  ruleOf(event: LoggedEvent, path: string, before: () => Iterable<{ event: LoggedEvent; path: string }>): number | null {
    if (path === '' || !this.#hits.some(({ pid }) => pid === event.pid)) return null
    const isMeant = ({ pid, path: named, refused }: EventHit, one: LoggedEvent, called: string) =>
      pid === one.pid && named === called && (refused === '' || one.result < 0)
    const hit = this.#hits.findLast(
      (one) => isMeant(one, event, path) && event.timeMs >= one.timeMs - APART_MS && (one.held || event.timeMs <= one.timeMs + CALL_MS),
    )
    if (!hit) return null
    for (const other of before()) {
      if (other.event.timeMs < hit.timeMs - APART_MS) break
      if (isMeant(hit, other.event, other.path)) return null
    }
    return hit.rule
  }
}
