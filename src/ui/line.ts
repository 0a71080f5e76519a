/** What the screen is made of: lines of styled segments. Pure data, so a screen can be compared without a terminal. */
import { inCells, onlyAscii } from '../text/ascii.ts'
import { fit, width } from '../text/width.ts'
import type { Action } from './keys.ts'
import type { Role } from './theme.ts'

export interface Segment {
  text: string
  /** what it is for; the theme says how that looks */
  role?: Role
  bold?: boolean
  inverse?: boolean
  /** what a click on it asks for: whatever draws a line says so, so that nothing else needs to know what lies where */
  click?: Action
}

export type Line = Segment[]

/** A line of one segment, cut to `cells`, without trailing blanks unless it is drawn inverse. */
export function plain(text: string, cells: number, style: Omit<Segment, 'text'> = {}): Line {
  const fitted = fit(text, cells)
  return [{ text: style.inverse ? fitted : fitted.trimEnd(), ...style }]
}

/** The line with an answer to a click wherever a part has none of its own. */
export function clickable(line: Line, click: Action): Line {
  return line.map((segment) => ({ click, ...segment }))
}

/** The line as a terminal can show it: where that is only ASCII, with stand-ins of the same width. */
export function shownLine(line: Line): Line {
  return onlyAscii() ? line.map((segment) => ({ ...segment, text: inCells(segment.text) })) : line
}

/** Left and right parts on one line of `cells`; the right one gives way where both do not fit. */
export function spread(left: Line, right: Line, cells: number): Line {
  const used = lineWidth(left) + lineWidth(right)
  if (used + 1 > cells) return clip(left, cells)
  return [...left, { text: ' '.repeat(cells - used) }, ...right]
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, segment) => sum + width(segment.text), 0)
}

/** At most `cells` wide. */
export function clip(line: Line, cells: number): Line {
  const out: Line = []
  let room = cells
  for (const segment of line) {
    const need = width(segment.text)
    if (need > room) {
      if (room > 0) out.push({ ...segment, text: fit(segment.text, room).trimEnd() })
      break
    }
    out.push(segment)
    room -= need
  }
  return out
}
