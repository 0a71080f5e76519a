/** The history of a typed line: the arrows bring back what was typed before. Pure. */
import type { Recall } from './comfort.ts'
import { type EditedLine, lineOf } from './line-edit.ts'

/** The line that an arrow leads to: -1 to an older one, 1 to a newer one and at last to what was typed; null: there is none. `lines`: the newest last. */
export function recalled(lines: readonly string[], typed: EditedLine, recall: Recall | null, by: number): { line: EditedLine; recall: Recall | null } | null {
  const draft = recall?.draft ?? typed.text
  // What stands in the line already would be a key that does nothing.
  const older = lines.filter((line) => line !== draft)
  const at = (recall?.at ?? -1) - Math.sign(by)
  if (at < -1 || at >= older.length) return null
  if (at === -1) return recall ? { line: lineOf(draft), recall: null } : null
  return { line: lineOf(older.at(-1 - at) ?? ''), recall: { at, draft } }
}
