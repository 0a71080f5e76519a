/** What is remembered as the text of a file, and back. Pure. */
import { type Kept, LONGEST, LONGEST_NAME, MOST_LINES, MOST_SAVED, type Saved } from '../ui/memory.ts'

/** Raised when an older program would lose something of a newer one's file. */
const VERSION = 1

/** The file is of a newer version of this program: it must not be written over. */
export class NewerState extends Error {}

/** Columns of one view, at most; no view has so many. */
const MOST_COLUMNS = 100

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown, longest: number): value is string => typeof value === 'string' && value !== '' && value.length <= longest

function textsOf(name: string, value: unknown, most: number): string[] {
  if (!Array.isArray(value) || value.length > most || !value.every((one) => isText(one, LONGEST))) throw new Error(`its ${name} are no list of texts`)
  return value
}

function savedOf(value: unknown): Saved[] {
  const is = (one: unknown): one is Saved => isTable(one) && isText(one.name, LONGEST_NAME) && isText(one.text, LONGEST)
  if (!Array.isArray(value) || value.length > MOST_SAVED || !value.every(is)) throw new Error('its saved filters are no list of names and texts')
  return value.map(({ name, text }) => ({ name, text }))
}

/** Reads what printState wrote. Throws a sentence that goes on from the file's name. */
export function parseState(text: string): Kept {
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw new Error('it is no JSON')
  }
  if (!isTable(state) || typeof state.version !== 'number') throw new Error('it is not what this program wrote')
  if (state.version > VERSION) throw new NewerState('a newer version of this program wrote it')
  const { columns = {}, filters = [], rules = [], saved = [] } = state
  if (!isTable(columns)) throw new Error('its columns are no table')
  const lists = Object.entries(columns).map(([view, ids]) => [view, textsOf('columns', ids, MOST_COLUMNS)])
  return {
    columns: Object.fromEntries(lists),
    filters: textsOf('filters', filters, MOST_LINES),
    rules: textsOf('rules', rules, MOST_LINES),
    saved: savedOf(saved),
  }
}

/** The file's text. */
export function printState(kept: Kept): string {
  return `${JSON.stringify({ version: VERSION, ...kept }, null, 1)}\n`
}
