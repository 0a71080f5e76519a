/** Lines of a file that may be anything: never more in memory than one line of a bounded length. */
import type { FileHandle } from 'node:fs/promises'
import { Malformed } from './shape.ts'

const CHUNK_BYTES = 256 * 1024

/** `whole` is false for a last line without its newline. `bytes` are good until the next line is asked for. */
export interface RawLine {
  bytes: Uint8Array
  whole: boolean
}

/** Reads from where `file` stands. Throws Malformed at a line of more than `most` bytes; the file's own errors pass. */
export async function* linesOf(file: FileHandle, most: number): AsyncGenerator<RawLine> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let held: Buffer[] = []
  let heldBytes = 0
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null)
    if (bytesRead === 0) break
    const read = chunk.subarray(0, bytesRead)
    let from = 0
    for (let at = read.indexOf(10); at >= 0; at = read.indexOf(10, from)) {
      if (heldBytes + at - from > most) throw new Malformed('it is longer than any line of a recording')
      const end = read.subarray(from, at)
      yield { bytes: heldBytes === 0 ? end : Buffer.concat([...held, end]), whole: true }
      held = []
      heldBytes = 0
      from = at + 1
    }
    heldBytes += bytesRead - from
    if (heldBytes > most) throw new Malformed('it is longer than any line of a recording')
    // A copy: the chunk is read into again.
    if (from < bytesRead) held.push(Buffer.from(read.subarray(from)))
  }
  if (heldBytes > 0) yield { bytes: Buffer.concat(held), whole: false }
}
