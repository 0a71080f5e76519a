/** Clicks on what is drawn: every cell has an answer or none, and those that have one do what they show. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import type { Ask } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { lookOf } from '../../src/ui/in-table.ts'
import { actionAt, actionsOf } from '../../src/ui/pointing.ts'
import { stopOf, trailOf } from '../../src/ui/trail.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

const { info, batches } = await recorded()

function played(kind: 'live' | 'recording' = 'live', columns = 100, rows = 30): Driven {
  const screen = new Driven({ ...info, kind }, new Model({ ...info, kind }), columns, rows)
  for (const batch of batches) screen.model.apply(batch)
  return screen.settle()
}

/** The line that holds a text, and where in it. */
function find(screen: Driven, text: string): [number, number] {
  const lines = screen.texts()
  const y = lines.findIndex((line) => line.includes(text))
  assert.ok(y >= 0, `${text} is not on the screen:\n${lines.join('\n')}`)
  return [lines[y]?.indexOf(text) ?? 0, y]
}

function click(screen: Driven, text: string): Driven {
  return screen.click(...find(screen, text))
}

function rule(id: number, text: string) {
  const parsed = parseRule(text)
  assert.ok(parsed.ok)
  return {
    ...{ id, rule: parsed.rule, text, state: 'armed' as const, hits: 1, exempted: 0, signalsFailed: 0, unsure: 0 },
    ...{ processes: [], holders: [], lastMs: null, expiresMs: null, notes: [], quota: null },
  }
}

const ask = {
  id: 7,
  rule: 1,
  pid: 9,
  tid: 9,
  comm: 'vi',
  ops: [],
  path: '/etc/x',
  target: null,
  covers: 'open /etc/x',
  command: '',
  exe: '',
  user: 'root',
  container: '',
  parents: [],
}
const waiting: Ask = { ...ask, sinceMs: 0, untilMs: 1000, times: 1 }

describe('a click', () => {
  it('on any cell of any screen is an action or nothing, and leaves a screen that can be drawn', () => {
    const keys = ['/', 's', '?', '5', 'C', 'w', ':', 'd', 'return', 'b', '2', '3', 'rightArrow', 'downArrow', 'escape', 'a', '"']
    const step = fc.oneof(
      fc.constantFrom(...keys).map((key) => ({ key })),
      fc.record({ x: fc.integer({ min: -1, max: 210 }), y: fc.integer({ min: -1, max: 61 }) }),
    )
    const size = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(fc.constantFrom('live' as const, 'recording' as const), size, fc.array(step, { maxLength: 25 }), (kind, { columns, rows }, steps) => {
        const screen = played(kind, columns, rows)
        screen.rules = kind === 'live' ? [rule(1, 'deny write /srv/**'), rule(2, 'quota 5M /srv')] : []
        screen.asks = kind === 'live' ? [waiting] : []
        for (const one of steps) {
          if ('key' in one) screen.press(one.key)
          else screen.click(one.x, one.y)
        }
        const lines = screen.settle().lines()
        for (let y = -1; y <= rows; y++) for (let x = -1; x <= columns; x++) actionAt(lines, x, y)
        for (let i = 0; i < 2 * steps.length + 2; i++) screen.press('escape')
        assert.equal(screen.state.mode, 'table')
      }),
      { numRuns: 60 },
    )
  })

  it('on a row selects it, a second one opens it; a key in between forgets the first', () => {
    const screen = played()
    const [, y] = find(screen, 'PID')
    screen.click(30, y + 3)
    const { selected, selectedIndex } = lookOf(screen.state)
    assert.equal(selectedIndex, 2)
    assert.ok(selected !== null && stopOf(screen.state.trails).place.kind === 'processes')
    screen.press('downArrow', 'upArrow').click(30, y + 3)
    assert.equal(stopOf(screen.state.trails).place.kind, 'processes')
    // Blanks at the end of a row are part of it.
    screen.click(99, y + 3)
    assert.equal(stopOf(screen.state.trails).place.kind, 'process')
    click(screen, 'processes ›')
    assert.equal(trailOf(screen.state.trails).length, 1)
  })

  it('on the row that is marked already does not open it at once', () => {
    const screen = played()
    const [, y] = find(screen, 'PID')
    screen.click(3, y + 1)
    assert.equal(stopOf(screen.state.trails).place.kind, 'processes')
    screen.click(3, y + 1)
    assert.equal(stopOf(screen.state.trails).place.kind, 'process')
  })

  it('on a title sorts by it, and then the other way round', () => {
    const screen = played()
    click(screen, 'COMM')
    assert.deepEqual([lookOf(screen.state).sort, lookOf(screen.state).reverse], ['comm', false])
    click(screen, 'COMM▾')
    assert.deepEqual([lookOf(screen.state).sort, lookOf(screen.state).reverse], ['comm', true])
    click(screen.press('s'), 'PID')
    assert.deepEqual([lookOf(screen.state).sort, screen.state.mode], ['pid', 'table'])
  })

  it('on a view in the line of views opens it, from a filter, a help and the list of commands too', () => {
    for (const before of [[], ['/', 'd'], ['?'], [':'], ['s'], ['5'], ['C'], ['w'], ['d']]) {
      const screen = played().press(...before)
      click(screen, '2 files')
      assert.deepEqual([screen.state.mode, screen.state.trails.list], ['table', 'files'], before.join())
      click(screen, '5 rules')
      assert.equal(screen.state.mode, 'rules')
    }
  })

  it('on a key in the footer does what it says', () => {
    const screen = played()
    click(screen, '? help')
    assert.equal(screen.state.mode, 'help')
    click(screen, 'Esc close')
    click(screen, '/ filter')
    assert.equal(screen.state.mode, 'filter')
    click(screen, 'Esc as before')
    click(screen.press('5'), '↑ ↓ choose')
    assert.equal(screen.state.mode, 'rules')
  })

  it('selects rules and those who wait, and only a second one switches a rule', () => {
    const screen = played()
    screen.rules = [rule(1, 'deny write /srv/**'), rule(2, 'deny write /etc/**')]
    screen.asks = [waiting, { ...waiting, id: 8, path: '/etc/y' }]
    screen.press('5')
    click(screen, '2 armed')
    assert.deepEqual([screen.state.ruleIndex, screen.state.clicked], [1, 2])
    click(screen, '2 armed')
    assert.equal(screen.state.clicked, null)
    click(screen, 'w answers')
    assert.equal(screen.state.mode, 'asks')
    screen.click(2, find(screen, '/etc/y')[1])
    assert.equal(screen.state.ask, 8)
  })

  it('is not meant for whoever takes the place of a row that went', () => {
    const screen = played()
    const before = screen.state
    screen.act({ do: 'pick', id: 'gone' })
    assert.equal(lookOf(screen.state).selected, lookOf(before).selected)
  })

  it('of the wheel moves by three, many at once as one', () => {
    const screen = played()
    const turned = actionsOf(
      Array.from({ length: 4 }, () => ({ kind: 'wheel', notches: 1 })),
      screen.lines(),
      'table',
    )
    assert.deepEqual(turned, [{ do: 'move', by: 12 }])
    assert.deepEqual(actionsOf([{ kind: 'wheel', notches: 1 }], screen.lines(), 'sort'), [])
    for (const action of turned) screen.act(action)
    assert.equal(lookOf(screen.state).selectedIndex, 12)
  })
})
