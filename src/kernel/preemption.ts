/** Whether a thread can be preempted inside the kernel: then the kernel skips programs of trampolines now and then. */
import { version } from 'node:os'
import { kernelText, SETTING_BYTES } from './bounded-read.ts'

/**
 * From how the kernel was built and started. The mode of PREEMPT_DYNAMIC kernels (from 5.12) is told by debugfs alone, as
 * "none (voluntary) full"; where that cannot be read it is taken to be preemptible, which costs a little and is never wrong.
 */
export function isPreemptible(built = version(), mode = dynamicMode()): boolean {
  if (!built.includes('PREEMPT')) return false
  return mode !== 'none' && mode !== 'voluntary'
}

function dynamicMode(): string | null {
  return /\((\w+)\)/.exec(kernelText('/sys/kernel/debug/sched/preempt', SETTING_BYTES) ?? '')?.[1] ?? null
}
