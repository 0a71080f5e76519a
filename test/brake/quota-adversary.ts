/**
 * Ways to put more into a directory than its quota allows, in a guest, as an unprivileged user where it can be one:
 * `npm run guest -- env QUOTA_FS=ext4 node --test test/brake/quota-adversary.ts`.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Brake } from '../../src/commands/brake.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { countedBelow } from './quota-count.ts'
import { mountQuotaFs } from './quota-fs.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const fs = process.env.QUOTA_FS ?? 'ext4'
const built = join(dirname(fileURLToPath(import.meta.url)), '../../dist/test-programs/overgrow')
/** Where a user can run it. */
const program = '/tmp/overgrow'
const point = mountQuotaFs(fs)
const inside = join(point, 'in')
const outside = join(point, 'out')
const LIMIT = 2 << 20
const USER = 1000

interface Result {
  /** what the calls returned */
  said: string
  status: number | null
  /** by the kernel part, and by a count, while the files are still open */
  charged: number
  lies: number
  refused: number
}

let brake: Brake
let id = 0

async function state(): Promise<{ bytes: number; inodes: number; hits: number }> {
  await brake.tick(true)
  const found = brake.states().find((one) => one.id === id)
  assert.ok(found?.quota)
  return { bytes: found.quota.bytes, inodes: found.quota.inodes, hits: found.hits }
}

/** Runs one way until it has ended or says `ready`, measures, and lets it end. */
async function attack(way: string, t: TestContext, user = USER): Promise<Result> {
  const before = (await state()).hits
  const child: ChildProcess = spawn(program, [way, inside, outside], { stdio: ['pipe', 'pipe', 'inherit'], uid: user, gid: user })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (text) => {
      said += text
      if (said.includes('ready')) resolve()
    })
    void ended.then(() => resolve())
  })
  const { bytes: charged, hits } = await state()
  const lies = countedBelow(inside).bytes
  child.stdin?.end('\n')
  const result = { said: said.trim().replaceAll('\n', ', '), status: await ended, charged, lies, refused: hits - before }
  assert.notEqual(result.status, 2, `${way} could not be tried`)
  console.log(`${fs}: ${way}: ${JSON.stringify(result)}`)
  return result
}

/** It held: no more lies there than is charged, and no more is charged than may be. */
function held(result: Result): void {
  const { charged, said } = result
  counted(result)
  assert.ok(charged <= LIMIT, `${charged} bytes are charged: ${said}`)
}

/** No more lies there than is charged. */
function counted({ charged, lies, said }: Result): void {
  assert.ok(lies <= charged, `${lies} bytes lie there, ${charged} are charged: ${said}`)
}

/** What is there in the end is what is charged. */
async function agrees(): Promise<void> {
  const { bytes, inodes } = await state()
  assert.deepEqual({ bytes, inodes }, countedBelow(inside))
}

describe(`quotas against a user, on ${fs}`, () => {
  before(() => {
    copyFileSync(built, program)
    chmodSync(program, 0o755)
    for (const dir of [inside, outside]) mkdirSync(dir, { mode: 0o777 })
    execFileSync('chown', [`${USER}:${USER}`, inside, outside])
    writeFileSync('/proc/sys/kernel/core_pattern', 'core')
    if (existsSync('/proc/sys/vm/unprivileged_userfaultfd')) writeFileSync('/proc/sys/vm/unprivileged_userfaultfd', '1')
    brake = new Brake({ dryRun: false, protect: [], ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 3_600_000 })
  })
  beforeEach(async () => {
    const parsed = parseRule(`quota ${LIMIT} ${inside}`)
    assert.ok(parsed.ok)
    id = (await brake.arm(parsed.rule)).id
  })
  afterEach(async () => {
    await brake.remove(id)
    execFileSync('sh', ['-c', 'rm -rf -- in/* out/*'], { cwd: point })
  })
  after(async () => {
    await brake.close()
    execFileSync('umount', [point])
  })

  it('a file that lost one of two names, moved out and deleted there, gives its bytes back once', async (t) => {
    held(await attack('leave', t))
    assert.equal((await state()).bytes, 0)
    await agrees()
  })

  it('a core dump is refused and counted', async (t) => {
    const result = await attack('core', t)
    held(result)
    assert.match(result.said, /core dumped: 0/)
    assert.ok(result.refused >= 2, `${result.refused} calls refused`)
    await agrees()
  })

  it('splice from a pipe that is enlarged while the call waits stays within the limit', async (t) => {
    held(await attack('splice', t))
    await agrees()
  })

  it('a range that is inserted while another call is about to append stays within the limit', async (t) => {
    const result = await attack('insert', t)
    if (/EOPNOTSUPP|EINVAL/.test(result.said)) return t.skip(result.said)
    held(result)
    await agrees()
  })

  it('a call that fails before it is judged tells nothing about the next one', async (t) => {
    const result = await attack('note', t)
    held(result)
    assert.match(result.said, /pwrite: -1 EDQUOT/)
    await agrees()
  })

  it('a write that begins where no file can end leaves its file limited', async (t) => {
    held(await attack('far', t))
    await agrees()
  })

  it('a file whose second name is made after it moved out stays within the limit', async (t) => {
    held(await attack('link', t))
    await agrees()
  })

  it('an AIO call whose O_APPEND is cleared before it is judged stays within the limit', async (t) => {
    held(await attack('append', t))
    await agrees()
  })

  it('what is written through an overlay counts in the quota of its upper directory', async (t) => {
    const result = await attack('overlay', t, 0)
    if (result.status === 3) return t.skip('no overlay')
    held(result)
  })

  it('sendfile from a file that is lengthened meanwhile is counted when the call ends', async (t) => {
    counted(await attack('sendfile', t))
    await agrees()
  })

  it('FICLONE of a file that is lengthened meanwhile is counted when the call ends', async (t) => {
    const result = await attack('clone', t)
    if (result.status === 3) return t.skip(`${fs} cannot clone`)
    counted(result)
    await agrees()
  })

  it('a deleted file that was shortened and is forgotten by the kernel part gives nothing back twice', async (t) => {
    const result = await attack('forget', t)
    if (result.status === 3) return t.skip(`${fs} has too few inodes`)
    assert.equal((await state()).bytes, 0)
  })
})
