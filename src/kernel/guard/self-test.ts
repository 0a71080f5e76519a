/**
 * Does an attached guard really act? A way is believed only once it has refused us a private file by a private rule, or killed a
 * child of ours for touching one: on 5.10 an LSM program attaches and never runs.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BpfObject } from '../addon.ts'
import { anchorBytes, chainBytes, familyProcessBytes, inodeKey, type KernelRule, ruleBytes, u32Bytes, u64Bytes } from './bytes.ts'
import { identityOf } from './exempt.ts'
import { Inodes } from './inodes.ts'
import { guardLimits, ruleAction, ruleCondition, ruleFlags, ruleOp } from './layout.gen.ts'
import { hashName } from './name-hash.ts'
import type { WayPlan } from './ways.ts'

/** An errno that no file system gives for an open: the refusal is ours. */
const PROOF_ERRNO = 76 // ENOTUNIQ

/** Sent to a child of ours; nothing else would send it. */
const [PROOF_SIGNAL, PROOF_SIGNAL_NAME] = [12, 'SIGUSR2']

/** The self-test's chain: outside both halves that rules use. */
export const SELF_TEST_CHAIN = guardLimits.CHAINS - 1

/** What a touch of the private file came to: null where nothing happened. */
type Touch = (file: string) => number | string | null

function refusedOpen(file: string): number | null {
  try {
    closeSync(openSync(file, 'r'))
    return null
  } catch (error) {
    return -((error as NodeJS.ErrnoException).errno ?? 0)
  }
}

function killedChild(file: string): string | null {
  return spawnSync('/bin/sh', ['-c', ': >>"$0"', file], { stdio: 'ignore' }).signal
}

/** Puts the rule into the tables: at the file's inode, or, where paths are text, at its name, which nobody else can guess. */
function anchor(object: BpfObject, plan: WayPlan, file: string, name: string, secrets: BigUint64Array): () => void {
  object.update('chains', u32Bytes(SELF_TEST_CHAIN), chainBytes([guardLimits.SELF_TEST_RULE]))
  if (plan.textual) {
    const key = hashName(Buffer.from(name), secrets)
    object.update('names', key, u32Bytes(SELF_TEST_CHAIN))
    object.writeGlobal('armed_names', u32Bytes(1))
    return () => {
      object.writeGlobal('armed_names', u32Bytes(0))
      object.delete('names', key)
    }
  }
  const inode = new Inodes(object, plan.textual).find(file)?.inode
  if (!inode) throw new Error('its private file could not be found again')
  object.update('anchors', inodeKey(inode), anchorBytes({ fileChain: SELF_TEST_CHAIN, treeChain: 0, named: false, generation: inode.generation }))
  return () => void object.delete('anchors', inodeKey(inode))
}

/** This process alone; where it cannot be refused but only killed, its children. */
function subject(object: BpfObject, plan: WayPlan): Pick<KernelRule, 'pid' | 'family'> {
  const own = identityOf(process.pid)
  if (!own) throw new Error('/proc does not show this process')
  if (plan.canRefuse) return { pid: own }
  object.update('family_processes', u32Bytes(own.tgid), familyProcessBytes(1n, own.birth))
  object.writeGlobal('armed_families', u32Bytes(1))
  return { family: 0 }
}

/** Returns why not, or null. `object` has the programs of `plan.proof` attached. */
export function selfTest(object: BpfObject, plan: WayPlan, secrets: BigUint64Array): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-'))
  const name = `self-test-${randomBytes(12).toString('hex')}`
  const file = join(folder, name)
  const touch: Touch = plan.canRefuse ? refusedOpen : killedChild
  try {
    writeFileSync(file, 'private')
    const rule: KernelRule = {
      flags: ruleFlags.RULE_ARMED | ruleFlags.RULE_SELF_TEST,
      ops: ruleOp.RULE_OPEN,
      action: plan.canRefuse ? ruleAction.ACTION_DENY : ruleAction.ACTION_KILL,
      errno: PROOF_ERRNO,
      signal: PROOF_SIGNAL,
      serial: 0,
      expiresNs: 0n,
      negated: 0,
      ...subject(object, plan),
    }
    object.update('rules', u32Bytes(guardLimits.SELF_TEST_RULE), ruleBytes(rule, ruleCondition))
    const release = anchor(object, plan, file, name, secrets)
    object.writeGlobal('armed_ops', u32Bytes(ruleOp.RULE_OPEN))
    object.writeGlobal('armed_epoch', u64Bytes(1n))
    const result = touch(file)
    object.writeGlobal('armed_ops', u32Bytes(0))
    object.update('rules', u32Bytes(guardLimits.SELF_TEST_RULE), ruleBytes({ ...rule, flags: 0 }, ruleCondition))
    release()
    if (!plan.canRefuse) {
      object.writeGlobal('armed_families', u32Bytes(0))
      object.delete('family_processes', u32Bytes(process.pid))
    }
    if (result === null) return 'its program is attached, but never asked'
    if (result !== (plan.canRefuse ? PROOF_ERRNO : PROOF_SIGNAL_NAME)) return `its self-test was stopped by somebody else (${result})`
    const after = touch(file)
    return after === null ? null : `its self-test was still stopped after its rule was taken away (${after})`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
