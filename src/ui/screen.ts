/** The whole screen as lines, from plain data. Nothing here knows Ink. */
import type { SourceInfo } from '../batch/batch.ts'
import type { HeaderStats, ProcessRow } from '../model/model.ts'
import type { Answer, Ask, Enforcement, RuleState } from '../rules/control.ts'
import { parseRule } from '../rules/parse.ts'
import { inWords } from '../text/ascii.ts'
import { harmless, literal, printable } from '../text/printable.ts'
import { bytes, count, exact, sparkline } from '../text/units.ts'
import { fit, wrap } from '../text/width.ts'
import { ANSWER_TIMES, ASKS_TITLE, askDetailLines, askDetailRows, asksLines, waitingLine } from './asks-view.ts'
import { placeColumns, rowText } from './columns.ts'
import { helpLines } from './help.ts'
import { offeredKeys } from './keys.ts'
import { clip, type Line, plain, shownLine, spread } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import type { Preview } from './preview.ts'
import { promptLines } from './prompt.ts'
import { QUOTAS_TITLE, quotaDetailLines, quotaDetailRows, quotasLines } from './quotas-view.ts'
import { detailLines, detailRows, enforcementLines } from './rule-detail.ts'
import { badge, previewLines, RULES_TITLE, rulesLines } from './rules-view.ts'
import { spokenLines, spokenOrder, spokenRow } from './spoken.ts'
import { lineBeingTyped } from './typing.ts'
import type { UiState } from './ui-state.ts'

export const LEAST = { columns: 60, rows: 12 }

export interface ScreenData {
  info: SourceInfo
  header: HeaderStats
  rows: ProcessRow[]
  state: UiState
  /** e.g. 'recording to x.ndjson', 'replay over' */
  notes: string[]
  rules: RuleState[]
  enforcement: Enforcement
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
  look?: ScreenLook
}

function clock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19)
}

function rate(label: string, text: string): string {
  return `${label} ${text || '0'}/s`
}

function headerLines({ info, header, notes, state, rules, enforcement, look = USUAL_LOOK }: ScreenData, columns: number): Line[] {
  const title: Line = [
    { text: 'fswatch-tui', bold: true },
    { text: `  ${printable(info.hostname)}  ${printable(info.kernel)}  ` },
    { text: `${info.kind === 'recording' ? 'recorded ' : ''}by ${info.attach}`, role: 'accent' },
  ]
  title.push(...badge(enforcement, rules))
  for (const note of notes) title.push({ text: `  ${harmless(note)}`, role: 'news' })
  if (state.paused) title.push({ text: '  PAUSED', role: 'warn', bold: true })
  const totals = [
    rate('open', count(header.opens)),
    rate('write', count(header.writes)),
    rate('written', bytes(header.writeBytes)),
    rate('read', bytes(header.readBytes)),
    rate('err', count(header.errors)),
    `procs ${header.processes}`,
  ].join('  ')
  const peak = Math.max(0, ...header.history.writeBytes)
  const cells = Math.max(10, Math.min(60, columns - 40))
  // Bars say nothing to who hears them.
  const bars = look.screenReader ? '' : sparkline(header.history.writeBytes, cells)
  const lines = [
    spread(title, [{ text: `${clock(header.timeMs)} UTC` }], columns),
    plain(totals, columns),
    clip([{ text: 'written, last minute ' }, { text: bars, role: 'good' }, { text: ` peak ${bytes(peak) || '0'}/s` }], columns),
  ]
  if (header.losses.length > 0)
    lines.push(plain(`LOST: ${header.losses.map((loss) => `${exact(loss.count)} ${loss.text}`).join(', ')}`, columns, { role: 'alert', bold: true }))
  return lines
}

/** The line for what is typed, or the filter in force. */
function topLines(state: UiState, preview: Preview | null, columns: number): Line[] {
  if (state.mode === 'rule') {
    const parsed = parseRule(state.ruleText)
    const line = promptLines('rule: ', lineBeingTyped(state), parsed.ok ? null : parsed, columns)
    return [...line, ...(parsed.ok ? previewLines(state.ruleText, preview, columns) : [])]
  }
  if (state.mode === 'filter') return promptLines('filter: ', lineBeingTyped(state), state.filterError, columns)
  if (state.filterText !== '')
    return [
      clip(
        [
          { text: 'filter: ', bold: true },
          { text: literal(state.filterText), role: 'warn' },
        ],
        columns,
      ),
    ]
  return []
}

