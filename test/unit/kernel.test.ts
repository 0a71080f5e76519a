import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventFact, fileFact } from '../../src/kernel/decode.ts'
import { withDescendants } from '../../src/kernel/filter.ts'
import { counterKey, counters, eventRecord, fileRecord, syscallRule } from '../../src/kernel/layout.gen.ts'
import { syscallRules } from '../../src/kernel/syscalls.ts'
import { CounterTable } from '../../src/kernel/table.ts'

function reading(rows: { pid: number; ino: number; writes: number; tick: number }[]) {
  const keys = new Uint8Array(rows.length * counterKey.size)
  const values = new Uint8Array(rows.length * counters.size)
  const keyView = new DataView(keys.buffer)
  const valueView = new DataView(values.buffer)
  for (const [i, row] of rows.entries()) {
    keyView.setUint32(i * counterKey.size + counterKey.processTgid, row.pid, true)
    keyView.setUint32(i * counterKey.size + counterKey.fileIno, row.ino, true)
    valueView.setUint32(i * counters.size + counters.writes, row.writes, true)
    valueView.setUint32(i * counters.size + counters.tick, row.tick, true)
  }
  return { count: rows.length, keys, values }
}

describe('CounterTable', () => {
  it('gives increments, once', () => {
    const table = new CounterTable(100)
    assert.equal(table.take(reading([{ pid: 1, ino: 5, writes: 3, tick: 1 }]), 0, new Set()).deltas[0]?.writes, 3)
    assert.equal(table.take(reading([{ pid: 1, ino: 5, writes: 3, tick: 1 }]), 1, new Set()).deltas.length, 0)
    const [delta] = table.take(reading([{ pid: 1, ino: 5, writes: 10, tick: 3 }]), 2, new Set()).deltas
    assert.equal(delta?.writes, 7)
    assert.equal(delta?.file, '0:5.0')
  })
  it('gives the entries of ended processes back after their last reading, and starts anew where one comes again', () => {
    const table = new CounterTable(100)
    table.take(reading([{ pid: 1, ino: 5, writes: 3, tick: 1 }]), 0, new Set())
    const last = table.take(reading([{ pid: 1, ino: 5, writes: 4, tick: 1 }]), 9, new Set(['1.0']))
    assert.equal(last.deltas[0]?.writes, 1)
    assert.equal(last.done.length, counterKey.size)
    assert.equal(table.size, 0)
    assert.equal(table.take(reading([{ pid: 1, ino: 5, writes: 2, tick: 10 }]), 9, new Set()).deltas[0]?.writes, 2)
  })
  it('gives idle entries back only when it gets crowded', () => {
    const rows = [
      { pid: 1, ino: 5, writes: 3, tick: 1 },
      { pid: 1, ino: 6, writes: 3, tick: 50 },
    ]
    assert.equal(new CounterTable(100).take(reading(rows), 50, new Set()).done.length, 0)
    assert.equal(new CounterTable(3).take(reading(rows), 50, new Set()).done.length, counterKey.size)
  })
})

describe('decoders', () => {
  function record(flags: number, path: string) {
    const text = Buffer.from(path, 'latin1')
    const bytes = new Uint8Array(fileRecord.size + text.length)
    const view = new DataView(bytes.buffer)
    view.setUint16(fileRecord.headerFlags, flags, true)
    view.setUint32(fileRecord.headerPathLen, text.length, true)
    view.setBigUint64(fileRecord.fileIno, 2n ** 64n - 1n, true)
    bytes.set(text, fileRecord.size)
    return fileFact(view, bytes)
  }
  it('read paths leaf first, and inode numbers of all 64 bits', () => {
    assert.equal(record(0, 'hosts\0etc\0').path, '/etc/hosts')
    assert.equal(record(0, '').path, '/')
    assert.equal(record(0, 'x\0').id, '0:18446744073709551615.0')
    assert.deepEqual([record(1, 'deep\0').cut, record(4, 'x\0').deleted], [true, true])
  })
  it('read how long a call took, and nothing where the kernel does not know', () => {
    const took = (ns: bigint) => {
      const bytes = new Uint8Array(eventRecord.size)
      const view = new DataView(bytes.buffer)
      view.setBigInt64(eventRecord.durationNs, ns, true)
      view.setBigInt64(eventRecord.result, -2n, true)
      return eventFact(view, bytes)
    }
    assert.deepEqual([took(0n).durationNs, took(3_000_000_007n).durationNs, took(2n ** 52n).durationNs], [0, 3_000_000_007, 2 ** 52])
    assert.equal(Object.hasOwn(took(-1n), 'durationNs'), false)
    assert.equal(took(5n).result, -2)
  })
  it('join what a program gave to where it counted from', () => {
    assert.equal(record(8, 'a/../b\0work\0home\0').path, '/home/work/a/../b')
    assert.equal(record(8, '/abs\0').path, '/abs')
    assert.equal(record(24, '').path, '')
  })
})

describe('withDescendants', () => {
  it('finds children of any depth, in any order', () => {
    const parents = new Map([
      [30, 20],
      [20, 10],
      [10, 1],
      [40, 1],
    ])
    assert.deepEqual(withDescendants([10], parents).sort(), [10, 20, 30])
  })
})

describe('syscallRules', () => {
  it('knows the calls by both of their numbers', () => {
    const table = syscallRules()
    const rule = (number: number) => [...table.subarray(number * syscallRule.size, number * syscallRule.size + 5)]
    assert.deepEqual(rule(1), rule(512 + 4)) // write
    assert.deepEqual(rule(257), rule(512 + 295)) // openat
    assert.equal(rule(3)[0], 0) // close is not watched
  })
})
