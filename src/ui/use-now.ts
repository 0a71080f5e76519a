/** What the live machine says of what is looked at, for the screen; and what is to be asked. */
import { useEffect, useState } from 'react'
import type { Now, Target } from '../batch/now.ts'
import { parseRule } from '../rules/parse.ts'
import { Asking, type NowSeen } from './asking.ts'
import { isWhole } from './names.ts'
import { type Stop, trailOf } from './trail.ts'
import type { UiState } from './ui-state.ts'
import type { Detail } from './view.ts'

/** The directory of a quota that is being written: how large its disk is says how much of the limit makes sense. */
function quotaTarget({ mode, ruleText }: Pick<UiState, 'mode' | 'ruleText'>): Target | null {
  const parsed = mode === 'rule' ? parseRule(ruleText) : null
  return parsed?.ok && parsed.rule.action.kind === 'quota' ? { of: 'directory', path: parsed.rule.object.text, count: 0 } : null
}

/** What to ask about; null: nothing, or nothing that could be found again. */
export function targetOf(state: Pick<UiState, 'trails' | 'mode' | 'ruleText'>, detail: Detail | null): Target | null {
  const stop = trailOf(state.trails).at(-1) as Stop
  if (state.mode === 'help') return null
  if (detail === null) return quotaTarget(state)
  switch (detail.of) {
    case 'process':
      return detail.row.alive ? { of: 'process', id: detail.row.id, open: stop.by === 'inside' } : null
    case 'file': {
      const { deleted, ...file } = detail.row
      return isWhole(file) ? { of: 'file', id: file.id, path: file.path, deleted: deleted ?? false } : null
    }
    case 'directory':
      return detail.path.startsWith('/') ? { of: 'directory', path: detail.path, count: stop.counts ?? 0 } : null
  }
}

/** The way to ask, for the screen; `ask` is null where there is nobody, as over a recording. */
export function useNow(ask: ((target: Target) => Promise<Now | null>) | null): { seen: NowSeen | null; want: Asking['want'] } {
  const [seen, setSeen] = useState<NowSeen | null>(null)
  const [asking] = useState(() => (ask ? new Asking(ask, setSeen) : null))
  useEffect(() => () => asking?.stop(), [asking])
  return { seen, want: (target, again) => asking?.want(target, again) }
}
