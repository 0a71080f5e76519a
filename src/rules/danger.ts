/** Rules that can stop the machine: by what they hold, by whom they hit. Armed only after the word `yes` on the screen, or by --force. Pure. */
import { printObject, printRule } from './print.ts'
import type { Condition, Rule, RuleObject, RuleOp } from './rule.ts'

/** The word that is typed to arm such a rule. */
export const CONFIRM_WORD = 'yes'

/** Facts of this machine that rules are judged by. What cannot be found out counts as dangerous. */
export interface MachineFacts {
  /** The first vital file or file system that the object covers, in words; null: none. */
  vitalIn(object: RuleObject): string | null
  /** Does the condition (not negated) include a process of uid 0, of the root cgroup or of init.scope, or init itself? */
  includesSystem(condition: Condition): boolean
}

/** Operations that a program start or a login needs of vital files. */
const NEEDED: readonly RuleOp[] = ['open', 'read', 'exec']

/** Actions that keep a process from going on. A quota is no rule on operations, and audit stops nothing. */
const STOPS: ReadonlySet<string> = new Set(['deny', 'kill', 'freeze', 'ask'])

function subjectText(rule: Rule): string {
  return printRule({ ...rule, ttlMs: null }).replace(/^.*? by /, 'by ')
}

/** Why the object is one: a sentence without its dot, or null. */
function objectDanger(rule: Rule, facts: MachineFacts): string | null {
  if (!rule.ops.some((op) => NEEDED.includes(op))) return null
  const vital = facts.vitalIn(rule.object)
  return vital === null ? null : `${printObject(rule.object)} covers ${vital}: programs may not start and logins may not work while the rule is armed`
}

/**
 * Does it leave nearly every process in? A negated condition excludes few, so it narrows nothing; a condition that includes the system's own
 * processes narrows nothing either. One condition that does narrow is enough, since all must hold.
 */
function isBroad({ conditions }: Rule, facts: MachineFacts): boolean {
  return conditions.every((condition) => condition.negate || facts.includesSystem(condition))
}

/** Why the subject is one: a sentence without its dot, or null. */
function subjectDanger(rule: Rule, facts: MachineFacts): string | null {
  const { kind } = rule.action
  if ((kind !== 'kill' && kind !== 'freeze') || rule.object.kind !== 'tree' || !isBroad(rule, facts)) return null
  const who = rule.conditions.length === 0 ? 'by any process' : subjectText(rule)
  return `it ${kind === 'kill' ? 'kills' : 'freezes'} on a whole tree (${printObject(rule.object)}) ${who}: that includes processes of the system`
}

/** Why a rule needs the word, a sentence each without its dot; none: it does not. */
export function dangersOf(rule: Rule, facts: MachineFacts): string[] {
  if (!STOPS.has(rule.action.kind)) return []
  return [objectDanger(rule, facts), subjectDanger(rule, facts)].filter((danger) => danger !== null)
}

/** A process that a preview names. */
export interface NamedProcess {
  pid: number
  comm: string
  /** no rule hits it */
  exempt: boolean
}

/** More processes than these, and a rule is likely to be wider than was meant. */
export const MANY_PROCESSES = 20

/** Names of processes that a login or a running system needs. */
const SYSTEM_COMMS = /^(systemd|\(sd-pam\)|init$|dbus|sshd)/

/** Why a rule needs the word because of the processes that it would have hit lately, a sentence each without its dot. `isOwnSession`: is it of the session this program runs in? */
export function previewDangers(rule: Rule, processes: readonly NamedProcess[], isOwnSession: (pid: number) => boolean): string[] {
  if (!STOPS.has(rule.action.kind)) return []
  const hit = processes.filter(({ exempt }) => !exempt)
  const system = processes.find(({ pid }) => pid === 1) ?? hit.find(({ comm }) => SYSTEM_COMMS.test(comm))
  const own = hit.find(({ pid }) => isOwnSession(pid))
  return [
    ...(system ? [`it would have hit ${system.comm} ${system.pid}, which the system needs`] : []),
    ...(own && own !== system ? [`it would have hit ${own.comm} ${own.pid}, a process of your own session`] : []),
    ...(hit.length > MANY_PROCESSES ? [`it would have hit ${hit.length} processes, more than ${MANY_PROCESSES}`] : []),
  ]
}
