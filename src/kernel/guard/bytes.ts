/** Rules and their anchors as the bytes of the guard's maps (bpf/guard.h). */
import { encodeBytes } from '../../text/bytes.ts'
import { fileKey } from '../layout.gen.ts'
import type { SubordinateIds } from '../users.ts'
import { anchor, chain, familyProcess, guardLimits, namedKey, namedValue, rule as ruleLayout, suffixKey } from './layout.gen.ts'

/** An inode as the kernel calls it; `generation` null where it could not be learned. */
export interface Inode {
  /** s_dev: major << 20 | minor */
  dev: number
  ino: bigint
  generation: number | null
  /** of btrfs, which uses inode numbers again in each; 0: of another file system, or not known (before 5.11) */
  subvolume: number
}

/** What tells an inode from all others that are there now. */
export type InodeKey = Pick<Inode, 'dev' | 'ino' | 'subvolume'>

/** One rule as the kernel keeps it. */
export interface KernelRule {
  /** RULE_ARMED, … */
  flags: number
  /** RULE_OPEN | … */
  ops: number
  /** ACTION_* */
  action: number
  /** positive; what a refused call returns */
  errno: number
  signal: number
  /** never given twice */
  serial: number
  /** CLOCK_BOOTTIME ns; 0n: never */
  expiresNs: bigint
  /** BY_* bits that must not hold */
  negated: number
  pid?: { tgid: number; birth: number }
  /** number of the family, 0..63 */
  family?: number
  comm?: string
  exe?: Inode
  uid?: number
  /** subordinate ids of `uid` */
  subuids?: SubordinateIds
  cgroup?: bigint
}

/** Unsigned 32-bit numbers, little-endian. */
export function u32Bytes(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true)
  return bytes
}

/** An unsigned 64-bit number, little-endian. */
export function u64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

/** BY_* of the conditions a rule has. */
function conditionsOf(rule: KernelRule, by: { BY_PID: 1; BY_FAMILY: 2; BY_COMM: 4; BY_EXE: 8; BY_UID: 16; BY_CGROUP: 32 }): number {
  let bits = 0
  if (rule.pid) bits |= by.BY_PID
  if (rule.family !== undefined) bits |= by.BY_FAMILY
  if (rule.comm !== undefined) bits |= by.BY_COMM
  if (rule.exe) bits |= by.BY_EXE
  if (rule.uid !== undefined) bits |= by.BY_UID
  if (rule.cgroup !== undefined) bits |= by.BY_CGROUP
  return bits
}

/** struct rule. */
export function ruleBytes(rule: KernelRule, by: Parameters<typeof conditionsOf>[1]): Uint8Array {
  const bytes = new Uint8Array(ruleLayout.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(ruleLayout.flags, rule.flags, true)
  view.setUint32(ruleLayout.ops, rule.ops, true)
  view.setUint32(ruleLayout.action, rule.action, true)
  view.setUint32(ruleLayout.errno_, rule.errno, true)
  view.setUint32(ruleLayout.signal, rule.signal, true)
  view.setUint32(ruleLayout.conditions, conditionsOf(rule, by), true)
  view.setUint32(ruleLayout.negated, rule.negated, true)
  view.setUint32(ruleLayout.serial, rule.serial, true)
  view.setBigUint64(ruleLayout.expiresNs, rule.expiresNs, true)
  if (rule.uid !== undefined) view.setUint32(ruleLayout.uid, rule.uid, true)
  if (rule.subuids) {
    view.setUint32(ruleLayout.subuid, rule.subuids.first, true)
    view.setUint32(ruleLayout.subuids, rule.subuids.count, true)
  }
  if (rule.cgroup !== undefined) view.setBigUint64(ruleLayout.cgroupId, rule.cgroup, true)
  if (rule.family !== undefined) view.setBigUint64(ruleLayout.family, 1n << BigInt(rule.family), true)
  if (rule.pid) {
    view.setUint32(ruleLayout.processTgid, rule.pid.tgid, true)
    view.setUint32(ruleLayout.processBirth, rule.pid.birth, true)
  }
  if (rule.exe) {
    view.setBigUint64(ruleLayout.exeIno, rule.exe.ino, true)
    view.setUint32(ruleLayout.exeDev, rule.exe.dev, true)
    view.setUint32(ruleLayout.exeGeneration, rule.exe.subvolume, true)
    view.setUint32(ruleLayout.programGeneration, rule.exe.generation ?? 0, true)
  }
  if (rule.comm !== undefined) bytes.set(encodeBytes(rule.comm).subarray(0, 15), ruleLayout.comm)
  return bytes
}

/** The key an inode has in `anchors` and other maps: the subvolume lies where a generation does elsewhere. */
export function inodeKey(inode: InodeKey): Uint8Array {
  const bytes = new Uint8Array(fileKey.size)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(fileKey.ino, inode.ino, true)
  view.setUint32(fileKey.dev, inode.dev, true)
  view.setUint32(fileKey.generation, inode.subvolume, true)
  return bytes
}

/** struct anchor. */
export function anchorBytes(fields: {
  fileChain: number
  treeChain: number
  named: boolean
  generation: number | null
  marked?: boolean | undefined
}): Uint8Array {
  const bytes = new Uint8Array(anchor.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(anchor.fileChain, fields.fileChain, true)
  view.setUint32(anchor.treeChain, fields.treeChain, true)
  view.setUint32(anchor.named, fields.named ? 1 : 0, true)
  view.setUint32(anchor.generation, fields.generation ?? 0, true)
  view.setUint32(anchor.anyGeneration, fields.generation === null ? 1 : 0, true)
  view.setUint32(anchor.marked, fields.marked ? 1 : 0, true)
  return bytes
}

/** struct chain; `rules` are indexes, at most CHAIN_RULES. */
export function chainBytes(rules: number[]): Uint8Array {
  const bytes = new Uint8Array(chain.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(chain.count, Math.min(rules.length, guardLimits.CHAIN_RULES), true)
  for (const [i, index] of rules.slice(0, guardLimits.CHAIN_RULES).entries()) view.setUint16(chain.rules + 2 * i, index, true)
  return bytes
}

/** struct named_key. */
export function namedKeyBytes(parent: InodeKey, name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(namedKey.size)
  bytes.set(inodeKey(parent), namedKey.parentIno)
  bytes.set(name, namedKey.nameA)
  return bytes
}

/** struct named_value. */
export function namedValueBytes(chainId: number, leadsTo: bigint): Uint8Array {
  const bytes = new Uint8Array(namedValue.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(namedValue.chain, chainId, true)
  view.setBigUint64(namedValue.ino, leadsTo, true)
  return bytes
}

/** struct suffix_key. */
export function suffixKeyBytes(end: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(suffixKey.size)
  bytes.set(end, suffixKey.endA)
  bytes.set(u64Bytes(BigInt(length)), suffixKey.length)
  return bytes
}

/** struct family_process. `families`: a bit for each; `birth` as in Identity; `epoch`: in which the bits were given. */
export function familyProcessBytes(families: bigint, birth: number, epoch = 0): Uint8Array {
  const bytes = new Uint8Array(familyProcess.size)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(familyProcess.families, families, true)
  view.setUint32(familyProcess.birth, birth, true)
  view.setUint32(familyProcess.epoch, epoch, true)
  return bytes
}
