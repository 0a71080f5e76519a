/** The ways to enforce, best first: what each loads, how it learns inodes, and what it cannot do. */
import type { Addon } from '../addon.ts'
import { isPreemptible } from '../preemption.ts'
import { callFunctions, overriddenCalls, signalledCalls } from './calls.ts'
import { guardHook, hookPlaces } from './layout.gen.ts'
import { planHooks } from './places.ts'

/**
 * Best first: as LSM programs; by changing the result of the functions that ask the LSMs; by an errno in place of a system call; by
 * signals alone.
 */
export const GUARD_WAYS = ['lsm', 'fmod_ret', 'override', 'signal'] as const
export type GuardWay = (typeof GUARD_WAYS)[number]

/** A program on the function that tells a file system of a store into a clean page. */
export interface StoreProgram {
  program: string
  /** of a kprobe: the kernel function */
  kernelFunction?: string
}

const STORE_FUNCTION = 'do_page_mkwrite'

/** It loads on every kernel; whether it can be attached is seen then. */
export const STORE_PROBE: StoreProgram = { program: 'guard_store_probe', kernelFunction: STORE_FUNCTION }

/**
 * The kernel skips a trampoline's program where a thread was preempted inside it. It skips a kprobe's only where one was preempted inside
 * a map operation of bpf(2) on the same CPU (bpf_prog_active).
 */
function storeProgram(addon: Addon): StoreProgram {
  return isPreemptible() || addon.kernelFunction(STORE_FUNCTION) === null ? STORE_PROBE : { program: 'guard_store' }
}

export interface WayPlan {
  way: GuardWay
  /** BPF programs to load and attach, each by its section */
  programs: string[]
  /** those that are enough for a proof */
  proof: string[]
  /** BPF programs to load, and to attach when they are needed */
  onDemand: string[]
  /** kernel functions a program is attached to, each where it exists */
  attachments: { program: string; call: string; functions: string[] }[]
  /** sees stores through mappings; attached with the first rule about writes */
  stores: StoreProgram
  /** read-only data by variable */
  constants: Record<string, Uint8Array>
  /** false: nothing is refused, signals are all there is */
  canRefuse: boolean
  /** sees calls, not hooks: paths are walked as text */
  textual: boolean
  /** what it does not see or do, a sentence each */
  missing: string[]
}

const ENDS = ['guard_exit', 'guard_owner_exit']

/** The kernel never skips what the LSM framework calls, and elsewhere only where it can be preempted (from 5.12, raw tracepoints from 6.2). */
function forksMayBeMissed(way: GuardWay): Uint8Array {
  return Uint8Array.of(way !== 'lsm' && isPreemptible() ? 1 : 0)
}

const ON_DEMAND = ['guard_call_over']

const NO_PLACES = new Uint8Array(guardHook.HOOK_COUNT * hookPlaces.size)

const TEXTUAL = [
  'calls that name a path (unlink, rename, chmod, …) are judged by the text they give: one that leads through a symbolic link the rule does not name is not recognized',
  'requests by io_uring and AIO, and descriptors received, are not judged',
]

function planCalls(way: 'override' | 'signal'): WayPlan {
  const signal = way === 'signal'
  const programs = [
    'guard_learn_open',
    'guard_fork',
    'guard_free',
    ...ENDS,
    ...(signal ? ['signal_sys_enter', 'signal_sys_exit', 'signal_exec'] : ['override_call']),
  ]
  return {
    way,
    programs: programs.filter((name) => name !== 'override_call'),
    proof: programs,
    onDemand: signal ? [] : ON_DEMAND,
    attachments: signal ? [] : callFunctions().map(({ name, functions }) => ({ program: 'override_call', call: name, functions })),
    stores: STORE_PROBE,
    constants: { places: NO_PLACES, forks_may_be_missed: forksMayBeMissed(way), guarded_calls: signal ? signalledCalls() : overriddenCalls() },
    canRefuse: !signal,
    textual: true,
    missing: [
      signal
        ? 'nothing can be refused: a call that is caught may still be done before its signal works'
        : 'an open that makes its file counts as create only with O_EXCL: name open or write as well',
      ...TEXTUAL,
    ],
  }
}

/** What a way is made of on this kernel. */
export function planWay(addon: Addon, way: GuardWay): WayPlan {
  if (way === 'override' || way === 'signal') return planCalls(way)
  const { programs, places, missing } = planHooks(addon, way)
  const life = [`${way}_task_alloc`, `${way}_task_free`, ...ENDS]
  return {
    way,
    programs: ['guard_learn', ...life, 'guard_renamed', 'guard_linked', ...programs],
    proof: ['guard_learn', ...life, `${way}_file_open`],
    onDemand: ON_DEMAND,
    attachments: [],
    stores: storeProgram(addon),
    constants: { places, forks_may_be_missed: forksMayBeMissed(way) },
    canRefuse: true,
    textual: false,
    missing,
  }
}
