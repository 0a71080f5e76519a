/** The ways to enforce, best first, each proven by a refused open before it is believed: on 5.10 an LSM program attaches and never runs. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Addon, BpfError, BpfObject } from '../addon.ts'
import { lockdown } from '../plan.ts'
import { anchorBytes, chainBytes, inodeKey, ruleBytes, u32Bytes, u64Bytes } from './bytes.ts'
import { identityOf } from './exempt.ts'
import { Inodes } from './inodes.ts'
import { guardLimits, ruleAction, ruleCondition, ruleFlags, ruleOp } from './layout.gen.ts'
import { type GuardWay, type HookPlan, planHooks } from './places.ts'

/** Best first. */
export const GUARD_WAYS: readonly GuardWay[] = ['lsm', 'fmod_ret']

/** Programs that every way needs beside its hooks. */
export const HELPERS = ['guard_learn', 'guard_fork', 'guard_exit', 'guard_renamed']

/** An errno that no file system gives for an open: the refusal is ours. */
const PROOF_ERRNO = 76 // ENOTUNIQ

/** The self-test's chain: outside both halves that rules use. */
export const SELF_TEST_CHAIN = guardLimits.CHAINS - 1

export interface Refused {
  way: GuardWay
  /** end of the sentence "lsm: …" */
  why: string
}

function activeLsms(): string[] | null {
  try {
    return readFileSync('/sys/kernel/security/lsm', 'utf8').trim().split(',')
  } catch {
    return null
  }
}

function explain(way: GuardWay, error: BpfError): string {
  if (lockdown()) return `the kernel is locked down and refuses it (${error.code ?? error.message})`
  if (error.code === 'EPERM') return 'the kernel refuses programs of this type (not root, or forbidden by its configuration)'
  if (way === 'lsm' && (error.code === 'EINVAL' || error.code === 'ENOENT')) return 'this kernel is built without BPF LSM'
  return `${error.message.split('\n')[0]}${error.code ? ` (${error.code})` : ''}`
}

/** Loads the object with these programs. The caller closes it. */
export function loadGuard(addon: Addon, path: string, plan: HookPlan, programs: string[], secrets: BigUint64Array): BpfObject {
  const object = new addon.Object(path)
  try {
    const wanted = new Set([...programs, ...HELPERS])
    for (const program of object.programs()) object.setAutoload(program.name, wanted.has(program.name))
    object.writeGlobal('places', plan.places)
    object.writeGlobal('self_tgid', u32Bytes(process.pid))
    object.writeGlobal('secrets', new Uint8Array(secrets.buffer))
    object.load()
    return object
  } catch (error) {
    object.close()
    throw error
  }
}

/**
 * Does an attached guard really refuse? A private file, a private rule for this process alone, an open that must fail with an errno
 * of our choice, and must work again without the rule. Returns why not, or null. `object` has file_open and guard_learn attached.
 */
export function selfTest(object: BpfObject): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-'))
  const file = join(folder, 'self-test')
  const tries = () => {
    try {
      closeSync(openSync(file, 'r'))
      return null
    } catch (error) {
      return -((error as NodeJS.ErrnoException).errno ?? 0)
    }
  }
  try {
    writeFileSync(file, 'private')
    const inode = new Inodes(object).find(file)?.inode
    const own = identityOf(process.pid)
    if (!inode || !own) return 'its private file could not be found again'
    const rule = {
      flags: ruleFlags.RULE_ARMED | ruleFlags.RULE_SELF_TEST,
      ops: ruleOp.RULE_OPEN,
      action: ruleAction.ACTION_DENY,
      errno: PROOF_ERRNO,
      signal: 0,
      expiresNs: 0n,
      negated: 0,
      pid: own,
    }
    object.update('rules', u32Bytes(guardLimits.SELF_TEST_RULE), ruleBytes(rule, ruleCondition))
    object.update('chains', u32Bytes(SELF_TEST_CHAIN), chainBytes([guardLimits.SELF_TEST_RULE]))
    object.update('anchors', inodeKey(inode), anchorBytes({ fileChain: SELF_TEST_CHAIN, treeChain: 0, named: false, generation: inode.generation }))
    object.writeGlobal('armed_ops', u32Bytes(ruleOp.RULE_OPEN))
    object.writeGlobal('armed_epoch', u64Bytes(1n))
    const refused = tries()
    object.update('rules', u32Bytes(guardLimits.SELF_TEST_RULE), ruleBytes({ ...rule, flags: 0 }, ruleCondition))
    object.writeGlobal('armed_ops', u32Bytes(0))
    object.delete('anchors', inodeKey(inode))
    if (refused === null) return 'its program is attached, but never asked'
    if (refused !== PROOF_ERRNO) return `its self-test was refused by somebody else (errno ${refused})`
    const after = tries()
    return after === null ? null : `its self-test was still refused after its rule was taken away (errno ${after})`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tries one way with a single hook. Null: it enforces. */
export function probeGuard(addon: Addon, path: string, way: GuardWay, secrets: BigUint64Array): Refused | null {
  const program = `${way}_file_open`
  let object: BpfObject | undefined
  try {
    const plan = planHooks(addon, way)
    object = loadGuard(addon, path, plan, [program], secrets)
    object.attach('guard_learn')
    object.attach(program)
    const why = selfTest(object)
    if (why === null) return null
    const lsms = way === 'lsm' ? activeLsms() : null
    return { way, why: lsms && !lsms.includes('bpf') ? `${why}: bpf is not among the active LSMs (${lsms.join(',')}); boot with lsm=…,bpf` : why }
  } catch (error) {
    return { way, why: explain(way, error as BpfError) }
  } finally {
    object?.close()
  }
}
