/** Words of a rule line: blanks part them, double quotes hold them together. Bytes that are no text come as \xHH. */

/** Something is wrong at `column`, counted from 0; the message says what would be right. */
export class Trouble extends Error {
  readonly column: number
  constructor(message: string, column: number) {
    super(message)
    this.column = column
  }
}

export interface Word {
  text: string
  column: number
  /** where quoted text begins in `text`, or -1: signs in it mean nothing */
  quotedFrom: number
  /** where its last quoted part begins, or -1 */
  lastQuotedFrom: number
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', e: '\x1b', '"': '"', '\\': '\\' }

/** One escape behind the backslash at `at`: its text, and where it ends. */
function escapeAt(line: string, at: number): [string, number] {
  const rest = line.slice(at + 1)
  const byte = /^x([0-9a-fA-F]{2})/.exec(rest)
  if (byte) {
    const code = Number.parseInt(byte[1] as string, 16)
    if (code === 0) throw new Trouble('no name holds a NUL byte', at)
    return [code < 0x80 ? String.fromCharCode(code) : String.fromCharCode(0xdc00 + code), at + 4]
  }
  const point = /^u\{([0-9a-fA-F]{1,6})\}/.exec(rest)
  if (point) {
    const code = Number.parseInt(point[1] as string, 16)
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new Trouble(`\\u{${point[1]}} is no character`, at)
    return [String.fromCodePoint(code), at + 1 + point[0].length]
  }
  const plain = ESCAPES[rest[0] ?? '']
  if (plain === undefined) throw new Trouble('after a backslash in quotes: \\ " n r t e, xHH for a byte, u{…} for a character', at)
  return [plain, at + 2]
}

/** Splits a line. Throws Trouble. */
export function words(line: string): Word[] {
  const out: Word[] = []
  let at = 0
  while (at < line.length) {
    if (/\s/.test(line[at] as string)) {
      at++
      continue
    }
    const word: Word = { text: '', column: at, quotedFrom: -1, lastQuotedFrom: -1 }
    while (at < line.length && !/\s/.test(line[at] as string)) {
      if (line[at] !== '"') {
        word.text += line[at++]
        continue
      }
      const open = at++
      if (word.quotedFrom < 0) word.quotedFrom = word.text.length
      word.lastQuotedFrom = word.text.length
      while (at < line.length && line[at] !== '"') {
        if (line[at] !== '\\') word.text += line[at++]
        else {
          const [text, next] = escapeAt(line, at)
          word.text += text
          at = next
        }
      }
      if (at >= line.length) throw new Trouble('this quote is never closed: add a " at the end', open)
      at++
    }
    out.push(word)
  }
  return out
}

/** ` (did you mean x?)` for the nearest of `known` within two edits, else ''. */
export function near(word: string, known: readonly string[]): string {
  let best = ''
  // Any three letters are two edits from some three others.
  let least = word.length > 3 ? 3 : Math.min(2, word.length)
  for (const candidate of known) {
    // Each letter more is an edit; and a word may be as long as a file.
    if (Math.abs(word.length - candidate.length) >= least) continue
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best === '' ? '' : ` (did you mean ${best}?)`
}

/** Edits between two short words; two letters swapped are one. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => (rows[i] as number[])[j] as number
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      ;(rows[i] as number[]).push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped))
    }
  }
  return at(a.length, b.length)
}
