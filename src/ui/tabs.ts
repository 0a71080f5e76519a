/** The line that says which views there are, and which one this is. */
import { exact } from '../text/units.ts'
import type { By } from './groups-view.ts'
import { lookOf } from './in-table.ts'
import { type Line, spread } from './line.ts'
import { LISTS } from './lists.ts'
import { stopOf } from './trail.ts'
import type { UiState } from './ui-state.ts'

/** The number of the view of rules. */
const RULES = 5

const BY: Record<By, string> = { none: '', comm: ' by name', exe: ' by program', user: ' by user', container: ' by container', parent: ' by parent' }

/** All views with their keys, the one on the screen marked. */
function tabs({ mode, trails, helpFrom, ruleFrom }: UiState, recorded: boolean): Line {
  const shown = mode === 'help' ? helpFrom : mode === 'rule' ? ruleFrom : mode
  const beside = shown === 'rules' || shown === 'quotas' || shown === 'asks'
  const { by } = stopOf(trails)
  const line: Line = []
  const add = (key: number, title: string, on: boolean) =>
    void line.push({ text: `${key} `, bold: true }, on ? { text: title, bold: true, color: 'cyan' } : { text: title, dim: true }, { text: '  ' })
  for (const [i, list] of LISTS.entries()) add(i + 1, list === trails.list ? list + BY[by] : list, list === trails.list && !beside)
  if (!recorded) add(RULES, 'rules', shown === 'rules')
  return line
}

/** At most `columns` wide; `count`: rows of the table. */
export function tabsLine(state: UiState, recorded: boolean, count: number, columns: number): Line {
  const { selectedIndex } = lookOf(state)
  const inTable = state.mode === 'table' || state.mode === 'filter' || state.mode === 'sort'
  const place = inTable && count > 0 ? `${exact(selectedIndex + 1)} of ${exact(count)}` : ''
  return spread(tabs(state, recorded), [{ text: place, dim: true }], columns)
}
