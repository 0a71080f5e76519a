/** Threads held by ask rules, and their answers: the guard's side of hold and ask (bpf/guard_ask.h). */
import type { BpfObject } from '../addon.ts'
import { stateOf } from '../bounded-read.ts'
import { u32Bytes } from './bytes.ts'
import type { Inodes } from './inodes.ts'
import { Keeper, type KeeperOptions } from './keeper.ts'
import { answerKey, answerSubject, answer as answers, answerValue, guardLimits, heldAsk, held as heldLayout } from './layout.gen.ts'

/** An answer to a held call. */
export type Verdict = 'allow' | 'deny'

/** How often a process that has its answer is looked at until it runs: it may have been on its way into the stop. ms */
const [AGAIN_MS, AGAIN_TIMES] = [20, 50]

/** A rule's number, and what tells it from others that had it. */
export interface RuleRef {
  index: number
  serial: number
}

/** What an answer is for: the rule, and the object and operations that were shown. */
export interface Question {
  serial: number
  object: bigint
  /** RULE_* */
  ops: number
}

/** Do two stand for the same? */
export function isSameQuestion(a: Question, b: Question): boolean {
  return a.serial === b.serial && a.object === b.object && a.ops === b.ops
}

/** A thread that waits. */
export interface Waiting extends RuleRef, Question {
  tid: number
  pid: number
  /** asked so often */
  times: number
}

function number(verdict: Verdict): number {
  return verdict === 'allow' ? answers.ANSWER_ALLOW : answers.ANSWER_DENY
}

/** The thread, not its process: the first one may have ended. */
function isStopped(tid: number): boolean {
  return ['T', 't'].includes(stateOf(tid))
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It is gone.
  }
}

/** Threads that are held, and the answers to them. */
export class Asks {
  readonly #object: BpfObject
  readonly #inodes: Inodes
  #keeper: Keeper | null = null
  #watching = false
  #keeps = false
  /** Resuming again who had an answer before it had stopped. */
  readonly #again = new Set<NodeJS.Timeout>()

  constructor(object: BpfObject, inodes: Inodes) {
    this.#object = object
    this.#inodes = inodes
  }

