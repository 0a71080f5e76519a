/** Rules that ask, over a guard that is played: the keeper they wait for, what its death means, and who is not asked about. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AskDesk, type AskedRules, isHeld, RESTARTED } from '../../src/commands/ask-desk.ts'
import { newState } from '../../src/commands/entry.ts'
import type { Guard } from '../../src/kernel/guard/guard.ts'
import { parsed } from './rule-lines.ts'

/** A guard whose keeper lives until `kill`; `fails`: so many starts of it do. */
function playedGuard(fails = 0) {
  const played = { starts: 0, kill: () => {}, exempted: [] as number[], expected: 0 }
  const asks = {
    watchdogPids: [77, 78],
    async begin(_options: unknown, onDeath: () => void) {
      if (++played.starts <= fails) throw new Error('the keeper could not be started')
      played.kill = onDeath
    },
    expectHeld: () => void played.expected++,
    held: async () => [],
    over: () => {},
    waiting: () => null,
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
  return { desk, disarmed, said, changes: () => changes }
}

/** What was begun without being waited for is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the keeper', () => {
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
    assert.match(said.join(), /^the keeper was killed: /)
    assert.equal(changes(), 1)
    await desk.keep(guard)
    assert.equal(played.starts, 2)
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

it('before the first rule that asks nobody waits', async () => {
  const { desk } = deskOf()
  assert.deepEqual(desk.list(), [])
  await assert.rejects(desk.answer(1, { verdict: 'allow', scope: 'call', forMs: null }), /nobody waits/)
})

it('held is whoever a rule that asks made begin his call anew; one that is frozen waits for no answer', () => {
  assert.ok(isHeld(parsed('ask open /x'), { result: RESTARTED }))
  assert.ok(!isHeld(parsed('freeze open /x'), { result: RESTARTED }))
  assert.ok(!isHeld(parsed('ask open /x'), { result: -1 }))
})
