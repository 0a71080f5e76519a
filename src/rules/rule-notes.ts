/** Ways around a rule that its operations and its subject leave open (docs/threat-model.md). Pure. */
import type { Rule, RuleOp } from './rule.ts'
import { subjectNotes } from './subject-notes.ts'

/** Operations that a rule on a tree does not see once the file was moved out of it. Not `create`: a file made outside is none of the tree. */
const DONE_OUTSIDE: readonly RuleOp[] = ['open', 'read', 'write', 'delete', 'link', 'attr', 'exec']

/** One sentence for each operation that the rule should name as well. */
function operationNotes({ action, ops, object }: Rule): string[] {
  if (action.kind === 'quota') return []
  const leavesTree = object.kind === 'tree' && !ops.includes('rename') && DONE_OUTSIDE.some((op) => ops.includes(op))
  const runsByReading = ops.includes('exec') && !ops.includes('read')
  return [
    ...(leavesTree ? ['files can be moved out of the tree: add rename'] : []),
    ...(runsByReading ? ['exec: a program also runs as a copy, or by ld.so PROGRAM: add read'] : []),
  ]
}

/** What the rule does not stop although it may seem to, a short sentence each. */
export function ruleNotes(rule: Rule): string[] {
  return [...operationNotes(rule), ...subjectNotes(rule)]
}
