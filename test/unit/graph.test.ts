/** The graphs of the last minutes: above the views, and in a column; zero is one thing, not known another. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import type { Moment } from '../../src/model/past-view.ts'
import { MOST_ROWS } from '../../src/model/snapshot.ts'
import { inCells, showOnlyAscii } from '../../src/text/ascii.ts'
import { bars } from '../../src/text/bars.ts'
import { graphLines } from '../../src/ui/graph.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { USUAL_LOOK } from '../../src/ui/look.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'
import { madeUp } from './made-up.ts'

const moment = (tick: number, ops: number, writeBytes: number): Moment => ({
  ...{ tick, seconds: tick, timeMs: tick * 1000, lasts: 1, ops, opens: 0, writes: 0, writeBytes, readBytes: 0, errors: 0 },
})
const text = (line: { text: string }[] | undefined) => (line ?? []).map((segment) => segment.text).join('')

afterEach(() => showOnlyAscii(false))

describe('bars', () => {
  it('tell zero from what is not known, and scale to the highest', () => {
    assert.equal(bars([null, 0, 1, 4, 7, 8]), ' ·▂▅██')
    assert.equal(bars([null, null]), '  ')
    assert.equal(bars([0, 0.2]), '·▂')
  })
  it('do so in ASCII too, with a sign of their own for zero', () => {
    showOnlyAscii(true)
    const shown = inCells(bars([null, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((value) => value && value - 0.01)))
    assert.equal(shown, ' _.:-=+*%#')
    assert.equal(new Set(shown).size, shown.length)
  })
})

describe('the graph above the views', () => {
  const moments = Array.from({ length: 600 }, (_, i) => moment(i, i % 50 === 0 ? 80 : 10, i === 100 ? 8000 : 512))
  it('is as wide as there is room, and says its highest and how long it reaches back', () => {
    const [ops, written] = graphLines(moments, -1, 200, 2, false)
    assert.match(text(ops), /^ops\/s {5}[▂█]{168} peak 80 {4}last 2m48s$/)
    assert.match(text(written), /^written\/s █{168} peak 512 /)
    const [one] = graphLines(moments, -1, 80, 1, false)
    assert.match(text(one), /^ops\/s [▂█]{18} max 80 {4}written\/s █{18} max 512 {3}1m12s$/)
  })
  it('leaves blank what is before the first, and shows zeros', () => {
    const [one] = graphLines([moment(1, 0, 0), moment(2, 8, 8)], -1, 80, 1, false)
    assert.match(text(one), /^ops\/s {17,18} [·█]{1,2} max 8 /)
    const [wide] = graphLines([moment(1, 0, 0), moment(2, 8, 8)], -1, 200, 2, false)
    assert.match(text(wide), /^ops\/s {171}·█ peak 8 {5}last 2s$/)
    assert.doesNotMatch(text(graphLines([], -1, 80, 1, false)[0]), /[·▁-█]/)
  })
  it('marks the place of the scrubber, and reaches back to it', () => {
    for (const place of [0, 1, 77, 100, 300, 598]) {
      for (const columns of [60, 80, 200]) {
        const [line] = graphLines(moments, place, columns, 2, false)
        const marked = (line ?? []).filter(({ inverse }) => inverse)
        assert.equal(marked.length, 1, `${place} at ${columns}`)
        assert.equal(marked[0]?.text.length, 1)
        if (place % 50 === 0) assert.equal(marked[0]?.text, '█', `the bar of ${place} is that of its peak`)
      }
    }
  })
  it('keeps its bars as time goes on: only whole cells move', () => {
    // At 80 cells each bar is of several ticks.
    const drawn = Array.from({ length: 40 }, (_, i) => text(graphLines(moments.slice(0, 300 + i), -1, 80, 1, false)[0]).slice(6, 24))
    for (const [i, one] of drawn.entries()) {
      const before = drawn[i - 1]
      if (before !== undefined) assert.ok(one.slice(0, 17) === before.slice(0, 17) || one.slice(0, 17) === before.slice(1), `${before} became ${one}`)
    }
  })
  it('fits any screen, whatever is kept', () => {
    const some = fc.array(fc.record({ step: fc.integer({ min: 1, max: 40 }), ops: fc.nat(10), writeBytes: fc.nat(1e9) }), { maxLength: 700 })
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 60, max: 250 }),
        fc.nat(),
        fc.constantFrom(1 as const, 2 as const),
        fc.boolean(),
        (steps, columns, at, lines, heard) => {
          let tick = 0
          const all = steps.map(({ step, ops, writeBytes }) => {
            tick += step
            return moment(tick, ops, writeBytes)
          })
          const place = all.length === 0 ? -1 : (at % (all.length + 1)) - 1
          const drawn = graphLines(all, place, columns, lines, heard)
          for (const line of drawn) assert.ok(lineWidth(line) <= columns, text(line))
          if (place >= 0 && !heard) for (const line of drawn) assert.ok(line.some(({ inverse }) => inverse))
        },
      ),
    )
  })
  it('is said in numbers to those who hear it', () => {
    assert.equal(text(graphLines(moments, -1, 200, 1, true)[0]), 'ops 10/s, peak 80/s  written 512/s, peak 512/s  in the last 1m00s')
    assert.match(text(graphLines(moments, 100, 200, 1, true)[0]), /^ops 80\/s, peak 80\/s {2}written 7\.8k\/s, peak 7\.8k\/s/)
  })
})

describe('the traces of processes and files', () => {
  it('are what the views of those ticks said, and not known where those say nothing', () => {
    fc.assert(
      fc.property(madeUp, fc.constantFrom('files' as const, 'all' as const), (all, kinds) => {
        const model = new Model(info)
        for (const one of all) model.apply(one)
        const moments = model.moments()
        const spec = { sort: 'bytes', reverse: false, filter: null, kinds } as const
        const at = moments.map(({ tick }) => ({
          processes: model.processesAt(tick, spec)?.rows ?? [],
          files: model.filesAt(tick, { ...spec, kinds: 'all', limit: 100 })?.rows ?? [],
        }))
        for (const [n, end] of [...moments.map(({ tick }, i) => [i, tick] as const), [moments.length - 1, null] as const]) {
          const [processes, files] = [model.processTraces(end, kinds, 6), model.fileTraces(end, 6)]
          for (const id of ['1.1', '3.1', '5.2', '77.7']) {
            const wanted = Array.from({ length: 6 }, (_, i) => {
              const then = at[n - 5 + i]
              const row = then?.processes.find((one) => one.id === id)
              return then ? (row ? Math.round(row.bytes + row.reads) : 0) : null
            })
            assert.deepEqual(
              processes(id).map((value) => value && Math.round(value)),
              wanted,
            )
          }
          const file = at[n]?.files[0]
          if (file) assert.equal(files(file.id).at(-1), file.bytes + file.reads)
        }
      }),
      { numRuns: 60 },
    )
  })
  it('are not known in a busy tick for those that were not among the most active', () => {
    const model = new Model(info)
    const many = Array.from({ length: MOST_ROWS + 5 }, (_, i) => `${i + 1}.1`)
    const wrote = (ids: string[], t: number) =>
      batch(t, {
        processes: ids.map((id) => processFact(id)),
        files: [fileFact('1:1.1', '/x')],
        counters: ids.map((id, i) => delta(id, '1:1.1', { writes: 1, writeBytes: 1000 - i })),
      })
    model.apply(wrote(['45.1'], 1))
    model.apply(wrote(many, 2))
    model.apply(wrote(['1.1'], 3))
    assert.deepEqual(model.processTraces(null, 'files', 4)('45.1'), [null, 1000, null, 0])
    assert.deepEqual(model.processTraces(null, 'files', 4)('1.1'), [null, 0, 1000, 1000])
    assert.deepEqual(model.processTraces(1, 'files', 1)('1.1'), [0], 'up to that tick')
  })
  it('are a column on wide screens, and where they are asked for; nothing can be sorted by it', () => {
    const screen = new Driven(info, undefined, 200, 24)
    for (let t = 1; t <= 4; t++)
      screen.model.apply(
        batch(t, {
          processes: [processFact('1.1')],
          files: [fileFact('1:1.1', '/x')],
          counters: t === 3 ? [] : [delta('1.1', '1:1.1', { writes: 1, writeBytes: t * 100 })],
        }),
      )
    assert.match(screen.selected(), / {26}▃▅·█ \/x/)
    screen.press('2')
    assert.match(screen.selected(), / {26}▃▅·█ \/x/)
    screen.press('1', '[', '[')
    assert.match(screen.selected(), / {28}▅█ \/x/, 'up to the tick that is shown')
    screen.press('\\', 's')
    const titles = new Set<string>()
    for (let i = 0; i < 15; i++) {
      screen.press('rightArrow')
      titles.add(screen.lines()[4]?.find(({ role }) => role === 'warn')?.text ?? '')
    }
    assert.ok(![...titles].some((title) => title.includes('LAST')))
    screen.press('escape')
    screen.columns = 120
    assert.doesNotMatch(screen.selected(), /▃/)
    screen.look = { ...USUAL_LOOK, columns: ['pid', 'history', 'comm'] }
    assert.match(screen.selected(), /^1 {26} *▃▅·█ c1\.1$/)
  })
})
