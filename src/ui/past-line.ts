/** The line that says that a table shows the past, and when that was: as loud as a line can be, since a mistake here costs most. */

import type { Moment } from '../model/past-view.ts'
import { timeOfDay } from '../text/time-of-day.ts'
import { duration } from '../text/units.ts'
import { firstFitting, fit } from '../text/width.ts'
import type { Line } from './line.ts'

/** Where the time scrubber stands, for the screen. */
export interface PastShown {
  moment: Moment
  /** its place among the moments */
  place: number
  /** from then to the newest that came, shown or waiting */
  agoMs: number
  /** nothing before it is kept */
  oldest: boolean
  /** what the rows are: all that did something then, those that did most; 'none': the view has no past and shows now */
  rows: 'all' | 'most' | 'none'
  /** rows kept of a tick where they are not all */
  most: number
}

/** E.g. 'that second', 'those 5s'. */
function tickText({ lasts }: Moment): string {
  return lasts < 1.5 ? 'that second' : `those ${duration(Math.round(lasts) * 1000)}`
}

/** One line as wide as the screen. */
export function pastLine({ moment, agoMs, oldest, rows, most }: PastShown, columns: number): Line {
  const at = timeOfDay(moment.timeMs)
  const style = { role: 'warn', bold: true, inverse: true } as const
  const line = (texts: readonly string[]): Line => [{ text: fit(firstFitting(texts, columns), columns), ...style }]
  if (rows === 'none') {
    return line([`this is now: the view has no past; processes and files are at ${at}: \\ ends that`, `this is now: the view has no past (\\ leaves ${at})`])
  }
  const when = `as it was ${at}, ${duration(agoMs)} ago${oldest ? ' (the oldest)' : ''}: Esc for now`
  const tick = tickText(moment)
  if (rows === 'all') return line([`${when}; all that was active in ${tick}`, when])
  return line([`${when}; the ${most} most active of ${tick}`, `${when}; ${most} most active`, `${when}; top ${most}`])
}
