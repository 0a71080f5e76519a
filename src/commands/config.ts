/** The config file's text to settings, with a place and a sentence for each mistake. Pure. */
import { parse, TomlError } from 'smol-toml'
import { near } from '../rules/words.ts'
import { NAMED_VIEWS } from '../ui/chosen-columns.ts'
import type { KeyRow } from '../ui/keys.ts'
import type { Saved } from '../ui/memory.ts'
import { namesIn, REMAPPED_MODES, type Remap, RemapTrouble, remapped } from '../ui/remap.ts'
import { columnsAmong, columnsOf, filterOf, intervalOf, mappedChoiceOf, onExitOf, protectOf, sortOf, themeOf, timeOf } from './checks.ts'
import { type Place, placesOf } from './config-places.ts'

/** What the file may set, as the flags of the same names have it; what is not there is not set. */
export interface Settings {
  interval?: number
  sort?: string
  filter?: string
  columns?: string[]
  /** of the other views, by their names */
  viewColumns?: Record<string, string[]>
  theme?: string
  ascii?: boolean
  screenReader?: boolean
  mouse?: boolean
  utc?: boolean
  protect?: string[]
  bell?: boolean
  askTimeout?: string
  quotaRecount?: string
  onExit?: string
  /** left out: the command's own default */
  mapped?: string
  /** the whole key table */
  keys?: KeyRow[]
  /** filters by name */
  filters?: Saved[]
}

/** What is wrong, and where. */
export interface Mistake extends Place {
  message: string
}

/** How one setting is read: its value as the flag has it. Throws a sentence. */
type Read<T> = (name: string, value: unknown) => T

const WANTED = { number: 'a number', string: "a text in quotes ('…')", boolean: 'true or false' }

/** A value as one would write it, short. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return value instanceof Date ? 'a date' : 'a table'
  const text = typeof value === 'string' ? `'${value}'` : String(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

function number(check: (name: string, value: number) => unknown): Read<number> {
  return (name, value) => {
    if (typeof value !== 'number') throw new Error(`${name} wants ${WANTED.number}, not ${shown(value)}`)
    check(name, value)
    return value
  }
}

function text(check: (name: string, value: string) => unknown): Read<string> {
  return (name, value) => {
    if (typeof value !== 'string') throw new Error(`${name} wants ${WANTED.string}, not ${shown(value)}`)
    check(name, value)
    return value
  }
}

const yesOrNo: Read<boolean> = (name, value) => {
  if (typeof value !== 'boolean') throw new Error(`${name} wants ${WANTED.boolean}, not ${shown(value)}`)
  return value
}

function texts(check: (name: string, values: string[]) => unknown): Read<string[]> {
  return (name, value) => {
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
      throw new Error(`${name} wants a list of texts (['…', '…']), not ${Array.isArray(value) ? 'a list of other things' : shown(value)}`)
    check(name, value)
    return value
  }
}

/** Each setting by its name in the file: the flag it stands for, and how it is read. */
function settingsTable(exists: (path: string) => boolean): {
  [F in Exclude<keyof Settings, 'keys' | 'filters' | 'viewColumns'>]-?: { name: string; read: Read<Settings[F]> }
} {
  const program = (name: string, pattern: string) => {
    protectOf(name, pattern)
    if (pattern.startsWith('/') && !exists(pattern)) throw new Error(`${name} ${pattern}: there is no such program`)
  }
  return {
    interval: { name: 'interval', read: number(intervalOf) },
    sort: { name: 'sort', read: text(sortOf) },
    filter: { name: 'filter', read: text(filterOf) },
    columns: { name: 'columns', read: texts(columnsOf) },
    theme: { name: 'theme', read: text(themeOf) },
    ascii: { name: 'ascii', read: yesOrNo },
    screenReader: { name: 'screen-reader', read: yesOrNo },
    mouse: { name: 'mouse', read: yesOrNo },
    utc: { name: 'utc', read: yesOrNo },
    protect: { name: 'protect', read: texts((name, patterns) => patterns.forEach((pattern) => void program(name, pattern))) },
    bell: { name: 'bell', read: yesOrNo },
    askTimeout: { name: 'ask-timeout', read: text(timeOf) },
    quotaRecount: { name: 'quota-recount', read: text(timeOf) },
    onExit: { name: 'on-exit', read: text(onExitOf) },
    mapped: { name: 'mapped', read: text(mappedChoiceOf) },
  }
}

/** The names of all settings, in the order of the table. */
export const SETTING_NAMES: readonly string[] = [...Object.values(settingsTable(() => true)).map(({ name }) => name), 'keys', 'filters']

