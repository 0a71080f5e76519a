/**
 * The watchdog process (native/keeper.c), which disarms all rules and resumes what is held when this process is gone, and its standby, which
 * does so when the watchdog process is killed together with this one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { type BpfObject, packageRoot } from '../addon.ts'
import { u32Bytes } from './bytes.ts'
import { newSocketPath, removeSocket, untilListening } from './kept-rules.ts'
import { answer } from './layout.gen.ts'

/** How much longer than an answer's time the watchdog process waits before it gives one itself: this program is stopped, or hangs. */
const PATIENCE_SECONDS = 2

/** What the watchdog process reads from its pipe (native/keeper.c). */
const [PIPE_KEEP, PIPE_RELEASE] = ['k', 'r']

/** What the watchdog process does when this process is gone. */
export interface KeeperOptions {
  /** the default answer is to deny */
  denies: boolean
  /** ms until the default answer is given */
  timeoutMs: number
  /** ms that rules that deny, kill and audit hold after this process died; 0: not at all */
  keepMs: number
}

function keeperPath(): string {
  const candidates = ['build/Release/fswatch-keeper', 'prebuilds/linux-x64/fswatch-keeper'].map((path) => join(packageRoot(), path))
  const found = candidates.find((path) => existsSync(path))
  if (!found) throw new Error('fswatch-keeper is missing from the package, and without it rules might outlive the program: run npm run build')
  return found
}

function startProcess(path: string, args: readonly string[], object: BpfObject): Promise<ChildProcess> {
  const maps = ['held', 'asks_over', '.data.armed', 'owner_ended', 'frozen'].map((name) => object.mapFd(name))
  const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'ignore', ...maps, ...object.linkFds()], detached: true, cwd: '/', env: {} })
  // Nothing of it keeps this program alive.
  child.unref()
  const pipe = child.stdin as Writable & { unref?: () => void }
  pipe.unref?.()
  pipe.on('error', () => {})
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child))
    child.once('error', (error) => reject(new Error(`the watchdog process ${path} could not be started: ${error.message}`)))
  })
}

/** How a process ended, a clause; null: it runs. */
function endOf({ exitCode, signalCode }: ChildProcess): string | null {
  if (signalCode !== null) return `it was killed by ${signalCode}`
  return exitCode === null ? null : `it exited with status ${exitCode}`
}

/** The two running processes. */
export class Keeper {
  readonly #child: ChildProcess
  readonly #standby: ChildProcess
  #done = false
  #isKeeping = false

  private constructor(child: ChildProcess, standby: ChildProcess) {
    this.#child = child
    this.#standby = standby
  }

  /** The watchdog process and its standby. */
  get pids(): number[] {
    return [this.#child, this.#standby].map(({ pid }) => pid as number)
  }

  /**
   * Starts both. `onDeath` is called when the first ends later without having been told to. Rejects with a sentence where one cannot be started or
   * has ended at once; then neither is left. `start`: for tests.
   */
  static async start(object: BpfObject, { denies, timeoutMs, keepMs }: KeeperOptions, onDeath: () => void, start = startProcess): Promise<Keeper> {
    const path = keeperPath()
    const socket = keepMs > 0 ? newSocketPath() : null
    const defaultAnswer = denies ? answer.ANSWER_DENY : answer.ANSWER_ALLOW
    const args = [String(defaultAnswer), String(Math.ceil(timeoutMs / 1000) + PATIENCE_SECONDS)]
    const child = await start(path, [...args, 'watchdog', ...(socket === null ? [] : [String(Math.ceil(keepMs / 1000)), socket])], object)
    const standby = await start(path, [...args, 'standby', String(child.pid)], object).catch((error: Error) => {
      child.kill('SIGKILL')
      throw error
    })
    const keeper = new Keeper(child, standby)
    try {
      if (socket !== null) await untilListening(socket, () => endOf(child) !== null)
      for (const one of [child, standby]) {
        const end = endOf(one)
        if (end !== null) throw new Error(`no rule is armed without a watchdog process, and ${path} ended at once: ${end}; try again`)
      }
    } catch (error) {
      keeper.#done = true
      for (const one of [child, standby]) one.kill('SIGKILL')
      if (socket !== null) removeSocket(socket)
      throw error
    }
    object.writeGlobal('default_answer', u32Bytes(defaultAnswer))
    object.writeGlobal('watchdog_exits', u32Bytes(0))
    object.writeGlobal('watchdog_tgid', u32Bytes(child.pid as number))
    const ended = () => {
      if (keeper.#done) return
      // The end of its pipe would have it switch all rules off.
      keeper.#standby.kill('SIGKILL')
      onDeath()
    }
    child.once('exit', ended)
    return keeper
  }

  /** Says whether rules are kept if this process dies from now on: not before it handles signals, and not once it ends by itself. */
  keep(on: boolean): void {
    if (on === this.#isKeeping || this.#done) return
    this.#isKeeping = on
    // Written at once: a process that is killed next has said it.
    this.#child.stdin?.write(on ? PIPE_KEEP : PIPE_RELEASE)
  }

  /** This program is done: both look after what is left, and end. */
  dismiss(): void {
    this.keep(false)
    this.#done = true
    this.#child.stdin?.end()
    this.#standby.stdin?.end()
  }
}
