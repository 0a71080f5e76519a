/** What a close look says of a child of this test that writes: where it runs, what it has open, its session, and how its file grows. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { FileFact, ProcessFact } from '../../src/batch/batch.ts'
import type { FileNow, Now, ProcessNow, Target } from '../../src/batch/now.ts'
import { NowDesk } from '../../src/commands/now-desk.ts'
import { LiveSource } from '../../src/kernel/live.ts'

const root = process.getuid?.() === 0
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'closely-')))
const NAME = 'grow\n\u001b[2J.log'

describe('a close look at a process of this test', { skip: !root && 'needs root' }, () => {
  const inside = join(folder, 'run here')
  const path = join(folder, NAME)
  const desk = new NowDesk()
  let child: ChildProcess
  let source: LiveSource
  let fact: ProcessFact
  let file: FileFact
  before(async () => {
    mkdirSync(inside)
    const script = 'exec 7>>"$1"; while :; do echo 0123456789012345678901234567890123456789 >&7; sleep 0.02; done'
    // Detached: the leader of a session of its own.
    child = spawn('sh', ['-c', script, 'sh', path], { cwd: inside, detached: true, stdio: 'ignore' })
    const pid = child.pid as number
    source = LiveSource.open({ attach: 'auto', intervalMs: 50, maxEntries: 1024, filter: { pids: [pid], descendants: false }, events: false })
    const [facts, files] = [new Map<number, ProcessFact>(), new Map<string, FileFact>()]
    const until = Date.now() + 20_000
    while (!(facts.has(pid) && files.has(path))) {
      assert.ok(Date.now() < until, 'the child was not seen writing')
      const batch = await source.next()
      for (const one of batch?.processes ?? []) facts.set(one.pid, one)
      for (const one of batch?.files ?? []) files.set(one.path, one)
    }
    fact = facts.get(pid) as ProcessFact
    file = files.get(path) as FileFact
  })
  after(async () => {
    child?.kill('SIGKILL')
    await desk.close()
    await source?.close()
    rmSync(folder, { recursive: true })
  })

  async function ask<Of extends Now['of']>(target: Target, of: Of): Promise<Extract<Now, { of: Of }>> {
    const now = await desk.ask(target)
    assert.equal(now?.of, of, JSON.stringify(now))
    return now as Extract<Now, { of: Of }>
  }
  const closely = (): Promise<ProcessNow> => ask({ of: 'process', id: fact.id, open: true }, 'process')
  const target = (): Extract<Target, { of: 'file' }> => ({ of: 'file', id: file.id, path, deleted: false })

  it('has its folder, its parent and its open files', async () => {
    const now = await closely()
    assert.deepEqual([now.cwd, now.threads, now.ancestors[0]?.pid], [inside, 1, process.pid])
    const open = now.open?.files.find(({ fd }) => fd === 7)
    assert.equal(open?.path, path)
    assert.equal((open?.flags ?? 0) & 0o2003, 0o2001, 'for writing, at the end')
    assert.ok((open?.offset ?? 0) > 0)
    assert.equal(now.open?.count, now.open?.files.length)
  })

  it('leads a session, which the kernel and /proc call the same', async () => {
    const { session, seconds } = await closely()
    assert.deepEqual(session, { id: child.pid, comm: 'sh', tty: '' })
    assert.deepEqual(fact.session, session)
    assert.ok(seconds >= 0 && seconds < 60)
  })

  it('has a file that is known again, grows, and lies on a file system that is counted', async () => {
    const first = await ask(target(), 'file')
    assert.ok(first.same !== false)
    assert.ok(first.mount?.point.startsWith('/'))
    assert.ok(!first.mount?.space || first.mount.space.total > 0)
    let last: FileNow = first
    for (const until = Date.now() + 20_000; !((last.growth ?? 0) > 0); last = await ask(target(), 'file')) {
      assert.ok(Date.now() < until, 'the file did not grow')
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    assert.ok(last.size > first.size)
    assert.equal((await ask({ of: 'directory', path: folder, count: 0 }, 'directory')).mount?.point, first.mount?.point)
  })

  it('has a folder that is counted when that is asked for, where it is stored here', async () => {
    const counted = async (count: number) => (await ask({ of: 'directory', path: folder, count }, 'directory')).count
    const first = await counted(0)
    if (typeof first === 'string') return assert.match(first, /^not counted: /)
    assert.equal(first, null)
    for (const until = Date.now() + 20_000; ; ) {
      const now = await counted(1)
      assert.ok(now !== null && typeof now !== 'string' && Date.now() < until)
      if (now.state === 'counting') continue
      assert.deepEqual([now.state, now.inodes, now.failed], ['done', 2, 0])
      assert.ok(now.bytes >= 4096)
      return
    }
  })

  it('is told from another file that takes its name, and from one that is gone', async () => {
    const before = await ask(target(), 'file')
    renameSync(path, join(folder, 'aside'))
    writeFileSync(path, 'other')
    const { same } = await ask(target(), 'file')
    assert.equal(same, before.same === true ? false : null)
    rmSync(path)
    assert.match((await ask(target(), 'nothing')).why, /nothing has this name/)
    assert.match((await ask({ of: 'directory', path: join(folder, 'aside'), count: 0 }, 'nothing')).why, /no directory/)
  })

  it('is over when it ends, whoever has its number', async () => {
    const id = `${fact.pid}.${(Number(fact.id.split('.')[1]) + 100) % 2 ** 32}`
    assert.deepEqual(await desk.ask({ of: 'process', id, open: false }), { of: 'nothing', why: 'it has ended' })
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    assert.deepEqual(await desk.ask({ of: 'process', id: fact.id, open: true }), { of: 'nothing', why: 'it has ended' })
  })
})
