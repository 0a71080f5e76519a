/** Who waits for an answer, and since when; answers go from here to the kernel, the default one when time is over. */
import { readFileSync, readlinkSync } from 'node:fs'
import type { Asks, RuleRef } from '../kernel/guard/asks.ts'
import { ancestorsOf } from '../kernel/guard/exempt.ts'
import type { Hit } from '../kernel/guard/hits.ts'
import { userNames } from '../kernel/users.ts'
import type { Answer, Ask } from '../rules/control.ts'
import { opsOfMask } from '../rules/rule.ts'
import { decodeBytes } from '../text/bytes.ts'

export interface AskOptions {
  /** ms until the default answer is given */
  timeoutMs: number
  defaultAnswer: 'allow' | 'deny'
}

interface Entry {
  ask: Ask
  rule: RuleRef
  birth: number
  timer: NodeJS.Timeout
}

/** The most ancestors told of. */
const PARENTS = 4

function read(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

/** What /proc tells of a process that stands still. */
function describe(pid: number): Pick<Ask, 'command' | 'exe' | 'container' | 'parents'> {
  const command = decodeBytes(read(`/proc/${pid}/cmdline`) ?? Buffer.alloc(0))
    .split('\0')
    .join(' ')
    .trimEnd()
  let exe = ''
  try {
    exe = decodeBytes(readlinkSync(`/proc/${pid}/exe`, 'buffer'))
  } catch {
    // It is another namespace's, or gone.
  }
  const group = (read(`/proc/${pid}/cgroup`)?.toString('latin1') ?? '').match(/^0::(.*)$/m)?.[1] ?? '/'
  const id = /[0-9a-f]{64}/.exec(group)?.[0].slice(0, 12)
  const container = id ?? (group === '/' ? '' : (group.split('/').at(-1) as string))
  const parents = ancestorsOf(pid)
    .slice(0, PARENTS)
    .map(({ comm, tgid }) => `${comm}(${tgid})`)
  return { command, exe, container, parents }
}

export class AskQueue {
  readonly #kernel: Asks
  readonly #options: AskOptions
  readonly #changed: () => void
  readonly #entries: Entry[] = []
  readonly #users = userNames()
  #nextId = 1

  /** `changed` is called whenever the queue is another one. */
  constructor(kernel: Asks, options: AskOptions, changed: () => void) {
    this.#kernel = kernel
    this.#options = options
    this.#changed = changed
  }

  list(): Ask[] {
    return this.#entries.map(({ ask }) => ask)
  }

  /** A thread was held. `rule`: the user's number of the rule. */
  add(hit: Hit, rule: number): void {
    const waiting = this.#kernel.waiting(hit.tid)
    if (!waiting || waiting.serial !== hit.serial) return
    this.#kernel.watchCalls(true)
    const known = this.#entries.find(({ ask, rule: of }) => ask.tid === hit.tid && of.serial === hit.serial)
    if (known) {
      known.ask = { ...known.ask, times: waiting.times }
      this.#changed()
      return
    }
    const now = Date.now()
    const ask: Ask = {
      ...{ id: this.#nextId++, rule, pid: hit.pid, tid: hit.tid, comm: hit.comm, ops: opsOfMask(hit.ops), path: hit.path },
      ...describe(hit.pid),
      user: this.#users[hit.uid] ?? String(hit.uid),
      ...{ sinceMs: now, untilMs: now + this.#options.timeoutMs, times: waiting.times },
    }
    const timer = setTimeout(() => this.#timeOver(ask.id), this.#options.timeoutMs)
    timer.unref()
    this.#entries.push({ ask, rule: { index: hit.index, serial: hit.serial }, birth: this.#kernel.birthOf(hit.tid) ?? 0, timer })
    this.#changed()
  }

  #timeOver(id: number): void {
    const entry = this.#entries.find(({ ask }) => ask.id === id)
    if (!entry) return
    this.#take(entry)
    this.#kernel.answerCall(entry.ask.tid, this.#options.defaultAnswer)
    this.#changed()
  }

  #take(entry: Entry): void {
    clearTimeout(entry.timer)
    this.#entries.splice(this.#entries.indexOf(entry), 1)
  }

  /**
   * Answers one, and all others whom the answer is for as well. How many calls went on, and the ask that was answered. Throws a
   * sentence.
   */
  answer(id: number, { verdict, scope, forMs }: Answer): { ask: Ask; calls: number } {
    const entry = this.#entries.find(({ ask }) => ask.id === id)
    if (!entry) throw new Error('it waits no more')
    const { ask, rule, birth } = entry
    const expiresNs = forMs === null ? 0n : process.hrtime.bigint() + BigInt(forMs) * 1_000_000n
    if (scope === 'process') this.#kernel.answerProcess(rule, { tgid: ask.pid, birth }, verdict, expiresNs)
    else if (scope !== 'call' && !this.#kernel.answerProgram(rule, ask.pid, verdict, expiresNs))
      throw new Error(`the program of ${ask.comm} (${ask.pid}) cannot be found: answer for the process`)
    const same = (other: Entry) => {
      if (other === entry) return true
      if (other.rule.serial !== rule.serial || scope === 'call') return false
      return scope === 'process' ? other.ask.pid === ask.pid && other.birth === birth : other.ask.exe !== '' && other.ask.exe === ask.exe
    }
    let calls = 0
    for (const other of this.#entries.filter(same)) {
      this.#take(other)
      if (this.#kernel.answerCall(other.ask.tid, verdict)) calls++
    }
    this.#changed()
    return { ask, calls }
  }

  /** Forgets who waits no more: it was killed, or its rule is gone. */
  prune(): void {
    const gone = this.#entries.filter(({ ask, rule }) => this.#kernel.waiting(ask.tid)?.serial !== rule.serial)
    for (const entry of gone) this.#take(entry)
    if (gone.length > 0) this.#changed()
  }

  /** Whoever waits because of a rule makes his call again; it is gone. */
  release(serial: number): void {
    for (const entry of this.#entries.filter(({ rule }) => rule.serial === serial)) {
      this.#take(entry)
      this.#kernel.letGo(entry.ask.tid, entry.ask.pid)
    }
    this.#changed()
  }

  /** Everybody gets the default answer. */
  async end(): Promise<void> {
    for (const entry of [...this.#entries]) {
      this.#take(entry)
      this.#kernel.answerCall(entry.ask.tid, this.#options.defaultAnswer)
    }
    // Once their calls are over, nobody is held.
    for (let i = 0; i < 100 && (await this.#kernel.held()).length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
