/** A hit that the kernel reported, for display. */
import { type Clock, wallTime } from '../kernel/boot-clock.ts'
import { type Hit, RESTARTED } from '../kernel/guard/hits.ts'
import type { RuleHit, RuleState } from '../rules/control.ts'
import { errnoName } from '../rules/names.ts'
import { opsOfMask } from '../rules/rule.ts'
import { isHeld } from './ask-desk.ts'

/** `rule`: the state of the rule that was hit. Returns null where that is not listed any more. */
export function ruleHitOf(hit: Hit, rule: RuleState | undefined, clock: Clock): RuleHit | null {
  if (!rule) return null
  const held = isHeld(rule.rule, hit)
  const refused = hit.result === 0 || hit.result === RESTARTED ? '' : errnoName(-hit.result)
  const target = hit.target === null ? {} : { target: hit.target }
  const store = hit.store === null ? {} : { store: hit.store }
  const timeMs = wallTime(clock, hit.timeNs / 1e6)
  return { rule, timeMs, pid: hit.pid, comm: hit.comm, path: hit.path, ...target, ops: opsOfMask(hit.ops), refused, held, ...store }
}
