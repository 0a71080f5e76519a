/** Quotas as the bytes of their maps (bpf/quota.h). */
import { decodeBytes } from '../../text/bytes.ts'
import { fileKey, limits } from '../layout.gen.ts'
import { quota, quotaFile, quotaLeaving, quotaUsage, quotaWriter, quotaWritten } from './layout.gen.ts'

/** A limit that is none. */
const NO_LIMIT = 2n ** 62n

/** What user space says of a quota. Bytes and inodes; null: no limit. */
export interface KernelQuota {
  bytes: number | null
  inodes: number | null
  /** what was counted: the kernel adds up what changes from there */
  baseBytes: number
  baseInodes: number
  /** QUOTA_* */
  state: number
  serial: number
}

export function quotaBytes(value: KernelQuota): Uint8Array {
  const bytes = new Uint8Array(quota.size)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(quota.bytes, value.bytes === null ? NO_LIMIT : BigInt(value.bytes), true)
  view.setBigInt64(quota.inodes, value.inodes === null ? NO_LIMIT : BigInt(value.inodes), true)
  view.setBigInt64(quota.baseBytes, BigInt(value.baseBytes), true)
  view.setBigInt64(quota.baseInodes, BigInt(value.baseInodes), true)
  view.setUint32(quota.state, value.state, true)
  view.setUint32(quota.serial, value.serial, true)
  return bytes
}

/** What the kernel has added up since a quota was made. Bytes are signed: what was given back counts down. */
export interface KernelUsage {
  bytes: number
  inodes: number
  /** bytes that came or went, whichever */
  moved: number
  /** bytes that got another name within it; never 0 where something did */
  shuffled: number
  /** calls */
  refused: number
  exempted: number
  /** bytes that nobody asked for before they were there */
  unforeseen: number
  /** CLOCK_BOOTTIME ns of the last refusal; 0: none */
  lastNs: number
  /** who was refused then */
  lastPid: number
}

export function usageOf(bytes: Uint8Array): KernelUsage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const signed = (at: number) => Number(view.getBigInt64(at, true))
  return {
    bytes: signed(quotaUsage.bytes),
    inodes: signed(quotaUsage.inodes),
    moved: signed(quotaUsage.moved),
    shuffled: signed(quotaUsage.shuffled),
    refused: signed(quotaUsage.refused),
    exempted: signed(quotaUsage.exempted),
    unforeseen: signed(quotaUsage.unforeseen),
    lastNs: signed(quotaUsage.lastNs),
    lastPid: view.getUint32(quotaUsage.lastTgid, true),
  }
}

/** Bytes that a process has made a quota's files grow. */
export interface QuotaWriter {
  quota: number
  serial: number
  pid: number
  birth: number
  /** as it was called when it began */
  comm: string
  bytes: number
}

function commAt(bytes: Uint8Array, at: number): string {
  const comm = bytes.subarray(at, at + limits.COMM_LEN)
  const end = comm.indexOf(0)
  return decodeBytes(end < 0 ? comm : comm.subarray(0, end))
}

export function writersOf({ count, keys, values }: { count: number; keys: Uint8Array; values: Uint8Array }): QuotaWriter[] {
  const key = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
  const value = new DataView(values.buffer, values.byteOffset, values.byteLength)
  return Array.from({ length: count }, (_, i) => {
    const at = i * quotaWriter.size
    return {
      quota: key.getUint32(at + quotaWriter.quota, true),
      serial: key.getUint32(at + quotaWriter.serial, true),
      pid: key.getUint32(at + quotaWriter.processTgid, true),
      birth: key.getUint32(at + quotaWriter.processBirth, true),
      comm: commAt(values, i * quotaWritten.size + quotaWritten.comm),
      bytes: Number(value.getBigUint64(i * quotaWritten.size + quotaWritten.bytes, true)),
    }
  })
}

/** A file that lost a name, and is still in the kernel's memory. */
export interface LeavingFile {
  /** its key in the kernel's maps */
  key: Uint8Array
  ino: bigint
  /** index + 1 of its quota, and when that was found out */
  quota: number
  epoch: number
  /** as charged when it left */
  bytes: number
  /** how many names it had before */
  links: number
  /** does it count as an inode? */
  named: boolean
}

export function leavingOf({ count, keys, values }: { count: number; keys: Uint8Array; values: Uint8Array }): LeavingFile[] {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  return Array.from({ length: count }, (_, i) => {
    const at = i * quotaLeaving.size
    const key = keys.slice(i * fileKey.size, (i + 1) * fileKey.size)
    return {
      key,
      ino: new DataView(key.buffer).getBigUint64(fileKey.ino, true),
      quota: view.getUint32(at + quotaLeaving.quota, true),
      epoch: view.getUint32(at + quotaLeaving.epoch, true),
      bytes: Number(view.getBigInt64(at + quotaLeaving.bytes, true)),
      links: view.getUint32(at + quotaLeaving.links, true),
      named: view.getUint32(at + quotaLeaving.named, true) === 1,
    }
  })
}

/** What the kernel has charged for a file: a value of its quota_files. */
export function chargedOf(value: Uint8Array): number {
  return Number(new DataView(value.buffer, value.byteOffset).getBigInt64(quotaFile.charged, true))
}
