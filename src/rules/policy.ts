/** Many rules: a file of lines. */
import { parseRule } from './parse.ts'
import { printRule } from './print.ts'
import { MOST_RULES, type Rule } from './rule.ts'

/** `line` counts from 1, `column` from 0. */
export interface PolicyError {
  line: number
  column: number
  message: string
}

/** One rule a line; '#' begins a comment line, blank lines are nothing. All errors, not only the first. */
export function parsePolicy(text: string): { rules: { line: number; rule: Rule }[]; errors: PolicyError[] } {
  const rules: { line: number; rule: Rule }[] = []
  const errors: PolicyError[] = []
  const seen = new Map<string, number>()
  for (const [i, raw] of text.split('\n').entries()) {
    const line = i + 1
    if (/^\s*(#|$)/.test(raw)) continue
    const parsed = parseRule(raw)
    if (!parsed.ok) {
      errors.push({ line, column: parsed.column, message: parsed.message })
      continue
    }
    const printed = printRule(parsed.rule)
    const before = seen.get(printed)
    if (before !== undefined) errors.push({ line, column: 0, message: `this is the rule of line ${before} again` })
    else if (rules.length === MOST_RULES)
      errors.push({ line, column: 0, message: `more than ${MOST_RULES.toLocaleString('en-US')} rules: this one and those after it are too many` })
    else {
      seen.set(printed, line)
      rules.push({ line, rule: parsed.rule })
    }
  }
  return { rules, errors }
}
