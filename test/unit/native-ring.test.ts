// The addon's ring buffers: what is handed over, when, and to whom its errors go.
import assert from 'node:assert/strict'
import { executionAsyncId } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BpfObject, packageRoot } from '../../src/kernel/addon.ts'
import { hit, load, objectPath, readU64, type StreamRecord, skip, u32, unpack } from './fixtures/native.ts'

/** An attached object whose ring collects into `batches`. */
function ring(options: { quiet: boolean; entries?: number }): { object: BpfObject; batches: StreamRecord[][] } {
  const object = load((o) => o.setMaxEntries('records', options.entries ?? 4096))
  const batches: StreamRecord[][] = []
  object.openRing('records', (batch) => batches.push(unpack(batch)))
  object.writeGlobal('quiet', u32(options.quiet ? 1 : 0))
  object.attach('count')
  return { object, batches }
}

/** Waits until `done`, for as long as a slow machine may need. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await sleep(10)
  assert.ok(done(), 'nothing came in 5 s')
}

/** Plain JS that loads and attaches the object in a process of its own, as `object`. */
const SETUP = skip
  ? ''
  : `
  const { Object: Bpf } = require('node-gyp-build')(${JSON.stringify(packageRoot())})
  const object = new Bpf(${JSON.stringify(objectPath())})
  for (const { name } of object.programs()) object.setAutoload(name, name === 'count')
  object.writeGlobal('watched_tgid', new Uint8Array(Uint32Array.of(process.pid).buffer))
  object.load()
  object.attach('count')
`

describe('addon rings', { skip }, () => {
  it('hand over records by themselves, in order and whole', async () => {
    const { object, batches } = ring({ quiet: false })
    for (let i = 0; i < 3; i++) hit()
    assert.equal(batches.length, 0, 'never while other code runs')
    await until(() => batches.flat().length === 3)
    assert.deepEqual(batches.flat(), [
      { length: 12, call: 110, number: 0 },
      { length: 12, call: 110, number: 1 },
      { length: 12, call: 110, number: 2 },
    ])
    assert.equal(batches.length, 1, 'one callback a drain')
    object.close()
  })

  it('hand over records that came without a wake-up when asked, at once', async () => {
    const { object, batches } = ring({ quiet: true })
    hit()
    hit()
    await sleep(50)
    assert.equal(batches.length, 0)
    object.drainRing('records')
    assert.deepEqual(
      batches.map((batch) => batch.map((record) => record.number)),
      [[0, 1]],
    )
    object.drainRing('records')
    assert.equal(batches.length, 1, 'no callback for nothing')
    object.close()
  })

  it('lose nothing but what the kernel could not store', async () => {
    const { object, batches } = ring({ quiet: true })
    for (let i = 0; i < 1000; i++) hit()
    object.drainRing('records')
    const hits = Number(readU64(object.readGlobal('hits')))
    const dropped = Number(readU64(object.readGlobal('dropped')))
    assert.equal(hits, 1000)
    assert.ok(dropped > 0, 'a ring of 4 kB holds 170 of them')
    assert.equal(batches.flat().length + dropped, hits)
    object.close()
  })

  it('go on after a flood that takes several turns', async () => {
    const { object, batches } = ring({ quiet: true, entries: 16 << 20 })
    for (let i = 0; i < 299_999; i++) hit()
    object.writeGlobal('quiet', u32(0))
    hit() // one wake-up for all
    await until(() => batches.flat().length === 300_000)
    assert.ok(batches.length > 1, 'the event loop had its turn in between')
    assert.ok(batches.flat().every((record, i) => record.number === i))
    object.close()
  })

  it('call back in an asynchronous context of their own, as Node’s own callbacks run', async () => {
    const object = load()
    const context = new Promise<number>((resolve) => object.openRing('records', () => resolve(executionAsyncId())))
    object.attach('count')
    hit()
    assert.ok((await context) > 1, '0: no context; 1: the main script’s')
    object.close()
  })

  it('hand a callback’s exception to who asked', async () => {
    const object = load()
    object.openRing('records', () => {
      throw new Error('from the callback')
    })
    object.writeGlobal('quiet', u32(1))
    object.attach('count')
    hit()
    assert.throws(() => object.drainRing('records'), /from the callback/)
    object.close()
  })

  it('hand a callback’s exception to the process where nobody asked', () => {
    const script = `${SETUP}
      process.on('uncaughtException', (error) => { console.log(error.message); process.exit(0) })
      object.openRing('records', () => { throw new Error('from the callback') })
      process.ppid
      setTimeout(() => process.exit(1), 5000)`
    const { status, stdout } = spawnSync(process.execPath, ['-e', script], { cwd: packageRoot(), encoding: 'utf8' })
    assert.deepEqual([status, stdout], [0, 'from the callback\n'])
  })

  it('may be drained from their own callback', () => {
    const object = load()
    const numbers: number[] = []
    object.openRing('records', (batch) => {
      numbers.push(...unpack(batch).map((record) => record.number))
      if (numbers.length < 3) {
        hit()
        object.drainRing('records')
      }
    })
    object.writeGlobal('quiet', u32(1))
    object.attach('count')
    hit()
    object.drainRing('records')
    assert.deepEqual(numbers, [0, 1, 2])
    object.close()
  })

  it('say what is wrong', () => {
    const object = load()
    assert.throws(() => object.openRing('records', undefined as unknown as () => void), /needs a callback/)
    assert.throws(() => object.openRing('entries', () => {}), /opening the BPF map entries as a ring buffer failed: Invalid argument/)
    assert.throws(() => object.openRing('entries', () => {}), /Invalid argument/, 'a failed opening leaves nothing open')
    assert.throws(() => object.drainRing('records'), /not open/)
    object.openRing('records', () => {})
    assert.throws(() => object.openRing('records', () => {}), /open already/)
    object.close()
  })
})
