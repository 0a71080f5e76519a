/** Names of errors and signals, from the system's own tables. */
import { constants } from 'node:os'
import { ERRNOS } from '../text/errno.ts'

export { errnoName } from '../text/errno.ts'

/** Signals a rule may send: those with a number below 32. */
const SIGNALS: Record<string, number> = Object.fromEntries(Object.entries(constants.signals).filter(([, number]) => number < 32))

export const ERRNO_NAMES: readonly string[] = Object.keys(ERRNOS)
export const SIGNAL_NAMES: readonly string[] = Object.keys(SIGNALS)

/** Positive, or undefined for no such error. */
export function errnoNumber(name: string): number | undefined {
  return ERRNOS[name]
}

/** Or undefined for no such signal. */
export function signalNumber(name: string): number | undefined {
  return SIGNALS[name]
}
