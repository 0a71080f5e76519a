/** Editing one line of text: what the keys of a typed line do to its text and cursor. Pure, so that the filter and the rule line edit alike. */
import { graphemes } from '../text/width.ts'

/** A line being typed, and where the next character goes. */
export interface EditedLine {
  text: string
  /** UTF-16 units before the cursor; always between two graphemes, so that nothing is ever cut in half */
  cursor: number
}

/** What a key does to a line. */
export type Edit =
  /** inserts at the cursor */
  | { do: 'type'; text: string }
  /** erase: before the cursor; eraseNext: under it; eraseWord: back to the blank before it; clear: all */
  | { do: 'erase' | 'eraseNext' | 'eraseWord' | 'clear' }
  | { do: 'left' | 'right' | 'wordLeft' | 'wordRight' | 'lineStart' | 'lineEnd' }

/** As shells move: from one run of letters and digits to the next, so that the parts of a path are words. */
const [WORD_BEFORE, WORD_AFTER] = [/[\p{L}\p{N}\p{M}_]+[^\p{L}\p{N}\p{M}_]*$/u, /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]+/u]

/** Where graphemes begin, and the end of the text. */
function boundaries(text: string): number[] {
  const found = [0]
  for (const grapheme of graphemes(text)) found.push((found.at(-1) ?? 0) + grapheme.length)
  return found
}

/** The line with its cursor on the boundary at or after `cursor`: what was joined there may have become one grapheme. */
function at(text: string, cursor: number): EditedLine {
  return { text, cursor: boundaries(text).find((boundary) => boundary >= cursor) ?? text.length }
}

/** The line with its cursor on the boundary at or before `cursor`. */
function before(text: string, cursor: number): EditedLine {
  return { text, cursor: boundaries(text).findLast((boundary) => boundary <= cursor) ?? 0 }
}

function previous({ text, cursor }: EditedLine): number {
  return boundaries(text).findLast((boundary) => boundary < cursor) ?? 0
}

function next({ text, cursor }: EditedLine): number {
  return boundaries(text).find((boundary) => boundary > cursor) ?? text.length
}

/** A line with the cursor at its end. */
export function lineOf(text: string): EditedLine {
  return { text, cursor: text.length }
}

const EDITS: ReadonlySet<string> = new Set<Edit['do']>([
  ...(['type', 'erase', 'eraseNext', 'eraseWord', 'clear'] as const),
  ...(['left', 'right', 'wordLeft', 'wordRight', 'lineStart', 'lineEnd'] as const),
])

/** Is it an action that edits a line? */
export function isEdit(action: { do: string }): action is Edit {
  return EDITS.has(action.do)
}

/** The line after an edit. */
export function edited(line: EditedLine, edit: Edit): EditedLine {
  const { text } = line
  const { cursor } = at(text, line.cursor)
  const [head, tail] = [text.slice(0, cursor), text.slice(cursor)]
  switch (edit.do) {
    case 'type':
      return at(head + edit.text + tail, cursor + edit.text.length)
    case 'erase': {
      const from = previous({ text, cursor })
      return at(text.slice(0, from) + tail, from)
    }
    case 'eraseNext':
      return at(head + text.slice(next({ text, cursor })), cursor)
    case 'eraseWord': {
      const kept = head.replace(/\S+\s*$|\s+$/, '')
      return at(kept + tail, kept.length)
    }
    case 'clear':
      return lineOf('')
    case 'left':
      return { text, cursor: previous({ text, cursor }) }
    case 'right':
      return { text, cursor: next({ text, cursor }) }
    case 'wordLeft':
      return before(text, WORD_BEFORE.exec(head)?.index ?? 0)
    case 'wordRight':
      return at(text, cursor + (WORD_AFTER.exec(tail)?.[0].length ?? tail.length))
    case 'lineStart':
      return { text, cursor: 0 }
    case 'lineEnd':
      return lineOf(text)
  }
}
