/** A filter asked of events: each of its terms is asked of the one operation, and of who made it. */
import { type FileId, NO_FILE } from '../batch/batch.ts'
import { errnoName } from '../text/errno.ts'
import type { LoggedEvent } from './event-log.ts'
import { isFile } from './files.ts'
import type { Filter, NumberKey, Term } from './filter.ts'
import { type Identity, identityOf } from './identity.ts'
import { matcher, type Subject, wordTest } from './match.ts'
import { isCalled, shownOp } from './op-names.ts'
import type { Kinds } from './uses.ts'
import type { World } from './world.ts'

/** What was done, as sums of one operation. */
export function eventCounts({ op, result }: Pick<LoggedEvent, 'op' | 'result'>): Subject['total'] & { readBytes: number; writeBytes: number } {
  const [is, done] = [(...ops: LoggedEvent['op'][]) => (ops.includes(op) ? 1 : 0), Math.max(0, result)]
  return {
    opens: is('open'),
    reads: is('read'),
    readBytes: is('read') * done,
    writes: is('write'),
    writeBytes: is('write') * done,
    mmapPages: is('mmap_write') * done,
    changes: 1 - is('open', 'read', 'write', 'mmap_write'),
    errors: result < 0 ? 1 : 0,
  }
}

/** Its numbers, as a filter compares them: `bytes` are those it moved, either way. */
export function ratesOfEvent(event: Pick<LoggedEvent, 'op' | 'result'>): Record<NumberKey, number> {
  const { opens, writes, readBytes, writeBytes, errors } = eventCounts(event)
  return { bytes: readBytes + writeBytes, writes, opens, reads: readBytes, errors, files: 1 }
}

/** Looks at `event`, which may be set again and again. */
class EventAt implements Subject {
  readonly #world: World
  readonly #event: LoggedEvent
  #identity: Identity | null = null

  constructor(world: World, event: LoggedEvent) {
    this.#world = world
    this.#event = event
  }

  get #state() {
    return this.#world.processes.find(this.#event.process)
  }
  /** The event itself knows the number of the user. */
  get #who(): Identity {
    const { uid } = this.#event
    const { info } = this.#world
    const fact = this.#state?.fact ?? null
    const name = info.users[uid] ?? String(uid)
    this.#identity ??= fact ? identityOf(fact, info) : { ...identityOf(null, info), uid, user: name, hostUser: name }
    return this.#identity
  }
  get pid(): number {
    return this.#event.pid
  }
  get comm(): string {
    return this.#event.comm
  }
  get processComm(): string | undefined {
    return this.#state?.fact?.comm
  }
  get user(): string {
    return this.#who.user
  }
  get hostUser(): string {
    return this.#who.hostUser
  }
  get uid(): number {
    return this.#event.uid
  }
  get exe(): string {
    return this.#state?.fact?.exe ?? ''
  }
  get cgroup(): string {
    return this.#who.cgroup
  }
  get group(): Identity['group'] {
    return this.#who.group
  }
  get rates(): Record<NumberKey, number> {
    return ratesOfEvent(this.#event)
  }
  get durationNs(): number | null {
    return this.#event.durationNs
  }
  get total(): Subject['total'] {
    return eventCounts(this.#event)
  }

  isOp(name: string): boolean {
    return isCalled(this.#event, name)
  }

  descendsFrom(pid: number): boolean {
    const state = this.#state
    return state ? this.#world.processes.descends(state, pid) : this.pid === pid
  }

  touches(passes: (path: string) => boolean): boolean {
    return passes(pathOf(this.#event, this.#world))
  }

  /** Is it part of what a row shows in words? */
  says(has: (text: string) => boolean): boolean {
    const { comm, op, result } = this.#event
    return has(comm) || has(op) || has(shownOp(this.#event)) || (result < 0 && has(errnoName(-result))) || this.touches(has)
  }
}

function pathOf(event: LoggedEvent, { names }: World): string {
  return (event.named ?? names.get(event.file))?.path ?? ''
}

function testOf(term: Term): (at: EventAt) => boolean {
  if (term.kind !== 'word') return matcher({ terms: [term] })
  const has = wordTest(term.text)
  return (at) => at.says(has) !== term.negate
}

/** The device in an id of a file. */
const deviceOf = (file: FileId) => file.slice(0, file.indexOf(':'))

/** Is an event about that file, or about what has its name by now on the same file system? Who replaces a file (rename, sed -i) never touches it itself. */
function isAbout(event: LoggedEvent, file: FileId, world: World): boolean {
  if (event.file === file) return true
  const fact = world.names.get(file)
  if (!fact?.path.startsWith('/') || fact.cut || fact.noMount || fact.unreadable) return false
  if (event.file !== NO_FILE && deviceOf(event.file) !== deviceOf(file)) return false
  return pathOf(event, world) === fact.path
}

/** Does an event pass? Prepared once for many. */
export function eventTest(filter: Filter | null, kinds: Kinds, world: World): (event: LoggedEvent) => boolean {
  const tests = (filter?.terms ?? []).map(testOf)
  const { process, file } = filter?.only ?? {}
  const isMeant = (event: LoggedEvent) => (process === undefined || event.process === process) && (file === undefined || isAbout(event, file, world))
  const isShown = (event: LoggedEvent) => isMeant(event) && (kinds === 'all' || isFile(event.file, world.names.get(event.file)))
  if (tests.length === 0) return isShown
  return (event) => {
    if (!isShown(event)) return false
    const at = new EventAt(world, event)
    return tests.every((test) => test(at))
  }
}
