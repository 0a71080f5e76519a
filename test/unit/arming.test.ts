/** The screen, on a terminal that is a string, over rules that are made up: what it says before, while and after a rule is armed. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { ArmOptions, RuleState } from '../../src/rules/control.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { armed, controlWith, shown, unmount } from './shown.ts'

afterEach(unmount)

describe('arming a rule', () => {
  it('is on the screen before it begins, since it may keep the program busy, until it is done', async () => {
    let before = ''
    let done = (_: RuleState) => {}
    let asked: Rule | null = null
    const screen = await shown(
      controlWith((rule) => {
        before = screen.all()
        asked = rule
        return new Promise((resolve) => {
          done = resolve
        })
      }),
    )
    screen.press('d')
    await screen.until('rule: deny modify /data')
    await screen.pressByHand('\r')
    await screen.until('arming: deny modify /data by pid=10 …')
    for (let i = 0; !asked && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    assert.match(before, /arming: deny modify \/data/, 'it was drawn when arming began')
    assert.ok(asked)
    done(armed(asked))
    const after = await screen.until('rule 1 is armed')
    assert.doesNotMatch(after.slice(after.lastIndexOf('rule 1 is armed') - 200), /arming:/)
  })

  it('says how far it is and what holds already; other keys work meanwhile, and Esc cancels it', async () => {
    let options: ArmOptions = {}
    const screen = await shown(
      controlWith((_, given = {}) => {
        options = given
        given.onProgress?.({ step: 'links', looked: 120_000, all: null })
        return new Promise((_resolve, reject) => given.signal?.addEventListener('abort', () => reject(given.signal?.reason)))
      }),
    )
    screen.press('d')
    await screen.until('rule: deny modify /data')
    await screen.pressByHand('\r')
    await screen.until('120,000')
    screen.press('?')
    await screen.until('In the table')
    await screen.pressByHand('\u001b')
    await screen.until('writer')
    assert.equal(options.signal?.aborted, false, 'that Esc closed the help')
    await screen.pressByHand('\u001b')
    await screen.until('cancelled, and not armed: deny modify /data by pid=10')
    assert.equal(options.signal?.aborted, true)
  })

  it('is answered with its notes and with what it has found out, which the next update does not push away', async () => {
    const sentences: string[] = []
    const arm = async (rule: Rule) => {
      sentences.push('bash can be traced', 'sshd is protected')
      return { ...armed(rule), notes: ['add rename'] }
    }
    const screen = await shown(controlWith(arm, { news: () => sentences.splice(0) }))
    screen.press('d')
    await screen.until('rule: deny modify /data')
    await screen.pressByHand('\r')
    await screen.until('sshd is protected')
    const drawn = screen.all().slice(screen.all().lastIndexOf('rule 1 is armed')).replaceAll(/\s+/g, ' ')
    assert.match(drawn, /^rule 1 is armed: deny modify \/data by pid=10 \(add rename\); bash can be traced; sshd is protected/)
  })

  it('says why it failed, in the place of that', async () => {
    const screen = await shown(controlWith(() => Promise.reject(new Error('rules cannot be enforced here'))))
    screen.press('d')
    await screen.until('rule: deny')
    await screen.pressByHand('\r')
    assert.match(await screen.until('rules cannot be enforced here'), /arming: deny/)
  })
})

describe('keys of rules over a recording', () => {
  for (const key of ['d', 'x', 'f', 'a', 'c', 'A']) {
    it(`say why nothing can be stopped, over what a rule would have hit: ${key}`, async () => {
      const screen = await shown(null)
      screen.press(key)
      assert.match(await screen.until('a recording cannot be stopped'), /rule: /)
    })
  }
  for (const key of ['u', 'w', 'C', '5']) {
    it(`say why, and lead nowhere: ${JSON.stringify(key)}`, async () => {
      const screen = await shown(null)
      screen.press(key)
      const drawn = await screen.until('a recording cannot be stopped')
      assert.doesNotMatch(drawn, /No rules|No quotas|Nobody waits/)
    })
  }
})