/** A mistake before its place is known. */
interface Trouble {
  path: readonly string[]
  message: string
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

function wishesOf(value: unknown, trouble: Trouble[]): Remap[] {
  if (!isTable(value)) {
    trouble.push({ path: ['keys'], message: `keys wants tables such as [keys.table], not ${shown(value)}` })
    return []
  }
  const wishes: Remap[] = []
  for (const [modeName, wanted] of Object.entries(value)) {
    const path = ['keys', modeName]
    const mode = REMAPPED_MODES.find((known) => known === modeName)
    if (!mode || !isTable(wanted)) {
      trouble.push({ path, message: `keys.${modeName} is no table of keys: there are ${REMAPPED_MODES.join(', ')}${near(modeName, REMAPPED_MODES)}` })
      continue
    }
    for (const [name, key] of Object.entries(wanted)) {
      const keys = typeof key === 'string' ? [key] : key
      if (!namesIn(mode).includes(name)) trouble.push({ path: [...path, name], message: `keys.${mode} has no ${name}${near(name, namesIn(mode))}` })
      else if (!Array.isArray(keys) || !keys.every((one) => typeof one === 'string'))
        trouble.push({ path: [...path, name], message: `keys.${mode}.${name} wants a key such as 'Q', or a list of them, not ${shown(key)}` })
      else wishes.push({ mode, name, keys })
    }
  }
  return wishes
}

/** The key table, or undefined where a wish cannot be met: then all keys are the usual ones, since one depends on another. */
function keysOf(value: unknown, trouble: Trouble[]): KeyRow[] | undefined {
  const before = trouble.length
  const wishes = wishesOf(value, trouble)
  if (trouble.length > before) return undefined
  try {
    return remapped(wishes)
  } catch (error) {
    if (!(error instanceof RemapTrouble)) throw error
    const { mode, name } = error.remap
    trouble.push({ path: ['keys', mode, name], message: `keys.${mode}.${name}: ${error.message}` })
    return undefined
  }
}

/** Columns of several views; each that is wrong is a mistake of its own. */
function columnsByView(value: Record<string, unknown>, trouble: Trouble[]): Pick<Settings, 'columns' | 'viewColumns'> {
  const found: Record<string, string[]> = {}
  for (const [view, ids] of Object.entries(value)) {
    const name = `columns.${view}`
    try {
      const known = Object.hasOwn(NAMED_VIEWS, view) ? NAMED_VIEWS[view] : undefined
      if (!known) throw new Error(`${name} is no view: there are ${Object.keys(NAMED_VIEWS).join(', ')}${near(view, Object.keys(NAMED_VIEWS))}`)
      found[view] = texts((_, columns) => columnsAmong(name, columns, known))(name, ids)
    } catch (error) {
      trouble.push({ path: ['columns', view], message: (error as Error).message })
    }
  }
  const { processes, ...viewColumns } = found
  return { ...(processes && { columns: processes }), viewColumns }
}

/** Those that are filters; each other one is a mistake of its own. */
function filtersOf(value: unknown, trouble: Trouble[]): Saved[] {
  if (!isTable(value)) {
    trouble.push({ path: ['filters'], message: `filters wants a table: [filters], and below it lines such as big = 'bytes>1M', not ${shown(value)}` })
    return []
  }
  const filters: Saved[] = []
  for (const [name, wanted] of Object.entries(value)) {
    try {
      filters.push({ name, text: text(filterOf)(`filters.${name}`, wanted) })
    } catch (error) {
      trouble.push({ path: ['filters', name], message: (error as Error).message })
    }
  }
  return filters
}

function read(file: Record<string, unknown>, exists: (path: string) => boolean, trouble: Trouble[]): Settings {
  const settings: Record<string, unknown> = {}
  const table = Object.entries(settingsTable(exists))
  for (const [name, value] of Object.entries(file)) {
    const found = table.find(([, setting]) => setting.name === name)
    try {
      if (name === 'columns' && isTable(value)) Object.assign(settings, columnsByView(value, trouble))
      else if (found) settings[found[0]] = found[1].read(name, value)
      else if (name === 'keys') settings.keys = keysOf(value, trouble)
      else if (name === 'filters') settings.filters = filtersOf(value, trouble)
      else trouble.push({ path: [name], message: `there is no setting ${name}${near(name, SETTING_NAMES)}` })
    } catch (error) {
      trouble.push({ path: [name], message: (error as Error).message })
    }
  }
  return settings
}

/**
 * The settings of a file's text, and its mistakes in the order of their places. A setting with a mistake is not set, the others are; a
 * text that is no TOML sets nothing. `exists`: is there such a program?
 */
export function parseConfig(toml: string, exists: (path: string) => boolean): { settings: Settings; mistakes: Mistake[] } {
  let file: Record<string, unknown>
  try {
    file = parse(toml)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [first = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    return { settings: {}, mistakes: [{ line: error.line, column: error.column, message: first }] }
  }
  const trouble: Trouble[] = []
  const settings = read(file, exists, trouble)
  if (trouble.length === 0) return { settings, mistakes: [] }
  const placeOf = placesOf(toml)
  const mistakes = trouble.map(({ path, message }) => ({ ...placeOf(path), message }))
  return { settings, mistakes: mistakes.sort((a, b) => a.line - b.line || a.column - b.column) }
}
