/** Looks from time to time for other BPF programs on the hooks of rules. */
import { loadAddon } from '../kernel/addon.ts'
import { bootMs, type Clock } from '../kernel/boot-clock.ts'
import { OtherPrograms } from '../kernel/guard/other-programs.ts'
import type { OtherProgram } from '../rules/control.ts'
import { othersSentences } from '../rules/others.ts'

/** ms between two searches. */
const SEARCH_MS = 10_000

/** Searches at most once in SEARCH_MS. */
export class OtherWatch {
  readonly #tell: (sentence: string) => void
  readonly #clock: Clock
  readonly #open: () => Pick<OtherPrograms, 'find'>
  #programs: Pick<OtherPrograms, 'find'> | null = null
  #isSearching = false
  #found: readonly OtherProgram[] = []
  /** ms since boot */
  #searchedMs = Number.NEGATIVE_INFINITY

  /** `tell` is called with a sentence for each program that is found, again with each search. `open`: for tests. */
  constructor(tell: (sentence: string) => void, clock: Clock, open = (): Pick<OtherPrograms, 'find'> => new OtherPrograms(loadAddon())) {
    this.#open = open
    this.#tell = tell
    this.#clock = clock
  }

  /** The programs that the last search found; empty before the first. */
  get found(): readonly OtherProgram[] {
    return this.#found
  }

  /** Begins a search, if the last one began SEARCH_MS ago and is over. Throws a sentence where the addon is missing. */
  look(): void {
    const nowMs = bootMs(this.#clock)
    if (this.#isSearching || nowMs - this.#searchedMs < SEARCH_MS) return
    this.#searchedMs = nowMs
    this.#programs ??= this.#open()
    this.#isSearching = true
    void this.#search(this.#programs)
  }

  async #search(programs: Pick<OtherPrograms, 'find'>): Promise<void> {
    this.#found = await programs.find()
    this.#isSearching = false
    for (const sentence of othersSentences(this.#found)) this.#tell(sentence)
  }
}
