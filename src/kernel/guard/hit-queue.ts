/** Hits that the kernel reported, until they are taken. A flood of them is bounded. */
import type { BpfObject } from '../addon.ts'
import { records } from '../decode.ts'
import { Mounts } from '../mounts.ts'
import { type Hit, hitOf, RESTARTED } from './hits.ts'
import { hitRecord } from './layout.gen.ts'

/** Hits that wait to be taken: each costs 10 µs and 500 bytes until it is shown. Further ones are counted, but for calls that are held. */
const MAX_HITS = 10_000

/** The hits, oldest first. */
export class HitQueue {
  /** called with each hit that is queued */
  onHit: ((hit: Hit) => void) | null = null
  readonly #object: BpfObject
  readonly #limit: number
  readonly #mounts = new Mounts()
  #hits: Hit[] = []
  /** hits that were left out for want of room, by the rule's serial */
  readonly #leftOut = new Map<number, number>()

  /** `limit`: hits, for tests. */
  constructor(object: BpfObject, limit = MAX_HITS) {
    this.#object = object
    this.#limit = limit
  }

  /** From now on. Throws BpfError. */
  begin(): void {
    this.#object.openRing('hits', (batch) => {
      for (const [view, bytes] of records(batch)) this.#add(view, bytes)
    })
  }

  #add(view: DataView, bytes: Uint8Array): void {
    if (this.#hits.length >= this.#limit && view.getInt32(hitRecord.result, true) !== RESTARTED) {
      const serial = view.getUint32(hitRecord.serial, true)
      this.#leftOut.set(serial, this.leftOut(serial) + 1)
      return
    }
    const hit = hitOf(view, bytes)
    // A hook sees no mounts: its path is known from the root of its file system.
    const locate = (path: string) => (hit.fromRoot ? this.#mounts.locate(hit.dev, path) : null) ?? path
    const located = { ...hit, path: locate(hit.path), target: hit.target === null ? null : locate(hit.target) }
    this.#hits.push(located)
    this.onHit?.(located)
  }

  /** Hits since the last call. */
  take(): Hit[] {
    this.#object.drainRing('hits')
    const hits = this.#hits
    this.#hits = []
    return hits
  }

  /** Hits of the rule with this serial that were not queued for want of room. */
  leftOut(serial: number): number {
    return this.#leftOut.get(serial) ?? 0
  }

  /** The rule is disarmed: its count is not asked for again. */
  forget(serial: number): void {
    this.#leftOut.delete(serial)
  }
}
