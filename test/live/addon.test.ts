/** The addon over the real kernel: its promises about errors and about closing at the worst moment. It watches this process only. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type BpfObject, bpfObjectPath, loadAddon } from '../../src/kernel/addon.ts'
import { applyFilter } from '../../src/kernel/filter.ts'
import { counterKey, counters, recordHeader, recordType } from '../../src/kernel/layout.gen.ts'
import { probeWay } from '../../src/kernel/plan.ts'
import { syscallRules } from '../../src/kernel/syscalls.ts'

const addon = loadAddon()
const PROGRAMS = ['tracepoint_sys_exit', 'life_exit']

/** The tracepoint way, loaded and attached, for this process only. */
function attached(events = false, ringBytes = 1 << 20): BpfObject {
  const object = new addon.Object(bpfObjectPath())
  for (const { name } of object.programs()) object.setAutoload(name, PROGRAMS.includes(name))
  object.setMaxEntries('counters', 1024)
  object.setMaxEntries('events', ringBytes)
  object.writeGlobal('syscall_rules', syscallRules())
  object.load()
  applyFilter(object, { pids: [process.pid] })
  if (events) object.writeGlobal('stream', Uint8Array.of(1, 0, 0, 0))
  for (const name of PROGRAMS) object.attach(name)
  return object
}

function work(times = 1): void {
  for (let i = 0; i < times; i++) readFileSync('/etc/hostname')
}

const descriptors = () => readdirSync('/proc/self/fd').length

describe('the addon', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('counts, reads whole maps, deletes, and drains its rings', async () => {
    const object = attached()
    const seen: number[] = []
    object.openRing('facts', (batch) => seen.push(new DataView(batch.buffer, batch.byteOffset).getUint16(8 + recordHeader.type, true)))
    work()
    object.drainRing('facts')
    assert.ok(seen.includes(recordType.RECORD_PROCESS) || seen.includes(recordType.RECORD_FILE))
    const { count, keys, values } = await object.lookupBatch('counters')
    assert.ok(count > 0)
    assert.deepEqual([keys.length, values.length], [count * counterKey.size, count * counters.size])
    assert.ok(object.programInfo('tracepoint_sys_exit').id > 0)
    // Node's own threads go on reading and writing: nothing is to be counted anew between two questions.
    object.detach('tracepoint_sys_exit')
    const key = keys.slice(0, counterKey.size)
    assert.equal(object.lookup('counters', key)?.length, counters.size)
    assert.equal(await object.deleteBatch('counters', key), 1)
    assert.equal(object.lookup('counters', key), null)
    assert.equal(object.delete('counters', key), false)
    object.close()
  })

  it('may be closed twice, and says so to whoever comes after', async () => {
    const object = attached()
    object.close()
    object.close()
    assert.throws(() => object.lookup('counters', new Uint8Array(counterKey.size)), /closed/)
    assert.throws(() => object.drainRing('facts'), /closed/)
  })

  it('may be closed from the callback of a drain', () => {
    const object = attached(true)
    let calls = 0
    object.openRing('events', () => {
      calls++
      object.close()
    })
    work(100)
    object.drainRing('events')
    assert.equal(calls, 1)
  })

  it('may be closed while a map is being read', async () => {
    const object = attached()
    work(10)
    const reading = Array.from({ length: 8 }, () => object.lookupBatch('counters'))
    object.close()
    for (const result of await Promise.allSettled(reading)) assert.ok(result.status === 'fulfilled' || result.reason instanceof Error)
  })

  it('loses no descriptor in thirty rounds', () => {
    for (let i = 0; i < 3; i++) attached().close()
    const before = descriptors()
    for (let i = 0; i < 30; i++) {
      const object = new addon.Object(bpfObjectPath())
      for (const { name } of object.programs()) object.setAutoload(name, name === 'life_exit')
      object.load()
      object.openRing('facts', () => {})
      object.attach('life_exit')
      object.close()
    }
    assert.ok(descriptors() <= before + 3, `${before} descriptors before, ${descriptors()} after`)
  })

  it('streams events without losing any it does not count', async () => {
    const object = attached(true, 65_536)
    let shown = 0
    object.openRing('events', (batch) => {
      const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
      for (let at = 0; at < batch.byteLength; at += 8 + ((view.getUint32(at, true) + 7) & ~7)) shown++
    })
    // A read of a small file is an open, two reads: more than the ring holds before it is drained.
    const began = shown
    work(1000)
    object.detach('tracepoint_sys_exit')
    object.drainRing('events')
    const totals = object.readGlobal('totals')
    const view = new DataView(totals.buffer, totals.byteOffset)
    let produced = 0
    let lost = 0
    for (let slot = 0; slot < totals.byteLength; slot += 320) {
      for (let op = 0; op < 16; op++) produced += view.getUint32(slot + op * 8, true) + view.getUint32(slot + 128 + op * 8, true)
      lost += view.getUint32(slot + 272 + 8, true)
    }
    assert.ok(lost > 0, 'the ring was never full: the test tests nothing')
    assert.equal(produced, shown - began + lost)
    object.close()
  })

  it('finds out what this kernel refuses', () => {
    assert.equal(probeWay('tracepoint', addon, bpfObjectPath()), null)
  })
})
