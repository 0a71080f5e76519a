/** What a directory holds, counted on real ones: blocks, links once, mounts left out, and whatever happens meanwhile. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { blocks, type CountOptions, countUsage, type Usage } from '../../src/kernel/quota/usage.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-usage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const count = (directory: string | Buffer, options: Partial<CountOptions> = {}) => countUsage(directory, { atOnce: 4, isMountPoint: () => false, ...options })

/** A file of so many bytes; none of them is on the disk. */
function file(path: string | Buffer, size: number): void {
  writeFileSync(path, '')
  truncateSync(path, size)
}

/** `path` and a name of any bytes. */
const below = (path: string | Buffer, name: string | Buffer) => Buffer.concat([Buffer.from(path), Buffer.from('/'), Buffer.from(name)])

describe('what a directory holds', () => {
  it('sizes are whole blocks', async () => {
    for (const [size, rounded] of [
      [0, 0],
      [1, 4096],
      [4095, 4096],
      [4096, 4096],
      [4097, 8192],
      [2 ** 33 + 1, 2 ** 33 + 4096],
    ] as const) {
      assert.equal(blocks(size), rounded)
      file(join(folder, 'file'), size)
      assert.deepEqual(await count(folder), { bytes: rounded, inodes: 1, failed: [] }, String(size))
    }
  })

  it('an empty one holds nothing, not even itself', async () => assert.deepEqual(await count(folder), { bytes: 0, inodes: 0, failed: [] }))

  it('directories are inodes, at any depth, and have no bytes', async () => {
    mkdirSync(join(folder, 'a/b/c'), { recursive: true })
    file(join(folder, 'a/b/c/deep'), 1)
    assert.deepEqual(await count(folder), { bytes: 4096, inodes: 4, failed: [] })
  })

  it('a file of two names is counted once, wherever its names are', async () => {
    mkdirSync(join(folder, 'in/a'), { recursive: true })
    file(join(folder, 'in/one'), 5000)
    linkSync(join(folder, 'in/one'), join(folder, 'in/two'))
    linkSync(join(folder, 'in/one'), join(folder, 'in/a/three'))
    file(join(folder, 'outside'), 1)
    linkSync(join(folder, 'outside'), join(folder, 'in/inside'))
    assert.deepEqual(await count(join(folder, 'in')), { bytes: 8192 + 4096, inodes: 3, failed: [] })
  })

  it('a symbolic link is an inode without bytes, and is not followed', async () => {
    mkdirSync(join(folder, 'in'))
    mkdirSync(join(folder, 'out'))
    file(join(folder, 'out/file'), 9000)
    symlinkSync('../out', join(folder, 'in/directory'))
    symlinkSync('../out/file', join(folder, 'in/file'))
    symlinkSync('.', join(folder, 'in/itself'))
    symlinkSync('nowhere', join(folder, 'in/dangling'))
    assert.deepEqual(await count(join(folder, 'in')), { bytes: 0, inodes: 4, failed: [] })
  })

  it('names may be any bytes, and so may the directory’s own', async () => {
    const directory = below(folder, Buffer.from([0xff, 0x0a, 0x2a]))
    mkdirSync(directory)
    for (const name of [
      Buffer.from([0x80]),
      Buffer.from('new\nline'),
      Buffer.from('\x1b[2J'),
      Buffer.from('漢😀'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(' '),
    ])
      file(below(directory, name), 1)
    mkdirSync(below(directory, Buffer.from([0xfe])))
    file(below(below(directory, Buffer.from([0xfe])), Buffer.from([0xfd])), 4097)
    assert.deepEqual(await count(directory), { bytes: 6 * 4096 + 8192, inodes: 8, failed: [] })
    assert.deepEqual(await count(folder), { bytes: 6 * 4096 + 8192, inodes: 9, failed: [] })
  })

  it('what is mounted in it is left out, but the directory it is mounted on is there', async () => {
    const mount = below(folder, Buffer.from([0x6d, 0xff]))
    mkdirSync(below(mount, 'below'), { recursive: true })
    file(below(mount, 'file'), 1)
    file(join(folder, 'file'), 1)
    const asked: Buffer[] = []
    const isMountPoint = (path: Buffer) => {
      asked.push(path)
      return path.equals(mount)
    }
    assert.deepEqual(await count(folder, { isMountPoint }), { bytes: 4096, inodes: 2, failed: [] })
    assert.deepEqual(asked, [mount], 'asked of directories only, and of none below')
  })

  it('below / paths begin with one slash: that is how mounts are known', async () => {
    const asked: string[] = []
    const isMountPoint = (path: Buffer) => {
      asked.push(path.toString())
      return true
    }
    await count('/', { isMountPoint })
    assert.ok(asked.includes('/proc'), asked.join(' '))
  })
})

describe('what goes wrong while a directory is counted', () => {
  it('a folder that vanishes before it is listed is no failure', async () => {
    mkdirSync(join(folder, 'gone/deep'), { recursive: true })
    const isMountPoint = (path: Buffer) => {
      rmSync(path, { recursive: true })
      return false
    }
    assert.deepEqual(await count(folder, { isMountPoint }), { bytes: 0, inodes: 1, failed: [] })
  })

  it('names that vanish after they are listed are none either', async () => {
    for (let i = 0; i < 300; i++) mkdirSync(join(folder, String(i)))
    const isMountPoint = () => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
      return false
    }
    const { inodes, failed } = await count(folder, { isMountPoint })
    assert.deepEqual(failed, [])
    assert.ok(inodes >= 1 && inodes < 200, String(inodes))
  })

  it('what cannot be listed is named with its error', async () => {
    file(join(folder, 'file'), 1)
    assert.deepEqual(await count(join(folder, 'file')), { bytes: 0, inodes: 0, failed: [`${join(folder, 'file')}: ENOTDIR`] })
  })

  it('ten of them, however many there are', async () => {
    for (let i = 0; i < 12; i++) mkdirSync(join(folder, String(i)))
    // Asked before a directory is listed, which is none any more then.
    const isMountPoint = (path: Buffer) => {
      rmSync(path, { recursive: true })
      file(path, 1)
      return false
    }
    const { bytes, failed } = await count(folder, { isMountPoint })
    assert.equal(bytes, 0)
    assert.equal(failed.length, 10)
    for (const path of failed) assert.match(path, /: ENOTDIR$/)
  })

  it('nothing is too deep, though its path is too long for a system call', async () => {
    const script = `const fs = require('fs'); process.chdir(process.argv[1]); for (let i = 0; i < 60; i++) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)) }; fs.writeFileSync('deepest', 'x')`
    execFileSync(process.execPath, ['-e', script, folder])
    assert.deepEqual(await count(folder), { bytes: 4096, inodes: 61, failed: [] })
    // Node's own cannot delete it.
    execFileSync('rm', ['-r', folder])
  })
})

