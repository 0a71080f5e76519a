/** What a process was started with, as far as /proc tells. */
import { readFileSync } from 'node:fs'
import { decodeBytes } from '../text/bytes.ts'

/** Its arguments with blanks between them, '' for one that has none (kernel threads); null: there is no such process, or it may not be read. */
export function commandLine(pid: number): string | null {
  try {
    return decodeBytes(readFileSync(`/proc/${pid}/cmdline`))
      .split('\0')
      .join(' ')
      .trimEnd()
  } catch {
    return null
  }
}