function titleLine(state: UiState, columns: number, { columns: chosen, screenReader }: ScreenLook): Line {
  if (state.mode === 'rules') return plain(RULES_TITLE, columns, { inverse: true })
  if (state.mode === 'asks') return plain(ASKS_TITLE, columns, { inverse: true })
  if (state.mode === 'quotas') return plain(QUOTAS_TITLE, columns, { inverse: true })
  if (screenReader) return plain(spokenOrder(state.sort, state.reverse), columns)
  const line: Line = []
  for (const [i, column] of placeColumns(columns, chosen).entries()) {
    const sorted = column.id === state.sort
    const mark = state.reverse ? '▴' : '▾'
    // The mark takes the blank before the column, so that titles stay above their numbers; the first column has padding instead.
    if (i > 0) line.push({ text: sorted ? mark : ' ', inverse: true })
    const title = i > 0 ? column.title : (sorted ? mark : column.lead) + column.title
    const text = fit(title, column.lead.length + column.cells, column.align)
    const choosing = sorted && state.mode === 'sort'
    line.push(choosing ? { text, bold: true, role: 'warn' } : { text, inverse: true, ...(sorted ? { bold: true } : {}) })
  }
  return line
}

function footerLine({ state, info, look = USUAL_LOOK }: ScreenData, columns: number): Line {
  const line: Line = []
  let waiting = ''
  for (const key of offeredKeys(state.mode, info.kind === 'recording', look.keys)) {
    if (key.footer === undefined) continue
    // An empty footer text: this key shares the next one's.
    if (key.footer === '') {
      waiting += `${inWords(key.keys)} `
      continue
    }
    line.push({ text: `${waiting}${inWords(key.keys)}`, bold: true }, { text: ` ${key.footer}  `, role: 'dim' })
    waiting = ''
  }
  return clip(line, columns)
}

function emptyLine(state: UiState, info: SourceInfo): string {
  if (state.filterText !== '') return 'No process matches the filter. Esc drops it.'
  return info.kind === 'recording' ? 'Nothing has happened yet in this recording.' : 'Nothing yet: waiting for a process to open, read or write a file.'
}

/** The list, and below it what there is to say of the selected one. */
function rulesBody({ rules, state, header, enforcement }: ScreenData, columns: number, room: number): Line[] {
  const below = detailRows(room)
  const list = rulesLines(rules, state.ruleIndex, state.scroll, header.timeMs, columns, room - below)
  const selected = rules[state.ruleIndex]
  // Without a rule there are no details to say it in: why none can be armed.
  if (!selected) return [...list, ...enforcementLines(enforcement, columns)].slice(0, room)
  while (list.length < room - below) list.push([{ text: '' }])
  return [...list, ...detailLines(selected, enforcement, state.confirm, columns, below)]
}

/** Who waits, and below what there is to know of the selected one. */
function asksBody({ asks, state, defaultAnswer, nowMs }: ScreenData, columns: number, room: number): Line[] {
  const below = askDetailRows(room)
  const list = asksLines(asks, state.ask, state.scroll, nowMs, columns, room - below)
  const selected = asks.find(({ id }) => id === state.ask)
  if (asks.length === 0) return list
  while (list.length < room - below) list.push([{ text: '' }])
  if (!selected) return [...list, plain(inWords('Who was selected waits no more: ↑ ↓ choose.'), columns, { role: 'warn' })]
  return [...list, ...askDetailLines(selected, defaultAnswer, ANSWER_TIMES[state.answerTime] ?? null, nowMs, columns, below)]
}

/** The quotas, and below what there is to know of the selected one. */
function quotasBody({ rules, state, nowMs }: ScreenData, columns: number, room: number): Line[] {
  const below = quotaDetailRows(room)
  const quotas = rules.filter(isQuota)
  const list = quotasLines(quotas, state.ruleIndex, state.scroll, columns, room - below)
  const selected = quotas[state.ruleIndex]
  if (!selected) return list
  while (list.length < room - below) list.push([{ text: '' }])
  return [...list, ...quotaDetailLines(selected, nowMs, columns, below)]
}

/** Does the quotas' view list it? */
export function isQuota({ rule }: RuleState): boolean {
  return rule.action.kind === 'quota'
}

