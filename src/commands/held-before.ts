/** Who could write to what a rule is about before it was armed: found, told of, signalled. */
import { identityOf } from '../kernel/guard/exempt.ts'
import { type Found, findHolders, type HolderOptions, holdersOf } from '../kernel/guard/holders.ts'
import type { MappedChoice } from '../kernel/guard/store-watch.ts'
import type { MappedFile } from '../kernel/guard/write-back.ts'
import { orAborted } from '../kernel/or-aborted.ts'
import type { RuleHolder } from '../rules/control.ts'
import type { Rule } from '../rules/rule.ts'
import { printable } from '../text/printable.ts'

/** Named in a sentence, at most. */
const NAMED = 5

/** When the process of this number began, as the kernel side counts; undefined where there is none. */
export function birthNow(pid: number): number | undefined {
  return identityOf(pid)?.birth
}

/** Holders that are listed and looked after for one rule. */
const MOST_HOLDERS = 1000

/** What a search found for one rule. */
export interface Held {
  holders: RuleHolder[]
  /** their mappings, each file of a process once */
  mapped: MappedFile[]
  /** what the user should know of the search, a sentence each */
  notes: string[]
}

interface Search {
  found: Promise<Found>
  ending: AbortController
  /** rules that wait for it */
  users: number
  listeners: Set<NonNullable<HolderOptions['onProgress']>>
}

/** Finds holders. Rules that are armed together share one search of /proc; one search runs at a time. */
export class HolderSearch {
  readonly #find: (options: HolderOptions) => Promise<Found>
  /** begins after the running one ends; a rule may join it as long as it has not begun */
  #next: Search | null = null
  #running: Promise<unknown> = Promise.resolve()

  constructor(find: (options: HolderOptions) => Promise<Found> = findHolders) {
    this.#find = find
  }

  /** A search that begins after this call: one that runs may have passed a process before the rule held. */
  #later(): Search {
    if (this.#next) return this.#next
    const search: Search = { found: this.#running.then(() => this.#run(search)), ending: new AbortController(), users: 0, listeners: new Set() }
    this.#running = search.found.catch(() => {})
    this.#next = search
    return search
  }

  async #run(search: Search): Promise<Found> {
    // Rules that are armed together come in one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    this.#next = null
    // Their arming was cancelled.
    if (search.users === 0) return { holders: [], notSearched: [] }
    const onProgress = (looked: number, all: number) => {
      for (const listener of search.listeners) listener(looked, all)
    }
    return this.#find({ signal: search.ending.signal, onProgress })
  }

  async #found({ signal, onProgress }: HolderOptions): Promise<Found> {
    const search = this.#later()
    search.users++
    if (onProgress) search.listeners.add(onProgress)
    try {
      return await orAborted(search.found, signal)
    } finally {
      if (onProgress) search.listeners.delete(onProgress)
      search.users--
      // One that has not begun may be joined by another rule.
      if (search.users === 0 && this.#next !== search) search.ending.abort(new Error('no rule needs the search any more'))
    }
  }

  /**
   * The holders of what a rule is about, each with a way of holding once, without the `exempt` ones. Call it when the rule holds: the search
   * begins later. Rejects with the signal's reason; a search that fails is a note.
   */
  async of(rule: Rule, exempt: (pid: number) => boolean, options: HolderOptions = {}): Promise<Held> {
    if (!rule.ops.includes('write')) return { holders: [], mapped: [], notes: [] }
    const searched = await this.#found(options).catch((error: Error) => error)
    options.signal?.throwIfAborted()
    if (searched instanceof Error) return { holders: [], mapped: [], notes: [`/proc could not be searched for open files and mappings: ${searched.message}`] }
    const { holders, notSearched } = searched
    const found = holdersOf(holders, rule.object).filter(({ pid }) => !exempt(pid))
    const each = [...new Map(found.map(({ pid, comm, how }) => [`${pid} ${how}`, { pid, comm, how }])).values()]
    const mapped = found.flatMap(({ pid, mapping }) => (mapping ? [{ pid, ...mapping }] : []))
    return { holders: each.slice(0, MOST_HOLDERS), mapped, notes: [...searchNotes(notSearched), ...moreNotes(each.length)] }
  }
}

