/** The live kernel as a source: BPF programs attached, counters read once a tick, facts and events drained. */
import { hostname, release } from 'node:os'
import {
  type Batch,
  type EventFact,
  type FileFact,
  type LeftOut,
  type Narrowing,
  OPS,
  type ProcessFact,
  type ProcessId,
  type Source,
  type SourceInfo,
} from '../batch/batch.ts'
import { type Addon, type BpfError, type BpfObject, bpfObjectPath, loadAddon } from './addon.ts'
import { eventFact, exitedProcess, fileFact, processFact, records, u64 } from './decode.ts'
import { addPid, applyFilter, type KernelFilter, requireProcess, withDescendants } from './filter.ts'
import { type Inode, inodeKey, u32Bytes, u64Bytes } from './guard/bytes.ts'
import { hidden as hiddenLayout, keptFile, limits, loss, recordType, totals as totalsLayout } from './layout.gen.ts'
import { Mounts } from './mounts.ts'
import { narrowingBytes } from './narrow.ts'
import { requirePids } from './pid-namespace.ts'
import { type Plan, planFor, probeWay, type Refusal, WAYS, type Way, writeConstants } from './plan.ts'
import { CounterTable } from './table.ts'
import { userNames } from './users.ts'
import { Whereabouts } from './where/whereabouts.ts'

/**
 * Bytes of the ring where events are only streamed while somebody looks: the kernel takes them at the start, since a ring has its size
 * for life. Some 95,000 events; the reader is called when an eighth is full.
 */
const RING_BYTES = 8 << 20

/**
 * Events held between two batches, and UTF-16 units of their paths, some 80 MB: a reader that is slower than the ring loses what is
 * beyond, and is told how many.
 */
const [PENDING_EVENTS, PENDING_EVENT_CHARS] = [250_000, 16 * 1024 * 1024]

/** Facts of files and processes held between two batches, and UTF-16 units of their paths. What is beyond is counted as lost. */
const [PENDING_FACTS, PENDING_FACT_CHARS] = [100_000, 16 * 1024 * 1024]

export interface LiveOptions {
  attach: Way | 'auto'
  /** ms between two batches of next() */
  intervalMs: number
  /** size of the {process, file} table */
  maxEntries: number
  filter: KernelFilter
  /** stream events from the start to the end; else while they are wanted (see Source) */
  events: boolean
}

/** A file as the kernel calls it: `dev` is s_dev. */
export type KernelFile = Pick<Inode, 'ino' | 'dev'>

/** BPF cannot be used here: a sentence for the user. `plan` tells `doctor` what was tried. */
export class Unavailable extends Error {
  readonly refusals: Refusal[]
  constructor(message: string, refusals: Refusal[]) {
    super(message)
    this.refusals = refusals
  }
}

/** The best way that works here, or the one asked for; throws Unavailable. */
export function chooseWay(addon: Addon, objectPath: string, wanted: Way | 'auto'): { way: Way; refusals: Refusal[] } {
  const refusals: Refusal[] = []
  for (const way of wanted === 'auto' ? WAYS : [wanted]) {
    const refusal = probeWay(way, addon, objectPath)
    if (!refusal) return { way, refusals }
    refusals.push(refusal)
  }
  throw new Unavailable(explain(wanted, refusals), refusals)
}

function explain(wanted: Way | 'auto', refusals: Refusal[]): string {
  const tried = refusals.map((refusal) => refusal.why).join('; ')
  if (process.getuid?.() !== 0) {
    return `watching the kernel needs root (or CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE): run it with sudo. Without it, --replay FILE plays a recording. Tried ${tried}`
  }
  const what = wanted === 'auto' ? 'this kernel lets no BPF program watch it' : `--attach ${wanted} does not work here`
  return `${what}: ${tried}. ${wanted === 'auto' ? 'A kernel from 5.10 on with BTF is needed; --replay FILE plays a recording without one' : 'Try --attach auto'}`
}

