/** Completing a filter with Tab: keys, and values that were seen. First what all have in common, then one after the other. Pure. */
import { EXACT_KEYS, NUMBER_KEYS, printFilter, TEXT_KEYS, type Term, type TextKey } from '../model/filter.ts'
import { OP_NAMES } from '../model/op-names.ts'
import { literal } from '../text/printable.ts'
import { fitPath, width } from '../text/width.ts'
import type { Completion } from './comfort.ts'
import { clip, type Line } from './line.ts'
import type { EditedLine } from './line-edit.ts'

/** What was seen of a key: values that may begin with what was typed, in the order they are to be offered; `shown` where they are told apart by more. */
export type Seen = (key: Exclude<TextKey, 'op'> | 'pid', typed: string) => readonly { value: string; shown?: string }[]

/** Where the word before the cursor begins: blanks in quotes are part of it. */
function wordStart(text: string): number {
  let [start, quoted] = [0, false]
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (!quoted && /\s/.test(char)) start = i + 1
  }
  return start
}

/** What was typed of a value, its quotes taken off. */
function typedValue(text: string): string {
  return text.startsWith('"') ? text.slice(1).replace(/"$/, '').replace(/\\(.)/gu, '$1') : text
}

const KEYS: readonly string[] = [...TEXT_KEYS.map((key) => `${key}:`), 'pid:', ...NUMBER_KEYS.map((key) => `${key}>`), 'took>']

/** Options, at most. */
const MOST = 200

function options(word: string, seen: Seen): Completion['options'] {
  const sign = /^[-!]/.exec(word)?.[0] ?? ''
  const rest = word.slice(sign.length)
  const [, name = '', between = ''] = /^([a-z]+)([:=])/.exec(rest) ?? []
  if (name === '') return KEYS.filter((key) => key.startsWith(rest.toLowerCase())).map((key) => ({ text: sign + key, shown: key }))
  const typed = typedValue(rest.slice(name.length + 1))
  const exact = EXACT_KEYS.find((key) => key === name)
  const text = TEXT_KEYS.find((key) => key === name)
  if (between === '=' ? !exact && name !== 'pid' : !text && name !== 'pid') return []
  const values = text === 'op' ? OP_NAMES.map((value) => ({ value })) : seen(text ?? 'pid', typed)
  const negate = sign !== ''
  const term = (value: string): Term =>
    between === '=' && exact ? { kind: 'exact', key: exact, text: value, negate } : { kind: 'text', key: text ?? 'comm', text: value, negate }
  const written = (value: string) => (name === 'pid' ? `${sign}pid${between}${value}` : sign + printFilter({ terms: [term(value)] }).slice(negate ? 1 : 0))
  return values
    .filter(({ value }) => value.toLowerCase().startsWith(typed.toLowerCase()))
    .slice(0, MOST)
    .map(({ value, shown }: { value: string; shown?: string }) => ({ text: written(value), shown: shown ?? value }))
}

/** What all begin with. */
export function common(texts: readonly string[]): string {
  const [first = '', ...others] = texts
  let end = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, end))) end--
  return first.slice(0, end)
}

/** The line with option `at` where the completed word was, and what Tab does next. */
function standing(line: EditedLine, completion: Completion, text: string): { line: EditedLine; completion: Completion } {
  const cursor = completion.from + text.length
  return { line: { text: line.text.slice(0, completion.from) + text + line.text.slice(line.cursor), cursor }, completion }
}

/** The line after Tab, or Shift-Tab; `before`: what Tab offered last, as long as nothing else was pressed. */
export function completed(line: EditedLine, before: Completion | null, by: -1 | 1, seen: Seen): { line: EditedLine; completion: Completion | null } {
  if (before && before.options.length > 0) {
    const { length } = before.options
    const at = before.at < 0 && by < 0 ? length - 1 : (before.at + by + length) % length
    return standing(line, { ...before, at }, before.options[at]?.text ?? '')
  }
  const head = line.text.slice(0, line.cursor)
  const from = wordStart(head)
  const word = head.slice(from)
  const found = options(word, seen)
  const completion = { options: found, at: -1, from }
  const [only] = found
  // The next Tab goes on from there: from a key to its values, from a directory to what is in it.
  if (only && found.length === 1) return { ...standing(line, completion, only.text), completion: null }
  const prefix = common(found.map(({ text }) => text))
  // A quote that is not closed yet would be a mistake in the line.
  if (prefix.length > word.length && !prefix.includes('"')) return standing(line, completion, prefix)
  if (found.length === 0) return { line, completion }
  return completed(line, completion, by, seen)
}

/** Cells of one option, at most; and of what says that there are more before and behind. */
const [LONGEST, MARKS] = [32, 16]

/** What Tab offers, in one line. */
export function completionLine({ options, at }: Completion, columns: number, spoken: boolean): Line {
  if (options.length === 0) return clip([{ text: 'Tab: nothing that was seen begins so', role: 'dim' }], columns)
  // A long name would leave no room for the others.
  const shown = options.map((option) => fitPath(literal(option.shown), LONGEST).trimEnd())
  // The chosen one is in view; those before it as far as there is room.
  const cells = (i: number) => width(shown[i] ?? '') + 2
  let from = Math.max(0, at)
  for (let used = cells(from) + MARKS; from > 0 && used + cells(from - 1) <= columns; from--) used += cells(from - 1)
  const line: Line = from > 0 ? [{ text: '… ', role: 'dim' }] : []
  let room = columns - (from > 0 ? 2 : 0)
  for (const [i, text] of shown.entries()) {
    if (i < from) continue
    const label = spoken && i === at ? `selected ${text}` : text
    const rest = i < shown.length - 1 ? `… ${shown.length - i} more` : ''
    if (i > from && width(label) + 2 + width(rest) > room) {
      line.push({ text: rest, role: 'dim' })
      break
    }
    line.push(i === at ? { text: label, inverse: true } : { text: label, role: 'accent' }, { text: '  ' })
    room -= width(label) + 2
  }
  return clip(line, columns)
}
