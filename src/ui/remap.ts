/** Other keys for what keys do: names for the rows of the key table, and the table with some of its keys replaced. Pure. */
import { graphemes, width } from '../text/width.ts'
import { type Action, KEYS, type KeyRow, type Mode } from './keys.ts'

/** Where keys may be others; where a line is typed, characters are typed and what edits stays as everywhere. */
export const REMAPPED_MODES = ['table', 'sort', 'rules', 'asks', 'quotas', 'help'] as const satisfies readonly Mode[]

/** What an action is called in the config file: 'quit', 'page-down', 'deny', 'allow-program'. */
export function actionName(action: Action): string {
  switch (action.do) {
    case 'move':
      return action.by < 0 ? 'up' : 'down'
    case 'page':
      return action.by < 0 ? 'page-up' : 'page-down'
    case 'rule':
      return action.action
    case 'answer':
      return `${action.verdict}-${action.scope}`
    case 'side':
      return action.by < 0 ? 'collapse' : 'expand'
    case 'list':
      return action.list
    case 'cell':
      return action.negate ? 'leave-out' : 'filter-by'
    case 'sortBy':
      return action.by < 0 ? 'sort-left' : 'sort-right'
    case 'complete':
      return action.by < 0 ? 'complete-back' : 'complete'
    case 'scrub':
      return `${action.unit}-${action.by < 0 ? 'back' : 'forward'}`
    case 'turn':
      return action.by < 0 ? 'previous-view' : 'next-view'
    default:
      return action.do.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  }
}

/** Keys that have names: as people write them, and as Ink reports them. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ Space: ' ', Tab: 'tab', Enter: 'return', Esc: 'escape', Backspace: 'backspace', Delete: 'delete' },
  ...{ Up: 'upArrow', Down: 'downArrow', Left: 'leftArrow', Right: 'rightArrow', PgUp: 'pageUp', PgDn: 'pageDown', Home: 'home', End: 'end' },
}

/** Ctrl with these is another key on a terminal, or ends the program. */
const TAKEN_BY_CTRL: Readonly<Record<string, string>> = {
  c: 'it always quits',
  z: 'it always suspends',
  i: 'it is Tab',
  j: 'it is Enter',
  m: 'it is Enter',
  h: 'it is Backspace',
}

/** What Ink reports for a key as people write it: `Q`, `Space`, `Ctrl-X`. Throws a sentence. */
function matchOf(key: string): string {
  const named = NAMED[key]
  if (named !== undefined) return named
  const [, letter] = /^Ctrl-([A-Za-z])$/.exec(key) ?? []
  if (letter !== undefined) {
    const taken = TAKEN_BY_CTRL[letter.toLowerCase()]
    if (taken) throw new Error(`${key} cannot be chosen: ${taken}`)
    return `ctrl+${letter.toLowerCase()}`
  }
  if (graphemes(key).length === 1 && [...key].length === 1 && width(key) > 0 && key !== ' ') return key
  throw new Error(`${key === '' ? 'nothing' : `'${key}'`} is no key: write a character, Ctrl-X, or one of ${Object.keys(NAMED).join(', ')}`)
}

/** A wish for other keys: `mode` and `name` as actionName has it, `keys` as people write them. */
export interface Remap {
  mode: (typeof REMAPPED_MODES)[number]
  name: string
  keys: readonly string[]
}

/** What may be remapped in a mode. */
export function namesIn(mode: Mode): string[] {
  return KEYS.filter((row) => row.mode === mode).map(({ action }) => actionName(action))
}

/** A wish that cannot be met: which, and why. */
export class RemapTrouble extends Error {
  readonly remap: Remap
  constructor(remap: Remap, message: string) {
    super(message)
    this.remap = remap
  }
}

function applied(row: KeyRow, remap: Remap): KeyRow {
  try {
    return { ...row, keys: remap.keys.join(' '), match: remap.keys.map(matchOf) }
  } catch (error) {
    throw new RemapTrouble(remap, (error as Error).message)
  }
}

/** The key table with the wishes met, all at once, so that two keys can change places. Throws RemapTrouble, also where a key would mean two things. */
export function remapped(remaps: readonly Remap[]): KeyRow[] {
  const rows = KEYS.flatMap((row): { row: KeyRow; remap: Remap | null }[] => {
    const isOfRow = ({ mode, name }: { mode: Mode; name: string }) => mode === row.mode && name === actionName(row.action)
    const remap = remaps.find(isOfRow)
    if (!remap) return [{ row, remap: null }]
    // Where two rows have one name (a page down in the help), the first gets the keys and the other goes.
    const isFirst = KEYS.find(({ mode, action }) => isOfRow({ mode, name: actionName(action) })) === row
    return isFirst ? [{ row: applied(row, remap), remap }] : []
  })
  for (const { row, remap } of rows) {
    if (!remap) continue
    if (row.match.length === 0 || new Set(row.match).size < row.match.length) throw new RemapTrouble(remap, 'each key once, and at least one')
    const other = rows.find((each) => each.row !== row && each.row.mode === row.mode && each.row.match.some((key) => row.match.includes(key)))?.row
    if (!other) continue
    const key = remap.keys[row.match.findIndex((match) => other.match.includes(match))]
    throw new RemapTrouble(remap, `${key} means ${actionName(other.action)} already: give that another key too`)
  }
  return rows.map(({ row }) => row)
}
