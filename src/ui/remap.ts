/** Other keys for what keys do: names for the rows of the key table, and the table with some of its keys replaced. Pure. */
import { graphemes, width } from '../text/width.ts'
import { type Action, KEYS, type KeyRow, type Mode } from './keys.ts'

/** Where keys may be others; where a line is typed, characters are typed and what edits stays as everywhere. */
export const REMAPPED_MODES = ['table', 'sort', 'rules', 'asks', 'quotas', 'help'] as const satisfies readonly Mode[]

/** What an action is called in the config file: 'quit', 'page-down', 'deny', 'allow-program'. One name in a mode is one row of the table. */
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
const TAKEN_BY_CTRL: Readonly<Record<string, string>> = { c: 'it always quits', i: 'it is Tab', j: 'it is Enter', m: 'it is Enter', h: 'it is Backspace' }

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
  const wish = (row: KeyRow) => remaps.find(({ mode, name }) => mode === row.mode && name === actionName(row.action))
  const table = KEYS.map((row) => {
    const remap = wish(row)
    return remap ? applied(row, remap) : row
  })
  for (const [i, row] of KEYS.entries()) {
    const remap = wish(row)
    const own = table[i]?.match ?? []
    if (!remap) continue
    if (own.length === 0 || new Set(own).size < own.length) throw new RemapTrouble(remap, 'each key once, and at least one')
    for (const [j, other] of table.entries()) {
      const both = j === i || other.mode !== row.mode ? undefined : own.findIndex((key) => other.match.includes(key))
      if (both !== undefined && both >= 0)
        throw new RemapTrouble(remap, `${remap.keys[both]} means ${actionName(other.action)} already: give that another key too`)
    }
  }
  return table
}
