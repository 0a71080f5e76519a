/** The line that says what is missing from the picture: loud while it goes on and for a minute after, then dimmed, but never gone. */
import type { Loss } from '../model/losses.ts'
import { duration, exact } from '../text/units.ts'
import { clip, type Line } from './line.ts'

/** After so long without another one a loss is over, ms. */
const OVER_MS = 60_000

/** In whole minutes, so that what is over does not move. */
function agoText({ quietMs }: Loss): string {
  if (quietMs < OVER_MS) return ''
  const minutes = Math.floor(quietMs / 60_000)
  return ` (last ${minutes < 60 ? `${minutes}m` : duration(quietMs)} ago)`
}

/** At most `columns` wide; what goes on stands first. Empty where nothing is lost. */
export function lostLine(losses: readonly Loss[], columns: number): Line {
  if (losses.length === 0) return []
  const isOver = ({ quietMs }: Loss) => quietMs >= OVER_MS
  const style = (over: boolean) => (over ? { role: 'dim' as const } : { role: 'alert' as const, bold: true })
  const ordered = [...losses.filter((loss) => !isOver(loss)), ...losses.filter(isOver)]
  const parts = ordered.map((loss, i) => ({ text: `${i === 0 ? '' : ', '}${exact(loss.count)} ${loss.text}${agoText(loss)}`, ...style(isOver(loss)) }))
  return clip([{ text: 'LOST: ', ...style(losses.every(isOver)) }, ...parts], columns)
}