export class LiveSource implements Source {
  readonly info: SourceInfo
  readonly plan: Plan
  /** better ways to watch that the kernel refused */
  readonly refusals: readonly Refusal[]
  readonly #object: BpfObject
  readonly #table: CounterTable
  readonly #mounts = new Mounts()
  readonly #where: Whereabouts
  readonly #intervalMs: number
  readonly #always: boolean
  /** is the events' ring being read? */
  #reading = false
  #streaming = false
  #narrowing: Narrowing | null = null
  /** events left out before the narrowing in force was */
  #leftOutBefore = 0
  #tick = 1
  /** entries of the table that were deleted */
  #givenBack = 0n
  #kept: ReadonlyMap<string, { key: Uint8Array; kinds: number }> = new Map()
  #due = 0
  #closed = false
  #eventsDropped = 0
  #factsDropped = 0
  /** UTF-16 units of the paths of pending events and facts */
  #eventChars = 0
  #factChars = 0
  #pending: { processes: ProcessFact[]; files: FileFact[]; exits: ProcessId[]; events: EventFact[] } = { processes: [], files: [], exits: [], events: [] }

  private constructor(object: BpfObject, plan: Plan, refusals: readonly Refusal[], options: LiveOptions) {
    this.#object = object
    this.plan = plan
    this.refusals = refusals
    this.#table = new CounterTable(options.maxEntries, limits.KEPT_ROOM)
    this.#intervalMs = options.intervalMs
    this.#always = options.events
    const [startedMs, startedNs] = [Date.now(), Number(process.hrtime.bigint())]
    this.info = { kind: 'live', hostname: hostname(), kernel: release(), attach: plan.way, limits: plan.limits, startedMs, startedNs, users: userNames() }
    this.#where = new Whereabouts(this.info.users)
  }

  /** Loads and attaches; throws Unavailable or a sentence. What was attached goes away with close() or with the process. */
  static open(options: LiveOptions): LiveSource {
    requirePids()
    for (const pid of options.filter.pids ?? []) requireProcess(pid)
    const addon = loadAddon()
    const path = bpfObjectPath()
    const { way, refusals } = chooseWay(addon, path, options.attach)
    const object = new addon.Object(path)
    try {
      const plan = planFor(way, addon, object)
      const chosen = new Set([...plan.programs, ...plan.streamPrograms])
      for (const program of object.programs()) object.setAutoload(program.name, chosen.has(program.name))
      object.setMaxEntries('counters', options.maxEntries + limits.KEPT_ROOM)
      object.writeGlobal('room_for_all', u32Bytes(options.maxEntries))
      if (!options.events) object.setMaxEntries('events', RING_BYTES)
      writeConstants(addon, object, way)
      object.load()
      applyFilter(object, options.filter)
      const source = new LiveSource(object, plan, refusals, options)
      source.#start(options)
      return source
    } catch (error) {
      object.close()
      throw LiveSource.#sentence(error as BpfError)
    }
  }

