// The addon: opening, choosing, loading, attaching, and what it says where that fails.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type BpfError, loadAddon, packageRoot } from '../../src/kernel/addon.ts'
import { hit, load, objectPath, open, readU64, skip, u32, u64 } from './fixtures/native.ts'

/** The error that `action` throws. */
function thrown(action: () => unknown): BpfError {
  try {
    action()
  } catch (error) {
    return error as BpfError
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' })
}

describe('addon', { skip }, () => {
  it('names its libbpf', () => {
    assert.match(loadAddon().libbpfVersion(), /^v1\.\d+/)
  })

  it('tells a file that is DAX from others, and what is no file', () => {
    const fd = openSync(import.meta.filename, 'r')
    try {
      assert.equal(loadAddon().isDax(fd), false)
    } finally {
      closeSync(fd)
    }
    assert.equal(thrown(() => loadAddon().isDax(1 << 20)).code, 'EBADF')
    assert.throws(() => loadAddon().isDax('0' as unknown as number), TypeError)
  })

  it('reads signatures out of the kernel’s BTF', () => {
    const open = loadAddon().kernelFunction('vfs_open')
    assert.equal(open?.returns, 'int')
    assert.deepEqual(
      open?.params.map((param) => param.type),
      ['struct path *', 'struct file *'],
    )
    assert.equal(loadAddon().kernelFunction('fswatch_no_such_function'), null)
    assert.equal(loadAddon().kernelFunction('vfs_open '), null)
    // Deeper types: an unsigned integer, a user pointer.
    assert.deepEqual(
      loadAddon()
        .kernelFunction('vfs_read')
        ?.params.map((param) => param.type),
      ['struct file *', 'char *', 'size_t', 'loff_t *'],
    )
    assert.throws(() => loadAddon().kernelFunction(7 as unknown as string), TypeError)
  })

  it('lists programs and maps', () => {
    const object = open()
    assert.deepEqual(
      object.programs().map(({ name, section }) => `${name} ${section}`),
      ['count raw_tp/sys_exit', 'no_function fentry/fswatch_no_such_function', 'no_tracepoint raw_tp/fswatch_no_such_tracepoint', 'refused raw_tp/sys_enter'],
    )
    const entries = object.maps().find((map) => map.name === 'entries')
    assert.deepEqual(entries, { name: 'entries', type: 1, keySize: 4, valueSize: 8, maxEntries: 16 })
    object.setMaxEntries('entries', 99)
    assert.equal(object.maps().find((map) => map.name === 'entries')?.maxEntries, 99)
    object.close()
  })

  it('says which file cannot be opened, and why', () => {
    const missing = thrown(() => new (loadAddon().Object)('/nowhere/x.bpf.o'))
    assert.equal(missing.message, 'opening the BPF object /nowhere/x.bpf.o failed: No such file or directory')
    assert.deepEqual([missing.code, missing.errno], ['ENOENT', 2])
    assert.match(missing.log, /failed to open/)
    const text = `${objectPath()}.txt`
    writeFileSync(text, 'not an ELF file\n')
    const wrong = thrown(() => new (loadAddon().Object)(text))
    assert.match(wrong.message, /native\.bpf\.o\.txt failed: BPF object format invalid/)
    assert.equal(wrong.code, 'ELIBBPF')
    assert.match(wrong.log, /not a proper ELF/)
    assert.throws(() => new (loadAddon().Object)(undefined as unknown as string), /the path of a BPF object must be a string/)
  })

  it('passes over a program whose kernel function does not exist, unless it is chosen', () => {
    load().close()
    const object = open(['count', 'no_function'])
    const error = thrown(() => object.load())
    assert.match(error.message, /^loading the BPF object native failed at program no_function: /)
    assert.ok(error.errno > 0)
    object.close()
  })

  it('hands over the end of the verifier’s log', () => {
    const object = open(['count', 'refused'])
    const error = thrown(() => object.load())
    assert.match(error.message, /^loading the BPF object native failed at program refused: Permission denied$/)
    assert.deepEqual([error.code, error.errno], ['EACCES', 13])
    assert.match(error.log, /invalid mem access/)
    assert.equal(error.log.trimEnd().split('\n').length, 16, error.log)
    assert.match(thrown(() => object.attach('count')).message, /not loaded yet/, 'a failed load leaves nothing to attach')
    object.close()
  })

  it('does not carry an old log into the next error', () => {
    const object = open(['refused'])
    thrown(() => object.load())
    object.close()
    assert.doesNotMatch(thrown(() => new (loadAddon().Object)('/nowhere/x.bpf.o')).log, /invalid mem access/)
  })

  it('never writes to stderr', () => {
    const script = `try { new (require('node-gyp-build')(${JSON.stringify(packageRoot())}).Object)('/nowhere/x.bpf.o') } catch {}`
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: packageRoot(), encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })

  it('attaches, counts, and detaches', () => {
    const object = load()
    const hits = () => readU64(object.readGlobal('hits'))
    hit()
    assert.equal(hits(), 0n)
    object.attach('count')
    for (let i = 0; i < 5; i++) hit()
    assert.equal(hits(), 5n)
    // Another process is none of its business.
    execFileSync(process.execPath, ['-e', 'process.ppid'])
    assert.equal(hits(), 5n)
    // Attached anew, it does not count twice.
    object.attach('count')
    hit()
    assert.equal(hits(), 6n)
    object.detach('count')
    object.detach('count')
    hit()
    assert.equal(hits(), 6n)
    object.close()
  })

  it('says what cannot be attached, and why', () => {
    const object = open(['count', 'no_tracepoint'])
    object.load()
    const error = thrown(() => object.attach('no_tracepoint'))
    assert.equal(error.message, 'attaching the BPF program no_tracepoint (raw_tp/fswatch_no_such_tracepoint) failed: No such file or directory')
    assert.equal(error.code, 'ENOENT')
    assert.equal(thrown(() => object.attach('refused')).code, 'EINVAL', 'it was not loaded')
    assert.match(thrown(() => object.attach('nobody')).message, /no BPF program named nobody/)
    object.close()
  })

  it('tells a program’s id, type and statistics', () => {
    const object = load()
    const info = object.programInfo('count')
    assert.ok(info.id > 0)
    assert.deepEqual({ ...info, id: 0 }, { id: 0, type: 17, recursionMisses: 0, runCount: 0, runTimeNs: 0 })
    assert.throws(() => object.programInfo('refused'), /BPF program refused is not loaded/)
    object.close()
  })

  it('refuses choices after load, and use before it', () => {
    const object = open()
    for (const early of [() => object.attach('count'), () => object.lookup('entries', u32(1)), () => object.programInfo('count')])
      assert.throws(early, /not loaded yet/)
    object.load()
    for (const late of [() => object.setAutoload('count', false), () => object.setMaxEntries('entries', 5), () => object.load()])
      assert.throws(late, /loaded already/)
    object.close()
  })

  it('reads and writes globals, before and after load', () => {
    const object = open()
    assert.equal(readU64(object.readGlobal('first')), 7n)
    object.writeGlobal('first', u64(8n))
    assert.equal(readU64(object.readGlobal('first')), 8n)
    object.writeGlobal('hits', u64(100n))
    object.load()
    assert.equal(readU64(object.readGlobal('first')), 8n)
    object.attach('count')
    hit()
    assert.equal(readU64(object.readGlobal('hits')), 101n, 'the program counts on from the initial value')
    object.writeGlobal('hits', u64(1000n))
    hit()
    assert.equal(readU64(object.readGlobal('hits')), 1001n, 'the program sees what is written after load')
    const copy = object.readGlobal('hits')
    hit()
    assert.equal(readU64(copy), 1001n, 'a copy, not a window')
    assert.deepEqual(object.readGlobal('watched_tgid'), u32(process.pid))
    assert.throws(() => object.writeGlobal('watched_tgid', u32(1)), /constants cannot be written/)
    assert.throws(() => object.writeGlobal('hits', u32(1)), /must be 8 bytes long, not 4/)
    assert.throws(() => object.readGlobal('nothing'), /no global variable named nothing/)
    object.close()
  })

  it('finds the real BPF object’s programs too', () => {
    const object = new (loadAddon().Object)(join(packageRoot(), 'prebuilds/linux-x64/bpf/fswatch.bpf.o'))
    for (const { name } of object.programs()) object.setAutoload(name, name === 'tracepoint_sys_exit')
    object.load()
    object.close()
  })
})
