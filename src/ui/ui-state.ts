/** What the user chose, as data: all that the keys change. */
import { type Filter, parseFilter } from '../model/filter.ts'
import type { Moment } from '../model/past-view.ts'
import type { Answer, Ask, RuleState } from '../rules/control.ts'
import type { Rule } from '../rules/rule.ts'
import { type Comfort, freshComfort } from './comfort.ts'
import type { Seen } from './completion.ts'
import type { Mode, RuleKind } from './keys.ts'
import type { EditedLine } from './line-edit.ts'
import type { Kept, Saved } from './memory.ts'
import type { Command } from './palette.ts'
import type { RowSource } from './rows.ts'
import type { Confirm } from './rule-detail.ts'
import { freshTrails, type Trails } from './trail.ts'

/** The state of the screen that keys change. */
export interface UiState extends Comfort {
  mode: Mode
  /** the lists, and how deep each is looked into */
  trails: Trails
  kinds: 'files' | 'all'
  paused: boolean
  /** the tick that tables show, where they have a past; null: now */
  past: number | null
  /** the filter in force, as text and parsed */
  filterText: string
  filter: Filter | null
  /** why the text being typed is no filter; the last good one stays in force */
  filterError: { message: string; column: number } | null
  /** where the cursor stands in the filter or rule being typed; UTF-16 units before it */
  cursor: number
  /** first line shown of the rules, the quotas, those who wait, or the help; a table has its own */
  scroll: number
  /** what Esc goes back to; `trails`: to a close look that a filter led away from */
  before: (Pick<UiState, 'filterText' | 'filter'> & { sort: string; reverse: boolean; trails?: Trails }) | null
  quit: boolean
  /** the rule being written, which rule it is to replace, and the view it was begun in */
  ruleText: string
  /** the line that was proposed, as long as it was not touched; null: it was, or none was */
  ruleDraft: string | null
  ruleReplaces: number | null
  ruleFrom: Mode
  /** the view that help was asked for in */
  helpFrom: Mode
  /** the selected row of the rules view, and its first row shown */
  ruleIndex: number
  /** who is selected of those who wait, kept by its number; and how long answers stand */
  ask: number | null
  askIndex: number
  /** the selected one has its answer from us: the next is selected when it goes */
  askAnswered: boolean
  answerTime: number
  /** the rule that waits for the word `yes`; null: none does */
  danger: Danger | null
  /** what is to be pressed again before it is done */
  confirm: Confirm
  /** what is typed to find a command, which of those found is chosen, and the view it is for */
  paletteText: string
  paletteIndex: number
  paletteFrom: Mode
  /** the row that the last click was on, unless something else was done since: the second one enters it */
  clicked: string | number | null
  /** what is asked of the rules; the screen carries it out and clears it */
  request: Request | null
}

/** A rule that can stop the machine, before it is armed. */
export interface Danger {
  request: Request
  /** its line */
  text: string
  /** why the word is asked for, a sentence each without its dot */
  reasons: readonly string[]
  typed: EditedLine
  /** what Esc goes back to */
  from: Mode
}

/** What only the owner of the rules can do. */
export type Request =
  | { do: 'arm'; rule: Rule; replaces: number | null }
  | { do: 'undo' }
  | { do: 'toggle'; id: number }
  | { do: 'remove'; id: number }
  | { do: 'answer'; id: number; answer: Answer }
  | { do: 'signal'; id: number; signal: 'SIGKILL' | 'SIGSTOP' }

/** Nothing pressed yet; `sort` is that of the processes, `kept` what is remembered, `given` the filters of the config file. */
export function initialState(options: { sort: string; filterText: string; kinds: 'files' | 'all'; kept?: Kept; given?: readonly Saved[] }): UiState {
  const parsed = parseFilter(options.filterText)
  return {
    mode: 'table',
    trails: freshTrails(options.sort),
    kinds: options.kinds,
    paused: false,
    past: null,
    filterText: options.filterText,
    filter: parsed.ok ? parsed.filter : null,
    filterError: null,
    cursor: 0,
    scroll: 0,
    before: null,
    quit: false,
    ruleText: '',
    ruleDraft: null,
    ruleReplaces: null,
    ruleFrom: 'table',
    ruleIndex: 0,
    helpFrom: 'table',
    ask: null,
    askIndex: 0,
    askAnswered: false,
    answerTime: 0,
    danger: null,
    confirm: null,
    paletteText: '',
    paletteIndex: 0,
    paletteFrom: 'table',
    clicked: null,
    request: null,
    ...freshComfort(options),
  }
}

/** What a key needs to know of the screen. */
export interface Surroundings {
  /** the rows of the view on the screen */
  rows: RowSource
  /** ids of the columns, those on the screen first: what can be sorted by */
  columns: readonly string[]
  /** ids of those on the screen; those that were chosen, by keys or settings, and by settings alone, or null; and those that would be shown otherwise */
  shown: readonly string[]
  chosen: readonly string[] | null
  settled: readonly string[] | null
  usual: readonly string[]
  /** values that were seen, to complete a filter with */
  seen: Seen
  /** rows (or help lines) that fit the screen */
  page: number
  /** ticks that can be gone back to, oldest first; the last is now */
  moments: readonly Moment[]
  /** lines of the help text */
  helpLines: number
  /** are there rules here? A recording has none */
  brake: boolean
  /** the rule a key proposes for the selected row; null without one */
  draft: (action: RuleKind) => string | null
  /** why a rule needs the word `yes` before it is armed, a sentence each without its dot; none: it does not */
  dangers?: (rule: Rule) => readonly string[]
  /** why rules of a kind cannot be enforced here, the end of a sentence; null: they can */
  inability?: (kind: Rule['action']['kind']) => string | null
  /** the rule that would be armed again; null: it is armed, or there is none */
  disarmed?: (id: number) => Rule | null
  /** a proposed line by what is known by now; none: it stays as it was */
  refined?: (line: string) => string
  /** ids and lines of the rules (in the quotas' view, of the quotas), in their order */
  rules: readonly Pick<RuleState, 'id' | 'text' | 'holders'>[]
  /** what the list of commands shows for what is typed, best first */
  readonly commands: readonly Command[]
  /** who waits, longest first */
  asks: readonly Pick<Ask, 'id'>[]
}