  static #sentence(error: BpfError): Error {
    if (error.errno === undefined) return error
    const log = error.log?.trim()
    return new Error(log ? `${error.message}\n${log}` : error.message)
  }

  #start(options: LiveOptions): void {
    this.#object.openRing('facts', (batch) => this.#facts(batch))
    if (this.#always) this.#stream(true)
    for (const name of this.plan.programs) {
      try {
        this.#object.attach(name)
      } catch (error) {
        // In BTF, yet not traceable (inlined, or marked so): that view is missing, the others are not.
        this.plan.limits.push(`${name} could not be attached (${(error as BpfError).code})`)
      }
    }
    // After the fork hook is on, so that none slips through between.
    if (options.filter.pids && options.filter.descendants) for (const pid of withDescendants(options.filter.pids)) addPid(this.#object, pid)
  }

  /** The ring stays open once it is: what was under way when the stream was turned off still comes. */
  #stream(on: boolean): void {
    if (!this.#reading) {
      this.#reading = true
      this.#object.openRing('events', (batch) => {
        for (const [view, bytes] of records(batch)) {
          if (this.#pending.events.length >= PENDING_EVENTS || this.#eventChars >= PENDING_EVENT_CHARS) {
            this.#eventsDropped++
            continue
          }
          const event = eventFact(view, bytes)
          this.#eventChars += event.path.length
          this.#pending.events.push(event)
        }
      })
    }
    if (on) this.#timeCalls()
    this.#object.writeGlobal('stream', Uint8Array.of(on ? 1 : 0, 0, 0, 0))
    if (!on) for (const name of this.plan.streamPrograms) this.#object.detach(name)
    this.#streaming = on
  }

  /** Notes when calls begin; those that run already have no duration. */
  #timeCalls(): void {
    const now = new Uint8Array(8)
    new DataView(now.buffer).setBigUint64(0, process.hrtime.bigint(), true)
    this.#object.writeGlobal('streamed_since', now)
    for (const name of this.plan.streamPrograms) {
      try {
        this.#object.attach(name)
      } catch (error) {
        const limit = `how long calls took is not known: ${name} could not be attached (${(error as BpfError).code})`
        if (!this.plan.limits.includes(limit)) this.plan.limits.push(limit)
      }
    }
  }

  wantEvents(on: boolean): boolean {
    if (this.#always || this.#closed || on === this.#streaming) return false
    this.#stream(on)
    return on
  }

  /** Of events that are streamed all the time none is left out: they are recorded, or printed. */
  narrowEvents(narrowing: Narrowing | null): void {
    if (this.#always || this.#closed || narrowing?.text === this.#narrowing?.text) return
    const put = (which: Narrowing | null, on: boolean) => this.#object.writeGlobal('narrowing', narrowingBytes(which, on))
    // Step by step: a program must not read half of one, and who is half way through the old one finds it as it was.
    put(this.#narrowing, false)
    this.#leftOutBefore = this.#leftOut()
    this.#narrowing = narrowing
    if (!narrowing) return
    put(narrowing, false)
    put(narrowing, true)
  }

  #leftOut(): number {
    const bytes = this.#object.readGlobal('hidden')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let total = 0
    for (let slot = 0; slot < bytes.byteLength; slot += hiddenLayout.size) total += u64(view, slot + hiddenLayout.events)
    return total
  }

  #giveBack(entries: number): void {
    this.#givenBack += BigInt(entries)
    this.#object.writeGlobal('entries_given_back', u64Bytes(this.#givenBack))
  }

  /**
   * Reserves KEPT_ROOM entries of the table for these files and all below these directories, in place of those of the last call. Beyond
   * KEPT_FILES inodes none is reserved. Does nothing once this is closed.
   */
  keepRoom(files: readonly KernelFile[], trees: readonly KernelFile[]): void {
    if (this.#closed) return
    const wanted = new Map<string, { key: Uint8Array; kinds: number }>()
    for (const [inodes, kind] of [[trees, keptFile.KEPT_TREE | keptFile.KEPT_FILE] as const, [files, keptFile.KEPT_FILE] as const])
      for (const { ino, dev } of inodes) {
        if (wanted.size >= limits.KEPT_FILES) break
        const id = `${dev}:${ino}`
        wanted.set(id, { key: inodeKey({ ino, dev, subvolume: 0 }), kinds: (wanted.get(id)?.kinds ?? 0) | kind })
      }
    for (const [id, { key }] of this.#kept) if (!wanted.has(id)) this.#object.delete('kept_files', key)
    for (const [id, { key, kinds }] of wanted) if (this.#kept.get(id)?.kinds !== kinds) this.#object.update('kept_files', key, u32Bytes(kinds))
    this.#kept = wanted
    this.#object.writeGlobal('keeps_room', u32Bytes(wanted.size > 0 ? 1 : 0))
  }

  /** Watches one more process (with `pids` in the filter). */
  watch(pid: number): void {
    addPid(this.#object, pid)
  }

  #facts(batch: Uint8Array): void {
    for (const [view, bytes] of records(batch)) {
      const type = view.getUint16(0, true)
      // Small, and without it a process would be taken for alive for ever.
      if (type === recordType.RECORD_EXIT) this.#pending.exits.push(exitedProcess(view))
      else if (this.#pending.files.length + this.#pending.processes.length >= PENDING_FACTS || this.#factChars >= PENDING_FACT_CHARS) this.#factsDropped++
      else if (type === recordType.RECORD_FILE) {
        const fact = this.#named(fileFact(view, bytes))
        this.#factChars += fact.path.length
        this.#pending.files.push(fact)
      } else if (type === recordType.RECORD_PROCESS) {
        const fact = processFact(view, bytes)
        this.#factChars += fact.exe.length
        this.#pending.processes.push(this.#where.told(fact))
      }
    }
  }

  #named({ dev, ...fact }: FileFact & { dev: number }): FileFact {
    if (fact.id.split(':')[1] === '0.0') {
      const kind = (fact.mode & 0o170000) === 0o140000 ? 'socket:' : fact.fstype === 'pipefs' ? 'pipe:' : 'anon_inode:'
      return { id: fact.id, mode: fact.mode, links: fact.links, fstype: fact.fstype, path: kind }
    }
    if (!fact.noMount) return fact
    const located = this.#mounts.locate(dev, fact.path)
    if (located === null) return fact
    const { noMount: _, ...rest } = fact
    return { ...rest, path: located }
  }

  /** The next batch when its time has come; the first at once. */
  async next(): Promise<Batch | null> {
    const wait = this.#due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    this.#due = Math.max(performance.now(), this.#due) + this.#intervalMs
    return this.#closed ? null : this.collect()
  }

  /** A batch now. */
  async collect(): Promise<Batch> {
    // Rows touched while the last reading ran may carry the tick before it: look one tick further back.
    const since = this.#tick - 1
    this.#tick++
    const tick = new Uint8Array(4)
    new DataView(tick.buffer).setUint32(0, this.#tick, true)
    this.#object.writeGlobal('tick', tick)
    this.#object.drainRing('facts')
    // Processes known to have ended before the reading: the reading holds their last word.
    const ended = new Set(this.#pending.exits)
    const reading = await this.#object.lookupBatch('counters')
    const { deltas, done } = this.#table.take(reading, since, ended)
    if (done.length > 0) this.#giveBack(await this.#object.deleteBatch('counters', done))
    // Names after events: a name is sent before the event that needs it.
    if (this.#reading) this.#object.drainRing('events')
    this.#object.drainRing('facts')
    const pending = this.#pending
    const later = pending.exits.filter((id) => !ended.has(id))
    const processes = [...pending.processes, ...this.#where.later()]
    for (const id of ended) this.#where.forget(id)
    this.#pending = { processes: [], files: [], exits: later, events: [] }
    this.#eventChars = 0
    this.#factChars = 0
    return {
      timeMs: Date.now(),
      timeNs: Number(process.hrtime.bigint()),
      counters: deltas,
      processes,
      files: pending.files,
      exits: [...ended],
      events: pending.events,
      ...this.#totals(),
    }
  }

  #totals(): Pick<Batch, 'totals' | 'losses' | 'leftOut'> {
    const leftOut = this.#leftOut()
    const told: LeftOut = { text: this.#narrowing?.text ?? '', now: leftOut - this.#leftOutBefore, before: this.#leftOutBefore }
    const bytes = this.#object.readGlobal('totals')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const sum = (offset: number) => {
      let total = 0
      for (let slot = 0; slot < bytes.byteLength; slot += totalsLayout.size) total += u64(view, slot + offset)
      return total
    }
    const lost = (which: keyof typeof loss) => sum(totalsLayout.losses + 8 * loss[which])
    let recursionMisses = 0
    for (const name of this.plan.programs) recursionMisses += this.#object.programInfo(name).recursionMisses
    return {
      ...(leftOut > 0 && { leftOut: told }),
      totals: {
        calls: OPS.map((_, i) => sum(totalsLayout.calls + 8 * i)),
        errors: OPS.map((_, i) => sum(totalsLayout.errors + 8 * i)),
        readBytes: sum(totalsLayout.readBytes),
        writeBytes: sum(totalsLayout.writeBytes),
      },
      losses: {
        countersFull: lost('LOSS_COUNTERS_FULL'),
        eventsFull: lost('LOSS_EVENTS_FULL') + this.#eventsDropped,
        factsFull: lost('LOSS_FACTS_FULL') + this.#factsDropped,
        pathCut: lost('LOSS_PATH_CUT'),
        scratchBusy: lost('LOSS_SCRATCH_BUSY'),
        callUnmatched: lost('LOSS_CALL_UNMATCHED'),
        recursionMisses,
      },
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#object.close()
    await this.#where.close()
  }
}
