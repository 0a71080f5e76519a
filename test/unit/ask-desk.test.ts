/** Rules that ask, over a guard that is played: the watchdog process they wait for, what its death means, and which processes are not asked about. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AskDesk, type AskedRules, isHeld } from '../../src/commands/ask-desk.ts'
import { newState } from '../../src/commands/entry.ts'
import type { Waiting } from '../../src/kernel/guard/asks.ts'
import type { Guard } from '../../src/kernel/guard/guard.ts'
import { type Hit, RESTARTED } from '../../src/kernel/guard/hits.ts'
import { parsed } from './rule-lines.ts'

/** A guard whose watchdog process lives until `kill`; `fails`: so many starts of it fail. */
function playedGuard(fails = 0) {
  const played = { starts: 0, kill: () => {}, exempted: [] as number[], expected: 0, waiting: null as Waiting | null }
  const asks = {
    watchdogPids: [] as number[],
    async begin(_options: unknown, onDeath: () => void) {
      if (++played.starts <= fails) throw new Error('the watchdog process could not be started')
      asks.watchdogPids = [77, 78]
      played.kill = () => {
        asks.watchdogPids = []
        onDeath()
      }
    },
    expectHeld: () => void played.expected++,
    held: async () => [],
    over: () => {},
    waiting: () => played.waiting,
    watchCalls: () => {},
    birthOf: () => 1,
    answerCall: () => true,
    answerProgram: () => true,
  }
  const guard = { asks, exempt: (pid: number) => void played.exempted.push(pid) } as unknown as Guard
  return { guard, played }
}

function deskOf() {
  const states = ['ask open /a', 'deny write /b', 'ask read /c'].map((line, i) => newState(i + 1, parsed(line)))
  const disarmed: number[] = []
  const said: string[] = []
  const rules: AskedRules = {
    arm: async (rule) => newState(9, rule),
    remove: async () => {},
    disarm: async (id) => void disarmed.push(id),
    states: () => states,
    exempt: (pid) => pid === 1,
  }
  let changes = 0
  const desk = new AskDesk(
    { timeoutMs: 1000, defaultAnswer: 'deny' },
    rules,
    (sentence) => void said.push(sentence),
    () => void changes++,
  )
  return { desk, disarmed, said, states, changes: () => changes }
}

/** What was begun without being waited for is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the watchdog process', () => {
  it('is started once for rules that are armed together, and no rule hits it', async () => {
    const { guard, played } = playedGuard()
    const { desk } = deskOf()
    await Promise.all([desk.keep(guard), desk.keep(guard)])
    assert.deepEqual([played.starts, new Set(played.exempted)], [1, new Set([77, 78])])
  })

  it('that could not be started is tried again with the next rule', async () => {
    const { guard, played } = playedGuard(1)
    const { desk } = deskOf()
    await assert.rejects(desk.keep(guard), /could not be started/)
    await desk.keep(guard)
    assert.equal(played.starts, 2)
  })

  it('that is killed takes the rules that ask with it, and no others; the next rule has a new one', async () => {
    const { guard, played } = playedGuard()
    const { desk, disarmed, said, changes } = deskOf()
    await desk.keep(guard)
    played.kill()
    await settled()
    assert.deepEqual(disarmed, [1, 3])
    assert.match(said.join(), /^the watchdog process was killed: /)
    assert.equal(changes(), 1)
    await desk.keep(guard)
    assert.equal(played.starts, 2)
  })

  it('that ends while a rule that asks is armed fails the arming', async () => {
    const { guard, played } = playedGuard()
    const { desk } = deskOf()
    await desk.keep(guard)
    desk.begin(guard, parsed('ask open /x'))
    desk.requireWatchdog(guard)
    played.kill()
    assert.throws(() => desk.requireWatchdog(guard), /^Error: the watchdog process ended while the rule was armed, .*: try again$/)
  })

  it('that is killed disarms no rule that is armed later, and the answers of the next one know programs', async () => {
    const { guard, played } = playedGuard()
    const { desk, disarmed, states } = deskOf()
    await desk.keep(guard)
    desk.begin(guard, parsed('ask open /a'))
    played.kill()
    await desk.keep(guard)
    desk.begin(guard, parsed('ask open /later'))
    states.push(newState(4, parsed('ask open /later')))
    desk.requireWatchdog(guard)
    for (let i = 0; i < 20; i++) await settled()
    assert.deepEqual(disarmed, [1, 3])
    const own = { pid: process.pid, tid: process.pid, index: 4, serial: 4, ops: 1, object: 5n }
    played.waiting = { ...own, times: 1 }
    desk.add({ ...own, uid: 0, comm: 'node', path: '/later', target: null } as Hit, newState(4, parsed('ask open /later')))
    const answered = await desk.answer(1, { verdict: 'allow', scope: 'program', forMs: null })
    assert.match(answered, /^allowed: all of the program of node /)
  })

  it('that ends when the program does is no news', async () => {
    const { guard, played } = playedGuard()
    const { desk, disarmed, said } = deskOf()
    await desk.keep(guard)
    await desk.end()
    played.kill()
    await settled()
    assert.deepEqual([disarmed, said], [[], []])
  })
})

it('nobody of this terminal’s own session may be held', () => {
  const { guard, played } = playedGuard()
  const { desk } = deskOf()
  for (const pid of [1, process.pid]) assert.throws(() => desk.begin(guard, parsed(`ask open /x by pid=${pid}`)), /own session/)
  assert.equal(played.expected, 0)
  desk.begin(guard, parsed(`ask open /x by !pid=${process.pid}`))
  assert.equal(played.expected, 1)
})

it('before the first rule that asks no request is pending', async () => {
  const { desk } = deskOf()
  assert.deepEqual(desk.list(), [])
  await assert.rejects(desk.answer(1, { verdict: 'allow', scope: 'call', forMs: null }), /there is no pending request/)
})

it('held is whoever a rule that asks made begin his call anew; one that is frozen waits for no answer', () => {
  assert.ok(isHeld(parsed('ask open /x'), { result: RESTARTED }))
  assert.ok(!isHeld(parsed('freeze open /x'), { result: RESTARTED }))
  assert.ok(!isHeld(parsed('ask open /x'), { result: -1 }))
})
