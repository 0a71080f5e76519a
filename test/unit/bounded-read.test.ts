/** Bounded reads: a file that is endless, huge, blocking or gone costs no more than its limit; and no other way to read a file whole is used. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readStart, readStartSync, stateOf, statText } from '../../src/kernel/bounded-read.ts'
import { commandLine } from '../../src/kernel/command-line.ts'
import { compileProgram } from '../programs/compile.ts'

const folder = mkdtempSync(join(tmpdir(), 'bounded-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** Both ways to read, as one that rejects. */
const readers = { readStart, readStartSync: async (path: string, limit: number) => readStartSync(path, limit) }

for (const [name, read] of Object.entries(readers)) {
  describe(name, () => {
    it('reads a file up to its limit, and says whether there is more', async () => {
      writeFileSync(at('five'), '12345')
      const cases: [number, string, boolean][] = [
        [4, '1234', true],
        [5, '12345', false],
        [6, '12345', false],
      ]
      for (const [limit, text, isCut] of cases) {
        const beginning = await read(at('five'), limit)
        assert.deepEqual([beginning.bytes.toString(), beginning.isCut], [text, isCut])
      }
    })
    it('reads the whole of what is larger than its first allocation', async () => {
      const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251))
      writeFileSync(at('larger'), bytes)
      assert.ok(bytes.equals((await read(at('larger'), 1_000_000)).bytes))
      assert.ok(bytes.subarray(0, 20_000).equals((await read(at('larger'), 20_000)).bytes))
    })
    it('allocates no more than the limit for a file of a terabyte', async () => {
      writeFileSync(at('huge'), '')
      truncateSync(at('huge'), 2 ** 40)
      const before = process.memoryUsage().arrayBuffers
      const { bytes, isCut } = await read(at('huge'), 10_000)
      assert.deepEqual([bytes.length, isCut], [10_000, true])
      assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
    })
    it('does not wait for a FIFO, with or without a writer', async () => {
      execFileSync('mkfifo', [at(`fifo-${name}`)])
      await assert.rejects(read(at(`fifo-${name}`), 10), { code: 'EINVAL' })
      const writer = openSync(at(`fifo-${name}`), 'r+')
      await assert.rejects(read(at(`fifo-${name}`), 10), { code: 'EINVAL' })
      closeSync(writer)
    })
    it('refuses devices and directories', async () => {
      for (const path of ['/dev/zero', '/dev/null', folder]) await assert.rejects(read(path, 10), { code: 'EINVAL' })
    })
    it('fails with the errno of a loop of links, and of a missing file', async () => {
      symlinkSync(`loop-${name}`, at(`loop-${name}`))
      await assert.rejects(read(at(`loop-${name}`), 10), { code: 'ELOOP' })
      await assert.rejects(read(at('missing'), 10), { code: 'ENOENT' })
    })
    it('fails with ESRCH where the process ends between open and read', async () => {
      const child = spawn('sleep', ['600'])
      const file = openSync(`/proc/${child.pid}/stat`, 'r')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await assert.rejects(read(`/proc/self/fd/${file}`, 100), { code: 'ESRCH' })
      closeSync(file)
    })
    it('leaves nothing open', async () => {
      const open = () => readdirSync('/proc/self/fd').length
      const before = open()
      for (let round = 0; round < 100; round++) for (const path of ['/dev/zero', at('five'), at('missing'), folder]) await read(path, 3).catch(() => {})
      // The child of the test before may close its pipes meanwhile.
      assert.ok(open() < before + 100, `${open()} descriptors after, ${before} before`)
    })
  })
}

it('fails with EACCES where the file may not be read', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  writeFileSync(at('secret'), 'x')
  chmodSync(at('secret'), 0o600)
  process.seteuid?.(65_534)
  try {
    assert.throws(() => readStartSync(at('secret'), 10), { code: 'EACCES' })
  } finally {
    process.seteuid?.(0)
  }
})

it('reads 4 KiB of a command line of 64 MiB', async () => {
  const child = spawn(compileProgram('bigcmd'), ['64', '/dev/null'])
  try {
    await once(child.stdout, 'data')
    const before = process.memoryUsage().rss
    const text = (await commandLine(child.pid as number, 4096)) ?? ''
    assert.match(text, /^innocent A{100}…$/)
    assert.ok(process.memoryUsage().rss - before < 16e6, 'it is not read whole')
    assert.equal(await commandLine(2 ** 30, 4096), null)
  } finally {
    child.kill('SIGKILL')
  }
})

it('tells the state of a thread', () => {
  assert.match(stateOf(process.pid), /^[RS]$/)
  assert.equal(stateOf(2 ** 30), '')
  assert.match(statText('self') ?? '', new RegExp(`^${process.pid} \\(`))
})

it('no source file reads a file whole in any other way', () => {
  const source = new URL('../../src', import.meta.url).pathname
  const whole = /\b(readFile|readFileSync|createReadStream)\b/
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .filter((name) => whole.test(readFileSync(join(source, name), 'utf8')))
  assert.deepEqual(found, [], 'use src/kernel/bounded-read.ts')
})
