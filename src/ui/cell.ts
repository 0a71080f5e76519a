/** Filtering by what the selected row says: the terms that tell it from others, and the line to choose one of them. Pure. */
import { parseFilter, printFilter, type Term } from '../model/filter.ts'
import type { CellChoice } from './comfort.ts'
import type { Action } from './keys.ts'
import { clip, type Line, lineWidth } from './line.ts'
import { remembering } from './memory.ts'
import type { Named } from './names.ts'
import type { UiState } from './ui-state.ts'
import type { Subject } from './view.ts'

const exact = (key: 'comm' | 'user' | 'exe' | 'container' | 'path', text: string): Term[] => [{ negate: false, kind: 'exact', key, text }]

/** The file itself, and the directory it lies in. */
function ofFile(file: Named | null): Term[] {
  if (!file || file.path === '' || file.unreadable) return []
  const { path } = file
  const end = path.lastIndexOf('/')
  return [...exact('path', path), ...(path.startsWith('/') ? ofDirectory(end === 0 ? '/' : path.slice(0, end)) : [])]
}

function ofDirectory(path: string): Term[] {
  return path.startsWith('/') ? [{ negate: false, kind: 'text', key: 'dir', text: path }] : []
}

/** Of whom only name and number are known. */
function ofSomebody(who: { comm: string; pid: number }): Term[] {
  return [...(who.comm === '' || who.comm === '?' ? [] : exact('comm', who.comm)), { negate: false, kind: 'pid', pid: who.pid, descendants: false }]
}

function ofGroup({ by, key }: Extract<Subject, { kind: 'group' }>): Term[] {
  // The filter language knows no sessions.
  if (key === '' || key === '?' || by === 'session') return []
  if (by !== 'user') return exact(by, key)
  const [uid = '', ...inside] = key.split('~')
  // The number, where its name is not a container's own: it is the same whatever the user is called.
  return inside.length > 0 && inside.join('') !== '' ? exact('user', `~${inside.join('~')}`) : [{ negate: false, kind: 'text', key: 'user', text: uid }]
}

/** What a filter can say of a row; each passes the row itself. */
export function termsOf(subject: Subject): Term[] {
  switch (subject.kind) {
    case 'process': {
      const { row, file } = subject
      const whole = (key: 'user' | 'container' | 'exe') => (row[key] === '' || row[key] === '?' ? [] : exact(key, row[key]))
      return [...ofSomebody(row), ...whole('user'), ...whole('container'), ...whole('exe'), ...ofFile(file)]
    }
    case 'file':
      return [...ofFile(subject.file), ...(subject.hottest ? ofSomebody(subject.hottest) : [])]
    case 'event':
      return [...(subject.by ? ofSomebody(subject.by) : []), ...ofFile(subject.file)]
    case 'directory':
      return ofDirectory(subject.path)
    case 'group':
      return ofGroup(subject)
    case 'nothing':
      return []
  }
}

/** What a term is about, as it is typed. */
function keyOf(term: Term): string {
  return 'key' in term ? term.key : 'pid'
}

/** Columns that a term has another name than. */
const KEY_OF_COLUMN: Readonly<Record<string, string>> = { file: 'path', process: 'comm' }

/** Opens the line; what the rows are sorted by is chosen, where a filter can say that. */
export function toCell(state: UiState, negate: boolean, subject: Subject, sort: string): UiState {
  const terms = termsOf(subject)
  const at = terms.findIndex((term) => keyOf(term) === (KEY_OF_COLUMN[sort] ?? sort))
  return { ...state, mode: 'cell', cell: { negate, terms, at: Math.max(0, at) } }
}

/** The next term that begins with a letter. */
function withLetter({ terms, at }: CellChoice, letter: string): number {
  for (let i = 1; i <= terms.length; i++) {
    const next = (at + i) % terms.length
    if (keyOf(terms[next] as Term).startsWith(letter)) return next
  }
  return at
}

function printed(term: Term, negate: boolean): string {
  return printFilter({ terms: [{ ...term, negate }] })
}

/** The filter with one more term, unless it has that. */
export function withTerm(text: string, term: string): string {
  const before = text.trim()
  if (before === '') return term
  const parsed = parseFilter(before)
  const has = parsed.ok && (parsed.filter?.terms ?? []).some((one) => printFilter({ terms: [one] }) === term)
  return has ? before : `${before} ${term}`
}

/** A key while a term is chosen. */
export function inCell(state: UiState, action: Action): UiState {
  const { cell } = state
  const closed: UiState = { ...state, mode: 'table', cell: null }
  if (!cell) return closed
  const { terms, at } = cell
  const choose = (next: number): UiState => ({ ...state, cell: { ...cell, at: terms.length === 0 ? 0 : (next + terms.length) % terms.length } })
  switch (action.do) {
    case 'move':
      return choose(at + action.by)
    case 'type':
      return choose(withLetter(cell, action.text.toLowerCase()))
    case 'cell':
      return { ...state, cell: { ...cell, negate: action.negate } }
    case 'accept': {
      const term = terms[at]
      if (!term) return closed
      const filterText = withTerm(state.filterText, printed(term, cell.negate))
      const parsed = parseFilter(filterText)
      if (!parsed.ok) return closed
      const remember = { do: 'filter', text: filterText } as const
      return { ...closed, filterText, filter: parsed.filter, filterError: null, kept: remembering(state.kept, remember), remember }
    }
    case 'back':
      return closed
    default:
      return state
  }
}

/** The line: all terms where there is room, else only what those are about that are not chosen. */
export function cellLine({ negate, terms, at }: CellChoice, columns: number, spoken: boolean): Line {
  const label = { text: negate ? 'leave out: ' : 'filter by: ', bold: true }
  if (terms.length === 0) return clip([label, { text: 'a filter can say nothing of this row', role: 'dim' }], columns)
  const line = (shown: (term: Term) => string): Line => [
    label,
    ...terms.flatMap((term, i) => [
      i === at ? { text: `${spoken ? 'selected ' : ''}${printed(term, negate)}`, inverse: true } : { text: shown(term) },
      { text: '  ' },
    ]),
  ]
  const whole = line((term) => printed(term, negate))
  return lineWidth(whole) <= columns ? whole : clip(line(keyOf), columns)
}
