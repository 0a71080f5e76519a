/** The whole screen as lines, from plain data. Nothing here knows Ink. */
import type { SourceInfo } from '../batch/batch.ts'
import type { EventCounts } from '../model/event-log.ts'
import type { Filter } from '../model/filter.ts'
import type { HeaderStats } from '../model/model.ts'
import type { Answer, Ask, Enforcement, RuleState } from '../rules/control.ts'
import { parseRule } from '../rules/parse.ts'
import type { Rule } from '../rules/rule.ts'
import { harmless, literal } from '../text/printable.ts'
import { wrap } from '../text/width.ts'
import type { NowSeen } from './asking.ts'
import { ASKS_TITLE, askDetailRows, waitingLine } from './asks-view.ts'
import { asksBody, quotasBody, rulesBody } from './beside.ts'
import { cellLine } from './cell.ts'
import { chosenColumns } from './chosen-columns.ts'
import { completionLine } from './completion.ts'
import { dangerLines } from './danger.ts'
import type { Known } from './detail-lines.ts'
import { detailsLines, detailsRows } from './details.ts'
import { footerLine } from './footer.ts'
import { headerLines, headerRows } from './header.ts'
import { helpLines } from './help.ts'
import { goneText, lookOf } from './in-table.ts'
import { type KeyRow, offeredKeys, sceneOf, TABLE_MODES } from './keys.ts'
import { clickable, clip, type Line, plain, shownLine } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { noneOpenText } from './now-text.ts'
import type { Command } from './palette.ts'
import { PALETTE_TITLE, paletteLines } from './palette-view.ts'
import { type Panel, panelLines, panelRows } from './panel.ts'
import { type PastShown, pastLine } from './past-line.ts'
import { pickerPanel } from './picker.ts'
import type { Preview } from './preview.ts'
import { promptLines } from './prompt.ts'
import { QUOTAS_TITLE, quotaDetailRows } from './quotas-view.ts'
import { detailRows } from './rule-detail.ts'
import { inabilityLines, previewLines, RULES_TITLE } from './rules-view.ts'
import { savedPanel } from './saved.ts'
import { footerOrder, isPast, isTable } from './scrub.ts'
import { spokenLines } from './spoken.ts'
import { rowLines, titleLine } from './table.ts'
import { isTail } from './tail.ts'
import { noEventText, tailLine } from './tail-line.ts'
import type { Time } from './time.ts'
import { stopOf, trailOf } from './trail.ts'
import { lineBeingTyped } from './typing.ts'
import type { UiState } from './ui-state.ts'
import type { Detail, TableRow } from './view.ts'
import { viewOf } from './views.ts'

/** Smallest terminal, in cells. */
export const LEAST = { columns: 60, rows: 12 }

/** All that a frame is drawn from. */
export interface ScreenData {
  info: SourceInfo
  header: HeaderStats
  /** the rows of the table that are in view, and how many there are in all */
  rows: readonly TableRow[]
  count: number
  state: UiState
  /** what the rows belong to */
  detail: Detail | null
  /** of a list of events: where all are that there were */
  events?: EventCounts | null
  /** what the live machine says of it */
  now?: NowSeen | null
  /** e.g. 'recording to x.ndjson', 'replay over' */
  notes: string[]
  rules: RuleState[]
  enforcement: Enforcement
  /** why rules of a kind cannot be enforced here, the end of a sentence; null: they can */
  inability?: (kind: Rule['action']['kind']) => string | null
  /** of the rule being written, where it is one */
  preview: Preview | null
  /** what is being done and not over yet, a sentence, or null */
  doing: string | null
  /** a sentence of news, or null */
  toast: string | null
  /** who waits for an answer, the answer that comes by itself, and the time now (ms since the epoch) */
  asks: Ask[]
  defaultAnswer: Answer['verdict']
  nowMs: number
  /** processes that a rule has hit */
  hitPids: ReadonlySet<number>
  /** those that the list of commands shows */
  commands?: readonly Command[]
  look?: ScreenLook
  /** the ticks behind, where the time scrubber stands among them, and what waits while the screen stands still */
  time?: Time
}

