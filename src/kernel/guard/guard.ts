/** The brake: rules armed in the kernel for as long as this process lives. Nothing is loaded before the first rule is armed. */
import { randomBytes } from 'node:crypto'
import type { Addon, BpfObject } from '../addon.ts'
import { bootMs, type Clock, systemClock } from '../boot-clock.ts'
import { TimeSlices } from '../time-slices.ts'
import { Anchors } from './anchors.ts'
import type { Armed, ArmOptions, GuardRule } from './armed.ts'
import { Asks } from './asks.ts'
import {
  anchorBytes,
  chainBytes,
  type Inode,
  inodeKey,
  type KernelRule,
  namedKeyBytes,
  namedValueBytes,
  ruleBytes,
  suffixKeyBytes,
  u32Bytes,
  u64Bytes,
} from './bytes.ts'
import { coverLinks } from './cover-links.ts'
import { ancestorsOf, identityOf } from './exempt.ts'
import { Families } from './families.ts'
import { HitQueue } from './hit-queue.ts'
import { countsOf, type Hit, hitsByProcess, type RuleCounts } from './hits.ts'
import { Inodes } from './inodes.ts'
import { CannotGuard, openWay, probeGuard, type Refused } from './ladder.ts'
import { guardLimits, ruleAction, ruleCondition, ruleOp } from './layout.gen.ts'
import { hashName, newSecrets } from './name-hash.ts'
import { type Protection, Protector } from './protect.ts'
import { type PlacedRule, ReplacedFiles } from './replaced-files.ts'
import { StoppedProcesses } from './stopped-processes.ts'
import { StoreWatch } from './store-watch.ts'
import { kernelRuleOf } from './subjects.ts'
import { devicesOf, tablesOf } from './tables.ts'
import { GUARD_WAYS, type GuardWay, planWay, type WayPlan } from './ways.ts'
import { Writer } from './writer.ts'

/** ms between two looks at the paths of rules on files, and at processes that freeze rules have stopped. */
const LOOK_MS = 5000

/** Files anchored for all rules together: the kernel keeps 65,536 anchors. */
const ALL_FILES = 55_000

const ENCODERS = { anchor: anchorBytes, chain: chainBytes, inode: inodeKey, named: namedKeyBytes, namedValue: namedValueBytes }

interface Kept extends Armed, PlacedRule {
  kernel: KernelRule
  /** ends the search for further names */
  ending: AbortController
}

/** Rules in the kernel part, from loading it to close(). */
export class Guard {
  readonly way: GuardWay
  /** better ways that did not work */
  readonly refused: Refused[]
  /** what this kernel does not ask about, a sentence each */
  readonly missing: string[]
  /** false: signals are all there is */
  readonly canRefuse: boolean
  readonly asks: Asks
  readonly stores: StoreWatch
  /** called when rules changed, with the inodes of all files and of all trees' directories that rules are about */
  onAnchors: ((files: readonly Inode[], trees: readonly Inode[]) => void) | null = null
  readonly #object: BpfObject
  readonly #inodes: Inodes
  readonly #anchors: Anchors
  readonly #secrets: BigUint64Array
  readonly #writer: Writer
  readonly #protector: Protector
  readonly #armed = new Map<number, Kept>()
  /** indexes by the object's text */
  readonly #byObject = new Map<string, Set<number>>()
  readonly #families: Families
  readonly #stopped: StoppedProcesses
  readonly #replaced: ReplacedFiles
  readonly #clock: Clock
  readonly #slices = new TimeSlices()
  #next = guardLimits.SELF_TEST_RULE + 1
  #free: number[] = []
  /** numbers of expired rules that the kernel's tables may still name */
  readonly #leaving: number[] = []
  #serial = 0
  #writing: Promise<void> = Promise.resolve()
  #queued: Promise<void> | null = null
  /** ms since boot */
  #lookedMs = 0
  readonly #hits: HitQueue
  #closed = false
  #trouble: string | null = null

