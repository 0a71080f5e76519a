/** The brake: rules armed in the kernel for as long as this process lives. Nothing is loaded before the first rule is armed. */
import { randomBytes } from 'node:crypto'
import type { Addon, BpfObject } from '../addon.ts'
import { bootMs, type Clock, systemClock } from '../boot-clock.ts'
import { records } from '../decode.ts'
import { withDescendants } from '../filter.ts'
import { Mounts } from '../mounts.ts'
import { type Anchored, Anchors, type Target } from './anchors.ts'
import { Asks } from './asks.ts'
import { anchorBytes, chainBytes, inodeKey, type KernelRule, namedKeyBytes, namedValueBytes, ruleBytes, suffixKeyBytes, u32Bytes, u64Bytes } from './bytes.ts'
import { ancestorsOf, identityOf } from './exempt.ts'
import { countsOf, type Hit, hitOf, hitsByProcess, type RuleCounts } from './hits.ts'
import { Inodes } from './inodes.ts'
import { openWay, probeGuard, type Refused } from './ladder.ts'
import { guardLimits, ruleAction, ruleCondition, ruleFlags } from './layout.gen.ts'
import { hashName, newSecrets } from './name-hash.ts'
import { type Protection, Protector } from './protect.ts'
import { addCondition, type Condition } from './subjects.ts'
import { devicesOf, inodeId, tablesOf } from './tables.ts'
import { GUARD_WAYS, type GuardWay, planWay, type WayPlan } from './ways.ts'
import { Writer } from './writer.ts'

/** How often the paths of file rules are looked at again, and how many at a time. */
const [SEEK_MS, SEEK_RULES] = [5000, 500]

/** A rule to arm, compiled from its line. */
export interface GuardRule {
  /** ACTION_* */
  action: number
  errno: number
  signal: number
  /** RULE_* */
  ops: number
  object: Target
  conditions: Condition[]
  /** ms from now, or null */
  ttlMs: number | null
}

/** A rule that is armed. */
export interface Armed {
  /** its number in the kernel, and what tells it from earlier ones of that number */
  index: number
  serial: number
  rule: GuardRule
  /** what the user should know, a sentence each */
  notes: string[]
  /** ms since boot (CLOCK_BOOTTIME); null: never */
  expiresBootMs: number | null
}

/** Nothing here can enforce: why, way by way. */
export class CannotGuard extends Error {
  readonly refused: Refused[]
  constructor(refused: Refused[]) {
    super(`rules cannot be enforced on this kernel: ${refused.map(({ way, why }) => `${way}: ${why}`).join('; ')}`)
    this.refused = refused
  }
}

export class Guard {
  readonly way: GuardWay
  /** better ways that did not work */
  readonly refused: Refused[]
  /** what this kernel does not ask about, a sentence each */
  readonly missing: string[]
  /** false: signals are all there is */
  readonly canRefuse: boolean
  readonly asks: Asks
  /** called with each hit as it comes */
  onHit: ((hit: Hit) => void) | null = null
  readonly #object: BpfObject
  readonly #inodes: Inodes
  readonly #anchors: Anchors
  readonly #secrets: BigUint64Array
  readonly #writer: Writer
  readonly #protector: Protector
  readonly #armed = new Map<number, Armed & { anchored: Anchored; kernel: KernelRule }>()
  /** indexes by the object's text */
  readonly #byObject = new Map<string, Set<number>>()
  readonly #families = new Map<number, number>()
  readonly #mounts = new Mounts()
  readonly #clock: Clock
  #next = guardLimits.SELF_TEST_RULE + 1
  #free: number[] = []
  #serial = 0
  #writing: Promise<void> = Promise.resolve()
  #queued: Promise<void> | null = null
  /** ms since boot */
  #soughtMs = 0
  #seekFrom = 0
  #hits: Hit[] = []
  #closed = false

