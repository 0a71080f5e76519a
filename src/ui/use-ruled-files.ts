/** Tells the model which files rules are about, so that it does not forget them in a flood of others. */
import { useEffect } from 'react'
import type { Model } from '../model/model.ts'
import type { RuleState } from '../rules/control.ts'
import { ruledPaths } from '../rules/ruled-paths.ts'

/** Each time another set of rules is armed. A directory with a quota counts with what is below. */
export function useRuledFiles(model: Model, states: readonly RuleState[]): void {
  const armed = states.filter(({ state }) => state === 'armed' || state === 'counting')
  const ids = armed.map(({ id }) => id).join()
  useEffect(() => {
    model.keepFiles(ruledPaths(armed.map(({ rule }) => (rule.action.kind === 'quota' ? { ...rule.object, kind: 'tree' } : rule.object))))
  }, [model, ids])
}
