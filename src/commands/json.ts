/** JSON for other programs. */
import { encodeBytes } from '../text/bytes.ts'

/** A byte that is not UTF-8, as decodeBytes() writes it. */
const NO_UTF8 = /[\udc80-\udcff]/u

/** Puts beside each text of an object that is not UTF-8 its bytes: `path` and `pathBase64`. */
function withBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const raw = Object.entries(value).filter(([, text]) => typeof text === 'string' && NO_UTF8.test(text))
  if (raw.length === 0) return value
  return { ...value, ...Object.fromEntries(raw.map(([key, text]) => [`${key}Base64`, Buffer.from(encodeBytes(text)).toString('base64')])) }
}

/**
 * The JSON of a value. A name on Linux may hold any bytes: one that is not UTF-8 is given as text, with an unpaired surrogate (U+DC80 to U+DCFF) for
 * each byte that is not, and its bytes beside it.
 */
export function jsonOf(value: object): string {
  const json = JSON.stringify(value)
  // Names are hardly ever otherwise: what makes sure takes several times as long.
  return json.includes('\\udc') ? JSON.stringify(value, withBytes) : json
}
