/** Quotas as the kernel has them: no limit, numbers that went down, names of writers. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type KernelQuota, quotaBytes, usageOf, writersOf } from '../../src/kernel/quota/bytes.ts'
import { quota, quotaState, quotaUsage, quotaWriter, quotaWritten } from '../../src/kernel/quota/layout.gen.ts'

const some: KernelQuota = { bytes: 50 * 2 ** 30, inodes: 1000, baseBytes: 4096, baseInodes: 1, state: quotaState.QUOTA_ENFORCED, serial: 7 }

function read(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = (place: number) => view.getBigInt64(place, true)
  return [at(quota.bytes), at(quota.inodes), at(quota.baseBytes), at(quota.baseInodes), view.getUint32(quota.state, true), view.getUint32(quota.serial, true)]
}

describe('a quota for the kernel', () => {
  it('is its limits, what was counted, and whether it holds', () => {
    const bytes = quotaBytes(some)
    assert.equal(bytes.length, quota.size)
    assert.deepEqual(read(bytes), [50n * 2n ** 30n, 1000n, 4096n, 1n, 1, 7])
  })

  it('without a limit is far from one, and a limit of 0 is one', () => {
    assert.deepEqual(read(quotaBytes({ ...some, bytes: null, inodes: null })).slice(0, 2), [2n ** 62n, 2n ** 62n])
    assert.deepEqual(read(quotaBytes({ ...some, bytes: 0, inodes: 0 })).slice(0, 2), [0n, 0n])
    assert.deepEqual(read(quotaBytes({ ...some, bytes: 2 ** 53 })).slice(0, 1), [2n ** 53n])
  })

  it('may begin below nothing: what went before it was counted', () => {
    assert.deepEqual(read(quotaBytes({ ...some, baseBytes: -8192, baseInodes: -3 })).slice(2, 4), [-8192n, -3n])
  })

  it('keeps serials of all 32 bits', () => assert.equal(read(quotaBytes({ ...some, serial: 2 ** 32 - 1 }))[5], 2 ** 32 - 1))
})

/** Each field's place, and whether it goes below 0. */
const FIELDS = ['bytes', 'inodes', 'moved', 'shuffled', 'refused', 'exempted', 'unforeseen', 'lastNs'] as const

describe('what the kernel has added up', () => {
  it('goes down as well as up, and each number is its own', () => {
    const number = fc.maxSafeInteger()
    fc.assert(
      fc.property(fc.tuple(...FIELDS.map(() => number)), fc.nat(2 ** 31), fc.nat(9), (numbers, pid, before) => {
        // As a part of something larger: maps are read many at a time.
        const bytes = new Uint8Array(before + quotaUsage.size).subarray(before)
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        for (const [i, field] of FIELDS.entries()) view.setBigInt64(quotaUsage[field], BigInt(numbers[i] as number), true)
        view.setUint32(quotaUsage.lastTgid, pid, true)
        view.setUint32(quotaUsage.lastBirth, 12345, true)
        const wanted = Object.fromEntries(FIELDS.map((field, i) => [field, numbers[i]]))
        assert.deepEqual(usageOf(bytes), { ...wanted, lastPid: pid })
      }),
    )
  })
  it('given back more than was taken is less than nothing', () => {
    const bytes = new Uint8Array(quotaUsage.size)
    bytes.fill(0xff, quotaUsage.bytes, quotaUsage.bytes + 8)
    assert.equal(usageOf(bytes).bytes, -1)
    assert.equal(usageOf(bytes).inodes, 0)
  })
})

describe('who made files grow', () => {
  const rows = [
    { quota: 3, serial: 9, pid: 4711, birth: 5, comm: Buffer.from('cp'), bytes: 4096 },
    { quota: 0, serial: 2 ** 32 - 1, pid: 1, birth: 2 ** 32 - 1, comm: Buffer.from('a\xff\n漢', 'latin1'), bytes: 0 },
    { quota: 62, serial: 1, pid: 2, birth: 0, comm: Buffer.from('0123456789abcdef'), bytes: 2 ** 53 },
    { quota: 1, serial: 1, pid: 3, birth: 0, comm: Buffer.from('new\0old'), bytes: 1 },
  ]
  function reading(before: number) {
    const keys = new Uint8Array(before + rows.length * quotaWriter.size).subarray(before)
    const values = new Uint8Array(before + rows.length * quotaWritten.size).subarray(before)
    const key = new DataView(keys.buffer, before)
    const value = new DataView(values.buffer, before)
    for (const [i, row] of rows.entries()) {
      key.setUint32(i * quotaWriter.size + quotaWriter.quota, row.quota, true)
      key.setUint32(i * quotaWriter.size + quotaWriter.serial, row.serial, true)
      key.setUint32(i * quotaWriter.size + quotaWriter.processTgid, row.pid, true)
      key.setUint32(i * quotaWriter.size + quotaWriter.processBirth, row.birth, true)
      value.setBigUint64(i * quotaWritten.size + quotaWritten.bytes, BigInt(row.bytes), true)
      values.set(row.comm, i * quotaWritten.size + quotaWritten.comm)
    }
    return { count: rows.length, keys, values }
  }

  it('each with its own quota, process and bytes, wherever the reading lies', () => {
    const comms = ['cp', 'a\udcff\n"', '0123456789abcdef', 'new']
    const wanted = rows.map((row, i) => ({ ...row, comm: comms[i] }))
    for (const before of [0, 8, 3]) assert.deepEqual(writersOf(reading(before)), wanted)
  })
  it('only so many as were read', () => {
    assert.deepEqual(
      writersOf({ ...reading(0), count: 1 }).map(({ pid }) => pid),
      [4711],
    )
    assert.deepEqual(writersOf({ count: 0, keys: new Uint8Array(0), values: new Uint8Array(0) }), [])
  })
})