describe('a count on its way', () => {
  /** A chain of directories, each in the one before. */
  function chain(length: number): void {
    mkdirSync(join(folder, ...Array.from({ length }, () => 'd')), { recursive: true })
  }

  it('is not begun where its end was asked for before', async () => {
    const reason = new Error('never mind')
    await assert.rejects(count(folder, { signal: AbortSignal.abort(reason) }), (error) => error === reason, 'there is nothing to count')
    chain(3)
    let looked = 0
    const isMountPoint = () => {
      looked++
      return false
    }
    await assert.rejects(count(folder, { signal: AbortSignal.abort(reason), isMountPoint }), (error) => error === reason)
    assert.equal(looked, 0)
  })

  for (const atOnce of [1, 8])
    it(`ends when it is told to, with the reason given: ${atOnce} at once`, async () => {
      chain(60)
      const [end, reason] = [new AbortController(), new Error('enough')]
      let looked = 0
      const isMountPoint = () => {
        if (++looked === 5) end.abort(reason)
        return false
      }
      await assert.rejects(count(folder, { signal: end.signal, atOnce, isMountPoint }), (error) => error === reason)
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
      assert.equal(looked, 5, 'nothing goes on in the background')
    })

  it('ends inside a large directory as well', async () => {
    for (let i = 0; i < 500; i++) mkdirSync(join(folder, String(i)))
    const [end, reason] = [new AbortController(), new Error('enough')]
    let looked = 0
    const isMountPoint = () => {
      if (++looked === 1) end.abort(reason)
      return false
    }
    await assert.rejects(count(folder, { signal: end.signal, isMountPoint }), (error) => error === reason)
    assert.ok(looked < 200, String(looked))
  })

  it('tells how far it is, and at last the whole', async () => {
    for (let i = 0; i < 20; i++) {
      mkdirSync(join(folder, String(i)))
      file(join(folder, String(i), 'file'), 1)
    }
    const told: Usage[] = []
    const usage = await count(folder, { atOnce: 1, onProgress: (soFar) => told.push({ ...soFar }) })
    assert.equal(usage.bytes, 20 * 4096)
    assert.ok(told.length >= 20, String(told.length))
    assert.deepEqual(told.at(-1), usage)
    for (const [i, { inodes, bytes }] of told.entries()) {
      assert.ok(inodes >= (told[i - 1]?.inodes ?? 0) && bytes >= (told[i - 1]?.bytes ?? 0))
    }
    assert.ok(told.some(({ bytes }) => bytes > 0 && bytes < usage.bytes))
  })
})

