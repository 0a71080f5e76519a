/** The filter language: what is typed after '/'. Terms side by side must all hold; '-' or '!' before a term turns it around. */
import type { FileId, ProcessId } from '../batch/batch.ts'
import { escaped, unescaped } from '../text/printable.ts'
import { plainDigits, plainTime, TIME_UNITS } from '../text/units.ts'
import { OP_NAMES } from './op-names.ts'

/** A text key names what a word is looked for in; a number key can be compared. */
export const TEXT_KEYS = ['comm', 'path', 'dir', 'user', 'exe', 'container', 'op'] as const
/** Keys whose value can be given whole, as rules have it: comm=cat is not concatenate. */
export const EXACT_KEYS = ['comm', 'path', 'user', 'exe', 'container'] as const
export const NUMBER_KEYS = ['bytes', 'writes', 'opens', 'reads', 'errors', 'files'] as const
export type TextKey = (typeof TEXT_KEYS)[number]
export type ExactKey = (typeof EXACT_KEYS)[number]
export type NumberKey = (typeof NUMBER_KEYS)[number]
export type Comparison = '>' | '>=' | '<' | '<=' | '='

export type Term = { negate: boolean } & (
  | { kind: 'word'; text: string }
  | { kind: 'text'; key: TextKey; text: string }
  /** the whole value, as it is written */
  | { kind: 'exact'; key: ExactKey; text: string }
  /** descendants: also the children of that process, at any depth */
  | { kind: 'pid'; pid: number; descendants: boolean }
  | { kind: 'number'; key: NumberKey; comparison: Comparison; value: number }
  /** how long a call took, in ns: asked of events only */
  | { kind: 'took'; comparison: Comparison; value: number }
)

/** All terms must hold. Never empty: an empty filter is null. */
export interface Filter {
  terms: Term[]
  /** of events: those of that very process, or of that file and what has its name since; nobody types that, and then there may be no terms */
  only?: { process?: ProcessId; file?: FileId }
}

/** `column` counts from 0. */
export type Parsed = { ok: true; filter: Filter | null } | { ok: false; message: string; column: number }

class Trouble extends Error {
  readonly column: number
  constructor(message: string, column: number) {
    super(message)
    this.column = column
  }
}

interface Word {
  text: string
  column: number
  /** where an unquoted ':' or comparison stands first, or -1 */
  split: number
  /** it begins with a quote: a sign in it is none */
  quoted: boolean
}

/** Words, with double quotes for blanks; a backslash in quotes begins what stands for a character that cannot be typed, or takes the next as it is. */
function words(text: string): Word[] {
  const out: Word[] = []
  for (let i = 0; i < text.length; ) {
    if (/\s/.test(text[i] as string)) {
      i++
      continue
    }
    const word: Word = { text: '', column: i, split: -1, quoted: text[i] === '"' }
    while (i < text.length && !/\s/.test(text[i] as string)) {
      if (text[i] !== '"') {
        if (word.split < 0 && /[:<>=]/.test(text[i] as string)) word.split = word.text.length
        word.text += text[i++]
        continue
      }
      const open = i++
      while (i < text.length && text[i] !== '"') {
        const { char, length } = unescaped(text, i)
        word.text += char
        i += length
      }
      if (i >= text.length) throw new Trouble('this quote is never closed: add a " at the end', open)
      i++
    }
    out.push(word)
  }
  return out
}

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

