/** What keys mean: from what a terminal sends to what is asked for, and which are offered where. */
import type { Key } from 'ink'
import type { Answer } from '../rules/control.ts'
import type { Action as RuleAction } from '../rules/rule.ts'
import type { By } from './groups-view.ts'
import { KEYS } from './key-table.ts'
import type { Edit } from './line-edit.ts'
import type { List } from './lists.ts'
import type { Stop } from './trail.ts'

export { KEYS } from './key-table.ts'

/** What a rule does. */
export type RuleKind = RuleAction['kind']

/** What a key asks for; state.ts says what it does. */
export type Action =
  | { do: 'move'; by: number }
  | { do: 'page'; by: -1 | 1 }
  /** in a tree: open, or close */
  | { do: 'side'; by: -1 | 1 }
  | { do: 'list'; list: List }
  /** in time: a tick or a minute back or forward */
  | { do: 'scrub'; by: -1 | 1; unit: 'tick' | 'minute' }
  /** the view beside this one */
  | { do: 'turn'; by: -1 | 1 }
  /** sorts by the column beside */
  | { do: 'sortBy'; by: -1 | 1 }
  /** filters by what the row says, or leaves that out */
  | { do: 'cell'; negate: boolean }
  /** what Tab offers in a filter, forth or back */
  | { do: 'complete'; by: -1 | 1 }
  | {
      do:
        | 'first'
        | 'last'
        | 'filter'
        | 'sort'
        | 'reverse'
        | 'pause'
        | 'now'
        | 'kinds'
        | 'help'
        | 'quit'
        | 'redraw'
        | 'back'
        | 'accept'
        | 'enter'
        | 'group'
        /** a close look at the directory of what is selected; the other rows of a close look */
        | 'directory'
        | 'inside'
        /** the latest events of what is looked at closely */
        | 'latest'
        /** counts what lies below the directory that is looked at */
        | 'count'
        | 'undo'
        | 'rules'
        | 'toggle'
        | 'remove'
        | 'edit'
        | 'killHolders'
        | 'asks'
        | 'quotas'
        | 'time'
        | 'stopHolders'
        | 'columns'
        | 'usual'
        | 'saved'
        | 'name'
        | 'palette'
        | 'suspend'
    }
  | Edit
  /** opens the rule line for the selected row */
  | { do: 'rule'; action: RuleKind }
  | { do: 'answer'; verdict: Answer['verdict']; scope: Answer['scope'] }
  /** a click on the row of that id: of a table, a rule, one who waits; in the list of commands its place */
  | { do: 'pick'; id: string | number }
  /** sorts by that column; where it is so already, the other way round */
  | { do: 'orderBy'; column: string }
  | { do: 'groupBy'; by: By }

export type Mode = 'table' | 'filter' | 'sort' | 'help' | 'rule' | 'rules' | 'asks' | 'quotas' | 'columns' | 'cell' | 'saved' | 'naming' | 'palette' | 'confirm'

/** What a table is drawn in. */
export const TABLE_MODES: ReadonlySet<Mode> = new Set<Mode>(['table', 'filter', 'sort', 'rule', 'columns', 'cell', 'saved', 'naming', 'confirm'])

/** Where a key that means nothing else is a character. */
const TYPED: ReadonlySet<Mode> = new Set<Mode>(['filter', 'rule', 'cell', 'naming', 'palette', 'confirm'])

/** What a table shows, as far as keys differ. */
export type Scene = Stop['place']['kind'] | 'grouped' | 'latest'

/** Is a line of text being edited, that a paste can go into? In a choice of filter terms characters choose one; the word that arms a dangerous rule is typed. */
export function isLineEdited(mode: Mode): boolean {
  return TYPED.has(mode) && mode !== 'cell' && mode !== 'confirm'
}

