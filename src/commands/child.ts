/** A command that does not run before somebody watches it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { stateOf } from '../kernel/bounded-read.ts'

export interface HeldChild {
  pid: number
  /** lets it go on; resolves with its exit status (128 + n for signal n) */
  run(): Promise<number>
  /** ends it unused: nothing may stay behind stopped */
  abandon(): void
}

/** How often the shell is looked at until it has stopped itself, a minute in all; ms between two looks. */
const [MOST_LOOKS, LOOK_MS] = [30_000, 2]

function exitStatus(child: ChildProcess): Promise<number> {
  const signals: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signals[signal ?? ''] ?? 0)))
  })
}

/** Starts `command`, stopped before its exec: a shell stops itself and becomes the command when it is continued. */
export async function holdChild(command: string[], stdout: 'inherit' | 'stderr'): Promise<HeldChild> {
  const child = spawn('/bin/sh', ['-c', 'kill -STOP $$; exec "$@"', 'sh', ...command], { stdio: ['inherit', stdout === 'stderr' ? 2 : 'inherit', 'inherit'] })
  const done = exitStatus(child)
  const { pid } = child
  if (pid === undefined) {
    await done
    throw new Error('the command could not be started')
  }
  for (let left = MOST_LOOKS; stateOf(pid) !== 'T'; left--) {
    if (left === 0 || child.exitCode !== null || child.signalCode !== null) {
      child.kill('SIGKILL')
      throw new Error('the command did not stop before its start, so that it could not be watched from there on: it was not started')
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return {
    pid,
    run: () => {
      process.kill(pid, 'SIGCONT')
      return done
    },
    abandon: () => child.kill('SIGKILL'),
  }
}
