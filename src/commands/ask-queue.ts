/** Who waits for an answer, and since when; answers go from here to the kernel, the default one when time is over. */

import { readlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { bootMs, type Clock, systemClock, wallTime } from '../kernel/boot-clock.ts'
import { COMMAND_LINE_BYTES } from '../kernel/bounded-read.ts'
import { commandLine } from '../kernel/command-line.ts'
import { type Asks, isSameQuestion, type Question, type RuleRef } from '../kernel/guard/asks.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import type { Hit } from '../kernel/guard/hits.ts'
import { ruleOp } from '../kernel/guard/layout.gen.ts'
import { userNames } from '../kernel/users.ts'
import { listingOf } from '../kernel/where/cgroups.ts'
import { Groups, type Named } from '../kernel/where/groups.ts'
import { Lane } from '../kernel/where/lane.ts'
import type { Answer, Ask } from '../rules/control.ts'
import { opsOfMask } from '../rules/rule.ts'
import { decodeBytes } from '../text/bytes.ts'
import { pathOfListing } from '../text/cgroup-path.ts'

/** How pending requests are answered without the user. */
export interface AskOptions {
  /** ms until the default answer is given */
  timeoutMs: number
  defaultAnswer: 'allow' | 'deny'
  /** ms that rules that deny, kill and audit hold after this program died (--on-exit keep); 0 or left out: not at all */
  keepMs?: number
}

interface Entry {
  ask: Ask
  /** ms since boot (CLOCK_BOOTTIME): what `ask.sinceMs` and `ask.untilMs` are derived from for display */
  sinceBootMs: number
  untilBootMs: number
  rule: RuleRef
  /** what is shown, and nothing else is answered */
  question: Question
  birth: number
  /** which file its program is; null where that cannot be told, or not yet */
  program: string | null
  /** settles after the first try to read the command line and the program */
  described: Promise<void>
  timer: NodeJS.Timeout
}

/** ms after which the description of a process is given up: a busy machine may take seconds to give this program a turn. */
const DESCRIBE_MS = 5000

/**
 * How often a description is tried, and ms between two tries. Where the event loop was busy for seconds, the running read counts as one that
 * hangs, and all reads that wait behind it are given up at once.
 */
const [DESCRIBE_TRIES, DESCRIBE_AGAIN_MS] = [10, 1000]

/** The most ancestors told of. */
const PARENTS = 4

/** What /proc tells of a held process at once. */
function describe(pid: number): Pick<Ask, 'command' | 'exe' | 'parents'> {
  let exe = ''
  try {
    exe = decodeBytes(readlinkSync(`/proc/${pid}/exe`, 'buffer'))
  } catch {
    // It is another namespace's, or gone.
  }
  const parents = ancestorsOf(pid, PARENTS).map(({ comm, tgid }) => `${comm}(${tgid})`)
  return { command: '', exe, parents }
}

/** Which file a path leads to, as a name to compare; null where it leads nowhere. Its file system may not answer: call it in a Lane. */
export async function fileAt(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** The operations of a question, as they will be carried out. */
function shownOps(mask: number): Ask['ops'] {
  return [...opsOfMask(mask), ...(mask & ruleOp.RULE_TRUNCATE ? (['truncate'] as const) : [])]
}

/** How long an answer for a program waits for what is not known yet of other requests, ms. Those that are described later get it then. */
const DESCRIBED_MS = 2000

/** The pending requests. */
export class AskQueue {
  readonly #kernel: Asks
  readonly #options: AskOptions
  readonly #changed: () => void
  readonly #entries: Entry[] = []
  readonly #users = userNames()
  readonly #groups = new Groups()
  readonly #clock: Clock
  /** a process decides how long its command line is, and where its program lies: what is read of it does not hold up this thread */
  readonly #lane = new Lane(DESCRIBE_MS)
  /** one description after the other, however many requests are pending */
  #describing: Promise<void> = Promise.resolve()
  /** the answers for programs, latest first: requests whose program is found out later get them too */
  #answeredPrograms: { serial: number; program: string; verdict: Answer['verdict']; isOver: () => boolean }[] = []
  #nextId = 1

  /** `changed` is called whenever the queue is another one. */
  constructor(kernel: Asks, options: AskOptions, changed: () => void, clock = systemClock) {
    this.#clock = clock
    this.#kernel = kernel
    this.#options = options
    this.#changed = changed
  }

  list(): Ask[] {
    return this.#entries.map(({ ask, sinceBootMs, untilBootMs }) => ({
      ...ask,
      sinceMs: wallTime(this.#clock, sinceBootMs),
      untilMs: wallTime(this.#clock, untilBootMs),
    }))
  }

  /** A thread was held. `rule`: the user's number of the rule; `covers`: what it asks about. */
  add(hit: Hit, rule: number, covers: string): void {
    const waiting = this.#kernel.waiting(hit.tid)
    if (!waiting) {
      // The call was over all the same, as some are that keep an error for themselves: then nobody waits, but the stop stays.
      this.#kernel.resumeIfStopped(hit.tid, hit.pid)
      return
    }
    this.#kernel.watchCalls(true)
    const question: Question = { serial: hit.serial, object: hit.object, ops: hit.ops }
    // Resumed since by a SIGCONT that was no answer, it waits for the answer to a later question, whose hit comes next.
    if (!isSameQuestion(waiting, question)) return
    const earlier = this.#entries.find(({ ask }) => ask.tid === hit.tid)
    const known = earlier && isSameQuestion(earlier.question, question) ? earlier : null
    if (earlier && !known) this.#take(earlier)
    if (known) {
      known.ask = { ...known.ask, times: waiting.times }
      this.#changed()
      return
    }
    const sinceBootMs = bootMs(this.#clock)
    const untilBootMs = sinceBootMs + this.#options.timeoutMs
    const group = this.#groups.at(pathOfListing(listingOf(hit.pid) ?? ''))
    const ask: Ask = {
      ...{ id: this.#nextId++, rule, pid: hit.pid, tid: hit.tid, comm: hit.comm, ops: shownOps(hit.ops), path: hit.path, target: hit.target, covers },
      ...describe(hit.pid),
      container: group.group.label,
      user: this.#users[hit.uid] ?? String(hit.uid),
      ...{ sinceMs: wallTime(this.#clock, sinceBootMs), untilMs: wallTime(this.#clock, untilBootMs), times: waiting.times },
    }
    // A timer of Node does not count the time of a suspend: prune() finds what is overdue after one.
    const timer = setTimeout(() => this.#timeOver(ask.id), this.#options.timeoutMs)
    timer.unref()
    this.#describing = this.#describing.then(() => this.#describe(ask.id, hit.pid))
    this.#entries.push({
      ask,
      sinceBootMs,
      untilBootMs,
      rule: { index: hit.index, serial: hit.serial },
      question,
      birth: this.#kernel.birthOf(hit.tid) ?? 0,
      program: null,
      described: this.#describing,
      timer,
    })
    void this.#name(ask.id, group)
    this.#changed()
  }

  /** Fills in what is read asynchronously. A process whose memory or program does not answer stays without. */
  async #describe(id: number, pid: number, tries = 1): Promise<void> {
    const isPending = () => this.#entries.find(({ ask }) => ask.id === id)
    if (!isPending()) return
    const program = await this.#lane.soon(() => fileAt(`/proc/${pid}/exe`))
    const command = await this.#lane.soon(() => commandLine(pid, COMMAND_LINE_BYTES))
    const entry = isPending()
    if (!entry) return
    if (program === null && tries < DESCRIBE_TRIES) {
      const again = () => {
        this.#describing = this.#describing.then(() => this.#describe(id, pid, tries + 1))
      }
      setTimeout(again, DESCRIBE_AGAIN_MS).unref()
      return
    }
    entry.program = program
    const given = this.#answeredPrograms.find((answer) => answer.serial === entry.rule.serial && answer.program === program)
    if (given && !given.isOver()) {
      this.#take(entry)
      this.#kernel.answerCall(entry.ask.tid, entry.question, given.verdict)
      this.#changed()
      return
    }
    if (command === null || command === '') return
    entry.ask = { ...entry.ask, command }
    this.#changed()
  }

  /** Says the container's name when it is known; nobody who waits waits for it. */
  async #name(id: number, named: Named): Promise<void> {
    await named.looking
    const entry = this.#entries.find(({ ask }) => ask.id === id)
    if (!entry || entry.ask.container === named.group.label) return
    entry.ask = { ...entry.ask, container: named.group.label }
    this.#changed()
  }

  #timeOver(id: number): void {
    const entry = this.#entries.find(({ ask }) => ask.id === id)
    if (!entry) return
    this.#take(entry)
    this.#kernel.answerCall(entry.ask.tid, entry.question, this.#options.defaultAnswer)
    this.#changed()
  }

  #take(entry: Entry): void {
    clearTimeout(entry.timer)
    this.#entries.splice(this.#entries.indexOf(entry), 1)
  }

  /**
   * Answers a request, and all others that the answer covers. How many calls went on, and the ask that was answered. Rejects
   * with a sentence.
   */
  async answer(id: number, { verdict, scope, forMs }: Answer): Promise<{ ask: Ask; calls: number; program: string | null }> {
    const find = () => this.#entries.find(({ ask }) => ask.id === id)
    if (scope !== 'call' && scope !== 'process') await this.#allDescribed()
    const entry = find()
    if (!entry) throw new Error('it waits no more')
    const { ask, rule, birth } = entry
    const expiresNs = forMs === null ? 0n : this.#clock.bootNs() + BigInt(forMs) * 1_000_000n
    if (scope === 'process') this.#kernel.answerProcess(rule, { tgid: ask.pid, birth }, verdict, expiresNs)
    else if (scope !== 'call' && (entry.program === null || !this.#kernel.answerProgram(rule, ask.pid, verdict, expiresNs)))
      throw new Error(`the program of ${ask.comm} (${ask.pid}) cannot be found: answer for the process`)
    if (scope !== 'call' && scope !== 'process' && entry.program !== null) {
      const isOver = () => expiresNs !== 0n && this.#clock.bootNs() > expiresNs
      this.#answeredPrograms.unshift({ serial: rule.serial, program: entry.program, verdict, isOver })
    }
    const same = (other: Entry) => {
      if (other === entry) return true
      if (other.rule.serial !== rule.serial || scope === 'call') return false
      return scope === 'process' ? other.ask.pid === ask.pid && other.birth === birth : other.program !== null && other.program === entry.program
    }
    let calls = 0
    for (const other of this.#entries.filter(same)) {
      this.#take(other)
      if (this.#kernel.answerCall(other.ask.tid, other.question, verdict)) calls++
    }
    this.#changed()
    return { ask, calls, program: entry.program }
  }

  /** Settles when the programs of all pending requests are known, but after DESCRIBED_MS where one cannot be read. */
  #allDescribed(): Promise<unknown> {
    const late = new Promise((resolve) => setTimeout(resolve, DESCRIBED_MS).unref())
    return Promise.race([Promise.all(this.#entries.map(({ described }) => described)), late])
  }

  /** Which file a path leads to; null where it leads nowhere, or its file system does not answer. */
  fileAt(path: string): Promise<string | null> {
    return this.#lane.soon(() => fileAt(path))
  }

  /** Gives the default answer to requests that are overdue, and forgets those whose process was killed or whose rule is gone. */
  prune(): void {
    const now = bootMs(this.#clock)
    for (const { ask } of this.#entries.filter(({ untilBootMs }) => untilBootMs <= now)) this.#timeOver(ask.id)
    const gone = this.#entries.filter(({ ask, question }) => {
      const waiting = this.#kernel.waiting(ask.tid)
      return !waiting || !isSameQuestion(waiting, question)
    })
    for (const entry of gone) {
      this.#take(entry)
      if (!this.#kernel.waiting(entry.ask.tid)) this.#kernel.resumeIfStopped(entry.ask.tid, entry.ask.pid)
    }
    if (gone.length > 0) this.#changed()
  }

  /** Whoever waits because of a rule makes his call again; it is gone. */
  async release(serial: number): Promise<void> {
    for (const entry of this.#entries.filter(({ rule }) => rule.serial === serial)) this.#take(entry)
    // Also those whose hit has not been heard of yet.
    for (const { tid, pid, serials } of await this.#kernel.held()) if (serials.includes(serial)) this.#kernel.letGo(tid, pid)
    this.#changed()
  }

  /** Everybody gets the default answer. */
  async end(): Promise<void> {
    this.#kernel.over(this.#options.defaultAnswer)
    for (const entry of [...this.#entries]) {
      this.#take(entry)
      this.#kernel.answerCall(entry.ask.tid, entry.question, this.#options.defaultAnswer)
    }
    // Once their calls are over, nobody is held.
    for (let i = 0; i < 100 && (await this.#kernel.held()).length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 5))
    await Promise.all([this.#groups.close(), this.#lane.close()])
  }
}
