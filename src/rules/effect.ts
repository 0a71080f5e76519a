/** What a rule does to whoever it hits, in a few words: for where its line alone would have to be read. Pure. */
import { printSize } from './quota.ts'
import { MODIFY, type Rule, type RuleOp } from './rule.ts'

function doing(ops: readonly RuleOp[]): string {
  const changes = MODIFY.every((op) => ops.includes(op))
  const rest = changes ? ops.filter((op) => !MODIFY.includes(op)) : ops
  return [...(changes ? ['all changes'] : []), ...rest].join(', ')
}

/** E.g. 'refuses write, create with EPERM', 'counts it toward 10G'. */
export function effectOf({ action, ops }: Pick<Rule, 'action' | 'ops'>): string {
  switch (action.kind) {
    case 'deny':
      return `refuses ${doing(ops)} with ${action.errno}`
    case 'kill':
      return `ends who does ${doing(ops)} by ${action.signal}`
    case 'freeze':
      return `stops who does ${doing(ops)}`
    case 'ask':
      return `holds ${doing(ops)} until you answer`
    case 'audit':
      return `tells of ${doing(ops)}`
    case 'quota':
      return `counts it toward ${printSize(action.bytes)}`
  }
}
