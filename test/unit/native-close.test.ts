// The addon at the end of its life: closing at every awkward moment must neither crash, nor leak, nor keep the program running.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../src/kernel/addon.ts'
import { hit, load, objectPath, open, readU64, skip, u32, u64 } from './fixtures/native.ts'

const descriptors = () => readdirSync('/proc/self/fd').length

/** How many programs this process keeps attached. */
function links(): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // the one that reads the folder
    }
  })
  return targets.filter((target) => target.includes('bpf_link')).length
}

/** Plain JS that loads and attaches the object in a process or thread of its own, as `object`. */
const SETUP = `
  const { Object: Bpf } = require(${JSON.stringify(createRequire(import.meta.url).resolve('node-gyp-build'))})(${JSON.stringify(packageRoot())})
  const object = new Bpf(${JSON.stringify(skip ? '' : objectPath())})
  for (const { name } of object.programs()) object.setAutoload(name, name === 'count')
  object.setMaxEntries('entries', 65536)
  object.writeGlobal('watched_tgid', new Uint8Array(Uint32Array.of(process.pid).buffer))
  object.load()
  object.attach('count')
  for (let key = 0; key < 20000; key++) object.update('entries', new Uint8Array(Uint32Array.of(key).buffer), new Uint8Array(8))
  object.openRing('records', () => {})
  process.ppid
`

/** Runs SETUP and more in a worker thread; resolves to its exit code. It says 'ready' after `code`. */
function inWorker(code: string, onReady: (worker: Worker) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`${SETUP}\n${code}\nrequire('node:worker_threads').parentPort.postMessage('ready')`, {
      eval: true,
      execArgv: [],
    })
    worker.on('message', () => onReady(worker))
    worker.on('error', reject)
    worker.on('exit', resolve)
  })
}

describe('closing the addon’s objects', { skip }, () => {
  it('works twice, and everything else then says so', () => {
    const object = load()
    object.openRing('records', () => {})
    object.attach('count')
    object.close()
    object.close()
    const uses: (() => unknown)[] = [
      () => object.programs(),
      () => object.maps(),
      () => object.setAutoload('count', true),
      () => object.setMaxEntries('entries', 1),
      () => object.writeGlobal('hits', u64(0n)),
      () => object.readGlobal('hits'),
      () => object.load(),
      () => object.attach('count'),
      () => object.detach('count'),
      () => object.programInfo('count'),
      () => object.lookup('entries', u32(1)),
      () => object.update('entries', u32(1), u64(1n)),
      () => object.delete('entries', u32(1)),
      () => object.lookupBatch('entries'),
      () => object.deleteBatch('entries', u32(1)),
      () => object.openRing('records', () => {}),
      () => object.drainRing('records'),
    ]
    for (const use of uses) assert.throws(use, { message: 'this BPF object is closed' }, use.toString())
  })

  it('detaches: the program counts no more', () => {
    const one = load()
    const other = load()
    one.attach('count')
    other.attach('count')
    hit()
    one.close()
    hit()
    assert.equal(readU64(other.readGlobal('hits')), 2n)
    other.close()
  })

  it('works before load', () => {
    open().close()
  })

  it('works in a callback of a drain that was asked for', () => {
    const object = load()
    let calls = 0
    object.openRing('records', () => {
      calls++
      object.close()
    })
    object.writeGlobal('quiet', u32(1))
    object.attach('count')
    hit()
    hit()
    object.drainRing('records')
    assert.equal(calls, 1)
    assert.throws(() => object.drainRing('records'), /closed/)
  })

  it('works in a callback of the event loop', async () => {
    const object = load()
    let calls = 0
    await new Promise<void>((resolve) => {
      object.openRing('records', () => {
        calls++
        object.close()
        setTimeout(resolve, 50)
      })
      object.attach('count')
      hit()
    })
    hit()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(calls, 1)
  })

  it('lets batches in flight finish', async () => {
    const object = load((o) => o.setMaxEntries('entries', 65_536))
    for (let key = 0; key < 65_536; key++) object.update('entries', u32(key), u64(0n))
    object.attach('count')
    assert.equal(links(), 1)
    const before = descriptors()
    // More than libuv has threads: some have not begun when the object closes.
    const readings = Array.from({ length: 8 }, () => object.lookupBatch('entries'))
    const deletion = object.deleteBatch('entries', u32(5))
    object.close()
    assert.equal(links(), 0, 'it is detached at once, not when the last batch is done')
    for (const { count } of await Promise.all(readings)) assert.ok(count >= 65_535)
    assert.equal(await deletion, 1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(descriptors() < before, 'the last batch lets go of the maps')
  })

  it('leaks no descriptor in 100 lives', async () => {
    const live = async () => {
      const object = load()
      object.openRing('records', () => {})
      object.attach('count')
      hit()
      await object.lookupBatch('entries')
      object.close()
      const failing = open(['refused'])
      assert.throws(() => failing.load())
      failing.close()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await live()
    const before = descriptors()
    for (let i = 0; i < 100; i++) await live()
    // A worker of the test before may still have been about to close one.
    assert.ok(descriptors() <= before, `${before} before, ${descriptors()} after`)
  })

  it('is not needed for the program to end', () => {
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', SETUP], { cwd: packageRoot(), encoding: 'utf8', timeout: 20_000 })
    assert.deepEqual([status, signal, stderr], [0, null, ''])
  })

  it('is not needed for a program to end with a batch in flight', () => {
    const script = `${SETUP}\nfor (let i = 0; i < 8; i++) object.lookupBatch('entries')\nprocess.exit(0)`
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: packageRoot(), encoding: 'utf8', timeout: 20_000 })
    assert.deepEqual([status, signal, stderr], [0, null, ''])
  })

  it('is not needed for a worker thread to end, or to be ended with batches in flight', async () => {
    for (let i = 0; i < 5; i++) {
      assert.equal(await inWorker('', () => {}), 0)
      const ended = await inWorker(
        "for (let i = 0; i < 8; i++) object.lookupBatch('entries')\nsetInterval(() => {}, 1000)",
        (worker) => void worker.terminate(),
      )
      assert.equal(ended, 1)
    }
    // What the threads had open was theirs; this thread's object still works.
    const object = load()
    object.attach('count')
    hit()
    assert.equal(readU64(object.readGlobal('hits')), 1n)
    object.close()
  })
})
