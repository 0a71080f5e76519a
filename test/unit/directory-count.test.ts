/** The count of what lies below a directory that is looked at: begun and stopped by a key, bounded, and only where it bothers nobody. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { CountNow, MountNow } from '../../src/batch/now.ts'
import { DirectoryCount, whyNotCounted } from '../../src/kernel/now/directory-count.ts'
import { countText } from '../../src/ui/now-text.ts'

const mount: MountNow = { point: '/', fstype: 'ext4', source: '/dev/vda', readOnly: false, space: null }
const LIMITS = { most: 1e6, wantedMs: 1e6 }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directory-count-'))
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  for (let i = 0; i < 500; i++) writeFileSync(join(folder, `a/b/${i}`), 'x')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Asks until it is over. */
async function ended(counter: DirectoryCount, presses: number): Promise<CountNow> {
  for (;;) {
    const now = counter.ask(folder, presses, mount)
    assert.ok(now !== null && typeof now !== 'string')
    if (now.state !== 'counting') return now
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a directory that is looked at', () => {
  it('is counted when it is asked for, and not before', async () => {
    const counter = new DirectoryCount(LIMITS)
    assert.equal(counter.ask(folder, 0, mount), null)
    const { state, bytes, inodes, failed } = await ended(counter, 1)
    assert.deepEqual([state, bytes, inodes, failed], ['done', 500 * 4096, 502, 0])
    writeFileSync(join(folder, 'one more'), 'x')
    assert.equal((await ended(counter, 1)).inodes, 502, 'what was counted stands')
    assert.equal((await ended(counter, 0)).inodes, 502, 'also for a screen that was opened anew')
    assert.equal((await ended(counter, 1)).inodes, 503, 'until it is asked for again')
    assert.equal(counter.ask('/other', 0, mount), null, 'of another one nothing is known')
    await counter.close()
  })

  it('is left in peace when the key is pressed again, and what was counted is said', async () => {
    const counter = new DirectoryCount(LIMITS)
    const first = counter.ask(folder, 1, mount)
    assert.ok(first !== null && typeof first !== 'string' && first.state === 'counting')
    const stopped = await ended(counter, 2)
    assert.equal(stopped.state, 'stopped')
    assert.ok(stopped.inodes < 502)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal((await ended(counter, 2)).inodes, stopped.inodes, 'it has stopped indeed')
    for (const presses of [3, 4, 5]) counter.ask(folder, presses, mount)
    const { state, inodes } = await ended(counter, 5)
    assert.deepEqual([state, inodes], ['done', 502])
    await counter.close()
  })

  it('is counted as far as it is bounded, and for as long as somebody wants to know', async () => {
    const few = new DirectoryCount({ ...LIMITS, most: 100 })
    const cut = await ended(few, 1)
    assert.equal(cut.state, 'cut')
    assert.ok(cut.inodes >= 100 && cut.inodes < 110, String(cut.inodes))
    let now = 0
    const alone = new DirectoryCount({ ...LIMITS, wantedMs: 1000 }, () => now)
    alone.ask(folder, 1, mount)
    now = 2000
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.equal((await ended(alone, 1)).state, 'stopped')
    await Promise.all([few.close(), alone.close()])
  })

  it('never keeps the screen from being drawn: it rests, and asks one thing at a time', async () => {
    const counter = new DirectoryCount(LIMITS)
    let turns = 0
    counter.ask(folder, 1, mount)
    for (let over = false; !over; turns++) {
      await new Promise((resolve) => setImmediate(resolve))
      const seen = counter.ask(folder, 1, mount)
      over = seen !== null && typeof seen !== 'string' && seen.state !== 'counting'
    }
    assert.ok(turns > 500, `others had ${turns} turns`)
    await counter.close()
  })

  it('is not counted where that is a burden to others, or makes no sense', () => {
    assert.equal(whyNotCounted({ fstype: 'xfs' }), null)
    assert.equal(whyNotCounted({ fstype: 'fuseblk' }), null)
    for (const fstype of ['nfs', 'nfs4', 'cifs', 'fuse.sshfs', 'fuse', '9p', 'ceph'])
      assert.match(String(whyNotCounted({ fstype })), /served from elsewhere/, fstype)
    for (const fstype of ['proc', 'sysfs', 'cgroup2', 'autofs']) assert.match(String(whyNotCounted({ fstype })), /makes up what it shows/, fstype)
    assert.match(String(new DirectoryCount().ask('/x', 1, null)), /not among those mounted here/)
  })

  it('is told in a sentence', () => {
    const text = (count: Partial<CountNow> | string | null) =>
      countText({
        of: 'directory',
        mount,
        count: count === null || typeof count === 'string' ? count : { state: 'done', bytes: 2048, inodes: 2, failed: 0, agoMs: 12_000, ...count },
      })
    assert.equal(text(null), 'not counted (n counts what lies below)')
    assert.equal(text({}), '2.0k in 2 files and directories, counted 12s ago (n counts anew)')
    assert.equal(
      text({ bytes: 0, inodes: 1, failed: 1 }),
      'nothing in 1 file or directory, but for what could not be looked at, counted 12s ago (n counts anew)',
    )
    assert.equal(text({ state: 'counting' }), '2.0k in 2 files and directories so far (n stops the count)')
    assert.equal(text({ state: 'stopped' }), 'at least 2.0k in 2 files and directories (stopped; n counts anew)')
    assert.equal(text({ state: 'cut' }), 'more than 2.0k in 2 files and directories, which is as far as it is counted')
  })
})
