/** Memory stays bounded whatever processes do: many short ones, long names, and garbage that V8 collects late. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Heap, MemoryKeeper } from '../../src/commands/memory.ts'
import { Interned } from '../../src/kernel/interned.ts'
import { FileStates } from '../../src/model/file-states.ts'
import { FileTable, PATH_CHARS } from '../../src/model/files.ts'
import { Last } from '../../src/model/last.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

/** A second of short processes, each with a name, a program and a file of its own. */
function second(tick: number, processes: number, long = '') {
  const ids = Array.from({ length: processes }, (_, i) => tick * processes + i + 2)
  return batch(tick, {
    processes: ids.map((i) => processFact(`${i}.1`, { comm: `s${i}`, exe: `/opt/${long}${i}` })),
    files: ids.map((i) => fileFact(`1:${i}.1`, `/srv/${long}/a-file-of-its-own.${i}`)),
    counters: ids.map((i) => delta(`${i}.1`, `1:${i}.1`, { opens: 1, writes: 1, writeBytes: 7, changes: 1 })),
    exits: ids.map((i) => `${i}.1`),
  })
}

describe('the model', () => {
  it('takes no more memory after 120,000 short processes than after 60,000', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const model = new Model(info)
    const before = used()
    for (let tick = 1; tick <= 30; tick++) model.apply(second(tick, 2000))
    const half = used()
    for (let tick = 31; tick <= 60; tick++) model.apply(second(tick, 2000))
    const whole = used()
    assert.ok(half - before < 120e6, `${half - before} bytes`)
    assert.ok(whole - half < 12e6, `${whole - half} bytes more`)
    assert.ok(model.pairs <= 200_000)
  })
  it('takes no more memory where a tick brings ten times the processes that are remembered', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const model = new Model(info)
    for (let tick = 1; tick <= 30; tick++) model.apply(second(tick, 2000))
    const before = used()
    for (let tick = 3; tick <= 5; tick++) model.apply(second(tick, 20_000))
    assert.ok(used() - before < 12e6, `${used() - before} bytes more`)
  })
  it('keeps names within their limit however long paths are', () => {
    const names = new FileTable(50_000)
    const states = new FileStates(50_000)
    for (let i = 1; i <= 6000; i++) {
      const fact = fileFact(`1:${i}.1`, `/${'x'.repeat(4000)}/${i}`)
      const place = names.learn(fact)
      states.touch(fact.id, names.at(place), 0)
      if (i % 500 !== 0) continue
      names.trim()
      states.settle()
      assert.ok(names.chars <= PATH_CHARS && states.chars <= PATH_CHARS)
    }
    assert.ok(names.size > 1000 && states.size > 1000)
    assert.equal(names.get('1:6000.1')?.id, '1:6000.1', 'the newest stay')
  })
  it('forgets processes whose programs have long paths, and keeps the end of the path with the files they changed', () => {
    const model = new Model(info)
    for (let tick = 1; tick <= 4; tick++) model.apply(second(tick, 1000, 'x'.repeat(4000)))
    const { count } = model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files' } as unknown as Parameters<Model['processes']>[0])
    assert.ok(count > 500 && count <= 1100, `${count} processes of 4,000 are remembered`)
  })
})

it('events are kept up to a number and up to the length of their names', () => {
  const last = new Last<{ seq: number; name: string }>(10, ({ name }) => name.length, 100)
  for (let seq = 1; seq <= 20; seq++) last.push({ seq, name: 'x' })
  assert.deepEqual([last.size, last.dropped], [10, 10])
  last.push({ seq: 21, name: 'x'.repeat(95) })
  assert.deepEqual([last.size, last.dropped, last.at(0)?.seq], [6, 15, 16])
  last.push({ seq: 22, name: 'x'.repeat(500) })
  assert.deepEqual([last.size, last.dropped], [0, 22])
  last.push({ seq: 23, name: 'x' })
  assert.equal(last.filtered(() => true).at(0)?.seq, 23)
})

it('equal texts become one, in a table that does not grow', () => {
  const interned = new Interned()
  for (let i = 0; i < 20_000; i++) assert.equal(interned.of(`name ${i}`), `name ${i}`)
  assert.equal(interned.of('x'.repeat(1000)).length, 1000)
})

describe('the memory keeper', () => {
  function played(used: number, resident: number) {
    const heap = { used, resident, now: 0, done: [] as string[] }
    const measured: Heap = {
      usedBytes: () => heap.used,
      residentBytes: () => heap.resident,
      collect: (options) => {
        heap.done.push(options?.flavor ?? '')
        heap.used = 50e6
      },
      nowMs: () => heap.now,
    }
    return { heap, keeper: new MemoryKeeper(measured) }
  }
  it('collects where there is much more than what lived after the last time', () => {
    const { heap, keeper } = played(50e6, 100e6)
    keeper.look()
    heap.used = 60e6
    keeper.look()
    assert.deepEqual(heap.done, [])
    heap.used = 90e6
    keeper.look()
    assert.deepEqual(heap.done, ['regular'])
  })
  it('gives pages back where much is resident, and not again before some seconds have passed', () => {
    const { heap, keeper } = played(50e6, 210e6)
    keeper.look()
    heap.now = 5000
    keeper.look()
    assert.deepEqual(heap.done, ['last-resort'])
    heap.now = 60_000
    keeper.look()
    assert.deepEqual(heap.done, ['last-resort', 'last-resort'])
  })
  it('gives them back sooner where nearly as much is resident as there may be, but not at each look', () => {
    const { heap, keeper } = played(50e6, 240e6)
    keeper.look()
    heap.now = 1000
    keeper.look()
    assert.deepEqual(heap.done, ['last-resort'])
    heap.now = 2000
    keeper.look()
    assert.deepEqual(heap.done, ['last-resort', 'last-resort'])
  })
})
