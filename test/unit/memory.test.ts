/** What is remembered: histories, columns, saved filters; by keys, over what was really recorded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseState, printState } from '../../src/commands/state.ts'
import { lookOf } from '../../src/ui/in-table.ts'
import { USUAL_LOOK } from '../../src/ui/look.ts'
import { type Change, LONGEST, MOST_LINES, NOTHING_KEPT, remembering } from '../../src/ui/memory.ts'
import { initialState } from '../../src/ui/state.ts'
import { info } from './batches.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

const text = fc.string({ unit: 'binary', maxLength: 20 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constantFrom('filter' as const, 'rule' as const), text }),
  fc.record({ do: fc.constant('save' as const), name: text, text: text.filter((t) => t !== '') }),
  fc.record({ do: fc.constant('forget' as const), name: text }),
  fc.record({
    do: fc.constant('columns' as const),
    view: fc.constantFrom('processes', 'files', '__proto__'),
    ids: fc.option(fc.uniqueArray(fc.constantFrom('pid', 'comm', 'file'), { minLength: 1 })),
  }),
)
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('what is remembered', () => {
  it('is bounded, each line once, the newest last; and comes back from its file', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        let kept = NOTHING_KEPT
        for (const one of changes) {
          kept = remembering(kept, one)
          if (one.do === 'filter' && one.text !== '') assert.equal(kept.filters.at(-1), one.text)
        }
        assert.ok(kept.filters.length <= MOST_LINES && kept.rules.length <= MOST_LINES)
        assert.equal(new Set(kept.filters).size, kept.filters.length)
        assert.equal(new Set(kept.saved.map(({ name }) => name)).size, kept.saved.length)
        assert.deepEqual(plain(parseState(printState(kept))), plain(kept))
      }),
    )
  })
  it('drops the oldest, and takes no line that is too long', () => {
    let kept = NOTHING_KEPT
    for (let i = 0; i <= MOST_LINES; i++) kept = remembering(kept, { do: 'filter', text: `pid:${i}` })
    assert.deepEqual([kept.filters.length, kept.filters[0]], [MOST_LINES, 'pid:1'])
    assert.deepEqual(remembering(kept, { do: 'filter', text: 'x'.repeat(LONGEST + 1) }), kept)
  })
})

const { batches } = await recorded()

function screen(columns = 80): Driven {
  const driven = new Driven(info, undefined, columns)
  for (const batch of batches) driven.model.apply(batch)
  return driven.settle()
}

const title = (driven: Driven) => (driven.texts().find((line) => /BYTES|NAME|PATH|PID|HOTTEST|COMM/.test(line)) ?? '').trim().split(/\s+/).join(' ')

describe('the column picker', () => {
  it('shows and hides, moves, and Esc leaves all as it was', () => {
    const driven = screen()
    const before = title(driven)
    driven.press('o')
    assert.ok(driven.texts().some((line) => line.startsWith('>[x] BYTES/s')))
    driven.press(' ')
    assert.doesNotMatch(title(driven), /BYTES/)
    driven.press('g', 'J')
    assert.match(title(driven), /^PID COMM|^PID OPEN/, 'USER, between them, is hidden')
    driven.press('J', 'J')
    assert.match(title(driven), /^COMM PID/)
    driven.press('escape')
    assert.equal(title(driven), before)
    assert.deepEqual(driven.state.kept, NOTHING_KEPT)
  })
  it('keeps with Enter, per view', () => {
    const driven = screen().press('o', 'g', ' ', 'return')
    assert.doesNotMatch(title(driven), /PID/)
    assert.deepEqual(Object.keys(driven.state.kept.columns), ['processes'])
    assert.match(title(driven.press('2')), /BYTES.* PATH/)
    assert.match(title(driven.press('o', 'G', 'leftArrow', 'leftArrow', 'return')), /PATH BY$/)
    assert.match(title(driven.press('b', 'o', 'g', ' ', 'o')), /^WRITE/)
    assert.deepEqual(Object.keys(driven.state.kept.columns), ['processes', 'files', 'files-groups'])
    assert.match(title(driven.press('b')), /^WRITE/, 'groups have the same columns')
    assert.doesNotMatch(title(driven.press('1')), /PID/)
    assert.match(title(driven.press('o', 'r')), /^PID/)
    driven.press('return')
    assert.equal(driven.state.kept.columns.processes, undefined)
  })
  it('never hides the last column, and says which has no room', () => {
    const driven = screen().press('o', 'g')
    for (let i = 0; i < 11; i++) {
      if (driven.state.picker?.items[i]?.on) driven.press(' ')
      driven.press('downArrow')
    }
    assert.equal(driven.state.picker?.items.filter(({ on }) => on).length, 1)
    assert.match(title(driven), /^HOTTEST FILE/)
    const all = screen().press('o', 'g', 'downArrow', ' ', 'downArrow', ' ')
    assert.ok(
      all.texts().some((line) => /\[x\] HOTTEST FILE +\(no room\)/.test(line)),
      all.texts().join('\n'),
    )
  })
  it('falls back to what is known where another version remembered other columns', () => {
    const driven = screen()
    driven.state = { ...driven.state, kept: { ...NOTHING_KEPT, columns: { processes: ['comm', 'shoe size'], files: ['shoe size'] } } }
    assert.equal(title(driven), 'COMM')
    assert.match(title(driven.press('2')), /PATH$/)
  })
  it('comes back to the columns of the settings', () => {
    const driven = screen()
    driven.look = { ...USUAL_LOOK, columns: ['comm', 'file'] }
    assert.match(title(driven), /^COMM HOTTEST/)
    assert.match(title(driven.press('o', 'g', ' ')), /^HOTTEST/)
    assert.match(title(driven.press('0')), /^COMM HOTTEST/)
  })
  it('fits wherever there is room for a table at all', () => {
    for (const rows of [12, 13, 16, 24, 60]) {
      const driven = screen()
      driven.rows = rows
      driven.press('o', 'G')
      const lines = driven.texts()
      assert.equal(lines.length, rows)
      assert.ok(lines.some((line) => line.startsWith('>[x] HOTTEST')))
      assert.ok(
        lines.some((line) => line.includes('15472')),
        `a row at ${rows}`,
      )
    }
  })
})

describe('< and >', () => {
  it('sort by the column beside, as far as the screen goes', () => {
    const driven = screen()
    const sort = (...keys: string[]) => lookOf(driven.press(...keys).state).sort
    assert.equal(sort('>'), 'reads')
    assert.equal(sort('<', '<'), 'writes')
    assert.equal(sort(...'<<<<<'), 'pid')
    assert.equal(sort(...'>>>>>>>>>>>'), 'file')
    assert.equal(sort('o', ' ', 'return', '>'), 'pid', 'from one that is hidden to the first')
  })
})

describe('histories', () => {
  it('bring back what was typed, and at last the line as it was', () => {
    const driven = screen()
    for (const typed of ['comm:dd', 'comm:cp', 'comm:dd']) driven.press('/', ...typed, 'return', 'escape')
    assert.deepEqual(driven.state.kept.filters, ['comm:cp', 'comm:dd'])
    const shown = (...keys: string[]) => driven.press(...keys).state.filterText
    assert.equal(shown('/', ...'comm:dd', 'upArrow'), 'comm:cp', 'what stands there already is no news')
    assert.equal(shown('escape'), '')
    assert.equal(shown('/', 'x', 'upArrow'), 'comm:dd')
    assert.equal(driven.state.filter?.terms.length, 1)
    assert.equal(shown('upArrow'), 'comm:cp')
    assert.equal(shown('upArrow'), 'comm:cp')
    assert.equal(shown('downArrow', 'downArrow'), 'x')
    assert.equal(shown('downArrow'), 'x')
    assert.equal(shown('upArrow', '!'), 'comm:dd!')
    assert.equal(shown('upArrow', 'upArrow', 'downArrow', 'downArrow'), 'comm:dd!')
  })
  it('are another for rules', () => {
    const driven = screen().press('d', 'return', '/', ...'comm:dd', 'return')
    assert.equal(driven.state.kept.rules.length, 1)
    const [rule] = driven.state.kept.rules
    driven.press('d', 'ctrl', ...'zz', 'upArrow')
    assert.equal(driven.state.ruleText, rule)
    driven.press('downArrow')
    assert.match(driven.state.ruleText, /zz$/)
  })
})

describe('saved filters', () => {
  const given = { ...initialState({ sort: 'bytes', filterText: '', kinds: 'files' }), given: [{ name: 'mine', text: 'comm:dd' }] }
  it('get a name in the filter line, are listed, applied and deleted', () => {
    const driven = screen()
    driven.state = given
    driven.press('/', ...'comm:cp')
    driven.state = { ...driven.state, mode: 'naming', naming: { text: '', cursor: 0 } }
    driven.press(...'copies')
    assert.ok(driven.texts().some((line) => line.startsWith('save as: copies')))
    driven.press('return')
    assert.deepEqual(driven.state.kept.saved, [{ name: 'copies', text: 'comm:cp' }])
    assert.equal(driven.state.mode, 'filter')
    driven.press('escape', 'F')
    assert.ok(driven.texts().some((line) => line.startsWith('>mine    comm:dd  (config file)')))
    const own = driven.state
    driven.state = { ...own, kept: { ...own.kept, saved: [...own.kept.saved, { name: 'mine', text: 'x' }] } }
    driven.press('x')
    assert.equal(driven.state.kept.saved.length, 2, 'the config file is its owner’s, and one of the same name is another')
    driven.state = own
    driven.press('downArrow', 'return')
    assert.deepEqual([driven.state.mode, driven.state.filterText], ['table', 'comm:cp'])
    driven.press('F', 'x')
    assert.deepEqual(driven.state.kept.saved, [])
    assert.equal(driven.state.savedIndex, 0)
  })
  it('that no longer parse are shown where they can be mended', () => {
    const driven = screen()
    driven.state = { ...given, given: [{ name: 'old', text: 'color:red' }] }
    driven.press('F', 'return')
    assert.deepEqual([driven.state.mode, driven.state.filterText], ['filter', 'color:red'])
    assert.ok(driven.state.filterError)
    driven.press('escape')
    assert.deepEqual([driven.state.mode, driven.state.filterText], ['table', ''])
  })
  it('say where they come from while there are none', () =>
    assert.ok(
      screen()
        .press('F')
        .texts()
        .some((line) => line.startsWith('None yet: type a filter after /')),
    ))
})
