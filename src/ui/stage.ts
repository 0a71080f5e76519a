/** What stands between the model and the screen: what keys need to know of it, and what is drawn. Pure but for the rows it keeps. */
import type { ProcessId, SourceInfo } from '../batch/batch.ts'
import type { HeaderStats, Model } from '../model/model.ts'
import { MOST_ROWS } from '../model/snapshot.ts'
import type { Rule } from '../rules/rule.ts'
import type { NowSeen } from './asking.ts'
import { isQuota } from './beside.ts'
import { chosenColumns, settledColumns } from './chosen-columns.ts'
import { placeColumns } from './columns.ts'
import { draftRule } from './draft.ts'
import { helpLines } from './help.ts'
import { lookOf, selectedRow } from './in-table.ts'
import type { RuleKind } from './keys.ts'
import type { ScreenLook } from './look.ts'
import { meant } from './meant.ts'
import { commandsOf, found } from './palette.ts'
import type { PastShown } from './past-line.ts'
import { type Present, presentSubject } from './present.ts'
import { refinedQuota } from './quota-guess.ts'
import type { Rows, RowsMaker } from './rows.ts'
import { listRows, type ScreenData } from './screen.ts'
import { isPast, isTable, placeOf, shownView } from './scrub.ts'
import { seenBy } from './seen.ts'
import { stopOf, trailOf } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import type { Subject } from './view.ts'
import { viewOf } from './views.ts'
import type { PausedFor } from './waiting.ts'

/** Everything that is not the user's choice. */
export interface Stage extends Pick<ScreenData, 'preview' | 'doing' | 'toast' | 'asks' | 'rules'> {
  info: SourceInfo
  model: Model
  maker: RowsMaker
  /** are there rules here? */
  brake: boolean
  /** why rules of a kind cannot be enforced here, the end of a sentence; null: they can */
  inability?: (kind: Rule['action']['kind']) => string | null
  /** why a rule needs the word `yes` before it is armed, a sentence each without its dot; none: no rule does */
  dangers?: (rule: Rule) => readonly string[]
  look: ScreenLook
  /** what the live machine says of what is looked at */
  now?: NowSeen | null
  /** while the screen stands still: what waits, and who ended in it */
  paused?: PausedFor | null
  hasEnded?: (id: ProcessId) => boolean
  /** of the screen */
  columns: number
  rows: number
}

/** What keys need to know in a state. */
export function around(stage: Stage, state: UiState): Surroundings & { rows: Rows } {
  const { info, model, maker, brake, columns, rules, asks, look } = stage
  const page = listRows({ ...stage, header: model.header, state }, columns, stage.rows)
  const rows = maker.rows(model, state, page, stage.now ?? null)
  const stop = stopOf(state.trails)
  const view = viewOf(stop.place, stop.by)
  const [chosen, settled] = [chosenColumns(state, look), settledColumns(stop, look)]
  const placed = (ids: readonly string[] | null) => placeColumns(view.columns, columns, ids).map(({ id }) => id)
  const shown = placed(chosen)
  const sorts = (id: string) => view.columns.some((column) => column.id === id && column.sorts !== false)
  return {
    rows,
    // As they stand on the screen; then those that are not shown, since one can sort by them too.
    columns: [...new Set([...shown, ...view.columns.map(({ id }) => id)])].filter(sorts),
    shown: shown.filter(sorts),
    chosen,
    settled,
    get usual() {
      return placed(settled)
    },
    seen: seenBy(model),
    page,
    get moments() {
      return model.moments()
    },
    get helpLines() {
      return helpLines(info, columns, look.keys).length
    },
    get commands() {
      return state.mode === 'palette' ? found(commandsOf(state, info.kind === 'recording', look.keys), state.paletteText) : []
    },
    draft: (action: RuleKind) => {
      const row = selectedRow(state, { rows })
      return row && draftRule(action, actedOn(row.subject, stage), stage.now ?? null)
    },
    refined: (line) => refinedQuota(line, stage.now ?? null),
    ...(stage.dangers && { dangers: stage.dangers }),
    ...(stage.inability && { inability: stage.inability }),
    disarmed: (id) => rules.find((one) => one.id === id && one.state !== 'armed' && one.state !== 'counting')?.rule ?? null,
    brake,
    rules: state.mode === 'quotas' ? rules.filter(isQuota) : rules,
    asks,
  }
}

/** What a row is about for a rule that is proposed for it. */
export function actedOn(subject: Subject, stage: Stage): Subject {
  return presentSubject(meant(subject, stage.model), presentOf(stage))
}

/** What rows are to be acted on by. */
export function presentOf({ model, hasEnded }: Stage): Present {
  return { model, hasEnded: hasEnded ?? (() => false) }
}

/** Where the time scrubber stands; null: at now. */
function pastOf({ model, paused }: Stage, state: UiState, rows: Rows | null): PastShown | null {
  const moments = model.moments()
  const [place, newest] = [state.past === null ? -1 : placeOf(moments, state.past), moments.at(-1)]
  const moment = moments[place]
  if (!moment || !newest || !isTable(state)) return null
  const agoMs = (newest.seconds - moment.seconds + (paused?.seconds ?? 0)) * 1000
  const shown = shownView(state).past === undefined || !rows ? 'none' : rows.whole ? 'all' : 'most'
  return { moment, place, agoMs, oldest: place === 0, rows: shown, most: MOST_ROWS }
}

/** The numbers above the view; of a past tick the rates are those of then, and what was lost is what was lost so far. */
function headerOf({ model }: Stage, state: UiState, past: PastShown | null): HeaderStats {
  const then = past && isPast(state) ? model.headerAt(past.moment.tick) : null
  return then ? { ...then, losses: model.header.losses } : model.header
}

/** What the table shows in a settled state, and when that was; nothing is asked of the model where there is none on the screen. */
export function tableData(stage: Stage, state: UiState): Pick<ScreenData, 'header' | 'rows' | 'count' | 'detail' | 'time' | 'events' | 'commands'> {
  const rows = isTable(state) ? around(stage, state).rows : null
  const past = pastOf(stage, state, rows)
  const common = { header: headerOf(stage, state, past), time: { moments: stage.model.moments(), past, paused: stage.paused ?? null } }
  const commands = state.mode === 'palette' ? around(stage, state).commands : []
  if (!rows) return { ...common, rows: [], count: 0, detail: null, events: null, commands }
  return {
    ...common,
    rows: rows.window(lookOf(state).scroll),
    count: rows.count,
    detail: trailOf(state.trails).length > 1 ? rows.detail : null,
    events: rows.events,
  }
}
