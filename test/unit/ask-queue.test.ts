/** Pending requests by a played kernel and a played clock: when the default answer is given, and what the screen shows of that. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { AskQueue } from '../../src/commands/ask-queue.ts'
import type { Clock } from '../../src/kernel/boot-clock.ts'
import type { Asks, Question } from '../../src/kernel/guard/asks.ts'
import type { Hit } from '../../src/kernel/guard/hits.ts'

const TIMEOUT_MS = 30_000
const HOUR_MS = 3_600_000

let [boot, wallOffset] = [0, 0]
const clock: Clock = { bootNs: () => BigInt(boot) * 1_000_000n, wallMs: () => boot + wallOffset }
const answered: string[] = []
const stood: { expiresNs: bigint }[] = []
/** What the thread waits for in the kernel; another one where a SIGCONT made the call again. */
let object = 5n
const kernel = {
  waiting: (tid: number) => (answered.length > 0 ? null : { tid, pid: process.pid, index: 1, serial: 7, times: 1, ops: 1, object }),
  watchCalls: () => {},
  birthOf: () => 1,
  answerCall: (_tid: number, question: Question, verdict: string) => question.object === object && answered.push(verdict) > 0,
  answerProcess: (_rule: unknown, _process: unknown, _verdict: string, expiresNs: bigint) => void stood.push({ expiresNs }),
  resumeIfStopped: () => {},
  over: () => {},
  held: async () => [],
} as unknown as Asks

const hit = { index: 1, serial: 7, pid: process.pid, tid: process.pid, uid: 0, comm: 'cat', ops: 1, path: '/x', target: null, object: 5n } as unknown as Hit

describe('a pending request', () => {
  let queue: AskQueue
  beforeEach(() => {
    ;[boot, wallOffset] = [1_000_000, 5_000_000_000]
    answered.length = 0
    queue = new AskQueue(kernel, { timeoutMs: TIMEOUT_MS, defaultAnswer: 'deny' }, () => {}, clock)
    object = 5n
    queue.add(hit, 1, 'open /x')
  })
  afterEach(() => queue.end())

  it('is shown by the wall clock as it is set now, and is pending however that is set', () => {
    for (const shiftMs of [24 * HOUR_MS, -48 * HOUR_MS]) {
      wallOffset += shiftMs
      boot += 1000
      queue.prune()
      const [ask] = queue.list()
      assert.deepEqual([ask?.sinceMs, ask?.untilMs], [1_000_000 + wallOffset, 1_000_000 + wallOffset + TIMEOUT_MS])
    }
    assert.deepEqual(answered, [])
  })

  it('that became overdue while the machine was suspended gets the default answer at the next update', () => {
    boot += TIMEOUT_MS - 1
    queue.prune()
    assert.deepEqual(answered, [])
    boot += 1
    queue.prune()
    assert.deepEqual([answered, queue.list()], [['deny'], []])
  })

  it('is not answered by a key that was meant for what was shown before', async () => {
    const [ask] = queue.list()
    object = 6n
    assert.equal((await queue.answer(ask?.id ?? 0, { verdict: 'allow', scope: 'call', forMs: null })).calls, 0)
    assert.deepEqual(answered, [])
    queue.add({ ...hit, path: '/y', object: 6n }, 1, 'open /x')
    assert.deepEqual(
      queue.list().map(({ path }) => path),
      ['/y'],
    )
  })

  it('whose program is found out after the program was answered gets that answer, unless its time is over', async () => {
    const waiting = (tid: number) => ({ tid, pid: process.pid, index: 1, serial: 7, times: 1, ops: 1, object })
    const asks = { ...kernel, waiting, answerProgram: () => true } as unknown as Asks
    const late = new AskQueue(asks, { timeoutMs: TIMEOUT_MS, defaultAnswer: 'deny' }, () => {}, clock)
    late.add(hit, 1, 'open /x')
    await late.answer(late.list()[0]?.id ?? 0, { verdict: 'allow', scope: 'program', forMs: 60_000 })
    assert.deepEqual(answered, ['allow'])
    late.add(hit, 1, 'open /x')
    for (const deadline = Date.now() + 30_000; late.list().length > 0 && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual([answered, late.list()], [['allow', 'allow'], []])
    boot += 60_001
    late.add(hit, 1, 'open /x')
    await late.answer(-1, { verdict: 'allow', scope: 'program', forMs: null }).catch(() => {})
    assert.equal(late.list().length, 1)
    await late.end()
  })

  it('gives way to a later one of the same thread; a hit that is out of date shows nothing', () => {
    object = 6n
    queue.add({ ...hit, object: 5n }, 1, 'open /x')
    queue.prune()
    assert.deepEqual(queue.list(), [])
    queue.add({ ...hit, path: '/y', object: 6n }, 1, 'open /x')
    assert.deepEqual(
      queue.list().map(({ path }) => path),
      ['/y'],
    )
  })

  it('answered for a time: the time is one of the boot clock', () => {
    const [ask] = queue.list()
    queue.answer(ask?.id ?? 0, { verdict: 'allow', scope: 'process', forMs: 600_000 })
    assert.deepEqual(stood, [{ expiresNs: BigInt(boot + 600_000) * 1_000_000n }])
  })
})
