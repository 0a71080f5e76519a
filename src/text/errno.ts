/** Names of errors, from the system's own table. */
import { constants } from 'node:os'

/** What Node's table leaves out and file systems do give (include/uapi/asm-generic/errno.h). */
const MORE: Record<string, number> = { EUCLEAN: 117, EREMOTEIO: 121, ENOMEDIUM: 123, EMEDIUMTYPE: 124, ENOKEY: 126, EDQUOT: 122, ESTALE: 116 }

/** Positive numbers by name. */
export const ERRNOS: Readonly<Record<string, number>> = { ...MORE, ...constants.errno }

/** The first name of each: some numbers have two. */
const NAMES = new Map(
  Object.entries(ERRNOS)
    .map(([name, number]) => [number, name] as const)
    .reverse(),
)

/** EPERM for 1; the number as text where it has no name. */
export function errnoName(number: number): string {
  return NAMES.get(number) ?? String(number)
}
