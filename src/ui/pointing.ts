/** What a mouse asks for: the answer of whatever is drawn where it points, and what a click does to the state. Pure. */

import { width } from '../text/width.ts'
import { inCell } from './cell.ts'
import { enter, looking, lookOf, select } from './in-table.ts'
import type { Action, Mode } from './keys.ts'
import { type Line, lineWidth } from './line.ts'
import type { Gesture } from './mouse.ts'
import { leftPalette } from './palette.ts'
import { inPicker } from './picker.ts'
import { inNaming, inSaved } from './saved.ts'
import { isTail } from './tail.ts'
import { inFilter, inRule } from './typing.ts'
import type { Surroundings, UiState } from './ui-state.ts'

/** Rows that the wheel moves by at a notch. */
const NOTCH = 3

/** What a click on the cell at `x` of line `y` (both from 0) asks for; null: nothing is there. */
export function actionAt(lines: readonly Line[], x: number, y: number): Action | null {
  const line = lines[y]
  if (!line || x < 0) return null
  let end = 0
  for (const { text, click } of line) {
    end += width(text)
    if (x < end) return click ?? null
  }
  // A row reaches to the edge of the screen, though blanks at its end are not drawn.
  const last = line.at(-1)?.click
  return last?.do === 'pick' && x >= lineWidth(line) ? last : null
}

/** What gestures ask for over what is on the screen; turns of the wheel that come together are one. */
export function actionsOf(gestures: readonly Gesture[], lines: readonly Line[], mode: Mode): Action[] {
  const actions: Action[] = []
  for (const gesture of gestures) {
    const last = actions.at(-1)
    if (gesture.kind === 'click') {
      const action = actionAt(lines, gesture.x, gesture.y)
      if (action) actions.push(action)
      // While a column is chosen, what moves is the choice: the wheel is not for that.
    } else if (mode !== 'sort') {
      if (last?.do === 'move') last.by += gesture.notches * NOTCH
      else actions.push({ do: 'move', by: gesture.notches * NOTCH })
    }
  }
  return actions
}

/** What leads away from a line that is typed, a choice, a help: as if that had been left first. */
const LEADING_AWAY: ReadonlySet<Action['do']> = new Set<Action['do']>(['list', 'rules', 'asks', 'pick'])

/** The state that a click is for: a click leads out of everything that a key would first have to leave. */
export function ledOut(state: UiState, action: Action, around: Surroundings): UiState {
  if (!LEADING_AWAY.has(action.do)) return state
  switch (state.mode) {
    case 'filter':
      return inFilter(state, { do: state.filterError ? 'back' : 'accept' }, around)
    case 'sort':
      return { ...state, mode: 'table', before: null }
    case 'rule':
      // A rule that is half written is not thrown away by a click on a row: that may have been meant to look at what it is about.
      return action.do === 'pick' ? state : inRule(state, { do: 'back' })
    case 'confirm':
      return action.do === 'pick' ? state : ledOut({ ...state, mode: state.danger?.from ?? 'table', danger: null }, action, around)
    case 'help':
      return { ...state, mode: state.helpFrom, scroll: 0 }
    case 'asks':
      return action.do === 'pick' ? state : { ...state, mode: 'table', scroll: 0 }
    case 'palette':
      return leftPalette(state)
    case 'columns':
      return inPicker(state, { do: 'accept' }, around)
    case 'cell':
      return inCell(state, { do: 'back' })
    case 'saved':
      return inSaved(state, { do: 'back' }, around.page)
    case 'naming':
      return ledOut(inNaming(state, { do: 'back' }), action, around)
    default:
      return state
  }
}

/** A click on a row of the table selects it, a second one does what Enter does. */
export function pickedRow(state: UiState, id: string | number, around: Surroundings): UiState {
  const at = around.rows.place(String(id))
  // It went while the hand moved: whoever took its place is not meant.
  if (at < 0) return state
  const held = { ...select(state, at, around), clicked: id }
  return state.clicked === id && lookOf(state).selected === id ? { ...enter(held, around), clicked: null } : held
}

/** Sorts by a column; where it is so already, the other way round. */
export function sortedBy(state: UiState, column: string, { columns }: Surroundings): UiState {
  // What happens has the order it happens in.
  if (!columns.includes(column) || isTail(state)) return state
  const { sort, reverse } = lookOf(state)
  const done = looking(state, sort === column ? { reverse: !reverse } : { sort: column })
  return state.mode === 'sort' ? { ...done, mode: 'table', before: null } : done
}
