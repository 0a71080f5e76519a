/** Values as a line of eight-level bars, in which nothing done and nothing known are different signs. */
import { onlyAscii } from './ascii.ts'

const BARS = '▁▂▃▄▅▆▇█'

/** The sign for zero. In ASCII one that stands for no bar: '-' is the third. */
function zero(): string {
  return onlyAscii() ? '_' : '·'
}

/** A cell each, the highest bar for the highest value: '·' for zero, a blank for what is not known (null). */
export function bars(values: readonly (number | null)[]): string {
  const top = Math.max(1, ...values.map((value) => value ?? 0))
  const bar = (value: number) => BARS[Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))] as string
  return values.map((value) => (value === null ? ' ' : value <= 0 ? zero() : bar(value))).join('')
}