  private constructor(object: BpfObject, plan: WayPlan, refused: Refused[], secrets: BigUint64Array, clock: Clock) {
    this.#object = object
    this.#clock = clock
    this.way = plan.way
    this.refused = refused
    this.missing = plan.missing
    this.canRefuse = plan.canRefuse
    this.#secrets = secrets
    this.#inodes = new Inodes(object, plan.textual)
    this.#anchors = new Anchors(this.#inodes, secrets, plan.textual, this.#slices)
    this.#writer = new Writer(object)
    this.#protector = new Protector(object, this.#inodes)
    this.#families = new Families(object, this.#slices, !plan.textual)
    this.#stopped = new StoppedProcesses(object, this.#slices)
    this.#replaced = new ReplacedFiles(this.#anchors, this.#slices)
    this.#hits = new HitQueue(object)
    this.asks = new Asks(object, this.#inodes)
    this.stores = new StoreWatch(object, plan.stores)
  }

  /** Finds the best way that proves itself, loads and attaches it; throws CannotGuard. */
  static open(addon: Addon, objectPath: string, ways: readonly GuardWay[] = GUARD_WAYS, clock = systemClock): Guard {
    const refused: Refused[] = []
    const secrets = newSecrets()
    for (const way of ways) {
      const why = probeGuard(addon, objectPath, way, secrets)
      if (why) {
        refused.push(why)
        continue
      }
      const plan = planWay(addon, way)
      let object: BpfObject | undefined
      try {
        object = openWay(addon, objectPath, plan, secrets)
        const guard = new Guard(object, plan, refused, secrets, clock)
        guard.#begin()
        return guard
      } catch (error) {
        object?.close()
        refused.push({ way, why: (error as Error).message })
      }
    }
    throw new CannotGuard(refused)
  }

  #begin(): void {
    this.#exempt()
    this.#hits.begin()
  }

