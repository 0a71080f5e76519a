/**
 * The clock that rules are enforced by: CLOCK_BOOTTIME, as bpf_ktime_get_boot_ns() gives it (kernel 5.8). Setting the wall clock does not
 * move it, and it counts the time a machine is suspended. Node has no call for it: process.hrtime is CLOCK_MONOTONIC, which does not.
 */
import { loadAddon } from './addon.ts'

/** Both clocks, so that tests can move each. */
export interface Clock {
  /** ns since boot (CLOCK_BOOTTIME) */
  bootNs(): bigint
  /** ms since the epoch (CLOCK_REALTIME) */
  wallMs(): number
}

export const systemClock: Clock = { bootNs: () => loadAddon().bootTimeNs(), wallMs: () => Date.now() }

/** ms since boot (CLOCK_BOOTTIME). */
export function bootMs(clock: Clock): number {
  return Number(clock.bootNs()) / 1e6
}

/** ms since the epoch of a boot time in ms, by the wall clock as it is set now; null for null. For display only. */
export function wallTime(clock: Clock, atBootMs: number): number
export function wallTime(clock: Clock, atBootMs: number | null): number | null
export function wallTime(clock: Clock, atBootMs: number | null): number | null {
  return atBootMs === null ? null : Math.round(clock.wallMs() + atBootMs - bootMs(clock))
}
