/** What is remembered from run to run, and how each key changes it. Pure: src/commands keeps it in a file. */

/** A filter under a name. */
export interface Saved {
  name: string
  text: string
}

/** All that is remembered. */
export interface Kept {
  /** ids of the columns that were chosen, by the name of the view (see chosen-columns.ts) */
  columns: Readonly<Record<string, readonly string[]>>
  /** filters and rules that were typed, the newest last, each once */
  filters: readonly string[]
  rules: readonly string[]
  saved: readonly Saved[]
}

/** One thing to be remembered, or forgotten. */
export type Change =
  /** null: the usual ones again */
  | { do: 'columns'; view: string; ids: readonly string[] | null }
  | { do: 'filter' | 'rule'; text: string }
  | { do: 'save'; name: string; text: string }
  | { do: 'forget'; name: string }

/** Nothing is remembered. */
export const NOTHING_KEPT: Kept = { columns: {}, filters: [], rules: [], saved: [] }

/** Lines of a history, saved filters, and characters of one: what nobody types is not remembered. */
export const MOST_LINES = 100
export const MOST_SAVED = 100
export const LONGEST = 500
export const LONGEST_NAME = 40

function withLine(lines: readonly string[], text: string): readonly string[] {
  if (text === '' || text.length > LONGEST) return lines
  return [...lines.filter((line) => line !== text), text].slice(-MOST_LINES)
}

/** What is remembered after a change. */
export function remembering(kept: Kept, change: Change): Kept {
  switch (change.do) {
    case 'columns': {
      const { [change.view]: _, ...others } = kept.columns
      return { ...kept, columns: change.ids === null ? others : { ...others, [change.view]: change.ids } }
    }
    case 'filter':
      return { ...kept, filters: withLine(kept.filters, change.text) }
    case 'rule':
      return { ...kept, rules: withLine(kept.rules, change.text) }
    case 'save': {
      if (change.name === '' || change.name.length > LONGEST_NAME || change.text.length > LONGEST) return kept
      const others = kept.saved.filter(({ name }) => name !== change.name)
      return { ...kept, saved: [...others, { name: change.name, text: change.text }].slice(-MOST_SAVED) }
    }
    case 'forget':
      return { ...kept, saved: kept.saved.filter(({ name }) => name !== change.name) }
  }
}
