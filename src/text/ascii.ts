/** What stands for this program's own signs where the terminal shows only ASCII: one table, and the switch for the whole program. */
import { graphemes, width } from './width.ts'

/**
 * Each sign (one cell wide), what stands for it in a line whose width is settled (one cell too), and in a sentence that is still to be
 * wrapped, where there is room for a word.
 */
export const SIGNS: readonly (readonly [sign: string, cell: string, words: string])[] = [
  ['…', '~', '...'],
  ['×', '*', '*'],
  ['·', '-', '-'],
  ['’', "'", "'"],
  ['▾', '>', '>'],
  ['▴', '<', '<'],
  ['▸', '+', '+'],
  ['›', '>', '>'],
  ['←', '<', 'Left'],
  ['→', '>', 'Right'],
  ['↑', '^', 'Up'],
  ['↓', 'v', 'Down'],
  // The bars, lowest first: as much ink as they have.
  ...['▁.', '▂:', '▃-', '▄=', '▅+', '▆*', '▇%', '█#'].map(([bar = '', ink = '']) => [bar, ink, ink] as const),
]

const CELLS = new Map(SIGNS.map(([sign, cell]) => [sign, cell]))
const WORDS = new Map(SIGNS.map(([sign, , words]) => [sign, words]))
const SIGN = new RegExp(`[${SIGNS.map(([sign]) => sign).join('')}]`, 'gu')
const BEYOND = /[^\x20-\x7e]/u

// What a terminal can show is the same for all that is drawn, and names are made fit for it in every layer: hence one switch.
let only = false

/** From now on, is only ASCII to be shown? Set once, when the screen starts. */
export function showOnlyAscii(on: boolean): void {
  only = on
}

/** Is only ASCII to be shown? */
export function onlyAscii(): boolean {
  return only
}

/** A text that is as wide as it must be, in ASCII and as wide: what is no sign of ours becomes question marks. */
export function inCells(text: string): string {
  if (!BEYOND.test(text)) return text
  return graphemes(text)
    .map((grapheme) => CELLS.get(grapheme) ?? (BEYOND.test(grapheme) ? '?'.repeat(width(grapheme)) : grapheme))
    .join('')
}

/** A sentence of ours, with words for its signs where only ASCII is shown; other characters stay. */
export function inWords(text: string): string {
  return only ? text.replace(SIGN, (sign) => WORDS.get(sign) ?? sign) : text
}

/** Has the locale an encoding that can show more than ASCII? The first of these that is set decides, and none means C, as POSIX has it. */
export function isUtf8Locale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '')
  return /utf-?8/i.test(locale ?? '')
}
