/** The line below a list that grows at its end: does it follow, what is below, and where all events are that there were. */

import type { EventCounts } from '../model/event-log.ts'
import { printable } from '../text/printable.ts'
import { timeOfDay } from '../text/time-of-day.ts'
import { count, exact } from '../text/units.ts'
import { width } from '../text/width.ts'
import { type Line, spread } from './line.ts'
import { follows } from './tail.ts'
import type { Look } from './trail.ts'

/** In words; `shown` writes a number, `byKernel` says what the kernel leaves out. What there is none of is left out, but never what was lost. */
function countsText({ produced, here, hidden, forgotten, lost }: EventCounts, shown: (value: number) => string, byKernel: string): string {
  const parts = [`${shown(here) || '0'} here`]
  if (hidden > 0) parts.push(`${shown(hidden)} hidden${byKernel}`)
  if (forgotten > 0) parts.push(`${shown(forgotten)} forgotten`)
  parts.push(`${exact(lost)} lost`)
  return `${shown(produced) || '0'} events: ${parts.join(', ')}`
}

/** What stands where no event is: did none come, or are those that came left out, and by what? */
export function noEventText({ hidden, sinceMs }: EventCounts, filtered: boolean): string {
  const at = sinceMs === null ? null : timeOfDay(sinceMs)
  if (hidden > 0) {
    const came = `${exact(hidden)} came${at === null ? '' : `, the newest at ${at}`}`
    return filtered ? `No event matches the filter: ${came}. Esc drops it.` : `Only sockets, pipes and the like: ${came}; . shows them.`
  }
  const since = at === null ? 'No event yet' : `No event since ${at}`
  return filtered ? `${since}, not even one that the filter leaves out.` : `${since}: waiting for a process to touch a file.`
}

/** At most `columns` wide. `total`: rows of the list. */
export function tailLine(counts: EventCounts | null, look: Pick<Look, 'selected' | 'selectedIndex'>, total: number, columns: number): Line {
  const below = total - 1 - look.selectedIndex
  const news = below > 0 ? `${exact(below)} newer below` : 'standing still'
  const signs = follows(look) ? ['following'] : [`${news}: G follows`, `${news} (G)`]
  const sign = (text = ''): Line => [{ text, role: follows(look) ? 'good' : 'warn', bold: true }]
  if (!counts) return sign(signs[0])
  // Exact figures where there is room for them.
  const { byKernel } = counts
  const said = byKernel === undefined ? [''] : [` (kernel: ${printable(byKernel)})`, ' (by the kernel)', ' (kernel)']
  const texts = [
    ...said.flatMap((by) => [countsText(counts, exact, by), countsText(counts, count, by)]),
    countsText(counts, count, ''),
    `${exact(counts.lost)} lost`,
  ]
  const lines = texts.flatMap((text) => signs.map((left) => ({ left, text })))
  const fitting = lines.find(({ left, text }) => width(left) + width(text) + 2 <= columns) ?? { left: signs.at(-1), text: '' }
  return spread(sign(fitting.left), [{ text: fitting.text, role: counts.lost > 0 ? 'alert' : 'dim' }], columns)
}
