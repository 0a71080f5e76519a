/** A screen that is read aloud must not change under its reader: what is new waits, what a key did does not. */
import { useRef } from 'react'

/** Ms between two frames that nothing but time brought about, for a screen reader. */
export const CALM_MS = 5000

/** What was let through last. */
export interface Shown<T> {
  value: T
  atMs: number
  /** what may not wait, as it was then */
  urgent: readonly unknown[]
}

/** The value to show: the new one where something urgent has changed or `everyMs` are over, else the last. */
export function calmed<T>(last: Shown<T> | null, value: T, urgent: readonly unknown[], nowMs: number, everyMs: number): Shown<T> {
  const same = last !== null && last.urgent.length === urgent.length && urgent.every((one, i) => Object.is(one, last.urgent[i]))
  return same && nowMs - last.atMs < everyMs ? last : { value, atMs: nowMs, urgent }
}

/** The same over the frames of a component. `everyMs` 0: each is shown. */
export function useCalm<T>(value: T, urgent: readonly unknown[], everyMs: number): T {
  const shown = useRef<Shown<T> | null>(null)
  shown.current = calmed(shown.current, value, urgent, performance.now(), everyMs)
  return shown.current.value
}
