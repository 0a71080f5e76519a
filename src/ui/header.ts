/** What stands above every view: where this is, what the whole machine does (or did, at a tick of the past), what is missing, which views there are. */
import type { HeaderStats } from '../model/model.ts'
import { harmless, printable } from '../text/printable.ts'
import { bytes, count, exact } from '../text/units.ts'
import { width } from '../text/width.ts'
import { clock } from './clock.ts'
import { graphLines } from './graph.ts'
import { type Line, lineWidth, plain, spread } from './line.ts'
import { type ScreenLook, USUAL_LOOK } from './look.ts'
import { badge } from './rules-view.ts'
import type { ScreenData } from './screen.ts'
import { isPast } from './scrub.ts'
import { tabsLine } from './tabs.ts'
import { NO_TIME } from './time.ts'
import { pausedText } from './waiting.ts'

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

function rate(label: string, text: string): string {
  return `${label} ${text || '0'}/s`
}

/** All lines above the view. */
export function headerLines(
  { info, header, notes, state, rules, enforcement, count: rowCount, look = USUAL_LOOK, time = NO_TIME }: HeaderData,
  columns: number,
  rows: number,
): Line[] {
  const told: Line = badge(enforcement, rules)
  for (const note of notes) told.push({ text: `  ${harmless(note)}`, role: 'news' })
  const name: Line = [{ text: 'fswatch-tui', bold: true }]
  if (state.paused) name.push({ text: '  ' }, { text: pausedText(time.paused), role: 'warn', bold: true })
  const where: Line = [
    { text: `  ${printable(info.hostname)}  ${printable(info.kernel)}  ` },
    { text: `${info.kind === 'recording' ? 'recorded ' : ''}by ${info.attach}`, role: 'accent' },
  ]
  // Where this is gives way to what is said of the moment: it never changes.
  const whole = [...name, ...where, ...told]
  const title = state.paused && lineWidth(whole) > columns ? [...name, ...told] : whole
  const totals = [
    rate('open', count(header.opens)),
    rate('write', count(header.writes)),
    rate('written', bytes(header.writeBytes)),
    rate('read', bytes(header.readBytes)),
    rate('err', count(header.errors)),
    `procs ${header.processes}`,
  ]
  // Half a number is another number: what has no room is left out, from the end.
  while (totals.length > 1 && width(totals.join('  ')) > columns) totals.pop()
  const graphs = graphRows(rows, look)
  const place = isPast(state) ? (time.past?.place ?? -1) : -1
  const lines = [
    spread(title, [{ text: `${clock(header.timeMs)} UTC`, ...(isPast(state) ? LOUD : {}) }], columns),
    plain(totals.join('  '), columns),
    ...(graphs > 0 ? graphLines(time.moments, place, columns, graphs === 2 ? 2 : 1, look.screenReader) : []),
    tabsLine(state, info.kind === 'recording', rowCount, columns, look.screenReader),
  ]
  if (header.losses.length > 0)
    lines.push(plain(`LOST: ${header.losses.map((loss) => `${exact(loss.count)} ${loss.text}`).join(', ')}`, columns, { role: 'alert', bold: true }))
  return lines
}
