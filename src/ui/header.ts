/** What stands above every view: where this is, what the whole machine does (or did, at a tick of the past), what is missing, which views there are. */

import type { HeaderStats } from '../model/model.ts'
import { harmless, printable } from '../text/printable.ts'
import { timeOfDay, zoneOf } from '../text/time-of-day.ts'
import { width } from '../text/width.ts'
import { graphLines } from './graph.ts'
import { clip, type Line, lineWidth, plain, spread } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { lostLine } from './lost-line.ts'
import { rateTexts } from './rate-texts.ts'
import { badge } from './rules-view.ts'
import type { ScreenData } from './screen.ts'
import { isPast } from './scrub.ts'
import { tabsLine } from './tabs.ts'
import { NO_TIME } from './time.ts'
import { pausedTexts } from './waiting.ts'

type HeaderData = Pick<ScreenData, 'info' | 'header' | 'notes' | 'state' | 'rules' | 'enforcement' | 'count' | 'look' | 'time'>

/** On screens of at least so many lines there is one line of graphs; and one for each of both. */
const [GRAPH_FROM, GRAPHS_FROM] = [16, 40]

function graphRows(rows: number, { screenReader } = USUAL_LOOK): 0 | 1 | 2 {
  return rows < GRAPH_FROM ? 0 : rows < GRAPHS_FROM || screenReader ? 1 : 2
}

/** Lines it takes on a screen of so many. */
export function headerRows({ header, look }: { header: HeaderStats; look?: ScreenLook }, rows: number): number {
  return 3 + graphRows(rows, look) + (header.losses.length > 0 ? 1 : 0)
}

/** The time of a moment that is not now. */
const LOUD = { role: 'warn', inverse: true } as const

/** What is said of the moment and the rules, and as much of where this is as there is room for beside the clock, which is always there: where this is never changes. */
function titleLine({ info, header, notes, state, rules, enforcement, time = NO_TIME }: Omit<HeaderData, 'count' | 'look'>, columns: number): Line {
  const told: Line = badge(enforcement, rules)
  for (const note of notes) told.push({ text: `  ${harmless(note)}`, role: 'news' })
  const name: Line = [{ text: 'fswatch-tui', bold: true }]
  const way: Line = [{ text: `  ${info.kind === 'recording' ? 'recorded ' : ''}by ${info.attach}`, role: 'accent' }]
  const host = `  ${printable(info.hostname)}`
  const [long, short] = pausedTexts(time.paused)
  const paused = (text: string): Line => (state.paused ? [{ text: '  ' }, { text, role: 'warn', bold: true }] : [])
  const lefts: Line[] = [
    [...name, ...paused(long), { text: `${host}  ${printable(info.kernel)}` }, ...way, ...told],
    [...name, ...paused(long), { text: host }, ...way, ...told],
    [...name, ...paused(long), ...way, ...told],
    [...name, ...paused(long), ...told],
    [...name, ...paused(short), ...told],
  ]
  // What is shown is not of now: the clock says so too.
  const style = isPast(state) || state.paused ? LOUD : {}
  const at = timeOfDay(header.timeMs)
  const clocks: Line[] = [[{ text: `${at} ${zoneOf(header.timeMs)}`, ...style }], [{ text: at, ...style }]]
  const fits = (left: Line, right: Line) => lineWidth(left) + 1 + lineWidth(right) <= columns
  for (const left of lefts) for (const right of clocks) if (fits(left, right)) return spread(left, right, columns)
  const last = clocks.at(-1) as Line
  return spread(clip(lefts.at(-1) as Line, columns - lineWidth(last) - 1), last, columns)
}

/** All lines above the view. */
export function headerLines(
  { info, header, notes, state, rules, enforcement, count: rowCount, look = USUAL_LOOK, time = NO_TIME }: HeaderData,
  columns: number,
  rows: number,
): Line[] {
  const totals = [...rateTexts(header), `procs ${header.processes}`]
  // Half a number is another number: what has no room is left out, from the end.
  while (totals.length > 1 && width(totals.join('  ')) > columns) totals.pop()
  const graphs = graphRows(rows, look)
  const place = isPast(state) ? (time.past?.place ?? -1) : -1
  const lines = [
    titleLine({ info, header, notes, state, rules, enforcement, time }, columns),
    plain(totals.join('  '), columns),
    ...(graphs > 0 ? graphLines(time.moments, place, columns, graphs === 2 ? 2 : 1, look.screenReader) : []),
    tabsLine(state, info.kind === 'recording', rowCount, columns, look.screenReader),
  ]
  if (header.losses.length > 0) lines.push(lostLine(header.losses, columns))
  return lines
}
