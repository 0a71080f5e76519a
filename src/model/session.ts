/** What sessions are called: after their leader, with its number and its terminal. */
import type { SessionFact } from '../batch/batch.ts'

/** The terminal as a path below /dev has it: 'pts/0', 'tty1'; '' for none. */
export function ttyName(tty: string): string {
  return tty.replace(/^pts(\d+)$/, 'pts/$1')
}

/** What a session says of itself beside its number. The leader's name comes last: it may hold any character. */
export function sessionLabel({ comm, tty }: Pick<SessionFact, 'comm' | 'tty'>): string {
  return `${ttyName(tty)}\0${comm}`
}

/** The session of that number, by its label; '?': of processes that nothing is known of, or in a recording of before sessions were told. */
export function sessionName(key: string, label: string): string {
  if (key === '?') return '?'
  if (key === '0') return 'kernel'
  const at = label.indexOf('\0')
  const [tty, comm] = [label.slice(0, Math.max(0, at)), label.slice(at + 1)]
  return `${comm === '' ? 'session' : comm} ${key}${tty === '' ? '' : ` (${tty})`}`
}
