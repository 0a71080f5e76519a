/** The keeper (native/keeper.c): a process that disarms all rules and lets go of whoever is held when this one is gone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { type BpfObject, packageRoot } from '../addon.ts'
import { answer } from './layout.gen.ts'

/** How much longer than an answer's time the keeper waits before it gives one itself: this program is stopped, or hangs. */
const PATIENCE_SECONDS = 2

function keeperPath(): string {
  const candidates = ['build/Release/fswatch-keeper', 'prebuilds/linux-x64/fswatch-keeper'].map((path) => join(packageRoot(), path))
  const found = candidates.find((path) => existsSync(path))
  if (!found) throw new Error('fswatch-keeper is missing from the package, and without it rules might outlive the program: run npm run build')
  return found
}

export class Keeper {
  readonly #child: ChildProcess
  #done = false

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** Starts it; `onDeath` is called when it ends without having been told to. Rejects with a sentence. */
  static async start(object: BpfObject, denies: boolean, timeoutMs: number, onDeath: () => void): Promise<Keeper> {
    const path = keeperPath()
    const seconds = Math.ceil(timeoutMs / 1000) + PATIENCE_SECONDS
    const child = spawn(path, [String(denies ? answer.ANSWER_DENY : answer.ANSWER_ALLOW), String(seconds)], {
      stdio: ['pipe', 'ignore', 'ignore', object.mapFd('held'), object.mapFd('asks_over'), object.mapFd('.data.armed'), ...object.linkFds()],
      detached: true,
      cwd: '/',
      env: {},
    })
    const keeper = new Keeper(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(new Error(`the keeper ${path} could not be started: ${error.message}`)))
    })
    // Nothing of it keeps this program alive.
    child.unref()
    const pipe = child.stdin as Writable & { unref?: () => void }
    pipe.unref?.()
    pipe.on('error', () => {})
    child.once('exit', () => {
      if (!keeper.#done) onDeath()
    })
    return keeper
  }

  /** This program is done: the keeper looks after what is left, and ends. */
  dismiss(): void {
    this.#done = true
    this.#child.stdin?.end()
  }
}
