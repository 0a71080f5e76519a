/** What is chosen of the drawing: columns and their widths, and lines to be read aloud. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import { PROCESS_COLUMNS } from '../../src/model/sort.ts'
import { width } from '../../src/text/width.ts'
import { calmed, type Shown } from '../../src/ui/calm.ts'
import { placeColumns, rowText } from '../../src/ui/columns.ts'
import { lookOf } from '../../src/ui/in-table.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { type ScreenLook, USUAL_LOOK } from '../../src/ui/look.ts'
import { PROCESSES_VIEW } from '../../src/ui/processes-view.ts'
import { initialState, type UiState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const model = new Model(info)
const file = (id: string, name: string) => fileFact(id, `/srv/a/long/way/down/to/${name}`)
model.apply(
  batch(1, {
    processes: [processFact('4711.1', { comm: 'writer' }), processFact('12.1', { comm: 'gone' })],
    files: [file('1:1.1', 'data'), file('1:1.2', 'other')],
    counters: [delta('4711.1', '1:1.1', { writes: 4, writeBytes: 5000 }), delta('12.1', '1:1.2', { opens: 1 })],
    exits: ['12.1'],
  }),
)
const OPEN = { sort: 'bytes', filterText: '', kinds: 'all' } as const

function screen(look: Partial<ScreenLook>, some: Partial<UiState> = {}, columns = 80, sort = 'bytes'): Driven {
  const driven = new Driven(info, model, columns)
  driven.state = { ...initialState({ ...OPEN, sort }), ...some }
  driven.look = { ...USUAL_LOOK, ...look }
  driven.hitPids = new Set([4711])
  return driven.settle()
}

function textsOf(driven: Driven): string[] {
  const lines = driven.lines()
  for (const line of lines) assert.ok(lineWidth(line) <= driven.columns)
  return lines.map((line) => line.map(({ text }) => text).join(''))
}

function drawn(look: Partial<ScreenLook>, some: Partial<UiState> = {}, columns = 80): string[] {
  return textsOf(screen(look, some, columns))
}

const chosen = fc.uniqueArray(fc.constantFrom(...PROCESS_COLUMNS), { minLength: 1 })

describe('chosen columns', () => {
  it('are those, in this order, as many as fit, under their titles', () => {
    fc.assert(
      fc.property(chosen, fc.integer({ min: 60, max: 250 }), (columns, cells) => {
        const placed = placeColumns(PROCESSES_VIEW.columns, cells, columns)
        assert.deepEqual(
          placed.map(({ id }) => id),
          columns.slice(0, placed.length),
        )
        assert.ok(placed.length > 0)
        const row = screen({ columns }).stage().maker.rows(model, initialState(OPEN), 9).row(0)
        assert.ok(row)
        assert.ok(width(rowText(row, placed, false, true)) <= cells)
        const lines = drawn({ columns }, {}, cells)
        assert.ok(lines.every((line) => width(line) <= cells))
      }),
    )
  })

  it('show the path where it is asked for, also in the middle', () => {
    const lines = drawn({ columns: ['comm', 'file', 'bytes'] })
    const title = lines.find((line) => line.includes('HOTTEST FILE')) ?? ''
    const row = lines.find((line) => line.includes('/data')) ?? ''
    assert.match(title, /^ COMM {9}HOTTEST FILE .*BYTES▾$/)
    assert.match(row, /^>!writer .*\/srv\/a\/long\/way\/down\/to\/data .*4\.9k$/)
    assert.equal(title.length, row.length)
  })

  it('have room for the mark of the selection and of the order', () => {
    const lines = textsOf(screen({ columns: ['comm', 'pid'] }, {}, 80, 'comm'))
    assert.ok(lines.some((line) => line.startsWith(' COMM▾')))
    assert.ok(lines.some((line) => line.startsWith('>×gone')))
    assert.ok(lines.some((line) => line.startsWith(' !writer')))
  })

  it('are what the arrows go through while one sorts, then the others', () => {
    const sortedBy = (...keys: string[]) => lookOf(screen({ columns: ['file', 'comm'] }, {}, 80, 'file').press('s', ...keys).state).sort
    assert.equal(sortedBy('l'), 'comm')
    assert.equal(sortedBy('l', 'l'), 'pid')
    assert.equal(sortedBy('l', 'l', 'l'), 'user')
    assert.equal(sortedBy('h'), 'files')
  })
})

describe('lines to be read aloud', () => {
  const lines = drawn({ screenReader: true })
  it('say each figure with its name, and what the marks and colours say', () => {
    const said = 'selected: 4711 writer, hit by a rule, WRITE/s 4, BYTES/s 4.9k, TOTAL 4.9k, HOTTEST FILE /srv/'
    assert.ok(
      lines.some((line) => line.startsWith(said.slice(0, 79))),
      lines.join('\n'),
    )
    assert.ok(lines.some((line) => line.startsWith('12 gone, ended, OPEN/s 1, ')))
    assert.ok(lines.includes('sorted by BYTES/s'))
  })
  it('have no bars, no runs of blanks and no empty lines', () => {
    for (const line of lines) {
      assert.doesNotMatch(line, /[▁-█]| {2}|^\s|\s$/)
      assert.notEqual(line, '')
    }
  })
  it('leave a line that is typed as it is', () => {
    assert.ok(drawn({ screenReader: true }, { mode: 'filter', filterText: 'a  b', cursor: 4 }).some((line) => line.startsWith('filter: a  b')))
  })
})

describe('other views, read aloud', () => {
  const said = (...keys: string[]) => textsOf(screen({ screenReader: true }).press(...keys))
  const has = (lines: string[], text: string) =>
    assert.ok(
      lines.some((line) => line.includes(text)),
      lines.join('\n'),
    )
  it('say which view it is', () => {
    has(said(), '1 processes (here), 2 files, 3 directories')
    has(said('2'), '2 files (here)')
  })
  it('name a file first, and as much of it as leaves room for its figures', () => {
    const lines = said('2')
    has(lines, 'selected: /srv/a/long/way/down/to/data, WRITE/s 4, BYTES/s 4.9k, BY writer 4711')
  })
  it('say what is open in a tree, and how deep a row lies', () => {
    has(said('b'), 'selected: writer, closed, ')
    has(said('b', 'return'), 'selected: writer, open, ')
    has(said('b', 'return'), 'writer 4711, level 2, hit by a rule, ')
  })
  it('have no bars where one process is looked at', () => {
    const lines = said('return')
    has(lines, 'processes › writer 4711')
    has(lines, 'written, peak ')
    for (const line of lines) assert.doesNotMatch(line, /[▁-█]| {2}|^\s|\s$/)
  })
})

describe('a calm screen', () => {
  it('holds what only time brought about, and nothing else', () => {
    let shown: Shown<string> | null = null
    const show = (value: string, urgent: unknown, nowMs: number, everyMs = 5000) => {
      shown = calmed(shown, value, [urgent], nowMs, everyMs)
      return shown.value
    }
    assert.equal(show('a', 1, 0), 'a')
    assert.equal(show('b', 1, 4999), 'a')
    assert.equal(show('c', 2, 4999), 'c', 'a key was pressed')
    assert.equal(show('d', 2, 9998), 'c')
    assert.equal(show('e', 2, 9999), 'e')
    assert.equal(show('f', 2, 9999, 0), 'f', 'no screen reader')
  })
})
