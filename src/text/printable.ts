/** Names made fit for a terminal: whatever a file or process is called, it cannot move the cursor, change colours or turn the line around. */
import { inWords, onlyAscii } from './ascii.ts'

/**
 * Characters that never reach the terminal as they are: C0, DEL and C1 controls, line and paragraph separators, bidirectional
 * controls, zero-width and other invisible format characters, variation selectors, tags, lone surrogates, noncharacters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]/gu

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' }

function visible(char: string): string {
  const short = SHORT[char]
  if (short !== undefined) return short
  const code = char.codePointAt(0) as number
  // A byte that was not UTF-8 (see bytes.ts).
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  // Not \x9b for U+009B: that is the byte.
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** Every unsafe character as its escape, wherever this is shown; backslashes stay as they are. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, visible)
}

const LONG: Record<string, string> = Object.fromEntries(Object.entries(SHORT).map(([char, shown]) => [shown, char]))

/** The character that begins at `at`, and how many units of the text it takes: an escape gives what it stands for; a backslash before anything else takes that as it is. */
export function unescaped(text: string, at: number): { char: string; length: number } {
  if (text[at] !== '\\' || at + 1 >= text.length) return { char: text[at] ?? '', length: 1 }
  const short = LONG[text.slice(at, at + 2)]
  if (short !== undefined) return { char: short, length: 2 }
  const [whole, byte, point] = /^\\(?:x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})/.exec(text.slice(at, at + 10)) ?? []
  if (whole === undefined) return { char: text[at + 1] ?? '', length: 2 }
  const code = byte === undefined ? Number.parseInt(point ?? '', 16) : Number.parseInt(byte, 16)
  // As they are shown: from 0x80 on a byte that was not UTF-8.
  if (byte !== undefined) return { char: String.fromCharCode(code < 0x80 ? code : code + 0xdc00), length: whole.length }
  return code > 0x10ffff ? { char: text[at + 1] ?? '', length: 2 } : { char: String.fromCodePoint(code), length: whole.length }
}

/** Where only ASCII is shown, what else there is is unsafe too. */
const BEYOND_ASCII = /[^\x20-\x7e]/gu

/** A name with every unsafe character, and the backslash, as a visible escape: no two names look the same for their escapes' sake. */
export function printable(name: string): string {
  return literal(name.replaceAll('\\', '\\\\'))
}

/** What somebody typed, a rule or a filter, made fit for a terminal; its backslashes are its own. */
export function literal(text: string): string {
  return text.replace(onlyAscii() ? BEYOND_ASCII : UNSAFE, visible)
}

/** A sentence made fit for a terminal; its backslashes are its own, and so are its arrows and the like, which have words in ASCII. */
export function harmless(text: string): string {
  return literal(inWords(text))
}