/** The line for what is typed, or the filter in force. */
function topLines({ state, preview, inability }: Pick<ScreenData, 'state' | 'preview' | 'inability'>, columns: number, spoken = false): Line[] {
  if (state.mode === 'rule') {
    const parsed = parseRule(state.ruleText)
    const line = promptLines('rule: ', lineBeingTyped(state), parsed.ok ? null : parsed, columns)
    const why = parsed.ok ? (inability?.(parsed.rule.action.kind) ?? null) : null
    if (why !== null) return [...line, ...inabilityLines(why, columns)]
    return [...line, ...(parsed.ok ? previewLines(state.ruleText, preview, columns) : [])]
  }
  if (state.mode === 'confirm') return dangerLines(state, preview, columns)
  if (state.mode === 'palette') return promptLines(': ', lineBeingTyped(state), null, columns)
  if (state.mode === 'filter') {
    // What Tab offers says what is missing.
    const line = promptLines('filter: ', lineBeingTyped(state), state.completion ? null : state.filterError, columns)
    return state.completion ? [...line, completionLine(state.completion, columns, spoken)] : line
  }
  const cell = state.mode === 'cell' && state.cell ? [cellLine(state.cell, columns, spoken)] : []
  const naming = state.mode === 'naming' ? promptLines('save as: ', lineBeingTyped(state), null, columns) : []
  if (state.filterText === '' || isCloselyLooked(state)) return cell
  const filter: Line = [
    { text: 'filter: ', bold: true },
    { text: literal(state.filterText), role: 'warn' },
  ]
  return [clip(filter, columns), ...naming, ...cell]
}

function titlesLine(state: UiState, columns: number, own: ScreenLook): Line {
  if (state.mode === 'rules') return plain(RULES_TITLE, columns, { inverse: true })
  if (state.mode === 'asks') return plain(ASKS_TITLE, columns, { inverse: true })
  if (state.mode === 'quotas') return plain(QUOTAS_TITLE, columns, { inverse: true })
  if (state.mode === 'help') return plain(' HELP', columns, { inverse: true })
  if (state.mode === 'palette') return plain(PALETTE_TITLE, columns, { inverse: true })
  const { place, by, look } = stopOf(state.trails)
  return titleLine(viewOf(place, by), look, state.mode === 'sort', columns, { ...own, columns: chosenColumns(state, own) })
}

/** What the rule being written does; null: it is none yet. */
function kindOfLine(text: string): Rule['action']['kind'] | null {
  const parsed = parseRule(text)
  return parsed.ok ? parsed.rule.action.kind : null
}

/** The keys that the line at the foot has to choose from. */
function footerKeys({ state, info, inability, look = USUAL_LOOK }: ScreenData): readonly KeyRow[] {
  const offered = offeredKeys(state.mode, info.kind === 'recording', sceneOf(stopOf(state.trails)), look.keys)
  const named = (key: KeyRow) => (key.action.do === 'kinds' && state.kinds === 'all' ? { ...key, footer: 'files only' } : key)
  const kindOf = ({ action }: KeyRow) =>
    action.do === 'rule' ? action.action : state.mode === 'rule' && action.do === 'accept' ? kindOfLine(state.ruleText) : null
  const isOff = (key: KeyRow) => {
    const kind = kindOf(key)
    return kind !== null && (inability?.(kind) ?? null) !== null
  }
  return footerOrder(
    offered.map(named).map((key) => (isOff(key) ? { ...key, isOff: true } : key)),
    state,
  )
}

const NO_EVENTS = 'This recording holds no events: record with --record FILE --events.'

function emptyLine({ state, info, now = null, time, events }: ScreenData): string {
  const { place, by } = stopOf(state.trails)
  if (place.kind === 'process' && by === 'inside') return noneOpenText(now, info.kind === 'live')
  if (isPast(state)) return emptyThen(viewOf(place, by).one, state.filterText !== '', time?.past ?? null)
  if (events && events.produced === 0 && info.kind === 'recording') return NO_EVENTS
  // What is typed in the list is not asked of these.
  if (by === 'events') return info.kind === 'live' ? 'No event of it yet: they come while this is looked at.' : 'No event of it yet in this recording.'
  if (events) return noEventText(events, state.filterText !== '')
  if (isCloselyLooked(state)) return 'was' in place ? 'Nothing else of it is remembered.' : 'Nothing of it is remembered.'
  if (asksHowLong(state.filter)) return 'How long a call took is known of events only: 4 shows them. Esc drops the filter.'
  if (state.filterText !== '') return `No ${viewOf(place, by).one} matches the filter. Esc drops it.`
  return info.kind === 'recording' ? 'Nothing has happened yet in this recording.' : 'Nothing now: waiting for a process to open, read or write a file.'
}