interface Step {
  kind: 'directory' | 'file' | 'link' | 'symlink'
  /** which of the directories there are, and which of the files */
  parent: number
  other: number
  size: number
  name: Buffer
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('directory', 'file', 'file', 'link', 'symlink'),
  parent: fc.nat(),
  other: fc.nat(),
  size: fc.oneof(fc.constantFrom(0, 1, 4095, 4096, 4097, 2 ** 32), fc.nat(100_000)),
  name: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x2f && byte !== 0))),
})

/** Makes a tree by steps. */
function build(root: Buffer, steps: readonly Step[]): void {
  const [directories, files] = [[root], [] as Buffer[]]
  for (const [i, { kind, parent, other, size, name }] of steps.entries()) {
    const path = below(directories[parent % directories.length] as Buffer, Buffer.concat([Buffer.from(`${i}`), name]))
    const known = files[other % Math.max(1, files.length)]
    if (kind === 'directory') {
      mkdirSync(path)
      directories.push(path)
    } else if (kind === 'link' && known) linkSync(known, path)
    else if (kind === 'symlink') {
      symlinkSync(directories[other % directories.length] as Buffer, path)
      files.push(path)
    } else {
      file(path, size)
      files.push(path)
    }
  }
}

/** The same count in the plainest way: one name after the other. */
function naive(directory: Buffer, seen = new Set<number>()): { bytes: number; inodes: number } {
  const sum = { bytes: 0, inodes: 0 }
  for (const name of readdirSync(directory, { encoding: 'buffer' })) {
    const path = below(directory, name)
    const stats = lstatSync(path)
    if (seen.has(stats.ino)) continue
    seen.add(stats.ino)
    sum.inodes++
    if (stats.isFile()) sum.bytes += stats.size + ((4096 - (stats.size % 4096)) % 4096)
    if (!stats.isDirectory()) continue
    const inside = naive(path, seen)
    sum.bytes += inside.bytes
    sum.inodes += inside.inodes
  }
  return sum
}

it('counts any tree as one would by hand', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (steps, atOnce) => {
      const root = Buffer.from(join(folder, String(run++)))
      mkdirSync(root)
      build(root, steps)
      assert.deepEqual(await count(root, { atOnce }), { ...naive(root), failed: [] })
    }),
    { numRuns: 60 },
  )
})
