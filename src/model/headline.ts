/** The numbers above the table: rates of the whole machine, from the totals that no limit of the tables touches. */
import type { Batch, Totals } from '../batch/batch.ts'
import { type Loss, LossLog } from './losses.ts'

/** Ticks of history behind the sparkline. */
export const HISTORY = 60

/** Rates are per second over the last tick. */
export interface HeaderStats {
  timeMs: number
  /** live processes seen */
  processes: number
  files: number
  opens: number
  writes: number
  writeBytes: number
  readBytes: number
  errors: number
  /** last HISTORY ticks, oldest first, per second */
  history: { writeBytes: number[]; ops: number[] }
  losses: Loss[]
}

/** The header before the first batch. */
export function emptyHeader(timeMs: number): HeaderStats {
  return { timeMs, processes: 0, files: 0, opens: 0, writes: 0, writeBytes: 0, readBytes: 0, errors: 0, history: { writeBytes: [], ops: [] }, losses: [] }
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/** The history with one more tick, or with the running one told anew. */
function next(history: number[], value: number, begins: boolean): number[] {
  return [...(begins ? history : history.slice(0, -1)), value].slice(-HISTORY)
}

export class Headline {
  /** totals when the running tick began, and now; null before the first batch */
  #began: Totals | null = null
  #now: Totals | null = null
  #history: HeaderStats['history'] = { writeBytes: [], ops: [] }
  readonly #losses = new LossLog()

  /** A new header, the caller's own. `begins`: the batch begins a tick; `known`: how much the tables hold. */
  take(batch: Batch, begins: boolean, seconds: number, known: { processes: number; files: number }): HeaderStats {
    const { totals } = batch
    if (begins) this.#began = this.#now ?? totals
    this.#now = totals
    const began = this.#began ?? totals
    const rate = (now: number, before: number) => Math.max(0, now - before) / seconds
    const calls = (op: number) => rate(totals.calls[op] ?? 0, began.calls[op] ?? 0)
    const writeBytes = rate(totals.writeBytes, began.writeBytes)
    const ops = rate(sum(totals.calls), sum(began.calls))
    this.#history = { writeBytes: next(this.#history.writeBytes, writeBytes, begins), ops: next(this.#history.ops, ops, begins) }
    return {
      timeMs: batch.timeMs,
      ...known,
      opens: calls(0),
      writes: calls(3),
      writeBytes,
      readBytes: rate(totals.readBytes, began.readBytes),
      errors: rate(sum(totals.errors), sum(began.errors)),
      history: this.#history,
      losses: this.#losses.take(batch.losses, batch.timeMs),
    }
  }
}
