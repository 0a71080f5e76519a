/** A rule that can stop the machine: the question before it is armed, which only the typed word answers. Pure. */
import { CONFIRM_WORD } from '../rules/danger.ts'
import { harmless, literal } from '../text/printable.ts'
import { wrap } from '../text/width.ts'
import type { Action } from './keys.ts'
import { type Line, plain } from './line.ts'
import { edited, isEdit, lineOf } from './line-edit.ts'
import type { Preview } from './preview.ts'
import { promptLines } from './prompt.ts'
import { previewLines } from './rules-view.ts'
import type { Request, UiState } from './ui-state.ts'

/** The longest answer: nothing longer than the word is one. */
const MAX_ANSWER = 16

/** Lines that the preview and the reasons may take: on the smallest screen the line for the word must be on it. */
const [PREVIEW_ROWS, REASON_ROWS] = [2, 3]

/** Asks for the word before `request` is carried out. `text`: the rule's line; `reasons`: why, a sentence each without its dot. */
export function toDanger(state: UiState, request: Request, text: string, reasons: readonly string[]): UiState {
  return { ...state, mode: 'confirm', danger: { request, text, reasons, typed: lineOf(''), from: state.mode } }
}

/** A key while the word is asked for: Enter does nothing until it stands there. `after`: what a rule line does when its rule is armed. */
export function inDanger(state: UiState, action: Action, after: (state: UiState) => UiState): UiState {
  const { danger } = state
  if (!danger) return { ...state, mode: 'table' }
  if (isEdit(action)) {
    const typed = edited(danger.typed, action)
    return typed.text.length > MAX_ANSWER ? state : { ...state, danger: { ...danger, typed } }
  }
  if (action.do === 'back') return { ...state, mode: danger.from, danger: null }
  if (action.do !== 'accept' || danger.typed.text.trim() !== CONFIRM_WORD) return state
  const answered: UiState = { ...state, mode: danger.from, danger: null, request: danger.request }
  return danger.from === 'rule' ? after(answered) : answered
}

/** The question: the rule, its preview, the reasons, and the line for the word. */
export function dangerLines({ danger }: Pick<UiState, 'danger'>, preview: Preview | null, columns: number): Line[] {
  if (!danger) return []
  const reasons = wrap(harmless(`${danger.reasons.join('; ')}.`), columns, REASON_ROWS)
  return [
    plain(`rule: ${literal(danger.text)}`, columns, { bold: true }),
    ...previewLines(danger.text, preview, columns, PREVIEW_ROWS).slice(0, PREVIEW_ROWS),
    ...reasons.map((part) => plain(part, columns, { role: 'alert' })),
    ...promptLines(`type ${CONFIRM_WORD} to arm it: `, danger.typed, null, columns),
  ]
}