function asksHowLong(filter: Filter | null): boolean {
  return filter?.terms.some(({ kind, negate }) => kind === 'took' && !negate) ?? false
}

/** Why the table of a past tick is empty: only those that did something are kept. */
function emptyThen(one: string, filtered: boolean, past: PastShown | null): string {
  if (past?.rows === 'most') return `No ${one} of the ${past.most} most active then matches${filtered ? ' the filter' : ''}.`
  return filtered ? `No ${one} that was active then matches the filter.` : `No ${one} was active then.`
}

/** Lines that why there is no row may take. */
const EMPTY_ROWS = 2

function bodyLines(data: ScreenData, columns: number, room: number): Line[] {
  const { rows, state, info, hitPids, commands = [], look = USUAL_LOOK } = data
  if (state.mode === 'rules') return rulesBody(data, columns, room)
  if (state.mode === 'asks') return asksBody(data, columns, room)
  if (state.mode === 'quotas') return quotasBody(data, columns, room)
  if (state.mode === 'help') {
    return helpLines(info, columns, look.keys)
      .slice(state.scroll, state.scroll + room)
      .map((text) => plain(text, columns))
  }
  if (state.mode === 'palette') return paletteLines(commands, state.paletteIndex, columns, room)
  if (rows.length === 0) return wrap(emptyLine(data), columns, Math.min(room, EMPTY_ROWS)).map((text) => plain(text, columns, { role: 'dim' }))
  const { place, by } = stopOf(state.trails)
  const own = lookOf(state)
  const [shown, at] = [rows.slice(0, room), own.selectedIndex - own.scroll]
  const lines = rowLines(viewOf(place, by), shown, own.gone ? -1 : at, hitPids, columns, { ...look, columns: chosenColumns(state, look) })
  const all = lines.map((line, i) => clickable(line, { do: 'pick', id: shown[i]?.id ?? '' }))
  // Where it stood: those below keep their lines, and none slips under the mark.
  if (own.gone) all.splice(Math.max(0, at), 0, plain(`${look.screenReader ? 'selected: ' : '> '}${goneText(own)}`, columns, { role: 'warn', inverse: true }))
  return all.slice(0, room)
}

/** Does a line below the list say how it goes on? */
function hasTailLine({ state }: Pick<ScreenData, 'state'>): boolean {
  return isTable(state) && isTail(state)
}

/** How many rows the list in the body has on a screen of this height. */
export function listRows(data: BodyData, columns: number, rows: number): number {
  const room = bodyRows(data, columns, rows)
  if (data.state.mode === 'asks') return Math.max(1, room - askDetailRows(room))
  if (data.state.mode === 'quotas') return Math.max(1, room - quotaDetailRows(room))
  if (data.state.mode === 'rules') return Math.max(1, room - detailRows(room))
  const panel = panelOf(data, columns)
  return panel ? Math.max(1, room - panelRows(panel, room)) : room
}

/** The list below the table, if there is one to choose from. */
function panelOf({ state, look = USUAL_LOOK }: Pick<ScreenData, 'state' | 'look'>, columns: number): Panel | null {
  return pickerPanel(state, columns, look) ?? savedPanel(state)
}

/** What the lines besides the body depend on. */
export type BodyData = Pick<ScreenData, 'info' | 'header' | 'state' | 'preview' | 'inability' | 'doing' | 'toast' | 'asks' | 'look'>

/** Whether the line that says when is there depends on the state alone: what fits is known before the rows are. */
function pastRows(state: UiState): 0 | 1 {
  return state.past !== null && isTable(state) ? 1 : 0
}

