/** Names of errors and signals, from the system's own tables. */
import { constants } from 'node:os'

/** What Node's table leaves out and file systems do give (include/uapi/asm-generic/errno.h). */
const MORE: Record<string, number> = { EUCLEAN: 117, EREMOTEIO: 121, ENOMEDIUM: 123, EMEDIUMTYPE: 124, ENOKEY: 126, EDQUOT: 122, ESTALE: 116 }

const ERRNOS: Record<string, number> = { ...MORE, ...constants.errno }

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

/** EPERM for 1; the number as text where it has no name. */
export function errnoName(number: number): string {
  return Object.entries(ERRNOS).find(([, known]) => known === number)?.[0] ?? String(number)
}
