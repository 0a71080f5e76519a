/** A line as a terminal takes it: its text, and the same with codes for its looks, as few as will do. */
import chalk, { type ForegroundColorName } from 'chalk'
import type { Line, Segment } from './line.ts'
import { type Look, THEMES, type ThemeName } from './theme.ts'

/** What one look needs. */
interface Style {
  paint(text: string): string
  /** does a blank show it? */
  onBlanks: boolean
}

/** Looks are few, and each is asked for again with every frame. */
const styles = new Map<string, Style>()

function coloured(text: string, hue: string): string {
  const number = /^ansi256\((\d+)\)$/.exec(hue)?.[1]
  return number === undefined ? chalk[hue as ForegroundColorName](text) : chalk.ansi256(Number(number))(text)
}

/** In the order in which Ink's Text does it. */
function paint(text: string, { color, dimColor, bold, underline }: Look, inverse: boolean): string {
  let painted = dimColor ? chalk.dim(text) : text
  if (color !== undefined) painted = coloured(painted, color)
  if (bold) painted = chalk.bold(painted)
  if (underline) painted = chalk.underline(painted)
  return inverse ? chalk.inverse(painted) : painted
}

function styleOf({ role, bold, inverse = false }: Segment, theme: ThemeName): Style {
  const key = `${theme} ${role} ${bold} ${inverse}`
  const known = styles.get(key)
  if (known) return known
  const look: Look = { ...(role && THEMES[theme][role]), ...(bold !== undefined && { bold }) }
  const style = { paint: (text: string) => paint(text, look, inverse), onBlanks: inverse || look.underline === true }
  styles.set(key, style)
  return style
}

const BLANK = /^ *$/

/** The text of a line, and how it is written. Segments of one look are written as one, and blanks with what is before them, where that does not show. */
export function written(line: Line, theme: ThemeName): { text: string; codes: string } {
  let [text, codes, run] = ['', '', '']
  let style: Style | null = null
  for (const segment of line) {
    if (segment.text === '') continue
    text += segment.text
    const own = styleOf(segment, theme)
    const joins = style === own || style === null || (!style.onBlanks && !own.onBlanks && BLANK.test(segment.text))
    if (!joins && style) {
      codes += style.paint(run)
      run = ''
    }
    // What began with blanks looks as what follows them does.
    if (!joins || style === null) style = own
    run += segment.text
  }
  return { text, codes: style ? codes + style.paint(run) : codes }
}
