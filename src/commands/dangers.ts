/** Rules that can stop the machine, before they are armed without a screen to ask on. */
import { statText } from '../kernel/bounded-read.ts'
import { dangersOf, type MachineFacts } from '../rules/danger.ts'
import { printRule } from '../rules/print.ts'
import type { Rule } from '../rules/rule.ts'
import { UsageError } from './checks.ts'
import { MACHINE } from './machine-facts.ts'

/** Rules that need --force, and why, a line each; none: no rule does. */
export function dangerLines(rules: readonly Rule[], facts: MachineFacts = MACHINE): string[] {
  return rules.flatMap((rule) => {
    const dangers = dangersOf(rule, facts)
    return dangers.length === 0 ? [] : [`${printRule(rule)}: ${dangers.join('; ')}`]
  })
}

/** Lines shown of a policy with many such rules. */
const MAX_LINES = 10

/**
 * Refuses rules of --rule and --policy that can stop the machine, unless they are forced or only tell. Returns what to say of those that are
 * forced. Throws UsageError.
 */
export function checkDangers(rules: readonly Rule[], { force, dryRun }: { force: boolean; dryRun: boolean }, facts: MachineFacts = MACHINE): string[] {
  if (dryRun) return []
  const lines = dangerLines(rules, facts)
  if (force || lines.length === 0) return lines
  const more = lines.length > MAX_LINES ? [`and ${lines.length - MAX_LINES} more`] : []
  const shown = [...lines.slice(0, MAX_LINES), ...more].map((line) => `  ${line}`).join('\n')
  throw new UsageError(
    `nothing is armed: ${lines.length === 1 ? 'this rule' : `${lines.length} rules`} can stop the machine\n${shown}\n  Name a narrower object or subject; or arm it with --force (a rule on the screen asks for the word yes instead)`,
  )
}

/** The session a process belongs to; null: it has ended. */
export function sessionOf(pid: number): string | null {
  const stat = statText(pid)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[3] ?? null
}