function numberTerm(key: NumberKey, rest: string, column: number): Term {
  const match = /^(>=|<=|>|<|=)(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(rest)
  if (!match) throw new Trouble(`${key} is compared with a number: ${key}>100 or ${key}>=1.5M`, column)
  const [, comparison, digits, unit] = match
  const value = Number(digits) * (UNITS[(unit ?? '').toLowerCase()] ?? 1)
  if (!Number.isFinite(value)) throw new Trouble('there is no such large number here: at most some 300 digits', column)
  return { negate: false, kind: 'number', key, comparison: comparison as Comparison, value }
}

function tookTerm(rest: string, column: number): Term {
  const match = /^(>=|<=|>|<|=)(\d+(?:\.\d+)?)(ns|us|ms|s)$/i.exec(rest)
  if (!match) throw new Trouble('took is compared with a time: took>10ms, took<=1.5s; also us and ns', column)
  const [, comparison, digits, unit = ''] = match
  const value = Number(digits) * (TIME_UNITS[unit.toLowerCase()] ?? 1)
  if (!Number.isFinite(value)) throw new Trouble('there is no such long time here: at most some 300 digits', column)
  return { negate: false, kind: 'took', comparison: comparison as Comparison, value }
}

function pidTerm(value: string, column: number): Term {
  const match = /^(\d{1,10})(\+?)$/.exec(value)
  if (!match) throw new Trouble('pid: wants a number, with + for its descendants: pid:4711 or pid:4711+', column)
  return { negate: false, kind: 'pid', pid: Number(match[1]), descendants: match[2] === '+' }
}

function term(word: Word): Term {
  const negate = !word.quoted && /^[-!]./.test(word.text)
  const text = negate ? word.text.slice(1) : word.text
  const split = word.split - (negate ? 1 : 0)
  const column = word.column + (negate ? 1 : 0)
  if (split <= 0) return { negate, kind: 'word', text }
  const key = text.slice(0, split).toLowerCase()
  const rest = text.slice(split)
  const valueColumn = column + split + 1
  if ((NUMBER_KEYS as readonly string[]).includes(key)) return { ...numberTerm(key as NumberKey, rest, column + split), negate }
  if (key === 'took') return { ...tookTerm(rest, column + split), negate }
  const exact = EXACT_KEYS.find((known) => known === key)
  if (rest[0] === '=' && exact) {
    if (rest === '=') throw new Trouble(`${key}= wants a value right behind it`, valueColumn)
    return { negate, kind: 'exact', key: exact, text: rest.slice(1) }
  }
  // A path or a word may well hold a ':' or '='; only what looks like a key is taken for one.
  if (rest[0] !== ':') return { negate, kind: 'word', text }
  const value = rest.slice(1)
  if (key === 'pid') return { ...pidTerm(value, valueColumn), negate }
  if (!(TEXT_KEYS as readonly string[]).includes(key)) {
    if (!/^[a-z]+$/.test(key)) return { negate, kind: 'word', text }
    throw new Trouble(`there is no key ${key}: use pid, ${TEXT_KEYS.join(', ')} or compare ${[...NUMBER_KEYS, 'took'].join(', ')}`, column)
  }
  if (value === '') throw new Trouble(`${key}: wants a value right behind the colon`, valueColumn)
  if (key === 'op' && !OP_NAMES.includes(value)) throw new Trouble(`op: knows ${OP_NAMES.join(', ')}`, valueColumn)
  return { negate, kind: 'text', key: key as TextKey, text: value }
}

/** Parses what was typed; never throws. */
export function parseFilter(text: string): Parsed {
  try {
    const terms = words(text).map(term)
    return { ok: true, filter: terms.length === 0 ? null : { terms } }
  } catch (error) {
    if (error instanceof Trouble) return { ok: false, message: error.message, column: error.column }
    throw error
  }
}

function inQuotes(text: string): string {
  return `"${escaped(text.replace(/["\\]/g, '\\$&'))}"`
}

/** A value that reads as one: in quotes where it must be, what cannot be typed or would not be seen as escapes. */
function quoted(text: string): string {
  return text === '' || /[\s"\\]/.test(text) || escaped(text) !== text ? inQuotes(text) : text
}

/** A filter as text that parses back to the same. */
export function printFilter(filter: Filter | null): string {
  if (!filter) return ''
  return filter.terms
    .map((t) => {
      const sign = t.negate ? '-' : ''
      switch (t.kind) {
        case 'word':
          // Quotes keep a sign or a key inside from being read as one.
          return sign + (/^[-!]|[:<>=]/.test(t.text) ? inQuotes(t.text) : quoted(t.text))
        case 'text':
          return `${sign}${t.key}:${quoted(t.text)}`
        case 'exact':
          return `${sign}${t.key}=${quoted(t.text)}`
        case 'pid':
          return `${sign}pid:${t.pid}${t.descendants ? '+' : ''}`
        case 'number':
          return `${sign}${t.key}${t.comparison}${plainDigits(t.value)}`
        case 'took':
          return `${sign}took${t.comparison}${plainTime(t.value)}`
      }
      return ''
    })
    .join(' ')
}
