/** What stands between the model and the screen: what keys need to know of it, and what is drawn. Pure but for the rows it keeps. */
import type { SourceInfo } from '../batch/batch.ts'
import type { Model } from '../model/model.ts'
import { isQuota } from './beside.ts'
import { placeColumns } from './columns.ts'
import { draftRule } from './draft.ts'
import { helpLines } from './help.ts'
import { lookOf, selectedRow } from './in-table.ts'
import type { Mode, RuleKind } from './keys.ts'
import type { ScreenLook } from './look.ts'
import { commandsOf, found } from './palette.ts'
import type { Rows, RowsMaker } from './rows.ts'
import { listRows, type ScreenData } from './screen.ts'
import { chosenOf } from './table.ts'
import { stopOf, trailOf } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import { viewOf } from './views.ts'

/** Everything that is not the user's choice. */
export interface Stage extends Pick<ScreenData, 'preview' | 'doing' | 'toast' | 'asks' | 'rules'> {
  info: SourceInfo
  model: Model
  maker: RowsMaker
  /** are there rules here? */
  brake: boolean
  look: ScreenLook
  /** of the screen */
  columns: number
  rows: number
}

/** What keys need to know in a state. */
export function around(stage: Stage, state: UiState): Surroundings & { rows: Rows } {
  const { info, model, maker, brake, columns, rules, asks, look } = stage
  const page = listRows({ ...stage, header: model.header, state }, columns, stage.rows)
  const rows = maker.rows(model, state, page)
  const { place, by } = stopOf(state.trails)
  const view = viewOf(place, by)
  return {
    rows,
    // As they stand on the screen; then those that are not shown, since one can sort by them too.
    columns: [...new Set([...placeColumns(view.columns, columns, chosenOf(view, look)), ...view.columns].map(({ id }) => id))],
    page,
    get helpLines() {
      return helpLines(info, columns, look.keys).length
    },
    get commands() {
      return state.mode === 'palette' ? found(commandsOf(state, info.kind === 'recording', look.keys), state.paletteText) : []
    },
    draft: (action: RuleKind) => {
      const row = selectedRow(state, { rows })
      return row && draftRule(action, row.subject)
    },
    brake,
    rules: state.mode === 'quotas' ? rules.filter(isQuota) : rules,
    asks,
  }
}

/** What a table is drawn in. */
const TABLES: ReadonlySet<Mode> = new Set<Mode>(['table', 'filter', 'sort', 'rule'])

/** What the table shows in a settled state; nothing is asked of the model where there is none on the screen. */
export function tableData(stage: Stage, state: UiState): Pick<ScreenData, 'rows' | 'count' | 'detail' | 'commands'> {
  if (state.mode === 'palette') return { rows: [], count: 0, detail: null, commands: around(stage, state).commands }
  if (!TABLES.has(state.mode)) return { rows: [], count: 0, detail: null }
  const { rows } = around(stage, state)
  return { rows: rows.window(lookOf(state).scroll), count: rows.count, detail: trailOf(state.trails).length > 1 ? rows.detail : null }
}
