/** Looks now and then for other BPF programs on the hooks of rules. */
import { loadAddon } from '../kernel/addon.ts'
import { bootMs, type Clock } from '../kernel/boot-clock.ts'
import { OtherPrograms } from '../kernel/guard/other-programs.ts'
import type { OtherProgram } from '../rules/control.ts'
import { othersSentences } from '../rules/others.ts'

/** ms between two searches. */
const SEARCH_MS = 10_000

export class OtherWatch {
  readonly #tell: (sentence: string) => void
  readonly #clock: Clock
  #programs: OtherPrograms | null = null
  #found: readonly OtherProgram[] = []
  /** ms since boot */
  #searchedMs = Number.NEGATIVE_INFINITY

  /** `tell` hears a sentence for each that is found, again with each search. */
  constructor(tell: (sentence: string) => void, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  /** Of the last search; empty before the first. */
  get found(): readonly OtherProgram[] {
    return this.#found
  }

  /** Searches, if the last search is SEARCH_MS ago. Throws a sentence where the addon is missing. */
  look(): void {
    const nowMs = bootMs(this.#clock)
    if (nowMs - this.#searchedMs < SEARCH_MS) return
    this.#searchedMs = nowMs
    this.#programs ??= new OtherPrograms(loadAddon())
    this.#found = this.#programs.find()
    for (const sentence of othersSentences(this.#found)) this.#tell(sentence)
  }
}