export interface KeyRow {
  mode: Mode
  /** only with these on the screen; none: always */
  on?: readonly Scene[]
  /** as people write it */
  keys: string
  /** what Ink reports: a character, or a name of ink's Key */
  match: string[]
  action: Action
  /** for the help */
  help: string
  /** for the footer; none: the footer leaves it out; '': it shares the next one's */
  footer?: string
  /** for a footer that has not room for all: the lowest ranks stay, 0 on any screen, 4 where nothing is said. Of keys that share a text the last one's. */
  rank?: 0 | 1 | 2 | 3
  /** it can do nothing here: the footer dims it, in parentheses, since some screens have no colours */
  isOff?: true
  /** where it has another one */
  rankIn?: Partial<Record<Scene, 0 | 1 | 2 | 3>>
}

/** Control characters that terminals and multiplexers may deliver inside a longer chunk of typed text. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

/** Keys that come as characters when several are pressed between two readings of the terminal. */
const CHARACTERS: Record<string, string> = { '\t': 'tab', '\r': 'return', '\n': 'return', '\u001b': 'escape', '\u007f': 'backspace', '\b': 'backspace' }

/** The same for Ctrl with a letter: a control character that is no key of its own. */
function controlLetter(input: string): string | undefined {
  return /^[\u0001-\u001a]$/.test(input) ? `ctrl+${String.fromCharCode(input.charCodeAt(0) + 96)}` : undefined
}

const MODIFIERS = ['ctrl', 'shift', 'meta', 'super', 'hyper', 'capsLock', 'numLock']

/** Ink's report of a key as an action; null: it means nothing here. */
export function actionFor(mode: Mode, input: string, key: Key, keys: readonly KeyRow[] = KEYS): Action | null {
  if (key.ctrl && input === 'c') return { do: 'quit' }
  const named = Object.entries(key).find(([name, on]) => on === true && !MODIFIERS.includes(name))?.[0] ?? CHARACTERS[input]
  // A character behind an Esc, in one piece: Alt with it on some terminals, two keys on others. Neither may delete a rule by chance.
  if (key.meta && named === undefined) return null
  const pressed = named ?? controlLetter(input) ?? (key.ctrl ? `ctrl+${input}` : input)
  if (pressed === 'ctrl+z') return { do: 'suspend' }
  const rowOf = (name: string) => keys.find((candidate) => candidate.mode === mode && candidate.match.includes(name))
  // A key that means nothing else with Ctrl or Alt is what it is without.
  const row =
    (named && key.ctrl && rowOf(`ctrl+${named}`)) ||
    (named && key.meta && rowOf(`meta+${named}`)) ||
    (named && key.shift && rowOf(`shift+${named}`)) ||
    rowOf(pressed)
  if (row) return row.action
  // Where it means nothing else, a line that is typed into for one.
  if (pressed === 'ctrl+l') return { do: 'redraw' }
  if (!TYPED.has(mode) || key.ctrl || key.meta) return null
  const text = input.replace(CONTROL, '')
  return text === '' ? null : { do: 'type', text }
}

/** What is about rules: a recording has none. */
const OF_RULES: ReadonlySet<Action['do']> = new Set<Action['do']>(['rule', 'undo', 'rules', 'quotas', 'asks'])

/** Is it about rules, which a recording cannot have? */
export function isAboutRules(action: Action): boolean {
  return OF_RULES.has(action.do)
}

/** What a table shows of a stop, as far as keys differ. */
export function sceneOf({ place, by }: Stop): Scene {
  if (by === 'events') return 'latest'
  return by === 'none' || by === 'inside' ? place.kind : 'grouped'
}

/** The keys to offer in a view; over a recording only those that do something there. `scene`: what the table shows; null: whatever it does. */
export function offeredKeys(mode: Mode, recorded: boolean, scene: Scene | null = null, keys: readonly KeyRow[] = KEYS): KeyRow[] {
  const arms = (row: KeyRow) => isAboutRules(row.action) || ((mode === 'rule' || mode === 'confirm') && row.action.do === 'accept')
  return keys
    .filter((row) => row.mode === mode && !(recorded && (arms(row) || row.action.do === 'count')) && (!row.on || scene === null || row.on.includes(scene)))
    .map((row) => {
      const rank = scene === null ? undefined : row.rankIn?.[scene]
      return rank === undefined ? row : { ...row, rank }
    })
}
