/**
 * Recordings: lines of JSON. The first says what it is, then one line a batch, the last one says how many there were, so that a cut
 * file is known as one. Nothing in a recording is trusted: it may come from another machine, or from somebody unfriendly.
 */
import { type Batch, OPS, type SourceInfo } from '../batch/batch.ts'

export const MAGIC = 'recording'
export const VERSION = 1

/** Longest line read: a batch of some 100,000 files. */
export const LINE_BYTES = 64 * 1024 * 1024

export function headLine(info: SourceInfo): string {
  return JSON.stringify({ 'fswatch-tui': MAGIC, version: VERSION, info })
}

export function batchLine(batch: Batch): string {
  return JSON.stringify(batch)
}

export function endLine(batches: number): string {
  return JSON.stringify({ end: batches })
}

/** What is wrong with a line, as the end of a sentence: "line 3: counters[2].opens is not a number". */
export class Malformed extends Error {}

type Check = (value: unknown, where: string) => void

const number: Check = (value, where) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed(`${where} is not a number`)
}
const text: Check = (value, where) => {
  if (typeof value !== 'string' || value.length > 65_536) throw new Malformed(`${where} is not a text of a sensible length`)
}
const listOf =
  (check: Check): Check =>
  (value, where) => {
    if (!Array.isArray(value)) throw new Malformed(`${where} is not a list`)
    for (const [i, item] of value.entries()) check(item, `${where}[${i}]`)
  }
const either =
  (...values: unknown[]): Check =>
  (value, where) => {
    if (!values.includes(value)) throw new Malformed(`${where} is none of ${values.join(', ')}`)
  }
const optional =
  (check: Check): Check =>
  (value, where) => {
    if (value !== undefined && value !== null) check(value, where)
  }
const shape =
  (fields: Record<string, Check>): Check =>
  (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${where} is not an object`)
    for (const [name, check] of Object.entries(fields)) check((value as Record<string, unknown>)[name], `${where}.${name}`)
  }

const mark = optional(either(true))
const marks = { cut: mark, noMount: mark, deleted: mark, asGiven: mark, unreadable: mark }
const opNumbers: Check = (value, where) => {
  listOf(number)(value, where)
  if ((value as unknown[]).length > 64) throw new Malformed(`${where} is too long`)
}

const info = shape({
  hostname: text,
  kernel: text,
  attach: either('fentry', 'kprobe', 'tracepoint'),
  limits: listOf(text),
  startedMs: number,
  users: shape({}),
})

const batch = shape({
  timeMs: number,
  timeNs: number,
  counters: listOf(
    shape({
      process: text,
      file: text,
      opens: number,
      reads: number,
      readBytes: number,
      writes: number,
      writeBytes: number,
      mmapPages: number,
      changes: number,
      errors: number,
    }),
  ),
  processes: listOf(
    shape({
      id: text,
      pid: number,
      parent: optional(text),
      ppid: number,
      parentComm: text,
      uid: number,
      gid: number,
      cgroup: text,
      startNs: number,
      comm: text,
      exe: text,
      exeFile: text,
    }),
  ),
  files: listOf(shape({ id: text, mode: number, links: number, fstype: text, path: text, ...marks })),
  exits: listOf(text),
  events: listOf(
    shape({
      timeNs: number,
      process: text,
      pid: number,
      tid: number,
      uid: number,
      comm: text,
      op: either(...OPS),
      file: text,
      result: number,
      openFlags: number,
      path: text,
      ...marks,
    }),
  ),
  totals: shape({ calls: opNumbers, errors: opNumbers, readBytes: number, writeBytes: number }),
  losses: shape({
    countersFull: number,
    eventsFull: number,
    factsFull: number,
    pathCut: number,
    scratchBusy: number,
    callUnmatched: number,
    recursionMisses: number,
  }),
})

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new Malformed((error as Error).message)
  }
}

/** The first line; throws Malformed. */
export function parseHead(line: string): SourceInfo {
  const value = parse(line) as Record<string, unknown> | null
  if (typeof value !== 'object' || value === null || value['fswatch-tui'] !== MAGIC) throw new Malformed('it does not begin like one')
  if (value.version !== VERSION) throw new Malformed(`it has version ${String(value.version)}, and this program reads version ${VERSION}`)
  info(value.info, 'info')
  const given = value.info as SourceInfo
  const users = Object.fromEntries(Object.entries(given.users).filter(([, name]) => typeof name === 'string'))
  return { ...given, users, kind: 'recording' }
}

/** Any later line; throws Malformed. */
export function parseLine(line: string): { batch: Batch } | { end: number } {
  const value = parse(line)
  if (typeof value === 'object' && value !== null && 'end' in value) {
    number(value.end, 'end')
    return { end: value.end as number }
  }
  batch(value, 'batch')
  const checked = value as Batch
  const { date } = { date: new Date(checked.timeMs) }
  if (Number.isNaN(date.getTime())) throw new Malformed('batch.timeMs is no time')
  return { batch: checked }
}
