/** The command line of a process, which decides what it says and how long it is (PR_SET_MM_MAP). */
import { decodeBytes } from '../text/bytes.ts'
import { readStart } from './bounded-read.ts'

/**
 * Its arguments with blanks between them, at most `limit` bytes and then '…'; '' for one that has none (kernel threads); null: there is
 * no such process, or it may not be read. Reading it may wait for its memory: call it in a Lane.
 */
export async function commandLine(pid: number, limit: number): Promise<string | null> {
  try {
    const { bytes, isCut } = await readStart(`/proc/${pid}/cmdline`, limit)
    const text = decodeBytes(bytes).split('\0').join(' ').trimEnd()
    return isCut ? `${text}…` : text
  } catch {
    return null
  }
}
