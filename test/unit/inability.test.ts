/** What rules cannot do on a kernel is known and said before Enter, from what was tried when watching began. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inabilityOf } from '../../src/commands/inability.ts'
import { GUARD_WAYS } from '../../src/kernel/guard/ways.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const EPERM = 'fentry: the kernel refuses this program type (not root, or forbidden by its configuration) (EPERM)'
const SIGNALS = {
  way: 'tracepoint' as const,
  refusals: [
    { way: 'fentry' as const, why: EPERM },
    { way: 'kprobe' as const, why: 'kprobe: this kernel does not have it (ENOENT)' },
  ],
}
const OVERRIDE = { way: 'kprobe' as const, refusals: SIGNALS.refusals.slice(0, 1) }
const ALL = { way: 'fentry' as const, refusals: [] }

describe('what rules cannot do', () => {
  it('follows from the programs that the kernel refused', () => {
    const why = inabilityOf('deny', SIGNALS, GUARD_WAYS, () => true)
    assert.equal(why, 'LSM and fmod_ret programs are refused (EPERM, kernel lockdown); kill, freeze and audit work by signal')
    assert.equal(
      inabilityOf('ask', SIGNALS, GUARD_WAYS, () => true),
      why,
    )
    assert.match(inabilityOf('deny', SIGNALS, GUARD_WAYS, () => false) ?? '', /refused \(EPERM: kernel lockdown, or its configuration\); kill/)
    assert.match(inabilityOf('quota', SIGNALS, GUARD_WAYS, () => true) ?? '', /refused \(EPERM, kernel lockdown\), and quotas need them/)
    for (const kind of ['kill', 'freeze', 'audit'] as const) assert.equal(inabilityOf(kind, SIGNALS, GUARD_WAYS), null, kind)
    for (const kind of ['deny', 'ask'] as const) assert.equal(inabilityOf(kind, OVERRIDE, GUARD_WAYS), null, kind)
    assert.notEqual(inabilityOf('quota', OVERRIDE, GUARD_WAYS), null)
    for (const kind of ['deny', 'ask', 'quota', 'kill', 'freeze', 'audit'] as const) assert.equal(inabilityOf(kind, ALL, GUARD_WAYS), null, kind)
  })

  it('follows from --enforce', () => {
    assert.equal(inabilityOf('deny', ALL, ['signal']), '--enforce signal refuses no call; kill, freeze and audit work by signal')
    assert.match(inabilityOf('kill', SIGNALS, ['lsm'], () => true) ?? '', /^LSM and fmod_ret programs are refused/)
  })
})

describe('the screen of a kernel with signals only', () => {
  for (const [columns, rows] of [
    [80, 24],
    [200, 60],
  ] as const) {
    it(`dims the keys, says why in the rule line, and arms nothing: ${columns}×${rows}`, () => {
      const model = new Model({ ...info, kind: 'live' })
      const facts = { processes: [processFact('10.1', { comm: 'w' })], files: [fileFact('1:1.1', '/srv/a')], counters: [delta('10.1', '1:1.1', { writes: 1 })] }
      model.apply(batch(1, facts))
      const screen = new Driven({ ...info, kind: 'live' }, model, columns, rows)
      screen.inability = (kind) => inabilityOf(kind, SIGNALS, GUARD_WAYS, () => true)
      assert.match(screen.texts().at(-1) ?? '', columns === 80 ? /\(d deny\)/ : /\(d deny\) {2}x kill on write .*\(a ask\) {2}f freeze {2}\(c cap\)/)
      screen.press('d')
      const text = screen.texts().join(' ').replace(/ +/g, ' ')
      assert.match(text, /rule: deny modify \/srv\/a by pid=10 cannot be enforced here: LSM and fmod_ret programs are refused \(EPERM, kernel lockdown\); kill/)
      assert.doesNotMatch(text, /would have hit/)
      assert.match(screen.texts().at(-1) ?? '', /^\(Enter arm\)/)
      screen.press('return')
      assert.equal(screen.state.mode, 'rule')
      assert.equal(screen.state.request, null)
      screen.press('tab')
      assert.match(screen.texts().join('\n'), /rule: kill modify \/srv\/a by pid=10\nwould have hit/)
      assert.match(screen.texts().at(-1) ?? '', /^Enter arm/)
      screen.press('escape', 'c')
      assert.match(screen.texts().join(' '), /quota .*cannot be enforced here: LSM/)
      assert.ok(screen.texts().length === rows)
    })
  }
})