function bodyLines(data: ScreenData, columns: number, room: number): Line[] {
  const { rows, state, info, hitPids, look = USUAL_LOOK } = data
  if (state.mode === 'rules') return rulesBody(data, columns, room)
  if (state.mode === 'asks') return asksBody(data, columns, room)
  if (state.mode === 'quotas') return quotasBody(data, columns, room)
  if (state.mode === 'help') {
    return helpLines(info, columns, look.keys)
      .slice(state.scroll, state.scroll + room)
      .map((text) => plain(text, columns))
  }
  if (rows.length === 0) return [plain(emptyLine(state, info), columns, { role: 'dim' })]
  const placed = placeColumns(columns, look.columns)
  return rows.slice(state.scroll, state.scroll + room).map((row, i) => {
    const selected = state.scroll + i === state.selectedIndex
    if (look.screenReader) return plain(spokenRow(row, placed, selected, hitPids.has(row.pid)), columns)
    const text = rowText(row, placed, hitPids.has(row.pid))
    // A sign beside the colour: with NO_COLOR it is all there is. Process numbers of seven digits have no room for it.
    if (selected) return plain(text.replace(/^ /, '>'), columns, { inverse: true })
    if (hitPids.has(row.pid)) return plain(text, columns, { role: 'alert', bold: true })
    return plain(text, columns, row.alive ? {} : { role: 'dim' })
  })
}

/** How many rows the list in the body has on a screen of this height. */
export function listRows(data: BodyData, columns: number, rows: number): number {
  const room = bodyRows(data, columns, rows)
  if (data.state.mode === 'asks') return Math.max(1, room - askDetailRows(room))
  if (data.state.mode === 'quotas') return Math.max(1, room - quotaDetailRows(room))
  return data.state.mode === 'rules' ? Math.max(1, room - detailRows(room)) : room
}

/** What the lines besides the body depend on. */
export type BodyData = Pick<ScreenData, 'header' | 'state' | 'preview' | 'doing' | 'toast' | 'asks'>

/** Lines for the body and the news together: whatever is not header, title, footer or being typed. */
function freeRows(data: BodyData, columns: number, rows: number): number {
  const losses = data.header.losses.length > 0 ? 1 : 0
  return Math.max(1, rows - 3 - losses - topLines(data.state, data.preview, columns).length - 1 - (showsWaiting(data) ? 1 : 0) - 1)
}

/** Lines a sentence of news may take. */
const NEWS_ROWS = 3

/** What is going on and what is new, wrapped; a line is always left to the body. */
function newsLines(data: BodyData, columns: number, rows: number): Line[] {
  const lines = [data.doing, data.toast].flatMap((text, i) =>
    text === null ? [] : wrap(harmless(text), columns, NEWS_ROWS).map((part) => plain(part, columns, { role: i === 0 ? 'accent' : 'news', bold: true })),
  )
  return lines.slice(0, freeRows(data, columns, rows) - 1)
}

function bodyRows(data: BodyData, columns: number, rows: number): number {
  return freeRows(data, columns, rows) - newsLines(data, columns, rows).length
}

/** The view itself shows who waits. */
function showsWaiting({ asks, state }: Pick<ScreenData, 'asks' | 'state'>): boolean {
  return asks.length > 0 && state.mode !== 'asks'
}

/** Exactly `rows` lines (for a screen reader at most so many), none wider than `columns`. */
export function drawScreen(data: ScreenData, columns: number, rows: number): Line[] {
  const { look = USUAL_LOOK } = data
  if (columns < LEAST.columns || rows < LEAST.rows) {
    const lines = [
      plain(`${columns}×${rows} is too small.`, columns),
      plain(`fswatch-tui needs ${LEAST.columns}×${LEAST.rows}.`, columns),
      plain('q quits.', columns),
    ]
    return lines.slice(0, Math.max(1, rows)).map(shownLine)
  }
  const top = [...headerLines(data, columns), ...topLines(data.state, data.preview, columns), titleLine(data.state, columns, look)]
  const room = bodyRows(data, columns, rows)
  const body = bodyLines(data, columns, room)
  while (body.length < room) body.push([{ text: '' }])
  const waiting = showsWaiting(data) ? waitingLine(data.asks, data.defaultAnswer, data.nowMs, columns) : []
  const lines = [...top, ...body, ...newsLines(data, columns, rows), ...waiting, footerLine(data, columns)].map(shownLine)
  return look.screenReader ? spokenLines(lines) : lines
}
