/** What a rule would have hit in the last minute, from what was really counted. */
import { inContainer } from '../model/match.ts'
import type { Model } from '../model/model.ts'
import type { RecentUse } from '../model/recent.ts'
import type { RuleControl } from '../rules/control.ts'
import { previewDangers } from '../rules/danger.ts'
import { coversPath, matchSubject, type Toucher } from '../rules/match.ts'
import { parseRule } from '../rules/parse.ts'
import type { Rule, RuleOp } from '../rules/rule.ts'
import { ruleNotes } from '../rules/rule-notes.ts'
import type { NowSeen } from './asking.ts'
import { guessText } from './quota-guess.ts'
import type { UiState } from './ui-state.ts'

/** One process that a rule would have hit. */
export interface Previewed {
  pid: number
  comm: string
  operations: number
  /** no rule may hit it */
  exempt: boolean
}

/** What a rule would have done lately, by what the model remembers. */
export interface Preview {
  /** of those that are not exempt */
  operations: number
  /** most hit first */
  processes: Previewed[]
  /** how far back it looks */
  seconds: number
  /** changes of names and attributes are counted together, so these may be fewer */
  upTo: boolean
  /** does the rule leave it open by whom? */
  anybody: boolean
  /** operations beside those, of the kind and on what the rule names, by processes that are remembered no more */
  forgotten: number
  /** those may be fewer too: the rule says by whom, or what it does not name was counted with them */
  forgottenUpTo: boolean
  /** operations on files that are remembered no more: whether it means those is not known */
  unnamed: number
  /** of a quota that is proposed: how much of it is a guess, a sentence without its dot */
  guess?: string | null
  /** what the rule cannot promise, a sentence each */
  notes?: string[]
}

/** What the counters tell apart, and what each amounts to. */
const KINDS: [keyof Pick<RecentUse, 'opens' | 'reads' | 'writes' | 'changes'>, RuleOp[]][] = [
  ['opens', ['open']],
  ['reads', ['read']],
  ['writes', ['write']],
  ['changes', ['create', 'delete', 'rename', 'link', 'attr']],
]

function toucher(model: Model, id: string): Toucher | null {
  const who = model.who(id)
  if (!who) return null
  const { pid, comm, exe, uid, cgroup, group = null } = who.fact
  return {
    pid,
    ancestors: who.ancestors,
    comm,
    exe,
    uid,
    user: model.info.users[uid] ?? String(uid),
    cgroup,
    isIn: (text) => inContainer({ cgroup, group }, text),
  }
}

/** What a rule would have done lately. `exempt`: may no rule hit this pid? */
export function previewOf(rule: Rule, model: Model, exempt: (pid: number) => boolean): Preview {
  const { uses, seconds } = model.recent()
  const touchers = new Map<string, Toucher | null>()
  const found = new Map<number, Previewed>()
  const anybody = rule.conditions.length === 0
  let [upTo, forgotten, forgottenUpTo, unnamed] = [false, 0, !anybody, 0]
  for (const use of uses) {
    const path = use.file === null ? null : model.file(use.file)?.path
    if (path === undefined) continue
    const { process: id } = use
    if (id !== null && !touchers.has(id)) touchers.set(id, toucher(model, id))
    const process = id === null ? null : touchers.get(id)
    for (const [kind, ops] of KINDS) {
      if (use[kind] === 0 || !ops.some((op) => rule.ops.includes(op))) continue
      if (path === null) unnamed += use[kind]
      if (path === null || !coversPath(rule.object, path)) continue
      if (process && !matchSubject(rule, process)) continue
      const others = !ops.every((op) => rule.ops.includes(op))
      if (!process) {
        forgotten += use[kind]
        forgottenUpTo ||= others
        continue
      }
      upTo ||= others
      const entry = found.get(process.pid) ?? { pid: process.pid, comm: process.comm, operations: 0, exempt: exempt(process.pid) }
      entry.operations += use[kind]
      found.set(process.pid, entry)
    }
  }
  const processes = [...found.values()].sort((a, b) => b.operations - a.operations)
  const operations = processes.reduce((sum, process) => sum + (process.exempt ? 0 : process.operations), 0)
  return { operations, processes, seconds, upTo, anybody, forgotten, forgottenUpTo, unnamed }
}

/** The model knows the cgroup of a process, but not which cgroups lie below another. */
function cgroupNotes({ conditions }: Rule): string[] {
  const isByCgroup = conditions.some(({ key }) => key === 'cgroup' || key === 'container')
  return isByCgroup ? ['processes in cgroups below that one match too, and are not counted here'] : []
}

/** Why a rule needs the word `yes` before it is armed: by what it says, and by the processes that it would have hit lately. */
export function dangersHere(rule: Rule, control: Pick<RuleControl, 'dangers' | 'exempt' | 'isOwnSession' | 'isDryRun'>, model: Model): string[] {
  if (control.isDryRun) return []
  const { processes } = previewOf(rule, model, (pid) => control.exempt(pid))
  return [...control.dangers(rule), ...previewDangers(rule, processes, (pid) => control.isOwnSession(pid))]
}

/**
 * The preview of the rule line that is being written; null: there is none, or it is no rule. `now`: what the live machine says of the selected row, or
 * of a quota's directory. `placeNotes`: as RuleControl has it.
 */
export function previewFor(
  { mode, ruleText, ruleReplaces, danger }: Pick<UiState, 'mode' | 'ruleText' | 'ruleReplaces' | 'danger'>,
  model: Model,
  exempt: (pid: number) => boolean,
  now: NowSeen | null,
  placeNotes: (rule: Rule) => string[] = () => [],
): Preview | null {
  const text = mode === 'rule' ? ruleText : mode === 'confirm' ? (danger?.text ?? null) : null
  const parsed = text === null ? null : parseRule(text)
  if (!parsed?.ok) return null
  // One that is there already has been counted.
  const guess = ruleReplaces === null && model.info.kind === 'live' ? guessText(parsed.rule, now) : null
  return { ...previewOf(parsed.rule, model, exempt), guess, notes: [...ruleNotes(parsed.rule), ...placeNotes(parsed.rule), ...cgroupNotes(parsed.rule)] }
}
