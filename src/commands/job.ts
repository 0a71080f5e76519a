/** This program as a job of its shell: can it be stopped and brought back, and being stopped. */
import { statText } from '../kernel/bounded-read.ts'

/** What proc(5) tells of a process's place among jobs. */
export interface JobFacts {
  pid: number
  parent: number
  group: number
  session: number
  /** the group that its terminal listens to; -1: it has none */
  foreground: number
}

/** The facts in the text of /proc/PID/stat. */
export function jobFacts(stat: string): JobFacts {
  // The name may hold blanks and parentheses; what is counted follows the last one.
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [parent = 0, group = 0, session = 0, , foreground = -1] = rest.slice(1, 6).map(Number)
  return { pid: Number.parseInt(stat, 10), parent, group, session, foreground }
}

/** Why nobody could bring it back, a sentence; null: its shell can. `factsOf`: of a process; null: there is none of that number. */
export function jobTrouble(pid: number, factsOf: (pid: number) => JobFacts | null): string | null {
  const own = factsOf(pid)
  if (!own) return 'cannot be suspended: /proc does not tell what its terminal is'
  if (own.foreground !== own.group) return 'cannot be suspended: the terminal is not its own'
  // Whoever started the job is the first above it in another group; in another session it is no shell that waits for its jobs.
  let above = factsOf(own.parent)
  while (above && above.group === own.group) above = factsOf(above.parent)
  return above && above.session === own.session ? null : 'cannot be suspended: no shell here could bring it back (no job control)'
}

function factsOf(pid: number): JobFacts | null {
  const stat = statText(pid)
  return stat === null ? null : jobFacts(stat)
}

/** Ms after which a stop that did not take place is given up. */
const NOT_STOPPED_MS = 500

/** Why nobody could bring this process back, a sentence; null: its shell can. */
export function trouble(): string | null {
  return jobTrouble(process.pid, factsOf)
}

/** Sends a signal that stops to the whole job or to this process; resolves when it goes on. */
function stopped(signal: 'SIGTSTP' | 'SIGTTOU', whole: boolean): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      clearTimeout(timer)
      process.off('SIGCONT', goOn)
      // Nobody told it of a new size while the terminal was not its own.
      process.kill(process.pid, 'SIGWINCH')
      // That, and a signal that came while it was stopped and ends it, are heard a turn later.
      setImmediate(() => setImmediate(resolve))
    }
    // The kernel stops no group that nobody could bring back. Time that passes while it is stopped counts too: then it goes on as well.
    const timer = setTimeout(goOn, NOT_STOPPED_MS)
    process.on('SIGCONT', goOn)
    process.kill(whole ? 0 : process.pid, signal)
  })
}

/** Resolves when the terminal listens to this job, or this program is over. Until then it stops, as the kernel has it with whoever uses a terminal that is not his. */
export async function foreground(isOver: () => boolean): Promise<void> {
  // Whoever has been ended while he was stopped is not to stop again.
  for (let own = factsOf(process.pid); !isOver() && own && own.foreground !== own.group; own = factsOf(process.pid)) await stopped('SIGTTOU', true)
}

/** From now on, an end of this program does not touch the terminal, which is not its own: Node sets it as it was, and would be stopped for that. */
export function endInBackground(): void {
  process.once('exit', () => {
    const own = factsOf(process.pid)
    if (!own || own.foreground === own.group) return
    process.removeAllListeners('SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  })
}

/** Stops the whole job, as the terminal would, or this process alone; resolves when it goes on. Nobody may listen to SIGTSTP meanwhile. */
export function stop(whole: boolean): Promise<void> {
  return stopped('SIGTSTP', whole)
}
