/** Standard output of commands that print once and end: doctor, release, --help, --version, and the tables of batch. */
import { Output } from './output.ts'

const standardOutput = new Output(1, Number.POSITIVE_INFINITY)

/** Throws what write(2) said, as a sentence. A reader that has gone (EPIPE) is no fault: `| head -1` has what it wanted. */
export function throwUnlessReaderGone(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EPIPE') return
  const why = code === 'ENOSPC' ? 'there is no space left on its device' : message
  throw new Error(`standard output cannot be written: ${why}${code === undefined ? '' : ` (${code})`}`)
}

/** Prints a line. Throws a sentence where it cannot be written; prints nothing where the reader has gone. */
export function printLine(text: string): void {
  try {
    standardOutput.line(text)
  } catch (error) {
    throwUnlessReaderGone(error)
  }
}

/** Resolves when all that was printed is written; rejects as printLine() throws. */
export async function printed(): Promise<void> {
  await standardOutput.flush().catch(throwUnlessReaderGone)
}
