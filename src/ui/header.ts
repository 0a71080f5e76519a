/** What stands above every view: where this is, what the whole machine does, what is missing, which views there are. */
import type { HeaderStats } from '../model/model.ts'
import { harmless, printable } from '../text/printable.ts'
import { bytes, count, exact, sparkline } from '../text/units.ts'
import { clip, type Line, plain, spread } from './line.ts'
import { USUAL_LOOK } from './look.ts'
import { badge } from './rules-view.ts'
import type { ScreenData } from './screen.ts'
import { tabsLine } from './tabs.ts'

type HeaderData = Pick<ScreenData, 'info' | 'header' | 'notes' | 'state' | 'rules' | 'enforcement' | 'count' | 'look'>

/** The history of writing is on screens of at least so many lines. */
const SPARK_FROM = 16

/** Lines it takes on a screen of so many. */
export function headerRows({ header }: { header: HeaderStats }, rows: number): number {
  return (rows >= SPARK_FROM ? 4 : 3) + (header.losses.length > 0 ? 1 : 0)
}

function clock(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19)
}

function rate(label: string, text: string): string {
  return `${label} ${text || '0'}/s`
}

/** All lines above the view. */
export function headerLines(
  { info, header, notes, state, rules, enforcement, count: rowCount, look = USUAL_LOOK }: HeaderData,
  columns: number,
  rows: number,
): Line[] {
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
  const spark = clip([{ text: 'written, last minute ' }, { text: bars, role: 'good' }, { text: ` peak ${bytes(peak) || '0'}/s` }], columns)
  const lines = [
    spread(title, [{ text: `${clock(header.timeMs)} UTC` }], columns),
    plain(totals, columns),
    ...(rows >= SPARK_FROM ? [spark] : []),
    tabsLine(state, info.kind === 'recording', rowCount, columns, look.screenReader),
  ]
  if (header.losses.length > 0)
    lines.push(plain(`LOST: ${header.losses.map((loss) => `${exact(loss.count)} ${loss.text}`).join(', ')}`, columns, { role: 'alert', bold: true }))
  return lines
}
