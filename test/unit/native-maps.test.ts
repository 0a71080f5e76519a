// The addon's maps: single entries, and whole maps on a worker thread.
import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { describe, it } from 'node:test'
import type { BpfError, BpfObject } from '../../src/kernel/addon.ts'
import { load, skip, u32, u64 } from './fixtures/native.ts'

const sized = (entries: number) => load((object) => object.setMaxEntries('entries', entries))

function fill(object: BpfObject, keys: Iterable<number>): void {
  for (const key of keys) object.update('entries', u32(key), u64(BigInt(key) * 3n))
}

/** The whole map as pairs, in the order of its keys. */
async function pairs(object: BpfObject): Promise<[number, bigint][]> {
  const { count, keys, values } = await object.lookupBatch('entries')
  assert.equal(keys.byteLength, count * 4)
  assert.equal(values.byteLength, count * 8)
  const keyView = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
  const valueView = new DataView(values.buffer, values.byteOffset, values.byteLength)
  const all = Array.from({ length: count }, (_, i): [number, bigint] => [keyView.getUint32(i * 4, true), valueView.getBigUint64(i * 8, true)])
  return all.sort(([a], [b]) => a - b)
}

const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k))

/** The kernel's hash of a 4-byte key with seed 0 (Bob Jenkins' lookup3, final mix): which bucket an entry goes to. */
function jhash(key: number): number {
  let b = (0xdeadbeef + 4) | 0
  let c = b
  let a = (b + key) | 0
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  return ((c ^ b) - rotate(b, 24)) >>> 0
}

describe('addon maps', { skip }, () => {
  it('update, look up and delete single entries', () => {
    const object = load()
    assert.equal(object.lookup('entries', u32(1)), null)
    object.update('entries', u32(1), u64(5n))
    assert.deepEqual(object.lookup('entries', u32(1)), u64(5n))
    const NOEXIST = 1
    assert.throws(
      () => object.update('entries', u32(1), u64(6n), NOEXIST),
      (error: BpfError) => error.code === 'EEXIST' && error.message === 'writing the BPF map entries failed: File exists',
    )
    assert.equal(object.delete('entries', u32(1)), true)
    assert.equal(object.delete('entries', u32(1)), false)
    assert.throws(() => object.delete('per_cpu', u32(0)), /deleting from the BPF map per_cpu failed: Invalid argument/)
    object.close()
  })

  it('say what does not fit', () => {
    const object = load()
    assert.throws(() => object.lookup('entries', new Uint8Array(5)), /a key of this map must be 4 bytes long, not 5/)
    assert.throws(() => object.update('entries', u32(1), u32(1)), /a value of this map must be 8 bytes long, not 4/)
    assert.throws(() => object.lookup('entries', 'key' as unknown as Uint8Array), TypeError)
    assert.throws(() => object.lookup('entries', new Uint16Array(2) as unknown as Uint8Array), /must be a Uint8Array/)
    assert.throws(() => object.lookup('nothing', u32(1)), /no BPF map named nothing/)
    assert.throws(() => object.deleteBatch('entries', new Uint8Array(7)), /multiple of 4 bytes long, not 7/)
    assert.throws(() => object.deleteBatch('records', new Uint8Array(0)), /this map has no keys/)
    for (let key = 0; key < 16; key++) object.update('entries', u32(key), u64(0n))
    assert.throws(
      () => object.update('entries', u32(16), u64(0n)),
      (error: BpfError) => error.code === 'E2BIG',
    )
    object.close()
  })

  it('take a view into a larger buffer', () => {
    const object = load()
    const buffer = new Uint8Array(64).fill(0xff)
    buffer.set(u32(9), 13)
    object.update('entries', buffer.subarray(13, 17), u64(1n))
    assert.deepEqual(object.lookup('entries', u32(9)), u64(1n))
    object.close()
  })

  for (const entries of [0, 1, 4095, 4096, 4097, 20_000]) {
    it(`read whole, ${entries} entries`, async () => {
      const object = sized(Math.max(entries, 1))
      fill(object, Array(entries).keys())
      assert.deepEqual(
        await pairs(object),
        Array.from({ length: entries }, (_, key) => [key, BigInt(key) * 3n]),
      )
      object.close()
    })
  }

  it('read whole where one bucket holds more than a chunk', async () => {
    const object = sized(8192)
    const keys: number[] = []
    for (let key = 0; keys.length < 4200; key++) if ((jhash(key) & 8191) === 1234) keys.push(key)
    fill(object, keys)
    assert.deepEqual(
      (await pairs(object)).map(([key]) => key),
      keys,
    )
    object.close()
  })

  it('read whole without batch operations', async () => {
    const object = load()
    const LOOPBACK = 1
    for (const key of [5, 6, 7]) object.update('devices', u32(key), u32(LOOPBACK))
    const { count, keys, values } = await object.lookupBatch('devices')
    assert.equal(count, 3)
    assert.deepEqual([...new Uint32Array(keys.buffer, keys.byteOffset, 3)].sort(), [5, 6, 7])
    assert.deepEqual([...new Uint32Array(values.buffer, values.byteOffset, 3)], [LOOPBACK, LOOPBACK, LOOPBACK])
    object.close()
  })

  it('hand over a value for every CPU', async () => {
    const object = load()
    const value = object.lookup('per_cpu', u32(0))
    assert.ok(value && value.byteLength >= 8 * cpus().length && value.byteLength % 8 === 0)
    const { count, values } = await object.lookupBatch('per_cpu')
    assert.deepEqual([count, values.byteLength], [2, 2 * (value?.byteLength ?? 0)])
    object.close()
  })

  it('reject where there is nothing to read', async () => {
    const object = load()
    await assert.rejects(
      object.lookupBatch('records'),
      (error: BpfError) => error.code === 'ENOTSUPP' && /^reading the BPF map records failed: /.test(error.message),
    )
    await assert.rejects(object.deleteBatch('per_cpu', u32(0)), (error: BpfError) => error.code === 'EINVAL')
    object.close()
  })

  it('delete many, and count those that were there', async () => {
    const object = sized(100)
    fill(object, Array(100).keys())
    const keys = new Uint8Array(Uint32Array.from({ length: 60 }, (_, i) => i * 2).buffer)
    const pending = object.deleteBatch('entries', keys)
    keys.fill(0xff) // the caller may use its array again at once
    assert.equal(await pending, 50)
    assert.deepEqual(
      (await pairs(object)).map(([key]) => key),
      Array.from({ length: 50 }, (_, i) => i * 2 + 1),
    )
    assert.equal(await object.deleteBatch('entries', new Uint8Array(0)), 0)
    object.close()
  })

  it('are read beside the event loop, not in it', async () => {
    const object = sized(65_536)
    fill(object, Array(65_536).keys())
    await object.lookupBatch('entries') // memory is warm from here on
    const order: string[] = []
    const reading = object.lookupBatch('entries').then(() => order.push('read'))
    await new Promise((resolve) => setImmediate(resolve))
    order.push('turn')
    await reading
    assert.deepEqual(order, ['turn', 'read'])
    object.close()
  })
})
