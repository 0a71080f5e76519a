/** Where in a TOML text a setting stands: its library tells places of errors in the syntax only. Pure. */
import { parse } from 'smol-toml'

/** Line and column, from 1 on. */
export interface Place {
  line: number
  column: number
}

/** A statement can only end in a line that holds one of these, unless it is one line. */
const CLOSES = /[\]}]|"""|'''/

/** Characters that are read again and again in search of the ends of statements, at most: a list of lists of the largest file would take half a minute. */
const MOST_READ = 4_000_000

type Value = unknown

function isTable(value: Value): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** The value of a statement that stands alone, or undefined: it goes on in the next line. */
function parsed(statement: string): Record<string, Value> | undefined {
  try {
    return parse(statement)
  } catch {
    return undefined
  }
}

/** The one path that a table's header names. */
function headerPath(value: Value): string[] {
  const table = Array.isArray(value) ? value[0] : value
  if (!isTable(table)) return []
  const [key] = Object.keys(table)
  return key === undefined ? [] : [key, ...headerPath(table[key])]
}

/** All paths of a value, the shorter ones first. */
function paths(value: Value, before: readonly string[]): string[][] {
  if (!isTable(value)) return []
  return Object.entries(value).flatMap(([key, below]) => [[...before, key], ...paths(below, [...before, key])])
}

/** The beginning of the statement that sets what lies at a path of keys; `text` is whole and without errors. Where it is not found, the first line. */
export function placesOf(text: string): (path: readonly string[]) => Place {
  const lines = text.split(/\r?\n/)
  const places = new Map<string, Place>()
  let table: string[] = []
  let read = 0
  for (let from = 0; from < lines.length; from++) {
    let statement = lines[from] ?? ''
    const first = statement
    let value = parsed(statement)
    let to = from
    while (value === undefined && to + 1 < lines.length && read < MOST_READ) {
      const next = lines[++to] ?? ''
      statement += `\n${next}`
      if (!CLOSES.test(next)) continue
      read += statement.length
      value = parsed(statement)
    }
    if (value === undefined) break
    const place = { line: from + 1, column: first.length - first.trimStart().length + 1 }
    const isHeader = first.trimStart().startsWith('[')
    if (isHeader) table = headerPath(value)
    const set = isHeader ? [table] : paths(value, table)
    for (const path of set) {
      const key = JSON.stringify(path)
      if (!places.has(key)) places.set(key, place)
    }
    from = to
  }
  return (path) => {
    // What is nested deeper than any statement names is where its nearest parent is.
    for (let end = path.length; end > 0; end--) {
      const place = places.get(JSON.stringify(path.slice(0, end)))
      if (place) return place
    }
    return { line: 1, column: 1 }
  }
}
