/** The line at the foot that teaches keys: whole entries only, those that matter most where not all of them fit. */
import { inWords } from '../text/ascii.ts'
import type { KeyRow } from './keys.ts'
import { type Line, lineWidth } from './line.ts'

/** The rank of keys that have none of their own. */
const LAST = 4

/** What stands between two entries. */
const GAP = 2

/** Keys with one text between them, as they are drawn. */
interface Entry {
  line: Line
  rank: number
}

/** A key whose text is empty shares the next one's. */
function entriesOf(keys: readonly KeyRow[]): Entry[] {
  const entries: Entry[] = []
  let begun: Line = []
  for (const { keys: text, footer, action, isOff = false, rank = LAST } of keys) {
    if (footer === undefined) continue
    if (footer === '') {
      begun.push({ text: `${inWords(text)} `, bold: true, click: action })
      continue
    }
    if (isOff) {
      entries.push({ line: [...begun, { text: `(${inWords(text)} ${footer})`, role: 'dim', click: action }], rank })
      begun = []
      continue
    }
    entries.push({ line: [...begun, { text: inWords(text), bold: true, click: action }, { text: ` ${footer}`, role: 'dim', click: action }], rank })
    begun = []
  }
  return entries
}

/** The entries of `keys` that fit `columns`, in their order: those of the lowest rank are chosen first, and of one rank the first ones. */
export function footerLine(keys: readonly KeyRow[], columns: number): Line {
  const entries = entriesOf(keys)
  const chosen = new Set<Entry>()
  let used = -GAP
  for (const entry of [...entries].sort((a, b) => a.rank - b.rank)) {
    const needs = lineWidth(entry.line) + GAP
    if (used + needs > columns) continue
    used += needs
    chosen.add(entry)
  }
  return entries.filter((entry) => chosen.has(entry)).flatMap(({ line }, i) => (i === 0 ? line : [{ text: ' '.repeat(GAP) }, ...line]))
}
