/** Rules and answers with a time, in a guest: setting the wall clock changes no time that is enforced. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { answer, arm, asked, at, brake, cleanUp, start, stateOf, until, way } from './held.ts'

const MINUTE_MS = 60_000

/** Moves the wall clock (CLOCK_REALTIME), as `date -s` does. */
const setWallClock = (shift: string) => execFileSync('date', ['-s', shift], { stdio: 'ignore' })

const stateOfRule = (id: number) => brake.states().find((state) => state.id === id)

describe(`times of rules and answers while the wall clock is set, by ${way}`, () => {
  cleanUp()

  it('a TTL, an answer for 10 minutes and an ask timeout neither end early nor are shown wrong', async () => {
    for (const name of ['timed', 'answered', 'held']) writeFileSync(at(name), 'x')
    const { id } = await arm(`deny open ${at('timed')} for 60s`)
    await arm(`ask open ${at('answered')}`)
    await arm(`ask open ${at('held')}`)
    const first = start('cat', at('answered'))
    await answer(await asked(), 'allow', 'program', 10 * MINUTE_MS)
    assert.equal(await first.ended, 0)
    const held = start('cat', at('held'))
    await asked()
    for (const shift of ['+1 day', '-2 days', '+1 day']) {
      setWallClock(shift)
      await brake.tick()
      assert.equal(stateOfRule(id)?.state, 'armed', `the rule with a TTL after ${shift}`)
      const left = (stateOfRule(id)?.expiresMs ?? 0) - Date.now()
      assert.ok(left > 0 && left <= MINUTE_MS, `its time left is shown as ${left} ms after ${shift}`)
      assert.equal(await start('cat', at('timed')).ended, 1, `the rule with a TTL denies after ${shift}`)
      assert.equal(await start('cat', at('answered')).ended, 0, `the answer for 10 minutes holds after ${shift}`)
      assert.equal(stateOf(held.child.pid), 'T', `the pending request is still pending after ${shift}`)
      const [ask, ...others] = brake.asks()
      assert.equal(others.length, 0, `nothing else is asked about after ${shift}`)
      const waits = (ask?.untilMs ?? 0) - Date.now()
      assert.ok(waits > 0 && waits <= MINUTE_MS, `the default answer is shown to come in ${waits} ms after ${shift}`)
      const waited = Date.now() - (ask?.sinceMs ?? 0)
      assert.ok(waited >= 0 && waited <= MINUTE_MS, `it is shown to have waited ${waited} ms after ${shift}`)
    }
  })

  it('a TTL ends in its time although the wall clock was set back', async () => {
    writeFileSync(at('short'), 'x')
    const { id } = await arm(`deny open ${at('short')} for 2s`)
    setWallClock('-1 day')
    await until('the rule has expired', async () => {
      await brake.tick()
      return stateOfRule(id)?.state === 'expired'
    })
    assert.equal(await start('cat', at('short')).ended, 0)
  })
})
