/** The terminal as an output that may not take anything: after Ctrl-S, or where what shows it is stopped. */

/** Bytes that wait for the terminal: more than a frame of the largest screen. Then nothing more is drawn until it takes them. */
const MOST_WAITING = 128 * 1024

/** ms that the last bytes are waited for when the program ends. */
export const LAST_BYTES_MS = 500

type Output = Pick<NodeJS.WriteStream, 'writableLength'>

/** From now on a write does not hold up this thread: Node makes a terminal blocking, and then neither keys nor signals are heard. */
export function unblock(output: NodeJS.WriteStream): void {
  const { _handle } = output as unknown as { _handle?: { setBlocking?(on: boolean): number } }
  _handle?.setBlocking?.(false)
}

/** Does more wait for the terminal than it should? */
export function isStuck(output: Output = process.stdout): boolean {
  return output.writableLength > MOST_WAITING
}

/** Ends the program though the terminal does not take what waits for it: that would keep it from ending. */
export function endThoughStuck(outputs: readonly Output[] = [process.stdout, process.stderr]): void {
  if (outputs.some(({ writableLength }) => writableLength > 0)) setTimeout(() => process.exit(), LAST_BYTES_MS)
}
