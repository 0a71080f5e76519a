/** Guards and their victims, for tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A guest has it on its path. */
const [program, ...first] = existsSync('/run/guest') ? ['fswatch-tui'] : [process.execPath, join(project, 'dist/fswatch-tui.js')]

/** A guard that runs until it is closed. Rules do not hit us: we are its parent, so an ancestor. Children of ours they do hit. */
export class RunningGuard {
  static readonly #all: RunningGuard[] = []
  readonly child: ChildProcess
  readonly hits: { rule: number; pid: number; comm: string; path: string; refused: string; store?: string }[] = []
  summary = ''

  private constructor(child: ChildProcess) {
    this.child = child
  }

  static async start(...args: string[]): Promise<RunningGuard> {
    const child = spawn(program, [...first, 'guard', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const guard = new RunningGuard(child)
    RunningGuard.#all.push(guard)
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => guard.hits.push(JSON.parse(line)))
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        guard.summary += `${line}\n`
        if (line.includes('armed by')) resolve()
      })
      child.once('exit', () => reject(new Error(guard.summary)))
    })
    return guard
  }

  /** Whatever a failed test left behind. */
  static stopAll(): void {
    for (const { child } of RunningGuard.#all) child.kill('SIGKILL')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    this.child.kill(signal)
    await once(this.child, 'close')
    return this.summary
  }
}

/** A shell line by a child of ours: its exit status, or the signal it died of. */
export function sh(line: string): number | string | null {
  const { status, signal } = spawnSync('sh', ['-c', line], { stdio: 'ignore' })
  return signal ?? status
}

/** A shell that waits until it is told, so that a rule can name it first. */
export class Waiting {
  readonly child: ChildProcess
  readonly #said: Promise<string>

  constructor(line: string, before = ':') {
    const child = spawn('sh', ['-c', `${before}; read go; ${line}`], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.child = child
    this.#said = new Promise((resolve) => {
      let text = ''
      child.stdout.on('data', (data: Buffer) => {
        text += data.toString()
      })
      child.stdout.on('end', () => resolve(text))
    })
  }

  get pid(): number {
    return this.child.pid as number
  }

  /** Lets it go on; its exit status or signal, and what it said. */
  async go(): Promise<{ ended: number | string; said: string }> {
    const exit = once(this.child, 'exit') as Promise<[number | null, string | null]>
    this.child.stdin?.end('go\n')
    const [status, signal] = await exit
    return { ended: signal ?? (status as number), said: await this.#said }
  }
}
