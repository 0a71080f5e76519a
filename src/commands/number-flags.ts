/** Flags that are numbers: what was typed is kept until here, so that an error can show it. */
import { UsageError } from './checks.ts'

const NUMBERS: Record<string, string> = { interval: '--interval', speed: '--speed', for: '--for', maxEntries: '--max-entries' }

/** A number in decimal digits; no other way to write one. */
const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)$/

/** The same flags with numbers where numbers were typed. Throws UsageError. */
export function withNumbers<T extends Record<string, unknown>>(flags: T): T {
  const numbers = Object.entries(NUMBERS).flatMap(([name, flag]) => {
    const typed = flags[name]
    if (typeof typed !== 'string') return []
    if (!DECIMAL.test(typed)) throw new UsageError(`${flag} ${typed}: a number is wanted, such as ${flag} ${name === 'maxEntries' ? 65536 : 2}`)
    return [[name, Number(typed)] as const]
  })
  return { ...flags, ...Object.fromEntries(numbers) }
}