  private constructor(object: BpfObject, plan: WayPlan, refused: Refused[], secrets: BigUint64Array, clock: Clock) {
    this.#object = object
    this.#clock = clock
    this.way = plan.way
    this.refused = refused
    this.missing = plan.missing
    this.canRefuse = plan.canRefuse
    this.#secrets = secrets
    this.#inodes = new Inodes(object, plan.textual)
    this.#anchors = new Anchors(this.#inodes, secrets, plan.textual)
    this.#writer = new Writer(object)
    this.#protector = new Protector(object, this.#inodes)
    this.asks = new Asks(object, this.#inodes)
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
    this.#object.openRing('hits', (batch) => {
      for (const [view, bytes] of records(batch)) {
        const hit = hitOf(view, bytes)
        // A hook sees no mounts: its path is known from the root of its file system.
        const locate = (path: string) => (hit.fromRoot ? this.#mounts.locate(hit.dev, path) : null) ?? path
        const located = { ...hit, path: locate(hit.path), target: hit.target === null ? null : locate(hit.target) }
        this.#hits.push(located)
        this.onHit?.(located)
      }
    })
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

  #family(pid: number): number {
    const known = this.#families.get(pid)
    if (known !== undefined) return known
    if (this.#families.size >= guardLimits.FAMILIES) throw new Error(`at most ${guardLimits.FAMILIES} different processes can be named with + at a time`)
    const family = this.#families.size
    this.#families.set(pid, family)
    const bit = 1n << BigInt(family)
    const join = (member: number) => {
      const bits = this.#object.lookup('families', u32Bytes(member))
      const have = bits ? new DataView(bits.buffer, bits.byteOffset).getBigUint64(0, true) : 0n
      this.#object.update('families', u32Bytes(member), u64Bytes(have | bit))
    }
    // The root first, so that children born from now on join by themselves; then those born before.
    this.#object.writeGlobal('armed_families', u32Bytes(1))
    join(pid)
    for (const member of withDescendants([pid])) join(member)
    return family
  }

  /** Arms a rule; it holds when this returns. Throws a sentence where it cannot be anchored. */
  async arm(rule: GuardRule): Promise<Armed> {
    if (!this.canRefuse && rule.action === ruleAction.ACTION_DENY)
      throw new Error(`nothing can be refused on this kernel (${this.way}): use kill, freeze or audit; doctor says why`)
    if (!this.canRefuse && rule.action === ruleAction.ACTION_ASK)
      throw new Error(`no call can be held on this kernel (${this.way}): use freeze, kill or audit; doctor says why`)
    if (this.#armed.size >= 10_000) throw new Error('10,000 rules are armed, and that is the most: disarm one first')
    const anchored = this.#anchors.of(rule.object)
    // Rules on the same path know the same inode: what a name leads to is kept once for all of them.
    this.#seek([...(this.#byObject.get(rule.object.text) ?? [])].flatMap((index) => this.#armed.get(index) ?? []))
    const kernel: KernelRule = {
      flags: ruleFlags.RULE_ARMED,
      ops: rule.ops,
      action: rule.action,
      errno: rule.errno,
      signal: rule.signal,
      serial: ++this.#serial,
      expiresNs: 0n,
      negated: 0,
    }
    for (const condition of rule.conditions) addCondition(kernel, condition, this.#inodes, (pid) => this.#family(pid))
    if (rule.ttlMs !== null) kernel.expiresNs = this.#clock.bootNs() + BigInt(rule.ttlMs) * 1_000_000n
    const index = this.#free.pop() ?? this.#next++
    const armed = {
      index,
      serial: kernel.serial,
      rule,
      notes: anchored.notes,
      expiresBootMs: rule.ttlMs === null ? null : Number(kernel.expiresNs) / 1e6,
      anchored,
      kernel,
    }
    this.#armed.set(index, armed)
    const sameObject = this.#byObject.get(rule.object.text) ?? new Set()
    this.#byObject.set(rule.object.text, sameObject.add(index))
    try {
      // A number may have been another rule's: its counters begin anew.
      this.#object.update('rule_hits', u32Bytes(index), new Uint8Array(this.#object.lookup('rule_hits', u32Bytes(index))?.length ?? 0))
      this.#object.update('rules', u32Bytes(index), ruleBytes(kernel, ruleCondition))
      await this.#write()
    } catch (error) {
      await this.disarm(index)
      throw error
    }
    return armed
  }

  #forget({ index, rule }: Armed): void {
    this.#armed.delete(index)
    const sameObject = this.#byObject.get(rule.object.text)
    sameObject?.delete(index)
    if (sameObject?.size === 0) this.#byObject.delete(rule.object.text)
  }

  /** Takes a rule away; false where it is none. */
  async disarm(index: number): Promise<boolean> {
    const armed = this.#armed.get(index)
    if (!armed) return false
    this.#forget(armed)
    this.#object.update('rules', u32Bytes(index), ruleBytes({ ...armed.kernel, flags: 0 }, ruleCondition))
    await this.#write()
    this.#free.push(index)
    return true
  }

  /** Takes away what has expired, and from time to time finds again what paths lead to: a file may have been replaced. */
  async refresh(): Promise<Armed[]> {
    this.#protector.refresh()
    const nowMs = bootMs(this.#clock)
    const expired = [...this.#armed.values()].filter(({ expiresBootMs }) => expiresBootMs !== null && expiresBootMs <= nowMs)
    for (const armed of expired) this.#forget(armed)
    const moved = nowMs - this.#soughtMs >= SEEK_MS && this.#seekAgain(nowMs)
    if (expired.length > 0 || moved) await this.#write()
    for (const { index } of expired) this.#free.push(index)
    return expired
  }

  /** New inodes at the paths of file rules; old ones stay covered, since the rule was armed for what was there. */
  #seekAgain(nowMs: number): boolean {
    this.#soughtMs = nowMs
    // In turns where there are many, so that a tick stays short.
    const rules = [...this.#armed.values()].filter(({ rule }) => rule.object.kind === 'file')
    const start = this.#seekFrom % Math.max(1, rules.length)
    const turn = [...rules.slice(start), ...rules.slice(0, start)].slice(0, SEEK_RULES)
    this.#seekFrom = start + turn.length
    return this.#seek(turn)
  }

  #seek(rules: { rule: GuardRule; anchored: Anchored }[]): boolean {
    let moved = false
    for (const { rule, anchored } of rules) {
      try {
        const known = new Set(anchored.anchoring.files.map(inodeId))
        const again = this.#anchors.of(rule.object).anchoring
        const fresh = again.files.filter((inode) => !known.has(inodeId(inode)))
        if (fresh.length === 0) continue
        anchored.anchoring = { ...anchored.anchoring, files: [...anchored.anchoring.files, ...fresh], named: again.named }
        moved = true
      } catch {
        // Its directory is gone; the anchors hold as long as the inodes do.
      }
    }
    return moved
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
      anchor: anchorBytes,
      chain: chainBytes,
      inode: inodeKey,
      named: namedKeyBytes,
      namedValue: namedValueBytes,
      suffix: (suffix) => suffixKeyBytes(hashName(suffix, this.#secrets), suffix.length),
    })
    const ops = rules.reduce((mask, { kernel }) => mask | kernel.ops, 0)
    let lengths = 0
    for (const { place } of tables.suffixes.values()) lengths |= 1 << place.length
    this.#object.writeGlobal('armed_names', u32Bytes(tables.names.size > 0 ? 1 : 0))
    this.#object.writeGlobal('armed_suffixes', u32Bytes(lengths >>> 0))
    this.#object.writeGlobal('armed_devices', u64Bytes(devicesOf(tables)))
    this.#object.writeGlobal('armed_ops', u32Bytes(ops))
    this.#object.writeGlobal('armed_epoch', randomBytes(8))
  }

  counts(index: number): RuleCounts {
    const bytes = this.#object.lookup('rule_hits', u32Bytes(index))
    if (!bytes) throw new Error(`rule ${index} is out of range`)
    return countsOf(bytes)
  }

  /** Hits since the last call. */
  takeHits(): Hit[] {
    this.#object.drainRing('hits')
    const hits = this.#hits
    this.#hits = []
    return hits
  }

  async hitsByProcess(): Promise<ReturnType<typeof hitsByProcess>> {
    return hitsByProcess(await this.#object.lookupBatch('hits_by_process'))
  }

  /** Runs of a hook's program that the kernel skipped: touches nobody judged. */
  skippedRuns(): number {
    let runs = 0
    for (const { name } of this.#object.programs()) if (name.startsWith(this.way)) runs += this.#recursionMisses(name)
    return runs
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
    this.#object.close()
  }
}
