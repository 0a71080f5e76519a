/** Asks the live machine about what is looked at: processes by one lane, paths by another, since a file system may never answer. */
import type { DirectoryNow, NothingNow, Now, Target } from '../batch/now.ts'
import { DirectoryCount } from '../kernel/now/directory-count.ts'
import { PathsNow } from '../kernel/now/file-now.ts'
import { processNow } from '../kernel/now/process-now.ts'
import { Lane } from '../kernel/where/lane.ts'

export class NowDesk {
  readonly #processes = new Lane()
  readonly #paths = new Lane()
  readonly #now = new PathsNow()
  readonly #count = new DirectoryCount()

  /** What is said of it; null: it was not asked, since what was asked before is not answered. It may take for ever. Never rejects. */
  ask(target: Target): Promise<Now | null> {
    switch (target.of) {
      case 'process':
        return this.#processes.run<Now>(() => processNow(target))
      case 'file':
        return this.#paths.run<Now>(() => this.#now.file(target))
      case 'directory':
        return this.#paths.run<Now>(async () => this.#counted(target, await this.#now.directory(target)))
    }
  }

  #counted({ path, count }: Extract<Target, { of: 'directory' }>, now: DirectoryNow | NothingNow): Now {
    return now.of === 'directory' ? { ...now, count: this.#count.ask(path, count, now.mount) } : now
  }

  /** Asks no more. */
  async close(): Promise<void> {
    await Promise.all([this.#processes.close(), this.#paths.close(), this.#count.close()])
  }
}
