/** The bell and the mark in the terminal's title, for who is not looking. */
import { useEffect, useRef } from 'react'
import type { Ask } from '../rules/control.ts'

/** Rings once for each who begins to wait; the title says how many do. */
export function useBell(on: boolean, asks: readonly Ask[]): void {
  const newest = asks.at(-1)?.id ?? 0
  const rung = useRef(0)
  const waiting = asks.length
  useEffect(() => {
    if (!on) return
    if (newest > rung.current) process.stdout.write('\u0007')
    rung.current = Math.max(rung.current, newest)
    process.stdout.write(`\u001b]2;${waiting > 0 ? `(${waiting} waiting) ` : ''}fswatch-tui\u0007`)
  }, [on, newest, waiting])
}
