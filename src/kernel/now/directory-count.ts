/**
 * Counts what lies below a directory, because somebody asked: one directory at a time, one question to its file system at a time, half
 * of the time at rest, for as long as somebody wants to know. It is counted as quotas count.
 */
import type { CountNow, MountNow } from '../../batch/now.ts'
import { decodeBytes } from '../../text/bytes.ts'
import { Mounts } from '../mounts.ts'
import { isMadeUp } from '../quota/file-systems.ts'
import { countUsage, type Usage } from '../quota/usage.ts'
import { isRemote } from '../remote.ts'

/** ms of work, and of the rest after it; ms after which nobody seems to want to know any more; and how many files and directories are enough. */
const [WORK_MS, REST_MS, WANTED_MS, MOST] = [8, 8, 60_000, 5_000_000]

/** ms that one question to the file system is waited for when this is closed. */
const PATIENCE_MS = 1000

/** Why nothing is counted there, a sentence without its dot; null: it can be. */
export function whyNotCounted(mount: Pick<MountNow, 'fstype'> | null): string | null {
  if (!mount) return 'not counted: its file system is not among those mounted here'
  if (isMadeUp(mount.fstype)) return `not counted: ${mount.fstype} makes up what it shows`
  return isRemote(mount.fstype) ? `not counted: ${mount.fstype} is served from elsewhere, and may be slow to answer` : null
}

const rest = () => new Promise<void>((resolve) => void setTimeout(resolve, REST_MS).unref())

export interface CountLimits {
  most: number
  wantedMs: number
}

export class DirectoryCount {
  readonly #limits: CountLimits
  /** ms, which only runs forward */
  readonly #clock: () => number
  #path = ''
  #presses = 0
  #running: AbortController | null = null
  #usage: Usage = { bytes: 0, inodes: 0, failed: [] }
  /** null: nothing is known of it */
  #state: CountNow['state'] | null = null
  #endedMs = 0
  #wantedAt = 0
  #over: Promise<void> = Promise.resolve()

  constructor(limits: CountLimits = { most: MOST, wantedMs: WANTED_MS }, clock: () => number = () => performance.now()) {
    this.#limits = limits
    this.#clock = clock
  }

  /** How far it is; null: no count was asked for. `presses`: how often a key was pressed for it: once more begins it, or stops it where it runs. */
  ask(path: string, presses: number, mount: MountNow | null): CountNow | string | null {
    this.#wantedAt = this.#clock()
    const why = whyNotCounted(mount)
    if (why !== null) return why
    if (path !== this.#path) {
      this.#stop()
      this.#path = path
      this.#presses = 0
      this.#state = null
    }
    if (presses !== this.#presses && presses > 0) {
      if (this.#running) this.#stop()
      else this.#begin(path)
    }
    this.#presses = presses
    if (this.#state === null) return null
    const { bytes, inodes, failed } = this.#usage
    const agoMs = this.#state === 'counting' ? 0 : this.#clock() - this.#endedMs
    return { state: this.#state, bytes, inodes, failed: failed.length, agoMs }
  }

  #stop(): void {
    if (!this.#running) return
    this.#running.abort(new Error('stopped'))
    this.#running = null
    this.#end('stopped')
  }

  #end(state: CountNow['state']): void {
    this.#state = state
    this.#endedMs = this.#clock()
  }

  #begin(path: string): void {
    const running = new AbortController()
    this.#running = running
    const usage: Usage = { bytes: 0, inodes: 0, failed: [] }
    this.#usage = usage
    this.#state = 'counting'
    // One that waits for its file system still holds one of the few threads that all file work shares: never a second one.
    this.#over = this.#over.then(() => this.#walk(path, running, usage))
  }

  async #walk(path: string, running: AbortController, usage: Usage): Promise<void> {
    if (running.signal.aborted) return
    const mounted = new Mounts().below(path)
    let workedSince = this.#clock()
    const between = async (soFar: Usage) => {
      Object.assign(usage, soFar)
      if (soFar.inodes >= this.#limits.most) running.abort(new Error('cut'))
      if (this.#clock() - this.#wantedAt > this.#limits.wantedMs) running.abort(new Error('unwanted'))
      if (this.#clock() - workedSince < WORK_MS) return
      await rest()
      workedSince = this.#clock()
    }
    const options = { signal: running.signal, atOnce: 1, together: 1, between, isMountPoint: (found: Buffer) => mounted.has(decodeBytes(found)) }
    const over = (state: CountNow['state']) => {
      if (this.#running !== running) return
      this.#running = null
      this.#end(state)
    }
    try {
      Object.assign(usage, await countUsage(path, options))
      over('done')
    } catch (reason) {
      over(reason instanceof Error && reason.message === 'cut' ? 'cut' : 'stopped')
    }
  }

  /** Counts no more. A file system that does not answer is not waited for; then the process is ended by a signal, since it would be. */
  async close(): Promise<void> {
    this.#stop()
    let waiting = true
    const answered = this.#over.then(() => {
      waiting = false
    })
    await Promise.race([answered, new Promise((resolve) => void setTimeout(resolve, PATIENCE_MS).unref())])
    if (waiting) process.once('exit', () => waiting && process.kill(process.pid, 'SIGKILL'))
  }
}
