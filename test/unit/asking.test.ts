/** Asking about what is looked at: how often, what becomes of late answers, and what is said when none comes. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import type { Now, Target } from '../../src/batch/now.ts'
import { Lane } from '../../src/kernel/where/lane.ts'
import { Asking, type NowSeen } from '../../src/ui/asking.ts'

const file = (path: string): Target => ({ of: 'file', id: '1:1.1', path, deleted: false })
const answer = (why: string): Now => ({ of: 'nothing', why })

describe('Asking', () => {
  let questions: { target: Target; answer: (now: Now | null) => void }[] = []
  let seen: (NowSeen | null)[] = []
  let asking: Asking
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    questions = []
    seen = []
    asking = new Asking(
      (target) => new Promise((answer) => void questions.push({ target, answer })),
      (now) => void seen.push(now),
      () => Date.now(),
    )
  })
  afterEach(() => {
    asking.stop()
    mock.timers.reset()
  })
  /** Lets promises settle. */
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  async function reply(now: Now | null): Promise<void> {
    questions.at(-1)?.answer(now)
    await settled()
  }
  const last = () => seen.at(-1)

  it('asks at once, then once a second after the answer, and tells only what is new', async () => {
    asking.want(file('/a'))
    asking.want(file('/a'))
    assert.equal(questions.length, 1)
    assert.equal(last()?.now, null)
    await reply(answer('one'))
    assert.deepEqual(last()?.now, answer('one'))
    mock.timers.tick(999)
    assert.equal(questions.length, 1)
    mock.timers.tick(1)
    assert.equal(questions.length, 2)
    const told = seen.length
    await reply(answer('one'))
    assert.equal(seen.length, told)
  })

  it('asks one question at a time, and after a slow answer less often', async () => {
    asking.want(file('/a'))
    mock.timers.tick(1500)
    assert.equal(questions.length, 1)
    await reply(answer('slow'))
    mock.timers.tick(9 * 1500 - 1)
    assert.equal(questions.length, 1)
    mock.timers.tick(1)
    assert.equal(questions.length, 2)
  })

  it('says so when no answer comes within two seconds, and takes it when it does', async () => {
    asking.want(file('/a'))
    mock.timers.tick(1999)
    assert.equal(last()?.silent, false)
    mock.timers.tick(1)
    assert.equal(last()?.silent, true)
    await reply(answer('late'))
    assert.deepEqual([last()?.silent, last()?.now], [false, answer('late')])
  })

  it('says so when it was not asked, since an earlier question is not answered', async () => {
    asking.want(file('/a'))
    await reply(null)
    assert.equal(last()?.silent, true)
    mock.timers.tick(1000)
    assert.equal(questions.length, 2)
    await reply(answer('now'))
    assert.equal(last()?.silent, false)
  })

  it('drops the answer about what is looked at no more', async () => {
    asking.want(file('/a'))
    const [first] = questions
    asking.want(file('/b'))
    first?.answer(answer('about a'))
    await settled()
    assert.deepEqual([last()?.target, last()?.now], [file('/b'), null])
    asking.want(null)
    assert.equal(last(), null)
    await reply(answer('about b'))
    mock.timers.tick(10_000)
    assert.deepEqual([last(), questions.length], [null, 2])
  })

  it('keeps what is known of a process while its open files are asked for', async () => {
    const process = (open: boolean): Target => ({ of: 'process', id: '1.1', open })
    asking.want(process(false))
    await reply(answer('known'))
    asking.want(process(true))
    assert.deepEqual(last()?.now, answer('known'))
    assert.equal(questions.length, 2)
  })

  it('stands still while the screen does, and goes on after', async () => {
    asking.want(file('/a'))
    await reply(answer('one'))
    asking.want(file('/a'), false)
    mock.timers.tick(60_000)
    assert.equal(questions.length, 1)
    asking.want(file('/a'), true)
    assert.equal(questions.length, 2)
  })
})

describe('a file system that never answers', () => {
  it('holds one question; others are not asked, and nobody waits', async () => {
    const lane = new Lane(20)
    let asked = 0
    const seen: (NowSeen | null)[] = []
    const never = new Promise<Now>(() => {})
    const asking = new Asking(
      () =>
        lane.run(() => {
          asked++
          return never
        }),
      (now) => void seen.push(now),
      () => Date.now(),
    )
    asking.want(file('/dead/a'))
    asking.want(file('/dead/b'))
    await new Promise((resolve) => setTimeout(resolve, 60))
    asking.want(file('/dead/c'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    asking.stop()
    assert.equal(asked, 1)
    assert.deepEqual([seen.at(-1)?.target, seen.at(-1)?.silent], [file('/dead/c'), true])
  })
})
