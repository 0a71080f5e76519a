/** What the subject of a rule cannot promise against a process that wants to escape or to be exempt (docs/threat-model.md). Pure. */
import { printCondition } from './print.ts'
import type { Condition, Rule } from './rule.ts'

function note({ key, negate }: Condition): string | null {
  if (key === 'comm') return negate ? 'any process can take this name; use !exe=PATH' : 'a copy of the program under another name is not matched'
  if (key === 'exe')
    return negate
      ? 'code that is loaded into the program passes too (LD_PRELOAD, plug-ins, a debugger)'
      : 'a copy of the program, or the program started by ld.so, is not matched'
  return null
}

/** One sentence for each condition that depends on what the process itself chooses, with the condition as it is written. */
export function subjectNotes(rule: Rule): string[] {
  return rule.conditions.flatMap((condition) => {
    const text = note(condition)
    return text === null ? [] : [`${printCondition(condition)}: ${text}`]
  })
}
