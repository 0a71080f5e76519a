/** File and process names as bytes: Linux allows anything but NUL and '/', and nothing may be lost on the way to the screen. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  const want = first < 0x80 ? 1 : first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (want === 0 || at + want > bytes.length) return 0
  try {
    strict.decode(bytes.subarray(at, at + want))
    return want
  } catch {
    return 0
  }
}

/** UTF-8 to text; a byte that is not UTF-8 becomes the lone surrogate U+DC00 + byte (U+DC80..U+DCFF), as Python's surrogateescape does. */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let text = ''
    for (let at = 0; at < bytes.length; ) {
      const length = sequenceLength(bytes, at)
      if (length === 0) text += String.fromCharCode(0xdc00 + (bytes[at] as number))
      else text += strict.decode(bytes.subarray(at, at + length))
      at += length || 1
    }
    return text
  }
}

/** The inverse of decodeBytes. */
export function encodeBytes(text: string): Uint8Array {
  const parts: Uint8Array[] = []
  let plain = ''
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (char.length === 1 && code >= 0xdc80 && code <= 0xdcff) {
      parts.push(encoder.encode(plain), Uint8Array.of(code - 0xdc00))
      plain = ''
    } else plain += char
  }
  parts.push(encoder.encode(plain))
  return new Uint8Array(Buffer.concat(parts))
}
