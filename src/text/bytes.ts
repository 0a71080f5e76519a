/**
 * File and process names as bytes: Linux allows anything but NUL and '/', and nothing may be lost on the way to the screen. Names
 * come by the thousands a second, and who makes them chooses their bytes: each takes time by its length only.
 */
import { isUtf8 } from 'node:buffer'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** The bytes that may come second, by the first, where not all from 0x80 to 0xbf may: too long forms, surrogates, beyond U+10FFFF. */
const SECOND = new Map<number, readonly [number, number]>([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
])
const ANY: readonly [number, number] = [0x80, 0xbf]

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  const want = first < 0x80 ? 1 : first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (want === 0 || at + want > bytes.length) return 0
  for (let i = 1; i < want; i++) {
    const [least, most] = (i === 1 ? SECOND.get(first) : undefined) ?? ANY
    const next = bytes[at + i] as number
    if (next < least || next > most) return 0
  }
  return want
}

/** The code point of a valid sequence. */
function pointAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] as number
  let point = length === 1 ? first : first & (0x7f >> length)
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f)
  return point
}

function decodeMixed(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length)
  let used = 0
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    const point = length === 0 ? 0xdc00 + (bytes[at] as number) : pointAt(bytes, at, length)
    if (point > 0xffff) {
      units[used++] = 0xd7c0 + (point >> 10)
      units[used++] = 0xdc00 + (point & 0x3ff)
    } else units[used++] = point
    at += length || 1
  }
  return Buffer.from(units.buffer, 0, used * 2).toString('utf16le')
}

/** Are the bytes from `from` to `to` all ASCII? */
function isAsciiIn(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] as number) > 0x7f) return false
  return true
}

/**
 * UTF-8 from offset `from` to `to` (default: all) as text; a byte that is not UTF-8 becomes the lone surrogate U+DC00 + byte
 * (U+DC80..U+DCFF), as Python's surrogateescape does.
 */
export function decodeBytes(bytes: Uint8Array, from = 0, to = bytes.length): string {
  // Most names are ASCII: read in place, without a view of their own, which takes more memory than the text.
  if (bytes instanceof Buffer && isAsciiIn(bytes, from, to)) return bytes.toString('latin1', from, to)
  const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
  return isUtf8(part) ? decoder.decode(part) : decodeMixed(part)
}

/** The inverse of decodeBytes. */
export function encodeBytes(text: string): Uint8Array {
  const pieces = text.split(/([\udc80-\udcff]+)/u)
  if (pieces.length === 1) return encoder.encode(text)
  const out = new Uint8Array(text.length * 3)
  let used = 0
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 0) used += encoder.encodeInto(piece, out.subarray(used)).written
    else for (let at = 0; at < piece.length; at++) out[used++] = piece.charCodeAt(at) - 0xdc00
  }
  return out.slice(0, used)
}
