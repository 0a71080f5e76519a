/** Tab in the filter line. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseFilter } from '../../src/model/filter.ts'
import { completed, completionLine, type Seen } from '../../src/ui/completion.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { lineOf } from '../../src/ui/line-edit.ts'
import { seenBy } from '../../src/ui/seen.ts'
import { info } from './batches.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

const VALUES: Record<string, string[]> = {
  comm: ['postgres', 'postmaster', 'my prog', 'my "x"', 'nginx', 'my "a b'],
  user: ['root', '~postgres'],
  pid: ['12', '123', '4'],
}
const seen: Seen = (key) => (VALUES[key] ?? []).map((value) => ({ value }))

/** The line after so many Tabs. */
function tabs(text: string, times = 1, by: 1 | -1 = 1): string {
  let [line, completion]: [ReturnType<typeof lineOf>, ReturnType<typeof completed>['completion']] = [lineOf(text), null]
  for (let i = 0; i < times; i++) ({ line, completion } = completed(line, completion, by, seen))
  return line.text
}

describe('Tab', () => {
  for (const [typed, times, wanted] of [
    ['by', 1, 'bytes>'],
    ['pa', 1, 'path:'],
    ['to', 1, 'took>'],
    ['co', 1, 'comm:'],
    ['co', 2, 'container:'],
    ['co', 3, 'comm:'],
    ['-CO', 1, '-comm:'],
    ['x comm:po', 1, 'x comm:post'],
    ['comm:po', 2, 'comm:postgres'],
    ['comm:po', 3, 'comm:postmaster'],
    ['comm:post', 1, 'comm:postgres'],
    ['comm=ng', 1, 'comm=nginx'],
    ['-comm:ng', 1, '-comm:nginx'],
    ['!comm:ng', 1, '!comm:nginx'],
    ['comm:my', 1, 'comm:"my prog"'],
    ['comm:my', 2, 'comm:"my \\"x\\""'],
    ['comm:"my \\"a ', 1, 'comm:"my \\"a b"'],
    ['comm:"my p', 1, 'comm:"my prog"'],
    ['user:ro', 1, 'user:root'],
    ['pid:1', 1, 'pid:12'],
    ['pid:1', 3, 'pid:123'],
    ['op:er', 1, 'op:error'],
    ['comm:zzz', 1, 'comm:zzz'],
    ['color:r', 1, 'color:r'],
    ['op=w', 1, 'op=w'],
  ] as const)
    it(`${typed}, ${times} times`, () => assert.equal(tabs(typed, times), wanted))

  it('goes back with Shift', () => assert.equal(tabs('co', 1, -1), 'container:'))

  it('completes before the cursor and leaves what is behind it', () => {
    const { line } = completed({ text: 'comm:ng pid:4', cursor: 7 }, null, 1, seen)
    assert.deepEqual(line, { text: 'comm:nginx pid:4', cursor: 10 })
  })

  it('writes values that read as they were, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), (value) => {
        const { line } = completed(lineOf('comm='), null, 1, () => [{ value }])
        assert.deepEqual(parseFilter(line.text), { ok: true, filter: { terms: [{ negate: false, kind: 'exact', key: 'comm', text: value }] } })
      }),
    )
  })

  it('shows what it offers in one line, the chosen one always', () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ text: `v${i}`, shown: i % 7 === 0 ? 'long '.repeat(30) + i : `v${i}` }))
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 59 }), fc.integer({ min: 40, max: 200 }), (at, columns) => {
        const line = completionLine({ options: many, at, from: 0 }, columns, false)
        assert.ok(lineWidth(line) <= columns)
        assert.equal(line.filter(({ inverse }) => inverse).length, at < 0 ? 0 : 1)
      }),
    )
  })
})

const { batches } = await recorded()

describe('values that were seen', () => {
  const driven = new Driven(info)
  for (const batch of batches) driven.model.apply(batch)
  const values = (key: Parameters<Seen>[0], typed = '') => seenBy(driven.model)(key, typed).map(({ value }) => value)
  it('are those of the processes', () => {
    assert.deepEqual(values('comm'), ['cat', 'cp', 'dd', 'sh', 'sqlite3'])
    assert.ok(values('pid').includes('15472'))
    assert.ok(values('user').includes('root'))
  })
  it('lead down the directories', () => {
    assert.ok(values('path', '/s').every((path) => path.startsWith('/srv/demo/')))
    for (const typed of ['', '/', '/s', '/srv', '/srv/', '/srv/de']) assert.deepEqual(values('dir', typed), ['/srv/demo/'], typed)
    assert.deepEqual(values('path', '/srv/demo/data'), ['/srv/demo/database/', '/srv/demo/database'])
    const inside = values('path', '/srv/demo/')
    assert.ok(inside.includes('/srv/demo/big.bin') && inside.includes('/srv/demo/logs/'), inside.join())
    assert.ok(
      inside.every((path) => /^\/srv\/demo\/[^/]+\/?$/.test(path)),
      inside.join(),
    )
    assert.ok(values('dir', '/srv/demo/').every((path) => path.endsWith('/')))
    assert.deepEqual(values('path', '/nowhere'), [])
    assert.deepEqual(values('path', 'relative'), [])
  })
  it('are offered where a filter is typed, and the line with them goes with the next key', () => {
    driven.press('/', ...'comm:', 'tab')
    assert.ok(driven.texts().some((line) => line.startsWith('cat  cp  dd  sh')))
    assert.equal(driven.state.filterText, 'comm:cat')
    driven.press('tab', 'shift+tab', 'shift+tab')
    assert.equal(driven.state.filterText, 'comm:sqlite3')
    driven.press('x')
    assert.equal(driven.state.completion, null)
    assert.equal(driven.state.filterText, 'comm:sqlite3x')
  })
})
