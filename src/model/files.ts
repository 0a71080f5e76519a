/** Files known by name: the most recently touched ones, in bounded memory. */
import { type FileFact, type FileId, NO_FILE } from '../batch/batch.ts'

const TYPE = 0o170000
const [FIFO, CHARACTER, SOCKET] = [0o010000, 0o020000, 0o140000]

/** Regular files, directories, block devices and named pipes; not sockets, unnamed pipes, terminals and anonymous inodes. */
export function isFile(fact: FileFact | undefined): boolean {
  if (!fact) return true
  const type = fact.mode & TYPE
  if (type === SOCKET || type === CHARACTER) return false
  // Kinds without a name of their own share inode 0 (see struct file_key).
  return !(fact.id !== NO_FILE && fact.id.includes(':0.')) && !(type === FIFO && fact.fstype === 'pipefs')
}

/** A table that forgets what was used longest ago. */
export class FileTable {
  readonly #limit: number
  #facts = new Map<FileId, FileFact>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#facts.size
  }

  /** A path known from its root is not given up for one that is not. */
  learn(fact: FileFact): void {
    const known = this.#facts.get(fact.id)
    const worse = known && fact.noMount && !known.noMount
    this.#facts.delete(fact.id)
    this.#facts.set(fact.id, worse ? known : fact)
    if (this.#facts.size <= this.#limit) return
    const oldest = this.#facts.keys().next().value
    if (oldest !== undefined) this.#facts.delete(oldest)
  }

  /** Looks up and marks as used. */
  touch(id: FileId): FileFact | undefined {
    const fact = this.#facts.get(id)
    if (fact) {
      this.#facts.delete(id)
      this.#facts.set(id, fact)
    }
    return fact
  }

  get(id: FileId): FileFact | undefined {
    return this.#facts.get(id)
  }
}
