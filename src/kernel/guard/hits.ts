/** What rules did: counters by rule and by process, and a record of each hit. */
import type { ProcessId } from '../../batch/batch.ts'
import { decodeBytes } from '../../text/bytes.ts'
import { fileIdAt, pathAfter, pathsAfter, processIdAt, u64 } from '../decode.ts'
import { limits } from '../layout.gen.ts'
import { guardStore, hitRecord, processHits, ruleHits, ruleProcess } from './layout.gen.ts'

/** Monotonic counters of one rule. */
export interface RuleCounts {
  /** touches it matched and acted on */
  hits: number
  /** touches it matched, by somebody it must not hit */
  exempted: number
  /** of the hits: refused because the way up was too long to be sure */
  unsure: number
  signalsFailed: number
  /** hits that are counted but not told one by one: the ring was full, or too many wait to be taken */
  unreported: number
  /** ns since boot (CLOCK_BOOTTIME), 0: never */
  lastNs: number
  lastPid: number
}

/** What became of a store through a mapping: told only; made when the process is resumed; not made. */
export type Store = 'passed' | 'stopped' | 'killed'

const STORES: Record<number, Store> = {
  [guardStore.STORE_PASSED]: 'passed',
  [guardStore.STORE_STOPPED]: 'stopped',
  [guardStore.STORE_KILLED]: 'killed',
}

/** Result of a hit whose call is made again when its thread goes on (ERESTARTNOINTR): nothing was refused. */
export const RESTARTED = -513

/** One hit. */
export interface Hit {
  /** the rule's number in the kernel, and what tells it from earlier ones of that number */
  index: number
  serial: number
  /** ns since boot (CLOCK_BOOTTIME) */
  timeNs: number
  process: ProcessId
  pid: number
  tid: number
  uid: number
  comm: string
  /** RULE_* of the touch */
  ops: number
  file: string
  /** s_dev of its file system */
  dev: number
  path: string
  /** of a rename or link that is held: its target, where `path` is its source; else null */
  target: string | null
  /** it begins at the root of its file system, wherever that is mounted */
  fromRoot: boolean
  /** 0, or what the call was given: -errno, or RESTARTED */
  result: number
  /** a store through a shared mapping; null: a call */
  store: Store | null
  /** of a held call: what the question is about, as a number that is compared only (struct held_ask); 0n for none */
  object: bigint
}

/** struct rule_hits as counts. */
export function countsOf(bytes: Uint8Array): RuleCounts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    hits: u64(view, ruleHits.hits),
    exempted: u64(view, ruleHits.exempted),
    unsure: u64(view, ruleHits.unsure),
    signalsFailed: u64(view, ruleHits.signalsFailed),
    unreported: u64(view, ruleHits.unreported),
    lastNs: u64(view, ruleHits.lastNs),
    lastPid: view.getUint32(ruleHits.lastTgid, true),
  }
}

/** struct hit_record as a hit; `path` is as the hook saw it (see `fromRoot`). */
export function hitOf(view: DataView, bytes: Uint8Array): Hit {
  const sourceBytes = view.getUint32(hitRecord.sourceLen, true)
  const both = sourceBytes > 0 ? pathsAfter(view, bytes, hitRecord.size, sourceBytes) : null
  const { path, marks } = both ? { path: both.paths[0], marks: both.marks } : pathAfter(view, bytes, hitRecord.size)
  const comm = bytes.subarray(hitRecord.comm, hitRecord.comm + limits.COMM_LEN)
  const end = comm.indexOf(0)
  return {
    index: view.getUint32(hitRecord.rule, true),
    serial: view.getUint32(hitRecord.serial, true),
    timeNs: u64(view, hitRecord.timeNs),
    process: processIdAt(view, hitRecord.processTgid),
    pid: view.getUint32(hitRecord.processTgid, true),
    tid: view.getUint32(hitRecord.tid, true),
    uid: view.getUint32(hitRecord.uid, true),
    comm: decodeBytes(end < 0 ? comm : comm.subarray(0, end)),
    ops: view.getUint32(hitRecord.ops, true),
    file: fileIdAt(view, hitRecord.fileIno),
    dev: view.getUint32(hitRecord.fileDev, true),
    path,
    target: both?.paths[1] ?? null,
    fromRoot: marks.noMount === true,
    result: view.getInt32(hitRecord.result, true),
    store: STORES[view.getUint32(hitRecord.store, true)] ?? null,
    object: view.getBigUint64(hitRecord.object, true),
  }
}

/** Hits by rule index and process, from a reading of the whole map. */
export function hitsByProcess(reading: {
  count: number
  keys: Uint8Array
  values: Uint8Array
}): { index: number; serial: number; pid: number; hits: number; lastNs: number }[] {
  const keys = new DataView(reading.keys.buffer, reading.keys.byteOffset, reading.keys.byteLength)
  const values = new DataView(reading.values.buffer, reading.values.byteOffset, reading.values.byteLength)
  return Array.from({ length: reading.count }, (_, i) => ({
    index: keys.getUint32(i * ruleProcess.size + ruleProcess.rule, true),
    serial: keys.getUint32(i * ruleProcess.size + ruleProcess.serial, true),
    pid: keys.getUint32(i * ruleProcess.size + ruleProcess.processTgid, true),
    hits: u64(values, i * processHits.size + processHits.hits),
    lastNs: u64(values, i * processHits.size + processHits.lastNs),
  }))
}
