/** The list of commands: all that can be done in a view, from the same data as its keys, found by what is typed. Pure. */

import { type Action, type KeyRow, type Mode, offeredKeys, sceneOf } from './keys.ts'
import { edited, isEdit } from './line-edit.ts'
import { moved } from './moving.ts'
import { BY } from './tabs.ts'
import { stopOf } from './trail.ts'
import type { Surroundings, UiState } from './ui-state.ts'
import { groupingsOf, viewOf } from './views.ts'

/** Something that can be done. */
export interface Command {
  /** the keys that do it too; '': none */
  keys: string
  what: string
  action: Action
}

/** Opens the list for the view on the screen. */
export function toPalette(state: UiState): UiState {
  return { ...state, mode: 'palette', paletteFrom: state.mode, paletteText: '', paletteIndex: 0, cursor: 0 }
}

/** Back to the view that it was opened in. */
export function leftPalette(state: UiState): UiState {
  return { ...state, mode: state.paletteFrom }
}

/** What only moves comes last: nobody looks for it by name. */
const MOVING: ReadonlySet<Action['do']> = new Set<Action['do']>(['move', 'page', 'first', 'last', 'side'])

/** All commands for the view that the list was opened in; over a recording only those that do something there. */
export function commandsOf({ paletteFrom, trails }: UiState, recorded: boolean, keys: readonly KeyRow[]): Command[] {
  const stop = stopOf(trails)
  const own = offeredKeys(paletteFrom, recorded, sceneOf(stop), keys)
    .filter(({ action }) => action.do !== 'palette')
    .map(({ keys: names, help, action }): Command => ({ keys: names, what: help, action }))
  const views = goingElsewhere(paletteFrom, recorded, keys)
  const rows = paletteFrom === 'table' ? arranging(stop) : []
  const others = own.filter(({ action }) => !MOVING.has(action.do))
  return [
    ...others,
    ...views.filter(({ what }) => !own.some((command) => command.what === what)),
    ...rows,
    ...own.filter(({ action }) => MOVING.has(action.do)),
  ]
}

/** The views, from wherever one is. */
function goingElsewhere(from: Mode, recorded: boolean, keys: readonly KeyRow[]): Command[] {
  if (from === 'table') return []
  return offeredKeys('table', recorded, null, keys)
    .filter(({ action }) => action.do === 'list' || action.do === 'rules')
    .map(({ help, action }) => ({ keys: '', what: help, action }))
}

/** What a table's rows can be grouped and sorted by. */
function arranging({ place, by, look }: ReturnType<typeof stopOf>): Command[] {
  const groups = groupingsOf(place)
    .filter((other) => other !== by)
    .map((other): Command => ({ keys: '', what: other === 'none' ? 'do not group' : `group${BY[other]}`, action: { do: 'groupBy', by: other } }))
  const orders = viewOf(place, by)
    .columns.filter(({ id, sorts }) => id !== look.sort && sorts !== false && place.kind !== 'events')
    .map(({ id, title, help }): Command => ({ keys: '', what: `sort by ${title}: ${help}`, action: { do: 'orderBy', column: id } }))
  return [...groups, ...orders]
}

/** How far apart the letters of a word stand in a text, in their order; less where they go on or begin a word; Infinity: not all are there. */
function apart(word: string, text: string): number {
  const letters = text.split('')
  // For each place of the text, what it costs to have the letters so far end there.
  let costs: readonly number[] = []
  for (const [nth, letter] of word.split('').entries()) {
    const before = costs
    let least = nth === 0 ? 0 : Number.POSITIVE_INFINITY
    costs = letters.map((other, i): number => {
      const next: number = before[i - 1] ?? Number.POSITIVE_INFINITY
      const jump: number = least + (i === 0 || letters[i - 1] === ' ' ? 1 : 2)
      least = Math.min(least, next)
      return other === letter ? Math.min(next, jump) : Number.POSITIVE_INFINITY
    })
  }
  return Math.min(...costs)
}

/** How well a word fits: its key, the start of a word, part of one, its letters in their order; Infinity: not at all. Less is better. */
function distance(word: string, { keys, what }: Command): number {
  if (keys.split(' ').includes(word)) return 0
  const text = `${keys} ${what}`.toLowerCase()
  const wanted = word.toLowerCase()
  if (` ${text}`.includes(` ${wanted}`)) return 1
  // Of two that fit letter by letter alone, the shorter one says less else.
  return text.includes(wanted) ? 2 : 3 + apart(wanted, text) / 100 + text.length / 100_000
}

/** From here on a word fits by its letters alone. */
const STREWN = 3

/** Those that fit all words typed, best first, else in their order. Letters strewn over a text are a guess, which is made only where no command has the words. */
export function found(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.split(/\s+/u).filter((word) => word !== '')
  if (words.length === 0) return commands
  const phrase = words.join(' ').toLowerCase()
  const fitting = commands
    .map((command) => {
      const apart = words.map((word) => distance(word, command))
      const far = apart.reduce((sum, one) => sum + one, command.what.toLowerCase().includes(phrase) ? 0 : 0.5)
      return { command, far, strewn: Math.max(...apart) >= STREWN }
    })
    .filter(({ far }) => far < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.far - b.far)
  const guessed = fitting.every(({ strewn }) => strewn)
  return fitting.filter(({ strewn }) => guessed || !strewn).map(({ command }) => command)
}

/** A key while a command is looked for. */
export function inPalette(state: UiState, action: Action, { commands, page }: Pick<Surroundings, 'commands' | 'page'>): UiState {
  if (action.do === 'back') return leftPalette(state)
  if (isEdit(action)) {
    const { text, cursor } = edited({ text: state.paletteText, cursor: state.cursor }, action)
    // Another text finds others: the best of them is chosen.
    return { ...state, paletteText: text, cursor, paletteIndex: text === state.paletteText ? state.paletteIndex : 0 }
  }
  return { ...state, paletteIndex: moved(action, state.paletteIndex, commands.length, page) ?? state.paletteIndex }
}

/**
 * What a key or click comes to: in the list of commands the one that was chosen, to be done in the view it is for. An action of null:
 * nothing was chosen.
 */
export function resolved(state: UiState, action: Action, { commands }: Pick<Surroundings, 'commands'>): { state: UiState; action: Action | null } {
  if (state.mode !== 'palette' || (action.do !== 'accept' && action.do !== 'pick')) return { state, action }
  const chosen = commands[action.do === 'pick' ? Number(action.id) : state.paletteIndex]
  return chosen ? { state: leftPalette(state), action: chosen.action } : { state, action: null }
}
