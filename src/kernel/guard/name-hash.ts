/** Names as keys: the same arithmetic as bpf/names_hash.h, with the same secret beginnings. */
import { randomBytes } from 'node:crypto'

const MASK = (1n << 64n) - 1n
const [K1, K2] = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n]

/** Four odd numbers, chosen anew for each load: the guard's `secrets`. */
export function newSecrets(): BigUint64Array {
  const numbers = new BigUint64Array(4)
  for (const i of numbers.keys()) numbers[i] = randomBytes(8).readBigUInt64LE() | 1n
  return numbers
}

/** struct name_hash of a name's bytes. */
export function hashName(name: Uint8Array, secrets: BigUint64Array): Uint8Array {
  let [a = 0n, b = 0n] = secrets
  const mix = (word: bigint) => {
    a = ((a ^ word) * K1) & MASK
    a ^= a >> 29n
    b = ((b + word) * K2) & MASK
    b ^= b >> 31n
  }
  const padded = Buffer.alloc(Math.ceil(name.length / 8) * 8)
  padded.set(name)
  for (let at = 0; at < padded.length; at += 8) mix(padded.readBigUInt64LE(at))
  mix(BigInt(name.length))
  const out = new Uint8Array(16)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, a, true)
  view.setBigUint64(8, b, true)
  return out
}
