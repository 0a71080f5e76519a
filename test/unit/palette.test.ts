/** The list of commands: all that the keys of a view do, its groupings and orders, found by what is typed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import { lookOf } from '../../src/ui/in-table.ts'
import { KEYS, offeredKeys } from '../../src/ui/keys.ts'
import { commandsOf, found } from '../../src/ui/palette.ts'
import { stopOf } from '../../src/ui/trail.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

const { info, batches } = await recorded()

function played(kind: 'live' | 'recording' = 'live'): Driven {
  const screen = new Driven({ ...info, kind }, new Model({ ...info, kind }), 100, 40)
  for (const batch of batches) screen.model.apply(batch)
  return screen.settle()
}

const typed = (screen: Driven, text: string) => screen.press(':', ...text)

describe('the list of commands', () => {
  it('offers every key of the view it is opened in, and what they are for', () => {
    for (const [keys, mode] of [
      [[], 'table'],
      [['5'], 'rules'],
      [['C'], 'quotas'],
      [['w'], 'asks'],
      [['?'], 'help'],
    ] as const) {
      const screen = played().press(...keys, ':')
      assert.equal(screen.state.mode, 'palette')
      const offered = commandsOf(screen.state, false, KEYS)
      for (const row of offeredKeys(mode, false, 'processes'))
        if (row.action.do !== 'palette')
          assert.ok(
            offered.some(({ what, keys: own }) => what === row.help && own === row.keys),
            `${mode} ${row.keys}`,
          )
      for (const view of ['the processes', 'the files', 'the directories'])
        assert.ok(
          offered.some(({ what }) => what === view),
          `${mode} ${view}`,
        )
    }
  })

  it('leaves out what a recording cannot do', () => {
    const screen = played('recording').press(':')
    assert.ok(!commandsOf(screen.state, true, KEYS).some(({ action }) => action.do === 'rule' || action.do === 'rules'))
  })

  it('does what is chosen in the view it was opened in', () => {
    const screen = typed(played(), 'group by user').press('return')
    assert.deepEqual([screen.state.mode, stopOf(screen.state.trails).by], ['table', 'user'])
    assert.equal(lookOf(typed(screen, 'sort by errors').press('return').state).sort, lookOf(screen.state).sort)
    typed(screen, 'not group').press('return')
    assert.equal(stopOf(screen.state.trails).by, 'none')
    typed(screen, 'sort by read').press('return')
    assert.equal(lookOf(screen.state).sort, 'reads')
    typed(screen, 'the files').press('return')
    assert.equal(screen.state.trails.list, 'files')
    typed(screen, 'who waits').press('return')
    assert.equal(screen.state.mode, 'asks')
    typed(screen, 'the directories').press('return')
    assert.deepEqual([screen.state.mode, screen.state.trails.list], ['table', 'directories'])
  })

  it('is left by Esc, where it was opened, with the same row selected', () => {
    for (const key of ['5', 'C', 'w', '?']) {
      const before = played().press(key)
      const { mode } = before.state
      assert.equal(before.press(':', 'x', 'escape').state.mode, mode)
    }
    const screen = played().press('downArrow', 'downArrow')
    const { selected } = lookOf(screen.state)
    assert.equal(lookOf(screen.press(':', 'G', 'downArrow', 'escape').state).selected, selected)
  })

  it('moves the choice and stays within what was found', () => {
    const screen = played().press(':', 'downArrow', 'downArrow')
    assert.equal(screen.state.paletteIndex, 2)
    assert.equal(screen.press('d').state.paletteIndex, 0)
    for (let i = 0; i < 200; i++) screen.press('downArrow')
    const last = screen.state.paletteIndex
    assert.ok(last > 0 && last < 200)
    assert.ok(screen.texts().some((line) => line.startsWith('>')))
    screen.press('x', 'x', 'x', 'x')
    assert.ok(screen.texts().includes('Nothing that can be done here is called so. Esc leaves.'))
    assert.equal(screen.press('return').state.mode, 'palette')
  })

  it('guesses by letters that are strewn about only where nobody has the words', () => {
    const all = commandsOf(played().state, false, KEYS)
    const words = (text: string) => found(all, text).map(({ what }) => what)
    assert.ok(words('sort by').length > 3 && words('sort by').every((what) => /sort.*by|by.*sort/.test(what)))
    assert.ok(words('suspend')[0]?.startsWith('suspend'), 'by its name')
    assert.ok(words('disk')[0]?.includes('disk'), 'where the disk is told of')
    assert.ok(words('srt').length > 0, 'a guess')
  })

  it('finds a key by itself, then starts of words, parts, and letters in their order', () => {
    const commands = commandsOf(played().press(':').state, false, KEYS)
    assert.equal(found(commands, 'd')[0]?.keys, 'd')
    assert.equal(found(commands, 'C')[0]?.keys, 'C')
    assert.equal(found(commands, 'by user')[0]?.what.includes('user'), true)
    assert.equal(found(commands, 'grus')[0]?.what, 'group by user')
    assert.deepEqual(found(commands, 'qqqq'), [])
    assert.equal(found(commands, ' ').length, commands.length)
  })

  it('is worked by clicks too', () => {
    const screen = typed(played(), 'the files')
    const y = screen.texts().findIndex((line) => line.startsWith('>'))
    screen.click(20, y)
    assert.deepEqual([screen.state.mode, screen.state.trails.list], ['table', 'files'])
  })
})
