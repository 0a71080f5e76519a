/**
 * Recordings: lines of JSON. The first says what it is, then come batches, the last one says how many there were, so that a cut file
 * is known as one. Each begins with a checksum that goes on from the line before: a line that was changed, lost, doubled or moved is
 * told from what was written. It keeps accidents out, not malice, so nothing in a recording is trusted: it may come from another
 * machine, or from somebody unfriendly.
 */
import { crc32 } from 'node:zlib'
import type { Batch, SourceInfo } from '../batch/batch.ts'
import { readBatch, readEnd, readInfo } from './facts.ts'
import { fitting } from './parts.ts'
import { Malformed } from './shape.ts'

export const MAGIC = 'recording'
/** 2: checksums; one batch may take several lines. */
export const VERSION = 2

/** Longest line, in bytes: one is read only when it is whole, and parsed it takes some hundred times the memory at worst. */
export const LINE_BYTES = 2 * 1024 * 1024

const SEALED = /^\{"crc":"([0-9a-f]{8})",$/
const SEAL_BYTES = '{"crc":"00000000",'.length

/** Puts checksums on lines, or checks them; one for each recording and direction, from its first line on. */
export class Seal {
  #crc = 0

  /** A line of this content, a JSON object that is not empty, without its newline. */
  close(json: string): string {
    const rest = json.slice(1)
    this.#crc = crc32(rest, this.#crc)
    return `{"crc":"${this.#crc.toString(16).padStart(8, '0')}",${rest}`
  }

  /** The content of a line; throws Malformed. */
  open(line: Uint8Array): Record<string, unknown> {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    const given = SEALED.exec(bytes.toString('latin1', 0, SEAL_BYTES))?.[1]
    if (given === undefined) throw new Malformed('it does not begin with a checksum')
    this.#crc = crc32(bytes.subarray(SEAL_BYTES), this.#crc)
    if (Number.parseInt(given, 16) !== this.#crc) throw new Malformed('its checksum is wrong')
    return parse(bytes)
  }
}

/** The error of JSON.parse quotes the text, so it is not passed on. */
function parse(line: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    throw new Malformed('it is no JSON')
  }
  throw new Malformed('it is no JSON object')
}

/** The content of the first line. */
export function headJson(info: SourceInfo): string {
  return JSON.stringify({ 'fswatch-tui': MAGIC, version: VERSION, info: fitting(info) })
}

/** The content of a line with a batch, or a part of one (see partsOf). */
export function batchJson(part: string): string {
  return `{"batch":${part}}`
}

/** The content of the last line: how many lines with batches came before. */
export function endJson(batches: number): string {
  return JSON.stringify({ end: batches })
}

function inside<T>(step: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Malformed ? error.within(step) : error
  }
}

/** The first line; throws Malformed. Its version is asked before its checksum: another version may have none. */
export function parseHead(line: Uint8Array, seal: Seal): SourceInfo {
  let value: Record<string, unknown> = {}
  try {
    value = parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength))
  } catch {
    // Not even JSON: no recording, as below.
  }
  const { version } = value
  if (value['fswatch-tui'] !== MAGIC) throw new Malformed('it does not begin like one')
  if (version !== VERSION) {
    const named = Number.isSafeInteger(version) ? `version ${Number(version)}` : 'a version that is no number'
    throw new Malformed(`it has ${named}, and this program reads version ${VERSION} only. Play it with the fswatch-tui that made it, or record anew`)
  }
  seal.open(line)
  return inside('info', () => readInfo(value.info))
}

/** Any later line; throws Malformed. */
export function parseLine(line: Uint8Array, seal: Seal): { batch: Batch } | { end: number } {
  const value = seal.open(line)
  if (Object.hasOwn(value, 'end')) return inside('end', () => ({ end: readEnd(value.end) }))
  return inside('batch', () => ({ batch: readBatch(value.batch) }))
}
