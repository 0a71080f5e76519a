/** Names that come after the first operation: which processes touched a file that had no name yet. */
import type { FileId, ProcessId } from '../batch/batch.ts'

/** Normally empty: facts come before deltas, except when the kernel had to postpone one. Bounded: the oldest files are given up. */
export class LateNames {
  readonly #limit: number
  #waiting = new Map<FileId, Set<ProcessId>>()
  #size = 0

  /** @param limit {process, file} pairs that may wait; one given up gets its name at its next operation. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** `process` touched `file`, and nobody knows its name. */
  wait(file: FileId, process: ProcessId): void {
    let waiting = this.#waiting.get(file)
    if (!waiting) {
      waiting = new Set()
      this.#waiting.set(file, waiting)
    }
    this.#size -= waiting.size
    waiting.add(process)
    this.#size += waiting.size
  }

  /** The name is there: who waited for it? They do so no longer. null: nobody did, as of most names. */
  take(file: FileId): Iterable<ProcessId> | null {
    const waiting = this.#waiting.get(file)
    if (!waiting) return null
    this.#waiting.delete(file)
    this.#size -= waiting.size
    return waiting
  }

  /** Goes back to the limit; once a batch (see FileTable.trim). */
  trim(): void {
    for (const [file, waiting] of this.#waiting) {
      if (this.#size <= this.#limit) return
      this.#waiting.delete(file)
      this.#size -= waiting.size
    }
  }
}
