/** The files that a flood of others does not push out: those that rules are about. */
import type { FileFact, FileId } from '../batch/batch.ts'
import type { FileStates } from './file-states.ts'
import type { FileTable } from './files.ts'

/** Files kept, at most: each is marked as used once a batch. A tenth of the files that are remembered at all. */
const MOST_KEPT = 5000

export class KeptFiles {
  readonly #files: FileTable
  readonly #states: FileStates
  readonly #kept = new Set<FileId>()
  #wants: ((path: string) => boolean) | null = null

  constructor(files: FileTable, states: FileStates) {
    this.#files = files
    this.#states = states
  }

  /** Keeps the files that `wants` says yes to, from now on; null: none. */
  keep(wants: ((path: string) => boolean) | null): void {
    this.#wants = wants
    this.#kept.clear()
    for (let slot = 0; wants && slot < this.#states.end; slot++) {
      const fact = this.#states.used(slot) ? this.#states.fact(slot) : null
      if (fact) this.learn(fact)
    }
  }

  /** A name came. */
  learn({ id, path }: FileFact): void {
    if (!this.#wants) return
    if (!this.#wants(path)) this.#kept.delete(id)
    else if (this.#kept.size < MOST_KEPT) this.#kept.add(id)
  }

  /** Once a batch, before what was used longest ago is forgotten. */
  use(): void {
    for (const id of this.#kept) {
      this.#states.use(id)
      if (this.#files.touch(id) === 0) this.#kept.delete(id)
    }
  }
}
