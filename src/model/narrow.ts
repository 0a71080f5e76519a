/** What of a filter the kernel can decide for the stream of events. Pure. */
import { type Narrowing, OPS, type Op } from '../batch/batch.ts'
import { encodeBytes } from '../text/bytes.ts'
import { eventCounts, ratesOfEvent } from './event-filter.ts'
import { type Comparison, type Filter, printFilter, type Term } from './filter.ts'
import { matcher, type Subject } from './match.ts'
import { isCalled, isSingle, sumOf } from './op-names.ts'
import type { Kinds } from './uses.ts'

/** Processes and names that the kernel leaves out, at most of each (NARROWING_MOST in bpf/fswatch.h). */
const MOST = 4
/** Bytes of a name in the kernel, without its NUL; whoever is asked for by a longer one is found by nobody. */
const COMM_BYTES = 15

/** Does a term that asks only what was done, and whether it failed, hold for such an operation? */
function holdsFor(term: Term, op: Op, results: readonly number[]): boolean {
  const holds = matcher({ terms: [term] })
  const isOp = (name: string) => isCalled({ op, openFlags: 0 }, name)
  const nobody = { pid: 0, comm: '', user: '', hostUser: '', uid: 0, exe: '', cgroup: '', group: null, descendsFrom: () => false, touches: () => false, isOp }
  // Where the result decides too, what may pass must not be left out.
  return results.some((result) => holds({ ...nobody, rates: ratesOfEvent({ op, result }), total: eventCounts({ op, result }) } satisfies Subject))
}

function isAboutOps(term: Term): boolean {
  // What a file was opened for is not known to the kernel's part.
  if (term.kind === 'text') return term.key === 'op' && !(isSingle(term.text) && sumOf(term.text) === 'open')
  return term.kind === 'number' && term.key !== 'bytes' && term.key !== 'reads'
}

/** The shortest and the longest that pass, in ns; null: the kernel's whole numbers do not reach so far. */
function bounds(comparison: Comparison, value: number): readonly [least: number, most: number] | null {
  if (value >= Number.MAX_SAFE_INTEGER) return null
  const [up, down] = [Math.ceil(value), Math.floor(value)]
  switch (comparison) {
    case '>':
      return [down + 1, Number.MAX_SAFE_INTEGER]
    case '>=':
      return [up, Number.MAX_SAFE_INTEGER]
    case '<':
      return [0, up - 1]
    case '<=':
      return [0, down]
    case '=':
      return [up, down]
  }
}

/** Takes a term in. False: the kernel cannot decide it, or has no room for it. */
function push(term: Term, to: Narrowing): boolean {
  if (term.kind === 'pid' && !term.descendants) {
    if (term.negate) return term.pid > 0 && to.otherPids.length < MOST && to.otherPids.push(term.pid) > 0
    if (to.pid !== null) return false
    to.pid = term.pid
    return true
  }
  if (term.kind === 'exact' && term.key === 'comm') {
    const { length } = encodeBytes(term.text)
    if (length === 0 || length > COMM_BYTES || term.text.includes('\0')) return false
    if (term.negate) return to.otherComms.length < MOST && to.otherComms.push(term.text) > 0
    if (to.comm !== null) return false
    to.comm = term.text
    return true
  }
  if (term.kind === 'took' && !term.negate) {
    const span = bounds(term.comparison, term.value)
    if (!span) return false
    to.took = [Math.max(to.took?.[0] ?? 0, span[0]), Math.min(to.took?.[1] ?? Number.MAX_SAFE_INTEGER, span[1])]
    return true
  }
  if (!isAboutOps(term)) return false
  to.done = to.done.filter((op) => holdsFor(term, op, [0, 1]))
  to.failed = to.failed.filter((op) => holdsFor(term, op, [-1]))
  return true
}

/**
 * The terms that the kernel can decide as they are decided here. A filter is a conjunction: what fails one of its terms fails it, so
 * that leaving that out hides nothing else. Users are decided here only, since a name may be a container's. Null: it can decide none.
 */
export function narrowingOf(filter: Filter | null, kinds: Kinds): Narrowing | null {
  const made: Narrowing = {
    text: '',
    pid: null,
    comm: null,
    otherPids: [],
    otherComms: [],
    done: [...OPS],
    failed: [...OPS],
    took: null,
    onlyFiles: kinds === 'files',
  }
  // Of one process looked at closely the kernel is told the number: who has it is decided here.
  const number = Number.parseInt(filter?.only?.process ?? '', 10)
  const one: Term[] = number > 0 ? [{ negate: false, kind: 'pid', pid: number, descendants: false }] : []
  const pushed = [...one, ...(filter?.terms ?? [])].filter((term) => push(term, made))
  const parts = [...(pushed.length > 0 ? [printFilter({ terms: pushed })] : []), ...(made.onlyFiles ? ['files'] : [])]
  return parts.length === 0 ? null : { ...made, text: parts.join(', ') }
}

/** What is looked for. */
interface Asked {
  filter: Filter | null
  kinds: Kinds
}

/** A narrowing, and what was looked for when it came into force. */
export interface Pushed extends Asked {
  narrowing: Narrowing
}

/**
 * What the kernel is to leave out from now on. While events come slowly it leaves out none, so that another filter finds what was before
 * it. Where they come faster than they can be kept, what is not looked for would cost what is: from then on it is left out, until
 * the filter is another. One that is still being typed is not worth a gap.
 */
export function pushedNext(before: Pushed | null, { filter, kinds, typing }: Asked & { typing: boolean }, floods: boolean): Pushed | null {
  if (before?.filter === filter && before.kinds === kinds) return before
  const narrowing = floods && !typing ? narrowingOf(filter, kinds) : null
  return narrowing && { filter, kinds, narrowing }
}
