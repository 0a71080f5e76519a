/** Which processes hit each rule, and how often. */
import type { Guard } from '../kernel/guard/guard.ts'
import type { Hit } from '../kernel/guard/hits.ts'
import type { RuleProcess } from '../rules/control.ts'
import type { Listed } from './entry.ts'

/** Names of processes that are remembered, at most: the kernel keeps as many counts. */
const MAX_COMMS = 8192

/** A rule in the list, as far as it is counted. */
export interface CountedRule extends Pick<Listed, 'state'> {
  /** its number in the guard while it is armed (a quota has none) */
  index: number | null
  /** tells it from other rules that had this number */
  serial: number
}

/** Adds up hits by rule and process. The kernel counts by pid alone: names come with the hits. */
export class HitProcesses {
  /** by pid, oldest first */
  readonly #comms = new Map<number, string>()

  /** Writes `processes` in the states of these rules anew, most hits first, unless there are no `hits`. Rejects with BpfError. */
  async count(guard: Pick<Guard, 'hitsByProcess'>, hits: readonly Pick<Hit, 'pid' | 'comm'>[], rules: readonly CountedRule[]): Promise<void> {
    for (const { pid, comm } of hits) this.#comms.set(pid, comm)
    if (hits.length === 0) return
    const byIndex = new Map<number, RuleProcess[]>()
    const serials = new Map(rules.map(({ index, serial }) => [index, serial]))
    for (const { index, serial, pid, hits: own } of await guard.hitsByProcess()) {
      if (serials.get(index) !== serial) continue
      const processes = byIndex.get(index) ?? []
      byIndex.set(index, processes)
      processes.push({ pid, comm: this.#comms.get(pid) ?? '?', hits: own })
    }
    for (const rule of rules) {
      if (rule.index === null) continue
      const processes = (byIndex.get(rule.index) ?? []).sort((a, b) => b.hits - a.hits)
      rule.state = { ...rule.state, processes }
    }
    for (const pid of this.#comms.keys()) if (this.#comms.size > MAX_COMMS) this.#comms.delete(pid)
  }
}
