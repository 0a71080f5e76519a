/** Other keys for what keys do: names, wishes that hold, and wishes that cannot. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { helpLines } from '../../src/ui/help.ts'
import { actionFor, KEYS, offeredKeys } from '../../src/ui/keys.ts'
import { actionName, namesIn, REMAPPED_MODES, type Remap, remapped } from '../../src/ui/remap.ts'
import { info } from './batches.ts'

const none = Object.fromEntries(['ctrl', 'meta', 'shift'].map((name) => [name, false])) as never
const ctrl = { ctrl: true, meta: false, shift: false } as never
const table = (name: string, ...keys: string[]): Remap => ({ mode: 'table', name, keys })

describe('the key table', () => {
  it('has another name for each action of a mode', () => {
    for (const { mode, action } of KEYS) {
      const same = KEYS.filter((row) => row.mode === mode && actionName(row.action) === actionName(action))
      for (const row of same) assert.deepEqual(row.action, action, `${mode} ${actionName(action)}`)
    }
  })

  it('gives no key two meanings', () => {
    for (const mode of new Set(KEYS.map((row) => row.mode))) {
      const all = KEYS.filter((row) => row.mode === mode).flatMap(({ match }) => match)
      assert.deepEqual(all, [...new Set(all)], mode)
    }
  })
})

describe('other keys', () => {
  it('mean what they are wished to, and the old ones nothing', () => {
    const keys = remapped([table('quit', 'Q', 'Ctrl-X'), table('pause', 'p')])
    assert.deepEqual(actionFor('table', 'Q', none, keys), { do: 'quit' })
    assert.deepEqual(actionFor('table', 'x', ctrl, keys), { do: 'quit' })
    assert.equal(actionFor('table', 'q', none, keys), null)
    assert.deepEqual(actionFor('table', 'p', none, keys), { do: 'pause' })
    assert.equal(actionFor('table', ' ', none, keys), null)
    assert.deepEqual(actionFor('rules', 'q', none, keys), { do: 'quit' }, 'another mode is as it was')
    assert.deepEqual(actionFor('table', 'c', ctrl, keys), { do: 'quit' }, 'Ctrl-C always quits')
  })

  it('are taught by footer and help', () => {
    const keys = remapped([table('quit', 'Q', 'Ctrl-X')])
    assert.equal(offeredKeys('table', false, null, keys).find(({ footer }) => footer === 'quit')?.keys, 'Q Ctrl-X')
    assert.ok(helpLines(info, 200, keys).some((line) => line.startsWith('  Q Ctrl-X     quit')))
  })

  it('take the place of all there were, also where those are in two rows', () => {
    const keys = remapped([{ mode: 'help', name: 'page-down', keys: ['n'] }])
    assert.deepEqual(actionFor('help', 'n', none, keys), { do: 'page', by: 1 })
    assert.equal(actionFor('help', ' ', none, keys), null)
  })

  it('can change places', () => {
    const keys = remapped([table('deny', 'x'), table('kill', 'd')])
    assert.deepEqual(actionFor('table', 'x', none, keys), { do: 'rule', action: 'deny' })
    assert.deepEqual(actionFor('table', 'd', none, keys), { do: 'rule', action: 'kill' })
  })

  it('are refused where they mean something else, or are no keys', () => {
    for (const [remap, why] of [
      [table('quit', 'x'), /^x means kill already/],
      [table('quit', 'Home'), /^Home means first already/],
      [table('quit', 'Ctrl-C'), /it always quits/],
      [table('quit', 'Ctrl-I'), /it is Tab/],
      [table('quit', 'QQ'), /'QQ' is no key/],
      [table('quit', ''), /nothing is no key/],
      [table('quit', '\u200b'), /is no key/],
      [table('quit', 'Q', 'Q'), /each key once/],
      [table('quit'), /at least one/],
    ] as const)
      assert.throws(() => remapped([remap]), { message: why })
    assert.throws(() => remapped([table('quit', 'Q'), table('pause', 'Q')]), { message: /Q means pause already/ })
  })

  it('leave every action its key, or are refused', () => {
    const key = fc.constantFrom('Q', 'x', 'd', 'Space', 'Tab', 'Ctrl-K', 'ä', '1', 'Home', 'Enter')
    const wish = fc
      .constantFrom(...REMAPPED_MODES)
      .chain((mode) => fc.record({ mode: fc.constant(mode), name: fc.constantFrom(...namesIn(mode)), keys: fc.array(key, { maxLength: 2 }) }))
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 4 }), (remaps) => {
        let keys: typeof KEYS
        try {
          keys = remapped(remaps)
        } catch (error) {
          assert.equal((error as Error).constructor.name, 'RemapTrouble')
          return
        }
        for (const mode of REMAPPED_MODES) {
          const rows = keys.filter((row) => row.mode === mode)
          assert.deepEqual(new Set(rows.map(({ action }) => actionName(action))), new Set(namesIn(mode)))
          const all = rows.flatMap(({ match }) => match)
          assert.ok(rows.every(({ match }) => match.length > 0) && new Set(all).size === all.length)
        }
      }),
    )
  })
})
