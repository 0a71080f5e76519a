/** Who could write to what a rule is about before it was armed: found, told of, signalled. */
import { identityOf } from '../kernel/guard/exempt.ts'
import { findHolders, type Holder, holdersOf } from '../kernel/guard/holders.ts'
import type { RuleHolder } from '../rules/control.ts'
import type { Rule } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'

/** How long it stays known who has which files open. */
const WRITERS_MS = 1000

/** Named in a sentence, at most. */
const NAMED = 5

/** When the process of this number began, as the kernel side counts; undefined where there is none. */
export function birthNow(pid: number): number | undefined {
  return identityOf(pid)?.birth
}

/** Finds holders; /proc is gone through once for rules that are armed together. */
export class HolderSearch {
  #found: Holder[] = []
  #soughtMs = Number.NEGATIVE_INFINITY

  /** The holders of what a rule is about, each with a way of holding once, without those who are `exempt`. */
  of(rule: Rule, exempt: (pid: number) => boolean): RuleHolder[] {
    if (!rule.ops.includes('write')) return []
    if (performance.now() - this.#soughtMs > WRITERS_MS) {
      this.#found = findHolders()
      this.#soughtMs = performance.now()
    }
    const found = holdersOf(this.#found, rule.object).filter(({ pid }) => !exempt(pid))
    return [...new Map(found.map(({ pid, comm, how }) => [`${pid} ${how}`, { pid, comm, how }])).values()]
  }
}

/** What to say of them, a sentence each. A mapping goes on being stored into, and only ending its process stops that. */
export function holderWarnings(holders: readonly RuleHolder[], canRefuse: boolean): string[] {
  const some = (how: RuleHolder['how']) => {
    const named = holders.filter((holder) => holder.how === how).map(({ comm, pid }) => `${printable(comm)} (${pid})`)
    return named.slice(0, NAMED).join(', ') + (named.length > NAMED ? ', …' : '')
  }
  const [mapped, open] = [some('mapped'), some('open')]
  return [
    ...(mapped === '' ? [] : [`${mapped} has it mapped writable: stores through an old mapping are not stopped, so kill or freeze it`]),
    ...(open === '' ? [] : [`${open} has it open for writing: ${canRefuse ? 'its writes are refused from now on' : 'its next write is answered'}`]),
  ]
}

/** Signals those that had it mapped and are still the same processes, by `births`; what was done, as a sentence. */
export function signalMappers(holders: readonly RuleHolder[], births: ReadonlyMap<number, number | undefined>, signal: 'SIGKILL' | 'SIGSTOP'): string {
  const done: string[] = []
  for (const { pid, comm, how } of holders) {
    // A number may belong to somebody else by now.
    if (how !== 'mapped' || birthNow(pid) !== births.get(pid)) continue
    try {
      process.kill(pid, signal)
      done.push(`${printable(comm)} (${pid})`)
    } catch (error) {
      done.push(`${printable(comm)} (${pid}) could not be signalled: ${(error as Error).message}`)
    }
  }
  if (done.length === 0) return 'nobody who had it mapped lives any more'
  return `${signal} was sent to ${done.join(', ')}`
}
