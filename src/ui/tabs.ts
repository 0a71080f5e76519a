/** The line that says which views there are, and which one this is. */
import { exact } from '../text/units.ts'
import { fitPath, width } from '../text/width.ts'
import type { By } from './groups-view.ts'
import { lookOf } from './in-table.ts'
import type { Action } from './keys.ts'
import { clip, type Line, lineWidth, spread } from './line.ts'
import { LISTS } from './lists.ts'
import { isTable } from './scrub.ts'
import { type Place, stopOf, trailOf } from './trail.ts'
import type { UiState } from './ui-state.ts'

/** The number of the view of rules. */
const RULES = 5

/** How what rows are grouped by is said. */
export const BY: Record<By, string> = {
  ...{ none: '', comm: ' by name', exe: ' by program', user: ' by user', container: ' by container' },
  ...{ parent: ' by parent', session: ' by session', inside: '', events: '' },
}

/** All views with their keys, the one on the screen marked. */
function tabs({ mode, trails, helpFrom, ruleFrom, danger }: UiState, recorded: boolean, spoken: boolean): Line {
  const shown = mode === 'help' ? helpFrom : mode === 'rule' || danger?.from === 'rule' ? ruleFrom : (danger?.from ?? mode)
  const beside = shown === 'rules' || shown === 'quotas' || shown === 'asks'
  const { by } = stopOf(trails)
  const line: Line = []
  const add = (key: number, title: string, on: boolean, click: Action) =>
    void line.push(
      { text: `${key} `, bold: true, click },
      on ? { text: spoken ? `${title} (here)` : title, bold: true, role: 'accent', click } : { text: title, role: 'dim', click },
      { text: '  ' },
    )
  for (const [i, list] of LISTS.entries()) add(i + 1, list === trails.list ? list + BY[by] : list, list === trails.list && !beside, { do: 'list', list })
  if (!recorded) add(RULES, 'rules', shown === 'rules', { do: 'rules' })
  return line
}

const ARROW = ' › '

/** What else a close look shows. */
function inside({ kind }: Place, by: By): string {
  if (by === 'events') return ': events'
  if (by !== 'inside') return ''
  return kind === 'directory' ? ': files' : ': open files'
}

/** The way down; where it is too long, its end. */
function crumbs({ trails }: UiState, columns: number): Line {
  const most = Math.floor(columns / 3)
  const titles = trailOf(trails).map(({ place, by }) => ('title' in place ? fitPath(place.title, most) + inside(place, by) : place.kind + BY[by]))
  const last = titles.pop() ?? ''
  let before = ''
  for (const [i, title] of titles.reverse().entries()) {
    const longer = title + ARROW + before
    const cut = i < titles.length - 1 ? `…${ARROW}` : ''
    if (width(cut + longer + last) > columns) {
      before = `…${ARROW}${before}`
      break
    }
    before = longer
  }
  return clip(
    [
      { text: before, role: 'dim', click: { do: 'back' } },
      { text: last, bold: true, role: 'accent' },
    ],
    columns,
  )
}

/** Said where more is shown than files: sockets, pipes, terminals; '': it is not. */
function kindsText({ kinds }: UiState): string {
  return kinds === 'all' ? 'all kinds' : ''
}

/** At most `columns` wide; `count`: rows of the table; `spoken`: to be heard, so that what is marked is said. */
export function tabsLine(now: UiState, recorded: boolean, count: number, columns: number, spoken = false): Line {
  const state = now.mode === 'palette' ? { ...now, mode: now.paletteFrom } : now
  const table = isTable(state)
  const kinds = table ? kindsText(state) : ''
  // A mark of what is chosen is never cut: what else is on the line gives way.
  const room = columns - (kinds === '' ? 0 : kinds.length + 2)
  const mark: Line = kinds === '' ? [] : [{ text: kinds, role: 'warn', click: { do: 'kinds' } }]
  if (table && trailOf(state.trails).length > 1) return spread(crumbs(state, room), mark, columns)
  const { selectedIndex, gone } = lookOf(state)
  const place = table && count > 0 ? `${selectedIndex < 0 || gone ? 'none' : exact(selectedIndex + 1)} of ${exact(count)}` : ''
  const left = clip(tabs(state, recorded, spoken), room)
  const both: Line = [...mark, { text: `${kinds === '' ? '' : '  '}${place}`, role: 'dim' }]
  return spread(left, lineWidth(left) + lineWidth(both) + 1 > columns ? mark : both, columns)
}
