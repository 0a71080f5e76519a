/** Does a process match a filter? Pure; what it needs of the process comes as plain values and one way to its paths. */
import type { GroupFact } from '../batch/batch.ts'
import { decodeBytes, encodeBytes } from '../text/bytes.ts'
import type { Comparison, ExactKey, Filter, NumberKey, Term } from './filter.ts'
import { globMatcher } from './glob.ts'
import { isSingle, type OpSum, sumOf } from './op-names.ts'

/** What a filter can ask of a process. */
export interface Subject {
  pid: number
  comm: string
  /** what its process is called, where `comm` is the name of a thread */
  processComm?: string | undefined
  /** as it is shown; `~` before it: so called where the process runs */
  user: string
  /** what this machine calls it */
  hostUser: string
  uid: number
  exe: string
  /** cgroup id */
  cgroup: string
  /** whose that is; null: not known */
  group: GroupFact | null
  /** per second, last tick; files: distinct, in all */
  rates: Record<NumberKey, number>
  /** how long it took, in ns, where it is one operation; null: not known */
  durationNs?: number | null
  /** in all */
  total: { opens: number; reads: number; writes: number; mmapPages: number; changes: number; errors: number }
  /** where it is one operation: is that called so (see isCalled())? */
  isOp?(name: string): boolean
  /** is it `pid` or a descendant of it? */
  descendsFrom(pid: number): boolean
  /** does it touch a file whose path passes? */
  touches(passes: (path: string) => boolean): boolean
}

/** Comparisons, by their sign. */
export const compare: Record<Comparison, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

/** The container's or unit's names by a part of them, ids by their beginning, the cgroup by its whole number. */
export function inContainer({ cgroup, group }: Pick<Subject, 'cgroup' | 'group'>, text: string): boolean {
  if (cgroup === text) return true
  if (!group) return false
  const { label, name, podName, unit, id, pod } = group
  const has = containing(text)
  return [label, name, podName, unit].some((one) => one !== undefined && has(one)) || [id, pod].some((one) => one?.startsWith(text))
}

/** Is a text part of others, whichever case? Prepared once for many. */
export function containing(part: string): (text: string) => boolean {
  const lower = part.toLowerCase()
  return (text) => text.toLowerCase().includes(lower)
}

/** Globs: '*' within one component, '**' across, '?' one character. Without any, a path matches from its start, a relative one anywhere. */
export function pathPattern(pattern: string): (path: string) => boolean {
  if (!/[*?]/.test(pattern)) return pattern.startsWith('/') ? (path) => path.startsWith(pattern) : containing(pattern)
  return globMatcher(pattern)
}

/** What a word without a key asks of names and paths: whether it is a part of them, or, with '*' or '?' in it, whether they are as the glob says. */
export function wordTest(word: string): (text: string) => boolean {
  const has = containing(word)
  if (!/[*?]/.test(word)) return has
  // A name may well have such a sign in it.
  const passes = globMatcher(word)
  return (text) => has(text) || passes(text.includes('/') ? text : `/${text}`)
}

/** What a term asks of paths alone; null: it asks something else. */
export function pathTest(term: Term): ((path: string) => boolean) | null {
  if (term.kind === 'exact' && term.key === 'path') return (path) => path === term.text
  if (term.kind !== 'text') return null
  if (term.key === 'path') return pathPattern(term.text)
  if (term.key !== 'dir') return null
  const below = term.text.endsWith('/') ? term.text : `${term.text}/`
  return (path) => path.startsWith(below)
}

/** Bytes of a name that the kernel keeps. */
const COMM_BYTES = 15

/** What a program is called, cut as the kernel cuts names; '' where it is not known. */
function programName(exe: string): string {
  const name = exe.slice(exe.lastIndexOf('/') + 1)
  const bytes = encodeBytes(name)
  return bytes.length <= COMM_BYTES ? name : decodeBytes(bytes.subarray(0, COMM_BYTES))
}

/** Is that, as a whole, what a process is called, runs, or belongs to? As the screen shows it; a container also by its number. */
function isExactly(key: ExactKey, text: string): (subject: Subject) => boolean {
  switch (key) {
    case 'container':
      return (s) => s.cgroup === text || s.group?.label === text
    case 'path':
      return (s) => s.touches((path) => path === text)
    case 'comm':
      return (s) => s.comm === text || s.processComm === text || programName(s.exe) === text
    default:
      return (s) => s[key] === text
  }
}

/** Did an operation of that name (see OP_NAMES) happen? Where only sums are known, a name of one operation stands for the sum that it is part of. */
export function opHappened(name: string, subject: Pick<Subject, 'total' | 'isOp'>): boolean {
  const { total } = subject
  const sum = sumOf(name)
  if (sum === null) return false
  const counts: Record<OpSum, number> = {
    open: total.opens,
    read: total.reads,
    write: total.writes,
    map: total.mmapPages,
    change: total.changes,
    error: total.errors,
  }
  return subject.isOp && isSingle(name) ? subject.isOp(name) : counts[sum] > 0
}

/** A term as a test, prepared once so that a thousand rows do not compile a thousand patterns. */
function prepare(term: Term): (subject: Subject) => boolean {
  switch (term.kind) {
    case 'word': {
      const has = wordTest(term.text)
      return (s) => has(s.comm) || s.touches(has)
    }
    case 'pid':
      return (s) => (term.descendants ? s.descendsFrom(term.pid) : s.pid === term.pid)
    case 'number':
      return (s) => compare[term.comparison](s.rates[term.key], term.value)
    case 'took':
      // What is not known is neither long nor short.
      return ({ durationNs }) => durationNs != null && compare[term.comparison](durationNs, term.value)
    case 'exact':
      return isExactly(term.key, term.text)
    case 'text': {
      const { text } = term
      switch (term.key) {
        case 'comm': {
          const has = containing(text)
          return (s) => has(s.comm)
        }
        case 'user':
          return (s) => s.user === text || s.user === `~${text}` || s.hostUser === text || String(s.uid) === text
        case 'exe': {
          const passes = pathPattern(text)
          return (s) => passes(s.exe)
        }
        case 'container':
          return (s) => inContainer(s, text)
        case 'op':
          return (s) => opHappened(text, s)
        case 'path':
        case 'dir': {
          const passes = pathTest(term) ?? (() => false)
          return (s) => s.touches(passes)
        }
      }
    }
  }
}

/** The whole filter as one test. */
export function matcher(filter: Filter | null): (subject: Subject) => boolean {
  const tests = (filter?.terms ?? []).map((term) => {
    const test = prepare(term)
    return term.negate ? (subject: Subject) => !test(subject) : test
  })
  return (subject) => tests.every((test) => test(subject))
}

/** Which of a process's paths a filter is about, for showing one of those as its hottest; null: any. */
export function pathInterest(filter: Filter | null): ((path: string) => boolean) | null {
  const tests = (filter?.terms ?? []).flatMap((term) => (term.negate ? [] : (pathTest(term) ?? [])))
  return tests.length === 0 ? null : (path) => tests.every((test) => test(path))
}
