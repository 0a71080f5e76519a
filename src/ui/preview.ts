/** What a rule would have hit in the last minute, from what was really counted. */
import { inContainer } from '../model/match.ts'
import type { Model } from '../model/model.ts'
import type { RecentUse } from '../model/recent.ts'
import { matchRule, type Toucher } from '../rules/match.ts'
import type { Rule, RuleOp } from '../rules/rule.ts'

/** One process that a rule would have hit. */
export interface Previewed {
  pid: number
  comm: string
  operations: number
  /** no rule may hit it */
  exempt: boolean
}

export interface Preview {
  /** of those that are not exempt */
  operations: number
  /** most hit first */
  processes: Previewed[]
  /** how far back it looks */
  seconds: number
  /** changes of names and attributes are counted together, so these may be fewer */
  upTo: boolean
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

export function previewOf(rule: Rule, model: Model, exempt: (pid: number) => boolean): Preview {
  const { uses, seconds } = model.recent()
  const touchers = new Map<string, Toucher | null>()
  const found = new Map<number, Previewed>()
  let upTo = false
  for (const use of uses) {
    const path = model.file(use.file)?.path
    if (path === undefined) continue
    if (!touchers.has(use.process)) touchers.set(use.process, toucher(model, use.process))
    const process = touchers.get(use.process)
    if (!process) continue
    for (const [kind, ops] of KINDS) {
      if (use[kind] === 0 || !matchRule(rule, { ops, path, process })) continue
      if (kind === 'changes' && !ops.every((op) => rule.ops.includes(op))) upTo = true
      const entry = found.get(process.pid) ?? { pid: process.pid, comm: process.comm, operations: 0, exempt: exempt(process.pid) }
      entry.operations += use[kind]
      found.set(process.pid, entry)
    }
  }
  const processes = [...found.values()].sort((a, b) => b.operations - a.operations)
  return { operations: processes.reduce((sum, process) => sum + (process.exempt ? 0 : process.operations), 0), processes, seconds, upTo }
}
