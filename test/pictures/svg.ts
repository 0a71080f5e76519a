/** A terminal's screen as an SVG picture: what escape codes mean is xterm's business, here every run of cells becomes a rectangle and a text. */
import xterm from '@xterm/headless'

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>['getCell']>>

/** px of a cell, as DejaVu Sans Mono of this size has it, and around the screen */
const [CELL, LINE, SIZE, MARGIN] = [8.43, 18, 14, 12]

/** The sixteen colours on either ground; then what text and ground are by themselves. */
interface Palette {
  sixteen: readonly string[]
  text: string
  ground: string
}

/** One for each kind of ground. */
const PALETTES: Record<'dark' | 'light', Palette> = {
  dark: {
    sixteen: [
      ...['#1b1f24', '#f47067', '#57ab5a', '#d9a441', '#539bf5', '#b083f0', '#39c5cf', '#c8d1da'],
      ...['#7a858f', '#ff938a', '#6bc46d', '#e3c04f', '#6cb6ff', '#dcbdfb', '#56d4dd', '#ffffff'],
    ],
    text: '#d5dde5',
    ground: '#14181d',
  },
  light: {
    sixteen: [
      ...['#1b1f24', '#b3261e', '#1a7f37', '#7d5200', '#0550ae', '#7a3fc2', '#0b6e79', '#59636e'],
      ...['#6e7781', '#cf222e', '#2da44e', '#9a6700', '#218bff', '#a475f9', '#3192aa', '#1f2328'],
    ],
    text: '#1f2328',
    ground: '#ffffff',
  },
}

const hex = (value: number) => value.toString(16).padStart(2, '0')

/** One of xterm's 256: sixteen, a cube of six by six by six, and greys. */
function indexed(index: number, { sixteen }: Palette): string {
  if (index < 16) return sixteen[index] as string
  if (index >= 232) return `#${hex(8 + 10 * (index - 232)).repeat(3)}`
  const step = (n: number) => hex(n === 0 ? 0 : 55 + 40 * n)
  const cube = index - 16
  return `#${step(Math.floor(cube / 36))}${step(Math.floor(cube / 6) % 6)}${step(cube % 6)}`
}

interface Style {
  text: string
  ground: string
  bold: boolean
  dim: boolean
}

function styleOf(cell: Cell, palette: Palette): Style {
  const colour = (isRgb: boolean, isIndexed: boolean, value: number, usual: string) =>
    isRgb ? `#${value.toString(16).padStart(6, '0')}` : isIndexed ? indexed(value, palette) : usual
  const text = colour(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor(), palette.text)
  const ground = colour(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor(), palette.ground)
  const [front, back] = cell.isInverse() ? [ground, text] : [text, ground]
  return { text: front, ground: back, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 }
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Runs of cells of one style, with the column each begins at. */
function runsOf(screen: xterm.Terminal, row: number, palette: Palette): { at: number; cells: number; text: string; style: Style }[] {
  const line = screen.buffer.active.getLine(row)
  const runs: { at: number; cells: number; text: string; style: Style }[] = []
  for (let column = 0; line && column < screen.cols; column++) {
    const cell = line.getCell(column)
    if (!cell || cell.getWidth() === 0) continue
    const style = styleOf(cell, palette)
    const last = runs.at(-1)
    const text = cell.getChars() || ' '
    // Fonts disagree about the widths of anything but ASCII: each such character gets a place of its own.
    const plain = /^[ -~]$/.test(text)
    if (last && plain && /^[ -~]*$/.test(last.text) && JSON.stringify(last.style) === JSON.stringify(style)) {
      last.text += text
      last.cells++
    } else runs.push({ at: column, cells: cell.getWidth(), text, style })
  }
  return runs
}

/**
 * @param coloured a screen's text with escape codes, a line a row
 * @param title what is to be seen, for those who do not see it
 */
export async function svgOf(coloured: string, title: string, columns: number, rows: number, ground: 'dark' | 'light' = 'dark'): Promise<string> {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  await new Promise<void>((resolve) => screen.write(coloured.replace(/\n$/, ''), resolve))
  const palette = PALETTES[ground]
  const [width, height] = [columns * CELL + 2 * MARGIN, rows * LINE + 2 * MARGIN]
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" viewBox="0 0 ${width.toFixed(0)} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${palette.ground}"/>`,
    `<g font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${SIZE}" xml:space="preserve">`,
  ]
  for (let row = 0; row < rows; row++) {
    for (const { at, cells, text, style } of runsOf(screen, row, palette)) {
      const [x, y] = [MARGIN + at * CELL, MARGIN + row * LINE]
      if (style.ground !== palette.ground) {
        parts.push(`<rect x="${x.toFixed(1)}" y="${y}" width="${(cells * CELL + 0.3).toFixed(1)}" height="${LINE}" fill="${style.ground}"/>`)
      }
      if (text.trim() === '') continue
      const more = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.6"' : ''}`
      const long = `textLength="${(cells * CELL).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`
      parts.push(`<text x="${x.toFixed(1)}" y="${y + LINE - 5}" fill="${style.text}" ${long}${more}>${escaped(text)}</text>`)
    }
  }
  screen.dispose()
  return `${[...parts, '</g>', '</svg>'].join('\n')}\n`
}