/** Lines for the body and the news together: whatever is not header, title, footer or being typed. */
function freeRows(data: BodyData, columns: number, rows: number): number {
  const above = headerRows(data, rows) + pastRows(data.state) + topLines(data, columns).length
  return Math.max(1, rows - above - 1 - (showsWaiting(data) ? 1 : 0) - 1)
}

/** Lines a sentence of news may take. */
const NEWS_ROWS = 4

/** What is going on and what is new, wrapped; a line is always left to the body. */
function newsLines(data: BodyData, columns: number, rows: number): Line[] {
  const lines = [data.doing, data.toast].flatMap((text, i) =>
    text === null ? [] : wrap(harmless(text), columns, NEWS_ROWS).map((part) => plain(part, columns, { role: i === 0 ? 'accent' : 'news', bold: true })),
  )
  return lines.slice(0, freeRows(data, columns, rows) - 1)
}

function bodyRows(data: BodyData, columns: number, rows: number): number {
  return restRows(data, columns, rows) - closelyRows(data, columns, rows) - (hasTailLine(data) ? 1 : 0)
}

/** Lines for the body and what is said above its titles. */
function restRows(data: BodyData, columns: number, rows: number): number {
  return freeRows(data, columns, rows) - newsLines(data, columns, rows).length
}

/** Is one process, file or directory looked at? */
function isCloselyLooked({ mode, trails }: UiState): boolean {
  return TABLE_MODES.has(mode) && trailOf(trails).length > 1
}

function closelyRows(data: BodyData, columns: number, rows: number): number {
  return isCloselyLooked(data.state) ? detailsRows(stopOf(data.state.trails).place, data.info.kind, restRows(data, columns, rows)) : 0
}

function knownOf({ rules, now = null, info }: ScreenData): Known {
  return { rules, now, live: info.kind === 'live' }
}

/** What is said of the process, file or directory that is looked at. */
function closelyLines(data: ScreenData, columns: number, rows: number): Line[] {
  const room = closelyRows(data, columns, rows)
  const { place } = stopOf(data.state.trails)
  const was = 'was' in place ? (place.was ?? null) : null
  return room > 0 ? detailsLines(data.detail, knownOf(data), columns, room, data.look, was) : []
}

/** The view itself shows who waits. */
function showsWaiting({ asks, state }: Pick<ScreenData, 'asks' | 'state'>): boolean {
  return asks.length > 0 && state.mode !== 'asks'
}

/** Is there no room for anything but to say so? */
export function isTooSmall(columns: number, rows: number): boolean {
  return columns < LEAST.columns || rows < LEAST.rows
}

/** Exactly `rows` lines (for a screen reader at most so many), none wider than `columns`. */
export function drawScreen(data: ScreenData, columns: number, rows: number): Line[] {
  const { look = USUAL_LOOK } = data
  if (isTooSmall(columns, rows)) {
    const need = `needs ${LEAST.columns}×${LEAST.rows}, has ${columns}×${rows}; Ctrl-C quits`
    return wrap(need, columns, Math.max(1, rows)).map((text) => shownLine(plain(text, columns)))
  }
  const top = [
    ...headerLines(data, columns, rows),
    ...(pastRows(data.state) ? [data.time?.past ? pastLine(data.time.past, columns) : plain('', columns)] : []),
    ...topLines(data, columns, look.screenReader),
    ...closelyLines(data, columns, rows),
    titlesLine(data.state, columns, look),
  ]
  const room = bodyRows(data, columns, rows)
  const panel = panelOf(data, columns)
  const under = panel ? panelLines(panel, columns, room, look.screenReader) : []
  const body = bodyLines(data, columns, room - under.length)
  while (body.length < room - under.length) body.push([{ text: '' }])
  const waiting = showsWaiting(data) ? waitingLine(data.asks, data.defaultAnswer, data.nowMs, columns) : []
  const tail = hasTailLine(data) ? [tailLine(data.events ?? null, lookOf(data.state), data.count, columns)] : []
  const lines = [...top, ...body, ...tail, ...under, ...newsLines(data, columns, rows), ...waiting, footerLine(footerKeys(data), columns)].map(shownLine)
  return look.screenReader ? spokenLines(lines) : lines
}
