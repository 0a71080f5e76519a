/** Climbing down the ways to enforce: what is loaded, attached and tried before a way is believed. */
import type { Addon, BpfError, BpfObject } from '../addon.ts'
import { kernelText, SETTING_BYTES } from '../bounded-read.ts'
import { CLOSED, memoryIsClosed, whyTurnedDown } from '../plan.ts'
import { u32Bytes } from './bytes.ts'
import { guardLimits } from './layout.gen.ts'
import { hashName } from './name-hash.ts'
import { selfTest } from './self-test.ts'
import { type GuardWay, planWay, STORE_PROBE, type WayPlan } from './ways.ts'

export interface Refused {
  way: GuardWay
  /** end of the sentence "lsm: …" */
  why: string
}

/** Nothing here can enforce: why, way by way. */
export class CannotGuard extends Error {
  readonly refused: Refused[]
  constructor(refused: Refused[]) {
    super(`rules cannot be enforced on this kernel: ${refused.map(({ way, why }) => `${way}: ${why}`).join('; ')}`)
    this.refused = refused
  }
}

function activeLsms(): string[] | null {
  return kernelText('/sys/kernel/security/lsm', SETTING_BYTES)?.trim().split(',') ?? null
}

function explain(way: GuardWay, error: BpfError): string {
  if (memoryIsClosed(error)) return CLOSED
  if (way === 'lsm' && (error.code === 'EINVAL' || error.code === 'ENOENT')) return 'this kernel is built without BPF LSM'
  if (way === 'override' && error.code === 'EINVAL') return 'this kernel is built without CONFIG_BPF_KPROBE_OVERRIDE'
  return whyTurnedDown(error)
}

/** Loads the object with these programs. The caller closes it. */
function load(addon: Addon, path: string, plan: WayPlan, programs: string[], secrets: BigUint64Array): BpfObject {
  const object = new addon.Object(path)
  try {
    const wanted = new Set([...programs, ...plan.onDemand, ...plan.attachments.map(({ program }) => program)])
    for (const program of object.programs()) object.setAutoload(program.name, wanted.has(program.name))
    for (const [variable, bytes] of Object.entries(plan.constants)) object.writeGlobal(variable, bytes)
    object.writeGlobal('self_tgid', u32Bytes(process.pid))
    object.writeGlobal('secrets', new Uint8Array(secrets.buffer))
    object.writeGlobal('up_name', hashName(Buffer.from('..'), secrets))
    object.writeGlobal('can_refuse', Uint8Array.of(plan.canRefuse ? 1 : 0))
    object.setMaxEntries('edges', plan.textual ? guardLimits.EDGES : 1)
    object.setMaxEntries('texts', plan.textual ? guardLimits.TEXTS : 1)
    object.load()
    return object
  } catch (error) {
    object.close()
    throw error
  }
}

function attach(object: BpfObject, program: string, kernelFunction?: string): void {
  try {
    object.attach(program, kernelFunction)
  } catch (error) {
    const { code, message } = error as BpfError
    throw Object.assign(new Error(`${kernelFunction ?? program} could not be attached to (${code ?? message})`), { code })
  }
}

/** Calls that came after 5.10: a kernel without their function has no such call. */
const NEWER = ['fchmodat2']

/** Of each call the functions this kernel has; returns the calls that have none. */
function attachCalls(addon: Addon, object: BpfObject, plan: WayPlan): string[] {
  return plan.attachments.flatMap(({ program, call, functions }) => {
    const found = functions.filter((name) => addon.kernelFunction(name))
    for (const name of found) attach(object, program, name)
    return found.length > 0 || NEWER.includes(call) ? [] : [call]
  })
}

/** A kernel that lists the function of the store program but has no address for it refuses all that is loaded with it. */
function loadWhole(addon: Addon, path: string, plan: WayPlan, secrets: BigUint64Array): BpfObject {
  try {
    return load(addon, path, plan, [...plan.programs, plan.stores.program], secrets)
  } catch (error) {
    if (plan.stores.program === STORE_PROBE.program) throw error
    plan.stores = STORE_PROBE
    return load(addon, path, plan, [...plan.programs, plan.stores.program], secrets)
  }
}

/** Loads all of a way, attaches it and tries it; throws. Puts another store program into the plan where this kernel does not take its own. */
export function openWay(addon: Addon, path: string, plan: WayPlan, secrets: BigUint64Array): BpfObject {
  const object = loadWhole(addon, path, plan, secrets)
  try {
    for (const name of plan.programs) attach(object, name)
    const absent = attachCalls(addon, object, plan)
    if (absent.length > 0) plan.missing.push(`this kernel has no function for ${absent.join(', ')}`)
    const why = selfTest(object, plan, secrets)
    if (why !== null) throw new Error(why)
    return object
  } catch (error) {
    object.close()
    throw error
  }
}

/** Tries one way with as few programs as will do. Null: it enforces. */
export function probeGuard(addon: Addon, path: string, way: GuardWay, secrets: BigUint64Array): Refused | null {
  let object: BpfObject | undefined
  try {
    const plan = planWay(addon, way)
    object = load(addon, path, { ...plan, attachments: [], onDemand: [] }, plan.proof, secrets)
    for (const name of plan.proof) if (!plan.attachments.some(({ program }) => program === name)) attach(object, name)
    attachCalls(addon, object, plan)
    const why = selfTest(object, plan, secrets)
    if (why === null) return null
    const lsms = way === 'lsm' ? activeLsms() : null
    return { way, why: lsms && !lsms.includes('bpf') ? `${why}: bpf is not among the active LSMs (${lsms.join(',')}); boot with lsm=…,bpf` : why }
  } catch (error) {
    return { way, why: explain(way, error as BpfError) }
  } finally {
    object?.close()
  }
}