  /** Starts the watchdog process, before the first rule: the kernel may take seconds to detach a guard whose program was killed. Rejects with a sentence. */
  async begin(options: KeeperOptions, onKeeperDeath: () => void): Promise<void> {
    if (this.#keeper) return
    this.#object.update('asks_over', u32Bytes(0), u32Bytes(answers.ANSWER_NONE))
    this.#keeper = await Keeper.start(this.#object, options, () => {
      this.#keeper = null
      onKeeperDeath()
    })
    this.#keeper.keep(this.#keeps)
  }

  /** Says whether rules are kept (KeeperOptions.keepMs) if this process ends from now on. At first they are not. */
  keep(on: boolean): void {
    this.#keeps = on
    this.#keeper?.keep(on)
  }

  /** Before the first rule that holds. */
  expectHeld(): void {
    this.#object.writeGlobal('armed_asks', u32Bytes(1))
  }

  /** The watchdog process and its standby; none while there is none. */
  get watchdogPids(): number[] {
    return this.#keeper?.pids ?? []
  }

  #entry(tid: number): { bytes: Uint8Array; view: DataView; at: number } | null {
    const bytes = this.#object.lookup('held', u32Bytes(tid))
    if (!bytes) return null
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return { bytes, view, at: heldLayout.asks + view.getUint32(heldLayout.waiting, true) * heldAsk.size }
  }

  /** What a thread waits for; null where it does not wait (any more). */
  waiting(tid: number): Waiting | null {
    const entry = this.#entry(tid)
    return entry && this.#waitingIn(tid, entry)
  }

  #waitingIn(tid: number, { view, at }: { view: DataView; at: number }): Waiting | null {
    if (view.getUint32(at + heldAsk.answer, true) !== answers.ANSWER_NONE) return null
    return {
      tid,
      pid: view.getUint32(heldLayout.processTgid, true),
      index: view.getUint32(at + heldAsk.rule, true),
      serial: view.getUint32(at + heldAsk.serial, true),
      times: view.getUint32(at + heldAsk.times, true),
      ops: view.getUint32(at + heldAsk.ops, true),
      object: view.getBigUint64(at + heldAsk.object, true),
    }
  }

  /** A call's answer ends with the call, so the ends of calls are watched while somebody is held. */
  watchCalls(on: boolean): void {
    if (on === this.#watching) return
    if (on) this.#object.attach('guard_call_over')
    else this.#object.detach('guard_call_over')
    this.#watching = on
  }

  /**
   * Answers a question, for this call, and resumes the thread. False where the thread waits no more, or for the answer to another question:
   * any SIGCONT makes the call again, which may be about something else by then.
   */
  answerCall(tid: number, question: Question, verdict: Verdict): boolean {
    const entry = this.#entry(tid)
    const waiting = entry && this.#waitingIn(tid, entry)
    if (!entry || !waiting || !isSameQuestion(waiting, question)) return false
    this.watchCalls(true)
    entry.view.setUint32(entry.at + heldAsk.answer, number(verdict), true)
    this.#object.update('held', u32Bytes(tid), entry.bytes, BPF_EXIST)
    this.#resume(entry.view.getUint32(heldLayout.processTgid, true), tid)
    return true
  }

  /** An answer that stands for a process. `expiresNs`: CLOCK_BOOTTIME, 0n for never. */
  answerProcess(rule: RuleRef, process: { tgid: number; birth: number }, verdict: Verdict, expiresNs: bigint): void {
    const subject = { subject: answerSubject.ANSWER_OF_PROCESS, first: BigInt(process.tgid), second: process.birth, subvolume: 0 }
    this.#stand(rule, subject, verdict, expiresNs)
  }

  /** The same for the program that a process runs; false where it cannot be found. */
  answerProgram(rule: RuleRef, pid: number, verdict: Verdict, expiresNs: bigint): boolean {
    const found = this.#inodes.find(`/proc/${pid}/exe`)
    if (!found) return false
    const { ino, dev, generation, subvolume } = found.inode
    const second = (dev ^ (generation ?? 0)) >>> 0
    this.#stand(rule, { subject: answerSubject.ANSWER_OF_PROGRAM, first: ino, second, subvolume }, verdict, expiresNs)
    return true
  }

  /** `subject`: the rest of struct answer_key. */
  #stand(rule: RuleRef, subject: { subject: number; first: bigint; second: number; subvolume: number }, verdict: Verdict, expiresNs: bigint): void {
    const key = new Uint8Array(answerKey.size)
    const keyView = new DataView(key.buffer)
    keyView.setUint32(answerKey.rule, rule.index, true)
    keyView.setUint32(answerKey.serial, rule.serial, true)
    keyView.setUint32(answerKey.subject, subject.subject, true)
    keyView.setUint32(answerKey.second, subject.second, true)
    keyView.setBigUint64(answerKey.first, subject.first, true)
    keyView.setUint32(answerKey.subvolume, subject.subvolume, true)
    const value = new Uint8Array(answerValue.size)
    const valueView = new DataView(value.buffer)
    valueView.setUint32(answerValue.answer, number(verdict), true)
    valueView.setBigUint64(answerValue.expiresNs, expiresNs, true)
    this.#object.update('answers', key, value)
  }

  /** The process's own number of birth, as the guard knows it, of a thread that is held. */
  birthOf(tid: number): number | null {
    return this.#entry(tid)?.view.getUint32(heldLayout.processBirth, true) ?? null
  }

  /** Lets a process make its calls again, whatever the answers are. */
  letGo(tid: number, pid: number): void {
    this.#object.delete('held', u32Bytes(tid))
    resume(pid)
  }

  /** It may have its answer before it has stopped: then it stops after it was resumed, and is resumed again. */
  #resume(pid: number, tid: number): void {
    resume(pid)
    let left = AGAIN_TIMES
    const again = setInterval(() => {
      // Another thread of it may wait for an answer of its own.
      if (left-- === 0 || !this.#entry(tid) || this.waiting(tid)) {
        clearInterval(again)
        this.#again.delete(again)
      } else if (isStopped(tid)) resume(pid)
    }, AGAIN_MS)
    again.unref()
    this.#again.add(again)
  }

  /** Every thread that is held, whether it has its answer or not, and the serials of the rules that asked. */
  async held(): Promise<{ tid: number; pid: number; serials: number[] }[]> {
    const { count, keys, values } = await this.#object.lookupBatch('held')
    const tids = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
    return Array.from({ length: count }, (_, i) => {
      const at = i * heldLayout.size
      const used = Math.min(view.getUint32(at + heldLayout.used, true), guardLimits.HELD_ASKS)
      const serials = Array.from({ length: used }, (_, n) => view.getUint32(at + heldLayout.asks + n * heldAsk.size + heldAsk.serial, true))
      return { tid: tids.getUint32(i * 4, true), pid: view.getUint32(at + heldLayout.processTgid, true), serials }
    })
  }

  /** Nobody begins to wait any more; who waits, has this answer. */
  over(verdict: Verdict): void {
    this.#object.update('asks_over', u32Bytes(0), u32Bytes(number(verdict)))
  }

  /** Resumes a thread's process if it is stopped: a stop that nobody knows the reason of any more. */
  resumeIfStopped(tid: number, pid: number): void {
    if (isStopped(tid)) resume(pid)
  }

  /** Before the object is closed: the watchdog process ends. */
  end(): void {
    for (const again of this.#again) clearInterval(again)
    this.#again.clear()
    this.#keeper?.dismiss()
    this.#keeper = null
  }
}

/** Flag of a map update: only where the key is. */
const BPF_EXIST = 2
