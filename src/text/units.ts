/** Numbers for narrow columns. */

const STEPS = ['', 'k', 'M', 'G', 'T', 'P']

function scaled(value: number, base: number): string {
  let step = 0
  let scaledValue = value
  while (scaledValue >= 999.5 && step < STEPS.length - 1) {
    scaledValue /= base
    step++
  }
  // Three digits: 1.23k would pretend to a precision that a rate does not have.
  const digits = step > 0 && scaledValue < 9.95 ? scaledValue.toFixed(1) : Math.round(scaledValue).toString()
  return digits + (STEPS[step] ?? '')
}

/** A count or a rate per second in at most 5 characters: '0', '0.3', '12', '1.2k', '456M'; '' for nothing, so that a quiet table is quiet. */
export function count(value: number): string {
  if (value <= 0) return ''
  if (value < 0.95) return Math.max(value, 0.1).toFixed(1)
  return scaled(value, 1000)
}

/** Bytes in at most 5 characters, powers of 1024: '1.0k' is 1,024 bytes. '' for none. */
export function bytes(value: number): string {
  if (value <= 0) return ''
  return scaled(Math.max(1, value), 1024)
}

/** Every digit, grouped by commas: for figures that must be exact. */
export function exact(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** A finite number >= 0 in digits, without an exponent: '0.0000001', not '1e-7'. It reads back as the same number. */
export function plainDigits(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e')
  if (exponent === undefined) return mantissa
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  return point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0')
}

/** ns in a unit of time. */
export const TIME_UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 }

/** A finite number >= 0 of ns in the largest unit that has no fraction of it: '10ms', '1500us'. It reads back as the same number. */
export function plainTime(nanoseconds: number): string {
  const unit = Object.entries(TIME_UNITS).find(([, length]) => Number.isInteger(nanoseconds / length) && (nanoseconds / length) * length === nanoseconds)
  const [name, length] = nanoseconds > 0 && unit ? unit : ['ns', 1]
  return plainDigits(nanoseconds / length) + name
}

/** How long a call took, from ns, in at most 6 characters: '850ns', '12us', '3.4ms', '1.2s', '2m05s'. */
export function callTime(nanoseconds: number): string {
  if (nanoseconds >= 59.5e9) return duration(nanoseconds / 1e6)
  const [unit, length] = nanoseconds < 999.5 ? ['ns', 1] : nanoseconds < 999.5e3 ? ['us', 1e3] : nanoseconds < 999.5e6 ? ['ms', 1e6] : ['s', 1e9]
  const value = nanoseconds / length
  return (length > 1 && value < 9.95 ? value.toFixed(1) : String(Math.round(value))) + unit
}

const BARS = '▁▂▃▄▅▆▇█'

/** Values as a line of bars, newest right, `cells` wide; the highest bar is the highest value. A zero is a blank. */
export function sparkline(values: readonly number[], cells: number): string {
  const shown = values.slice(-cells)
  const top = Math.max(...shown, 1)
  const line = shown.map((value) => (value <= 0 ? ' ' : (BARS[Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))] as string)))
  return line.join('').padStart(cells)
}

/** '4s', '3m12s', '2h05m', '3d4h': how long something has been going on. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`
  return `${Math.floor(seconds / 86400)}d${Math.floor(seconds / 3600) % 24}h`
}