/** What to say of processes that were not searched whole: they may hold a file of the rule. */
function searchNotes(pids: readonly number[]): string[] {
  if (pids.length === 0) return []
  const named = pids.slice(0, NAMED).join(', ') + (pids.length > NAMED ? ', …' : '')
  const processes = `${pids.length} ${pids.length === 1 ? 'process was' : 'processes were'}`
  return [`${processes} not searched whole for open files and mappings (too many of them, or /proc does not answer): pid ${named}`]
}

function moreNotes(count: number): string[] {
  return count > MOST_HOLDERS ? [`${count} processes hold files of this rule: the first ${MOST_HOLDERS} are listed`] : []
}

/** What becomes of a store through a mapping made before the rule, where it is seen; `choice`: of --mapped. */
export function storeFate({ kind }: Rule['action'], choice: MappedChoice): 'kill' | 'freeze' | 'report' {
  if (kind === 'kill' || kind === 'freeze') return kind
  return kind === 'audit' ? 'report' : choice
}

const FATES: Record<MappedChoice, string> = {
  kill: 'it gets the signal before its next store is made',
  freeze: 'its next store stops it, before it is made; once it is resumed, its stores pass',
  report: 'stores through an old mapping are reported, not stopped',
}

/** The holders with those marked whose stores are seen: all their mapped files were written back. */
export function withStoresSeen(holders: readonly RuleHolder[], mapped: readonly MappedFile[], unseen: ReadonlyMap<string, string>): RuleHolder[] {
  const hidden = new Set(mapped.flatMap(({ pid, file }) => (unseen.has(file) ? [pid] : [])))
  return holders.map((holder) => (holder.how === 'mapped' && !hidden.has(holder.pid) ? { ...holder, storesSeen: true } : holder))
}

/** Why stores of some cannot be seen, a sentence each. */
export function unseenNotes(mapped: readonly MappedFile[], unseen: ReadonlyMap<string, string>): string[] {
  const paths = new Map<string, string[]>()
  for (const [file, why] of unseen) paths.set(why, [...(paths.get(why) ?? []), mapped.find((one) => one.file === file)?.path ?? '?'])
  return [...paths].map(([why, of]) => `stores into ${of.slice(0, NAMED).map(printable).join(', ')}${of.length > NAMED ? ', …' : ''} are not seen: ${why}`)
}

/** What to say of them, a sentence each. `fate`: of a store that is seen; only ending its process stops one that is not. */
export function holderWarnings(holders: readonly RuleHolder[], canRefuse: boolean, fate: MappedChoice = 'report'): string[] {
  const some = (how: RuleHolder['how'], seen = false) => {
    const chosen = holders.filter((holder) => holder.how === how && (holder.storesSeen ?? false) === seen)
    const named = chosen.map(({ comm, pid }) => `${printable(comm)} (${pid})`)
    return named.slice(0, NAMED).join(', ') + (named.length > NAMED ? ', …' : '')
  }
  const [mapped, seen, open] = [some('mapped'), some('mapped', true), some('open')]
  return [
    ...(seen === '' ? [] : [`${seen} has it mapped writable: ${FATES[fate]}`]),
    ...(mapped === '' ? [] : [`${mapped} has it mapped writable: stores through an old mapping are not stopped, so kill or freeze it`]),
    ...(open === '' ? [] : [`${open} has it open for writing: ${canRefuse ? 'its writes are refused from now on' : 'its next write is answered'}`]),
  ]
}

/** Signals those that had it mapped and are still the same processes, by `births`; what was done, as a sentence. */
export function signalMappers(holders: readonly RuleHolder[], births: ReadonlyMap<number, number | undefined>, signal: 'SIGKILL' | 'SIGSTOP'): string {
  const done: string[] = []
  for (const { pid, comm, how } of holders) {
    // A number may belong to somebody else by now.
    if (how !== 'mapped' || birthNow(pid) !== births.get(pid)) continue
    try {
      process.kill(pid, signal)
      done.push(`${printable(comm)} (${pid})`)
    } catch (error) {
      done.push(`${printable(comm)} (${pid}) could not be signalled: ${(error as Error).message}`)
    }
  }
  if (done.length === 0) return 'nobody who had it mapped lives any more'
  return `${signal} was sent to ${done.join(', ')}`
}