  #exempt(): void {
    for (const ancestor of ancestorsOf(process.pid)) this.#protector.process(ancestor)
  }

  /** Protects a process from all rules, whatever it runs. Does nothing where it has ended. */
  exempt(pid: number): void {
    const identity = identityOf(pid)
    if (identity) this.#protector.process(identity)
  }

  /** Protects what --protect names from all rules; returns what that is, a sentence each. Throws a sentence. */
  protect(protection: Protection): string[] {
    return this.#protector.add(protection)
  }

  /** Is it a process that is protected by its number? Those protected by their program or unit are not known by number. */
  isProtected(pid: number): boolean {
    return this.#protector.has(pid)
  }

  get armed(): Armed[] {
    return [...this.#armed.values()]
  }

  /** Arms a rule; all of it holds when this settles, and most of it from `onHolds` on. Rejects with a sentence where it cannot be anchored. */
  async arm(rule: GuardRule, options: ArmOptions = {}): Promise<Armed> {
    if (!this.canRefuse && rule.action === ruleAction.ACTION_DENY)
      throw new Error(`nothing can be refused on this kernel (${this.way}): use kill, freeze or audit; doctor says why`)
    if (!this.canRefuse && rule.action === ruleAction.ACTION_ASK)
      throw new Error(`no call can be held on this kernel (${this.way}): use freeze, kill or audit; doctor says why`)
    await this.#slices.rest(options.signal)
    const anchored = await this.#anchors.of(rule.object)
    // Rules on the same path know the same inode: what a name leads to is kept once for all of them.
    await this.#replaced.find([...(this.#byObject.get(rule.object.text) ?? [])].flatMap((index) => this.#armed.get(index) ?? []))
    const kernel = await kernelRuleOf(rule, ++this.#serial, { inodes: this.#inodes, families: this.#families }, () => {
      options.signal?.throwIfAborted()
      if (this.#closed) throw new Error('the program is ending')
      if (this.#armed.size >= 10_000) throw new Error('10,000 rules are armed, and that is the most: disarm one first')
    })
    if (rule.ttlMs !== null) kernel.expiresNs = this.#clock.bootNs() + BigInt(rule.ttlMs) * 1_000_000n
    const index = this.#free.pop() ?? this.#next++
    const armed: Kept = {
      index,
      serial: kernel.serial,
      rule,
      notes: anchored.notes,
      expiresBootMs: rule.ttlMs === null ? null : Number(kernel.expiresNs) / 1e6,
      anchored,
      kernel,
      ending: new AbortController(),
    }
    this.#armed.set(index, armed)
    const sameObject = this.#byObject.get(rule.object.text) ?? new Set()
    this.#byObject.set(rule.object.text, sameObject.add(index))
    try {
      // A number may have been another rule's: its counters begin anew.
      this.#object.update('rule_hits', u32Bytes(index), new Uint8Array(this.#object.lookup('rule_hits', u32Bytes(index))?.length ?? 0))
      this.#object.update('rules', u32Bytes(index), ruleBytes(kernel, ruleCondition))
      if (kernel.ops & ruleOp.RULE_WRITE) this.stores.begin()
      await this.#write()
      options.signal?.throwIfAborted()
      armed.ending.signal.throwIfAborted()
      options.onHolds?.(armed)
      if (anchored.search.length > 0) await this.#coverLinks(armed, options)
    } catch (error) {
      // Disarmed meanwhile, its number may be another rule's by now.
      if (this.#armed.get(index) === armed) await this.disarm(index)
      throw error
    }
    return armed
  }

  /** Anchors the files of a rule's tree that have further names, while the rule holds already. What is left out is noted. */
  async #coverLinks(armed: Kept, { signal, onSearched }: ArmOptions): Promise<void> {
    const { anchored, rule, ending } = armed
    const notes = await coverLinks(rule.object.text, anchored, {
      signal: signal ? AbortSignal.any([signal, ending.signal]) : ending.signal,
      onSearched: onSearched ?? (() => {}),
      inodes: this.#inodes,
      room: () => ALL_FILES - [...this.#armed.values()].reduce((sum, other) => sum + other.anchored.anchoring.files.length, 0),
      add: (files) => this.#extend(armed, files),
    })
    armed.notes.push(...notes)
  }

  /** Adds files to what a rule covers, beside all that is written; those that have other rules too are written with everything else. */
  #extend(armed: Kept, files: Inode[]): Promise<void> {
    const extended = this.#writing.then(async () => {
      if (this.#closed || this.#armed.get(armed.index) !== armed) return true
      const all = this.#writer.extend(armed.index, files, ENCODERS)
      this.#object.writeGlobal('armed_epoch', randomBytes(8))
      return all
    })
    this.#writing = extended.then(
      () => {},
      () => {},
    )
    return extended.then((all) => (all ? undefined : this.#write()))
  }

  #forget({ index, serial, rule, ending }: Kept): void {
    this.#hits.forget(serial)
    ending.abort(new Error('the rule was disarmed before hard links were found'))
    this.#armed.delete(index)
    const sameObject = this.#byObject.get(rule.object.text)
    sameObject?.delete(index)
    if (sameObject?.size === 0) this.#byObject.delete(rule.object.text)
  }

  /** Once the rule does not hold any more. */
  #releaseFamily({ kernel }: Kept): void {
    if (kernel.family !== undefined) this.#families.release(kernel.family)
  }

  /** Takes a rule away; false where it is none. `serial`: only if the number still is that rule's. */
  async disarm(index: number, serial?: number): Promise<boolean> {
    const armed = this.#armed.get(index)
    if (!armed || (serial !== undefined && armed.serial !== serial)) return false
    this.#forget(armed)
    this.#object.update('rules', u32Bytes(index), ruleBytes({ ...armed.kernel, flags: 0 }, ruleCondition))
    this.#releaseFamily(armed)
    await this.#write()
    this.#free.push(index)
    return true
  }

  /**
   * Takes away rules whose time is over, and returns them. Every LOOK_MS also finds files that were replaced. Kernel tables that cannot be written
   * are no error: see `trouble`.
   */
  async refresh(): Promise<Armed[]> {
    this.#protector.refresh()
    const nowMs = bootMs(this.#clock)
    const expired = [...this.#armed.values()].filter(({ expiresBootMs }) => expiresBootMs !== null && expiresBootMs <= nowMs)
    for (const armed of expired) {
      this.#forget(armed)
      this.#releaseFamily(armed)
    }
    this.#leaving.push(...expired.map(({ index }) => index))
    let changed = expired.length > 0
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs
      // There may be room by now for what had none.
      if (this.#trouble !== null) changed = true
      if (await this.#replaced.findNext(this.#armed.values())) changed = true
      await this.#stopped.forgetEnded()
    }
    if (changed) {
      try {
        await this.#write()
        this.#trouble = null
        this.#free.push(...this.#leaving.splice(0))
      } catch (error) {
        // What was written before still holds, numbers of expired rules among it. Ending the program would end all rules.
        this.#trouble = (error as Error).message
      }
    }
    return expired
  }

  /** Why refresh() could not write the kernel's tables the last time that something had changed, as an error's message; null: it could. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** One writing after the other: a tick may fall into the middle of an arming, and both would take the same numbers for their chains. */
  #write(): Promise<void> {
    // One that waits will write this change too: thousands of rules armed together are written once.
    this.#queued ??= this.#writing.then(() => {
      this.#queued = null
      return this.#writeNow()
    })
    this.#writing = this.#queued.catch(() => {})
    return this.#queued
  }

  async #writeNow(): Promise<void> {
    if (this.#closed) return
    const rules = [...this.#armed.values()]
    const tables = tablesOf(rules.map(({ index, anchored }) => [index, anchored.anchoring]))
    await this.#writer.write(tables, {
      ...ENCODERS,
      suffix: (suffix) => suffixKeyBytes(hashName(suffix, this.#secrets), suffix.length),
    })
    if (this.#closed) return
    const ops = rules.reduce((mask, { kernel }) => mask | kernel.ops, 0)
    let lengths = 0
    for (const { place } of tables.suffixes.values()) lengths |= 1 << place.length
    this.#object.writeGlobal('armed_names', u32Bytes(tables.names.size > 0 ? 1 : 0))
    this.#object.writeGlobal('armed_suffixes', u32Bytes(lengths >>> 0))
    this.#object.writeGlobal('armed_devices', u64Bytes(devicesOf(tables)))
    const refusing = rules.reduce((mask, { kernel }) => (kernel.action === ruleAction.ACTION_AUDIT ? mask : mask | kernel.ops), 0)
    this.#object.writeGlobal('refusing_ops', u32Bytes(refusing))
    this.#object.writeGlobal('armed_ops', u32Bytes(ops))
    this.#object.writeGlobal('armed_epoch', randomBytes(8))
    const anchorings = rules.map(({ anchored }) => anchored.anchoring)
    this.onAnchors?.(
      anchorings.flatMap(({ files }) => files),
      anchorings.flatMap(({ trees }) => trees),
    )
  }

  counts(index: number): RuleCounts {
    const bytes = this.#object.lookup('rule_hits', u32Bytes(index))
    if (!bytes) throw new Error(`rule ${index} is out of range`)
    const counts = countsOf(bytes)
    const armed = this.#armed.get(index)
    return armed ? { ...counts, unreported: counts.unreported + this.#hits.leftOut(armed.serial) } : counts
  }

  /** `listen` is called with each hit as it comes. */
  onHit(listen: (hit: Hit) => void): void {
    this.#hits.onHit = listen
  }

  /** Hits since the last call. */
  takeHits(): Hit[] {
    return this.#hits.take()
  }

  async hitsByProcess(): Promise<ReturnType<typeof hitsByProcess>> {
    return hitsByProcess(await this.#object.lookupBatch('hits_by_process'))
  }

  /** Runs of programs that the kernel skipped: operations that were not judged, and forks that were not recorded (bpf/guard_family.h). */
  skippedRuns(): number {
    const names = ['guard_fork', this.stores.program]
    const judges = this.#object.programs().filter(({ name }) => name.startsWith(this.way) || names.includes(name))
    return judges.reduce((runs, { name }) => runs + this.#recursionMisses(name), 0)
  }

  /** A sentence where families have been too large for the kernel's table since the guard was loaded; null: they have not. */
  familyTrouble(): string | null {
    return this.#families.trouble()
  }

  #recursionMisses(name: string): number {
    try {
      return this.#object.programInfo(name).recursionMisses
    } catch {
      return 0
    }
  }

  /** No rule holds any more from here on. */
  disarmAll(): void {
    if (!this.#closed) this.#object.writeGlobal('armed_ops', u32Bytes(0))
  }

  /** Lets go of all that is attached. Safe to call twice; the kernel does the same when the process dies. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const { ending } of this.#armed.values()) ending.abort(new Error('the program is ending'))
    this.#object.close()
  }
}
