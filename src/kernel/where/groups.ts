/** Groups by their path, with the names of containers as they are found: what the path tells is there at once, the rest comes. */
import type { GroupFact } from '../../batch/batch.ts'
import { groupOf, isContained, withNames } from '../../text/cgroup-path.ts'
import { namesOf, type Places, usualPlaces } from './container-names.ts'
import { Lane } from './lane.ts'

/** Groups remembered, and characters of their paths. */
const [MOST, PATH_CHARS] = [16_384, 4 * 1024 * 1024]

/** A group as far as it is known. */
export interface Named {
  group: GroupFact
  /** settles when there is no more to come; null where that is so */
  looking: Promise<void> | null
}

export class Groups {
  readonly #lane = new Lane()
  readonly #placesOf: () => Promise<Places>
  #places: Promise<Places> | null = null
  /** in order of insertion */
  readonly #known = new Map<string, Named>()
  #pathChars = 0

  constructor(places: () => Promise<Places> = usualPlaces) {
    this.#placesOf = places
  }

  /** The group with this path. The answer changes as more is found out. */
  at(path: string): Named {
    const known = this.#known.get(path)
    if (known) return known
    const named: Named = { group: groupOf(path), looking: null }
    if (isContained(named.group)) named.looking = this.#nameIt(path, named)
    this.#known.set(path, named)
    this.#pathChars += path.length
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST && this.#pathChars <= PATH_CHARS) break
      this.#known.delete(oldest)
      this.#pathChars -= oldest.length
    }
    return named
  }

  async #nameIt(path: string, named: Named): Promise<void> {
    this.#places ??= this.#placesOf()
    const places = await this.#places
    const names = await this.#lane.run(() => namesOf(named.group, path, places))
    if (names?.name !== undefined || names?.podName !== undefined) named.group = withNames(named.group, names)
    named.looking = null
  }

  /** Looks no more. */
  close(): Promise<void> {
    return this.#lane.close()
  }
}
