/** Keys as data: one table tells what a key does, what the footer teaches and what the help lists. */
import type { KeyRow, Mode, Scene } from './keys.ts'
import { LISTS } from './lists.ts'

const TREES: readonly Scene[] = ['directories', 'grouped']
const GROUPED: readonly Scene[] = ['processes', 'files', 'grouped']
const CLOSELY: readonly Scene[] = ['process', 'file']
const LISTED: readonly Scene[] = ['processes', 'files', 'directories', 'events', 'grouped']
const SORTED: readonly Scene[] = ['processes', 'files', 'directories', 'grouped', 'process', 'file']

/** The keys that edit a typed line: the same in each. */
function editing(mode: Mode): KeyRow[] {
  return [
    { mode, keys: '←', match: ['leftArrow'], action: { do: 'left' }, help: 'a character to the left' },
    { mode, keys: '→', match: ['rightArrow'], action: { do: 'right' }, help: 'a character to the right' },
    { mode, keys: 'Ctrl-←', match: ['ctrl+leftArrow', 'meta+leftArrow'], action: { do: 'wordLeft' }, help: 'a word to the left (Alt-← too)' },
    { mode, keys: 'Ctrl-→', match: ['ctrl+rightArrow', 'meta+rightArrow'], action: { do: 'wordRight' }, help: 'a word to the right (Alt-→ too)' },
    { mode, keys: 'Home Ctrl-A', match: ['home', 'ctrl+a'], action: { do: 'lineStart' }, help: 'to the start of the line' },
    { mode, keys: 'End Ctrl-E', match: ['end', 'ctrl+e'], action: { do: 'lineEnd' }, help: 'to the end of the line' },
    { mode, keys: 'Backspace', match: ['backspace'], action: { do: 'erase' }, help: 'erase the character before the cursor' },
    { mode, keys: 'Delete', match: ['delete'], action: { do: 'eraseNext' }, help: 'erase the character under the cursor' },
    { mode, keys: 'Ctrl-W', match: ['ctrl+w'], action: { do: 'eraseWord' }, help: 'erase back to a blank', footer: 'erase word' },
    { mode, keys: 'Ctrl-U', match: ['ctrl+u'], action: { do: 'clear' }, help: 'erase all', footer: 'erase all' },
  ]
}

/** The keys that move in a list, as in every pager; `what`: a row, a rule … */
function paging(mode: Mode, what: string): KeyRow[] {
  return [
    { mode, keys: 'PgUp', match: ['pageUp', 'ctrl+b'], action: { do: 'page', by: -1 }, help: 'a page up' },
    { mode, keys: 'PgDn', match: ['pageDown', 'ctrl+f'], action: { do: 'page', by: 1 }, help: 'a page down' },
    { mode, keys: 'g Home', match: ['g', 'home'], action: { do: 'first' }, help: `first ${what}` },
    { mode, keys: 'G End', match: ['G', 'end'], action: { do: 'last' }, help: `last ${what}` },
  ]
}

/** The keys that pick a list. */
function picking(mode: Mode): KeyRow[] {
  return LISTS.map((list, i) => ({ mode, keys: String(i + 1), match: [String(i + 1)], action: { do: 'list', list }, help: `the ${list}` }))
}

