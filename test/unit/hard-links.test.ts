/** The search for files with further names: where it is needed, what it finds, and what it says of the rest. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { planSearch, SEARCH_LIMITS, searchHardLinks } from '../../src/kernel/guard/hard-links.ts'
import type { MountLine } from '../../src/kernel/mount-text.ts'
import { TimeSlices } from '../../src/kernel/time-slices.ts'

const folder = mkdtempSync(join(tmpdir(), 'hard-links-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const mount = (device: number, point: string, fstype = 'ext4', root = '/'): MountLine => ({ device, root, point, fstype, source: '', readOnly: false })
const at = (path: string, ino = 2) => ({ path, ino: BigInt(ino) })

describe('planSearch', () => {
  const plan = (roots: ReturnType<typeof at>[], ...mounts: MountLine[]) => planSearch(roots, [mount(1, '/'), ...mounts])
  it('searches a directory of a file system, and none that is covered whole', () => {
    assert.deepEqual(plan([at('/srv', 9)]), { roots: ['/srv'], notes: [] })
    assert.deepEqual(plan([at('/'), at('/home')], mount(2, '/home')), { roots: [], notes: [] })
  })
  it('searches part of a file system that is mounted below, unless all of it is covered', () => {
    const bound = mount(2, '/srv/data', 'ext4', '/part')
    assert.deepEqual(plan([at('/'), at('/srv/data', 7)], bound).roots, ['/srv/data'])
    assert.deepEqual(plan([at('/'), at('/srv/data', 7), at('/all')], bound, mount(2, '/all')).roots, [])
    assert.deepEqual(plan([at('/'), at('/a', 7), at('/b', 7)], mount(2, '/a', 'ext4', '/part'), mount(2, '/b', 'ext4', '/part')).roots, ['/a'])
  })
  it('searches nothing below the root of a btrfs subvolume, which no hard link leaves', () => {
    assert.deepEqual(plan([at('/data', 256)], mount(3, '/data', 'btrfs', '/@')).roots, [])
    assert.deepEqual(plan([at('/data', 300)], mount(3, '/data', 'btrfs', '/@/sub')).roots, ['/data'])
  })
  it('leaves out pseudo file systems without link(2), but not bpffs', () => {
    const mounts = ['proc', 'sysfs', 'cgroup2', 'tracefs', 'debugfs', 'securityfs', 'devpts'].map((fstype, i) => mount(10 + i, `/${fstype}`, fstype))
    assert.deepEqual(
      plan(
        mounts.map(({ point }) => at(`${point}/sub`, 5)),
        ...mounts,
      ),
      { roots: [], notes: [] },
    )
    assert.deepEqual(plan([at('/bpf/sub', 5)], mount(30, '/bpf', 'bpf')).roots, ['/bpf/sub'])
  })
  it('searches no remote file system, and says so', () => {
    for (const fstype of ['nfs4', 'cifs', 'fuse.sshfs', '9p', 'ceph']) {
      const { roots, notes } = plan([at('/far/sub', 5)], mount(4, '/far', fstype))
      assert.deepEqual(roots, [])
      assert.match(notes.join(), new RegExp(`below /far/sub \\(${fstype} is remote\\)`))
    }
    assert.equal(plan([at('/far')], mount(4, '/far', 'nfs')).notes.length, 1, 'the exports of a server may share a file system')
    assert.equal(plan([at('/far')], mount(4, '/far', 'fuse')).notes.length, 0)
  })
})

describe('searchHardLinks', () => {
  const search = async (root: string, options: Partial<Parameters<typeof searchHardLinks>[1]> = {}) => {
    const found: string[] = []
    const end = await searchHardLinks([root], { isMountPoint: () => false, onLinked: (path) => void found.push(basename(path.toString())), ...options })
    return { found: found.sort(), ...end }
  }
  const tree = (name: string) => {
    const path = join(folder, name)
    mkdirSync(join(path, 'sub'), { recursive: true })
    return path
  }

  it('finds each name of a file that has several, of whatever type, and no other', async () => {
    const path = tree('types')
    for (const name of ['single', 'sub/several']) writeFileSync(join(path, name), '')
    linkSync(join(path, 'sub/several'), join(folder, 'outside'))
    execFileSync('mkfifo', [join(path, 'fifo')])
    linkSync(join(path, 'fifo'), join(path, 'fifo2'))
    const { found, looked, unread } = await search(path)
    assert.deepEqual(found, ['fifo', 'fifo2', 'several'])
    assert.deepEqual([looked, unread], [5, 0])
  })
  it('goes deeper than a path can say', async () => {
    const path = tree('deep')
    // Step by step: a shell would go by the whole path.
    const script = `const fs = require('fs'); process.chdir(${JSON.stringify(path)}); for (let i = 0; i < 60; i++) { fs.mkdirSync('${'d'.repeat(200)}'); process.chdir('${'d'.repeat(200)}') }; fs.writeFileSync('deepest', ''); fs.linkSync('deepest', ${JSON.stringify(join(folder, 'deepest-outside'))})`
    execFileSync(process.execPath, ['-e', script])
    const { found, unread, looked } = await search(path)
    assert.deepEqual(found, ['deepest'])
    assert.deepEqual([unread, looked], [0, 62])
    execFileSync('rm', ['-r', path])
  })
  it('does not enter what is mounted below', async () => {
    const path = tree('mounted')
    writeFileSync(join(path, 'sub/f'), '')
    linkSync(join(path, 'sub/f'), join(path, 'sub/g'))
    assert.deepEqual((await search(path, { isMountPoint: (found) => found === join(path, 'sub') })).found, [])
  })
  it('counts what it could not search', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    const path = tree('closed')
    chmodSync(join(path, 'sub'), 0)
    const { unread, example } = await search(path)
    assert.equal(unread, 1)
    assert.match(example, /sub: EACCES/)
  })
  it('ends at its limit, and says what was left', async () => {
    const path = tree('limit')
    for (let i = 0; i < 20; i++) writeFileSync(join(path, String(i)), '')
    const { unread, example } = await search(path, { limits: { ...SEARCH_LIMITS, entries: 10 } })
    assert.ok(unread > 0)
    assert.match(example, /more than 10 entries/)
  })
  it('is cancelled at once, and lets timers run meanwhile', async () => {
    const path = tree('large')
    for (let i = 0; i < 3000; i++) writeFileSync(join(path, String(i)), '')
    const cancel = new AbortController()
    let turns = 0
    const timer = setInterval(() => ++turns === 3 && cancel.abort(new Error('cancelled')), 1)
    const forever = async (): Promise<never> => {
      for (;;) await search(path, { signal: cancel.signal })
    }
    await assert.rejects(forever(), /^Error: cancelled$/)
    clearInterval(timer)
  })
})

describe('time slices', () => {
  it('give the event loop a turn, to all that share them at once', async () => {
    const slices = new TimeSlices()
    let turns = 0
    let over = false
    const count = () => {
      turns++
      if (!over) setImmediate(count)
    }
    count()
    const work = async () => {
      for (let i = 0; i < 20; i++) {
        const until = performance.now() + 1
        while (performance.now() < until);
        await slices.rest()
      }
    }
    await Promise.all([work(), work(), work()])
    over = true
    assert.ok(turns >= 5, `${turns} turns in 60 ms of work`)
  })
  it('end with the signal’s reason', async () => {
    await assert.rejects(new TimeSlices().rest(AbortSignal.abort(new Error('stop'))), /^Error: stop$/)
  })
})
