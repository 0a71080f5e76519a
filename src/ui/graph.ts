/** The graph above every view: operations and bytes of the whole machine over the last minutes, and the place of the time scrubber in it. */
import type { Moment } from '../model/past-view.ts'
import { bars } from '../text/bars.ts'
import { bytes, count, duration } from '../text/units.ts'
import { clip, type Line } from './line.ts'

/** It shows at least so many ticks: where there are fewer cells, each is the highest of some. */
const LEAST_TICKS = 60

const GRAPHS: readonly { label: string; value: (moment: Moment) => number; text: (value: number) => string }[] = [
  { label: 'ops', value: ({ ops }) => ops, text: count },
  { label: 'written', value: ({ writeBytes }) => writeBytes, text: bytes },
]

/** Which cells the moments are in, counted from the right; each has `each` of them, but the rightmost, so that bars do not change as they move. */
function cellOf(fromRight: number, each: number, lastTick: number): number {
  return Math.floor((fromRight + each - 1 - (lastTick % each)) / each)
}

/** Moments by cell, oldest first, `cells` of them; `place`: a moment that must be among them, -1: none. */
function cut(moments: readonly Moment[], cells: number, place: number): { groups: Moment[][]; marked: number } {
  const [count, lastTick] = [moments.length, moments.at(-1)?.tick ?? 0]
  let each = Math.ceil(LEAST_TICKS / cells)
  while (place >= 0 && cellOf(count - 1 - place, each, lastTick) >= cells) each++
  const groups = Array.from({ length: cells }, (): Moment[] => [])
  for (let i = count - 1; i >= 0; i--) {
    const cell = cellOf(count - 1 - i, each, lastTick)
    if (cell >= cells) break
    groups[cells - 1 - cell]?.push(moments[i] as Moment)
  }
  return { groups, marked: place < 0 ? -1 : cells - 1 - cellOf(count - 1 - place, each, lastTick) }
}

/** How long ago the first of them began. */
function spanOf(groups: readonly Moment[][], now: number): string {
  const first = groups.find((group) => group.length > 0)?.at(-1)
  return duration(first ? Math.round((now - first.seconds + first.lasts) * 1000) : 0)
}

/** For those who hear it: figures of now, or of the place, and the highest. */
function spoken(moments: readonly Moment[], place: number): Line {
  const { groups } = cut(moments, LEAST_TICKS, place)
  const shown = groups.flat()
  const at = moments[place < 0 ? moments.length - 1 : place]
  const rate = (text: string) => `${text || '0'}/s`
  const said = GRAPHS.map(({ label, value, text }) => {
    const peak = Math.max(0, ...shown.map(value))
    return `${label} ${rate(text(at ? value(at) : 0))}, peak ${rate(text(peak))}`
  })
  return [{ text: `${said.join('  ')}  in the last ${spanOf(groups, moments.at(-1)?.seconds ?? 0)}` }]
}

/** How the highest and the span are said: in words, or on narrow screens as short as can be; and the cells they take. */
const WORDS = { peak: (text: string) => ` peak ${text}`.padEnd(10), peakCells: 10, span: (text: string) => `  last ${text}`, spanCells: 12 }
const SHORT = { peak: (text: string) => ` max ${text}`.padEnd(9), peakCells: 9, span: (text: string) => `  ${text}`, spanCells: 8 }
const NARROW = 120

function labelOf(label: string): string {
  return `${label}/s `
}

/** One graph: its bars, and the highest of what they show. */
function graph({ label, value, text }: (typeof GRAPHS)[number], groups: readonly Moment[][], marked: number, say: typeof WORDS): Line {
  const values = groups.map((group) => (group.length === 0 ? null : Math.max(...group.map(value))))
  const drawn = bars(values)
  const peak = Math.max(0, ...values.map((one) => one ?? 0))
  const [before, after] = marked < 0 ? [drawn, ''] : [drawn.slice(0, marked), drawn.slice(marked + 1)]
  const segments: Line = [
    { text: before, role: 'good' },
    { text: marked < 0 ? '' : drawn.slice(marked, marked + 1), role: 'warn', inverse: true },
    { text: after, role: 'good' },
  ]
  return [{ text: label }, ...segments.filter((segment) => segment.text !== ''), { text: say.peak(text(peak) || '0') }]
}

/** `lines` of them, 1 or 2, at most `columns` wide. `place`: the moment that is looked at, marked; -1: now is. */
export function graphLines(moments: readonly Moment[], place: number, columns: number, lines: 1 | 2, toBeHeard: boolean): Line[] {
  if (toBeHeard) return [clip(spoken(moments, place), columns)]
  const say = columns < NARROW ? SHORT : WORDS
  const beside = GRAPHS.map(({ label }) => labelOf(label).length + say.peakCells)
  // One below the other they begin and end in the same columns.
  const taken = lines === 1 ? beside.reduce((sum, cells) => sum + cells, 2) : Math.max(...beside)
  const cells = Math.max(1, Math.floor((columns - taken - say.spanCells) / (lines === 1 ? GRAPHS.length : 1)))
  const { groups, marked } = cut(moments, cells, place)
  const span = { text: say.span(spanOf(groups, moments.at(-1)?.seconds ?? 0)), role: 'dim' as const }
  const widest = lines === 1 ? 0 : Math.max(...GRAPHS.map(({ label }) => labelOf(label).length))
  const drawn = GRAPHS.map((one) => graph({ ...one, label: labelOf(one.label).padEnd(widest) }, groups, marked, say))
  if (lines === 2) return drawn.map((line) => clip([...line, span], columns))
  return [clip([...drawn.flatMap((line, i) => (i > 0 ? [{ text: '  ' }, ...line] : line)), span], columns)]
}