/** All keys. The footer teaches them in this order, as far as it has room. */
export const KEYS: KeyRow[] = [
  { mode: 'table', keys: '↑ k', match: ['upArrow', 'k'], action: { do: 'move', by: -1 }, help: 'one row up' },
  { mode: 'table', keys: '↓ j', match: ['downArrow', 'j'], action: { do: 'move', by: 1 }, help: 'one row down' },
  ...paging('table', 'row'),
  { mode: 'table', on: TREES, keys: '→', match: ['rightArrow', 'l'], action: { do: 'side', by: 1 }, help: 'in a tree: show what is in it (l too)', footer: '' },
  {
    mode: 'table',
    on: TREES,
    keys: '←',
    match: ['leftArrow', 'h'],
    action: { do: 'side', by: -1 },
    help: 'hide it, or to what holds the row (h too)',
    footer: 'open',
  },
  {
    mode: 'table',
    keys: 'Enter',
    match: ['return'],
    action: { do: 'enter' },
    help: 'look at the process or file closely; open or close a group',
    footer: 'look',
  },
  {
    mode: 'table',
    on: CLOSELY,
    keys: 'Esc',
    match: ['escape', 'backspace'],
    action: { do: 'back' },
    help: 'back to where you were; in a list, drop the filter',
    footer: 'back',
  },
  { mode: 'table', on: LISTED, keys: '/', match: ['/'], action: { do: 'filter' }, help: 'filter as you type', footer: 'filter' },
  { mode: 'table', on: SORTED, keys: 's', match: ['s'], action: { do: 'sort' }, help: 'choose the column to sort by', footer: 'sort' },
  { mode: 'table', on: GROUPED, keys: 'b', match: ['b'], action: { do: 'group' }, help: 'group by name, program, user, container or parent', footer: 'by' },
  { mode: 'table', keys: 'd', match: ['d'], action: { do: 'rule', action: 'deny' }, help: 'deny: opens a rule for the selected row', footer: 'deny' },
  { mode: 'table', keys: 'x', match: ['x'], action: { do: 'rule', action: 'kill' }, help: 'kill at the next touch: a rule too', footer: 'kill' },
  { mode: 'table', keys: '?', match: ['?'], action: { do: 'help' }, help: 'this help', footer: 'help' },
  { mode: 'table', keys: 'q', match: ['q'], action: { do: 'quit' }, help: 'quit (Ctrl-C too)', footer: 'quit' },
  { mode: 'table', keys: 'a', match: ['a'], action: { do: 'rule', action: 'ask' }, help: 'ask: hold inside the next touch until you answer', footer: 'ask' },
  { mode: 'table', keys: 'f', match: ['f'], action: { do: 'rule', action: 'freeze' }, help: 'freeze inside the next touch: a rule too', footer: 'freeze' },
  { mode: 'table', keys: 'c', match: ['c'], action: { do: 'rule', action: 'quota' }, help: 'cap: a quota on the directory', footer: 'cap' },
  { mode: 'table', keys: 'Tab', match: ['tab'], action: { do: 'turn', by: 1 }, help: 'the next view', footer: 'view' },
  { mode: 'table', keys: 'A', match: ['A'], action: { do: 'rule', action: 'audit' }, help: 'audit: only tell of it' },
  { mode: 'table', keys: 'Space', match: [' '], action: { do: 'pause' }, help: 'freeze the screen; counting goes on', footer: 'pause' },
  { mode: 'table', on: SORTED, keys: 'r', match: ['r'], action: { do: 'reverse' }, help: 'reverse the order', footer: 'reverse' },
  { mode: 'table', keys: '.', match: ['.'], action: { do: 'kinds' }, help: 'files only, or also sockets, pipes and terminals', footer: 'all kinds' },
  { mode: 'table', keys: 'u', match: ['u'], action: { do: 'undo' }, help: 'disarm the rule armed last', footer: 'undo' },
  { mode: 'table', keys: 'w', match: ['w'], action: { do: 'asks' }, help: 'who waits for an answer' },
  { mode: 'table', keys: 'C', match: ['C'], action: { do: 'quotas' }, help: 'the quotas: used, rate, time until full' },
  { mode: 'table', keys: 'Shift-Tab', match: ['shift+tab'], action: { do: 'turn', by: -1 }, help: 'the view before' },
  ...picking('table'),
  { mode: 'table', keys: '5', match: ['5'], action: { do: 'rules' }, help: 'the rules and what they did' },
  { mode: 'table', keys: 'Ctrl-L', match: ['ctrl+l'], action: { do: 'redraw' }, help: 'draw the screen anew' },
  { mode: 'filter', keys: 'Enter', match: ['return'], action: { do: 'accept' }, help: 'keep the filter', footer: 'keep' },
  { mode: 'filter', keys: 'Esc', match: ['escape'], action: { do: 'back' }, help: 'back to the filter before', footer: 'as before' },
  ...editing('filter'),
  { mode: 'sort', keys: '← ↑ k', match: ['leftArrow', 'upArrow', 'h', 'k'], action: { do: 'move', by: -1 }, help: 'column to the left', footer: '' },
  { mode: 'sort', keys: '→ ↓ j', match: ['rightArrow', 'downArrow', 'l', 'j'], action: { do: 'move', by: 1 }, help: 'column to the right', footer: 'choose' },
  { mode: 'sort', keys: 'r', match: ['r'], action: { do: 'reverse' }, help: 'reverse the order', footer: 'reverse' },
  { mode: 'sort', keys: 'Enter', match: ['return', 's'], action: { do: 'accept' }, help: 'done', footer: 'done' },
  { mode: 'sort', keys: 'Esc', match: ['escape', 'q'], action: { do: 'back' }, help: 'back to the order before', footer: 'as before' },
  { mode: 'rule', keys: 'Enter', match: ['return'], action: { do: 'accept' }, help: 'arm it', footer: 'arm' },
  { mode: 'rule', keys: 'Tab', match: ['tab'], action: { do: 'toggle' }, help: 'deny, kill, freeze, ask or audit', footer: 'other action' },
  ...editing('rule'),
  { mode: 'rule', keys: 'Esc', match: ['escape'], action: { do: 'back' }, help: 'leave it', footer: 'leave it' },
  { mode: 'rules', keys: '↑', match: ['upArrow', 'k'], action: { do: 'move', by: -1 }, help: 'one rule up', footer: '' },
  { mode: 'rules', keys: '↓', match: ['downArrow', 'j'], action: { do: 'move', by: 1 }, help: 'one rule down', footer: 'choose' },
  ...paging('rules', 'rule'),
  { mode: 'rules', keys: 'Space', match: [' ', 'return'], action: { do: 'toggle' }, help: 'disarm the rule, or arm it again', footer: 'disarm/arm' },
  { mode: 'rules', keys: 'e', match: ['e'], action: { do: 'edit' }, help: 'edit it: the new rule takes its place', footer: 'edit' },
  { mode: 'rules', keys: 'x', match: ['x', 'delete'], action: { do: 'remove' }, help: 'delete it', footer: 'delete' },
  { mode: 'rules', keys: 'K', match: ['K'], action: { do: 'killHolders' }, help: 'twice: kill who had the file mapped before the rule' },
  { mode: 'rules', keys: 'Z', match: ['Z'], action: { do: 'stopHolders' }, help: 'twice: stop them (kill -CONT lets them go on)' },
  { mode: 'rules', keys: 'u', match: ['u'], action: { do: 'undo' }, help: 'disarm the rule armed last' },
  { mode: 'rules', keys: '?', match: ['?'], action: { do: 'help' }, help: 'help', footer: 'help' },
  { mode: 'rules', keys: 'Esc', match: ['escape', '5'], action: { do: 'back' }, help: 'back to where you were', footer: 'back' },
  { mode: 'rules', keys: 'Tab', match: ['tab'], action: { do: 'turn', by: 1 }, help: 'the processes (Shift-Tab: the events)', footer: 'view' },
  { mode: 'rules', keys: 'Shift-Tab', match: ['shift+tab'], action: { do: 'turn', by: -1 }, help: 'the events' },
  ...picking('rules'),
  { mode: 'rules', keys: 'C', match: ['C'], action: { do: 'quotas' }, help: 'the quotas' },
  { mode: 'rules', keys: 'w', match: ['w'], action: { do: 'asks' }, help: 'who waits for an answer' },
  { mode: 'rules', keys: 'q', match: ['q'], action: { do: 'quit' }, help: 'quit', footer: 'quit' },
  { mode: 'asks', keys: '↑', match: ['upArrow', 'k'], action: { do: 'move', by: -1 }, help: 'one up', footer: '' },
  { mode: 'asks', keys: '↓', match: ['downArrow', 'j'], action: { do: 'move', by: 1 }, help: 'one down', footer: 'choose' },
  ...paging('asks', 'one'),
  { mode: 'asks', keys: 'y', match: ['y'], action: { do: 'answer', verdict: 'allow', scope: 'call' }, help: 'allow this call', footer: 'allow' },
  {
    mode: 'asks',
    keys: 'n',
    match: ['n'],
    action: { do: 'answer', verdict: 'deny', scope: 'call' },
    help: 'deny this call: it fails with EPERM',
    footer: 'deny',
  },
  { mode: 'asks', keys: 'p', match: ['p'], action: { do: 'answer', verdict: 'allow', scope: 'process' }, help: 'allow this process', footer: '' },
  { mode: 'asks', keys: 'P', match: ['P'], action: { do: 'answer', verdict: 'deny', scope: 'process' }, help: 'deny this process', footer: 'process' },
  { mode: 'asks', keys: 'e', match: ['e'], action: { do: 'answer', verdict: 'allow', scope: 'program' }, help: 'allow all of this program (exe)', footer: '' },
  { mode: 'asks', keys: 'E', match: ['E'], action: { do: 'answer', verdict: 'deny', scope: 'program' }, help: 'deny all of this program', footer: 'program' },
  { mode: 'asks', keys: 't', match: ['t'], action: { do: 'time' }, help: 'how long answers for processes and programs stand', footer: 'time' },
  {
    mode: 'asks',
    keys: 'a',
    match: ['a'],
    action: { do: 'answer', verdict: 'allow', scope: 'always' },
    help: 'allow the program for good: the rule leaves it out',
    footer: '',
  },
  {
    mode: 'asks',
    keys: 'D',
    match: ['D'],
    action: { do: 'answer', verdict: 'deny', scope: 'always' },
    help: 'deny the program for good: arms a deny rule',
    footer: 'always',
  },
  { mode: 'asks', keys: '?', match: ['?'], action: { do: 'help' }, help: 'help', footer: 'help' },
  { mode: 'asks', keys: 'Esc', match: ['escape', 'w', 'q', 'tab'], action: { do: 'back' }, help: 'back to where you were; they wait on', footer: 'back' },
  { mode: 'quotas', keys: '↑', match: ['upArrow', 'k'], action: { do: 'move', by: -1 }, help: 'one quota up', footer: '' },
  { mode: 'quotas', keys: '↓', match: ['downArrow', 'j'], action: { do: 'move', by: 1 }, help: 'one quota down', footer: 'choose' },
  ...paging('quotas', 'quota'),
  { mode: 'quotas', keys: 'Space', match: [' ', 'return'], action: { do: 'toggle' }, help: 'disarm it, or arm it again', footer: 'disarm/arm' },
  { mode: 'quotas', keys: 'e', match: ['e'], action: { do: 'edit' }, help: 'edit it: the new one takes its place', footer: 'edit' },
  { mode: 'quotas', keys: 'x', match: ['x', 'delete'], action: { do: 'remove' }, help: 'delete it; while it is counted: stop counting', footer: 'delete' },
  { mode: 'quotas', keys: 'Tab', match: ['tab', '5'], action: { do: 'rules' }, help: 'the rules', footer: 'rules' },
  { mode: 'quotas', keys: '?', match: ['?'], action: { do: 'help' }, help: 'help', footer: 'help' },
  { mode: 'quotas', keys: 'Esc', match: ['escape', 'C'], action: { do: 'back' }, help: 'back to where you were', footer: 'back' },
  ...picking('quotas'),
  { mode: 'quotas', keys: 'q', match: ['q'], action: { do: 'quit' }, help: 'quit', footer: 'quit' },
  { mode: 'help', keys: '↑ k', match: ['upArrow', 'k'], action: { do: 'move', by: -1 }, help: 'scroll up', footer: '' },
  { mode: 'help', keys: '↓ j', match: ['downArrow', 'j'], action: { do: 'move', by: 1 }, help: 'scroll down', footer: 'scroll' },
  ...paging('help', 'line'),
  { mode: 'help', keys: 'Space', match: [' '], action: { do: 'page', by: 1 }, help: 'a page down' },
  { mode: 'help', keys: 'Esc', match: ['escape', '?', 'q', 'return'], action: { do: 'back' }, help: 'close the help', footer: 'close' },
]
