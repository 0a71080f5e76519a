/** One process and one file looked at closely, and the ring of recent operations, compared with naive ones. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NO_FILE } from '../../src/batch/batch.ts'
import { noCounts } from '../../src/model/counts.ts'
import type { DrillSpec } from '../../src/model/drill.ts'
import { Model } from '../../src/model/model.ts'
import { Recent } from '../../src/model/recent.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { type Done, isOther, Log, madeUp, ratesIn, shownRates } from './made-up.ts'

const spec: DrillSpec = { sort: 'bytes', reverse: false, kinds: 'all', limit: 100 }

/** Sums of each tick of the last minute, by the number of the tick. */
function minuteOf(log: Log, ticks: { tick: number; atNs: number; seconds: number }[], done: Done[]) {
  return ticks
    .filter(({ atNs }) => atNs >= log.nowNs - 60e9)
    .map(({ tick, atNs, seconds }) => {
      const { total } = log.sums(done.filter((one) => one.tick === tick))
      return { ago: (log.nowNs - atNs) / 1e9, rates: ratesIn(total, seconds) }
    })
}

describe('one process or file, beside a naive one', () => {
  it('has what it did with each of the others, and its last minute', () => {
    fc.assert(
      fc.property(madeUp, fc.constantFrom('files' as const, 'all' as const), fc.boolean(), (all, kinds, reverse) => {
        const [model, log] = [new Model(info), new Log()]
        const ticks: { tick: number; atNs: number; seconds: number }[] = []
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          if (ticks.at(-1)?.tick !== log.tick) ticks.push({ tick: log.tick, atNs: log.nowNs, seconds: log.seconds })
          const asked = { ...spec, kinds, reverse }
          const meant = log.done.filter(({ file }) => kinds === 'all' || !isOther(file, log.names))
          for (const id of log.known) {
            const detail = model.processDetail(id, asked)
            const done = meant.filter(({ who }) => who === log.who(id))
            const files = Map.groupBy(
              done.filter(({ file }) => file !== NO_FILE),
              ({ file }) => file,
            )
            // A file that turns out to be none moves with its next operation.
            if (kinds === 'all') assert.deepEqual(detail?.files.map(({ key }) => key).sort(), [...files.keys()].sort())
            for (const row of detail?.files ?? []) {
              const { total, tick } = log.sums(files.get(row.key) ?? [])
              if (kinds === 'all') assert.deepEqual([row.total, shownRates(row)], [total, ratesIn(tick, log.seconds)])
              assert.equal(row.name, log.names.get(row.key)?.path ?? '')
            }
            const history = detail?.history.map(({ ago, rates }) => ({ ago, rates: rates && ratesIn(rates, 1) }))
            assert.deepEqual(history, minuteOf(log, ticks, done))
            assert.equal(detail?.fact, log.facts.get(id) ?? null)
            const children = [...log.known].filter((one) => log.facts.get(one)?.parent === id)
            assert.deepEqual(
              detail?.children.map((one) => one.id),
              children.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
            )
            const ancestors: string[] = []
            for (let up = log.facts.get(id)?.parent; up; up = log.facts.get(up)?.parent) ancestors.push(up)
            assert.deepEqual(
              detail?.ancestors.map((one) => one.id),
              ancestors,
            )
            checkOrder(detail?.files ?? [], reverse)
          }
          for (const [file, done] of log.byFile('all')) {
            const detail = model.fileDetail(file, asked)
            const processes = Map.groupBy(
              done.filter(({ who }) => log.remembers(who)),
              ({ process }) => process,
            )
            assert.deepEqual(detail?.processes.map(({ key }) => key).sort(), [...processes.keys()].sort())
            for (const row of detail?.processes ?? []) {
              const { total, tick } = log.sums(processes.get(row.key) ?? [])
              assert.deepEqual([row.total, shownRates(row), row.process?.id], [total, ratesIn(tick, log.seconds), row.key])
            }
            const history = detail?.history.map(({ ago, rates }) => ({ ago, rates: rates && ratesIn(rates, 1) }))
            assert.deepEqual(history, minuteOf(log, ticks, done))
            assert.deepEqual(detail?.fact, log.names.get(file) ?? null)
            checkOrder(detail?.processes ?? [], reverse)
          }
        }
      }),
      { numRuns: 120 },
    )
  })
  it('is nothing where it is not known', () => {
    const model = new Model(info)
    assert.deepEqual([model.processDetail('1.1', spec), model.fileDetail('1:1.1', spec)], [null, null])
  })
  it('bears parents in a circle', () => {
    const model = new Model(info)
    const processes = [processFact('1.1', { parent: '2.1' }), processFact('2.1', { parent: '1.1' })]
    model.apply(batch(1, { processes, counters: [delta('1.1', '1:1.1', { opens: 1 }), delta('2.1', '1:1.1', { opens: 1 })] }))
    assert.deepEqual(
      model.processDetail('1.1', spec)?.ancestors.map(({ id }) => id),
      ['2.1'],
    )
    const tree = model.tree({ sort: 'opens', reverse: false, filter: null, kinds: 'all', expanded: new Set(['1.1', '2.1']) })
    assert.deepEqual(tree.rows.map(({ members }) => members).sort(), [1, 2])
  })
  it('says which ticks are not remembered whole', () => {
    const model = new Model(info)
    const many = Array.from({ length: 60_000 }, (_, i) => delta('1.1', `1:${i % 50}.1`, { opens: 1 }))
    for (const seconds of [1, 2, 3]) model.apply(batch(seconds, { files: [fileFact('1:1.1', '/a')], counters: many }))
    const rates = model.processDetail('1.1', spec)?.history.map((one) => one.rates?.opens)
    assert.deepEqual(rates, [undefined, undefined, 60_000])
    assert.equal(model.recent().seconds, 1)
  })
})

function checkOrder(rows: { bytes: number; total: { writeBytes: number } }[], reverse: boolean): void {
  const ordered = reverse ? [...rows].reverse() : rows
  for (const [i, row] of ordered.entries()) {
    const before = ordered[i - 1]
    if (!before) continue
    assert.ok(before.bytes > row.bytes || (before.bytes === row.bytes && before.total.writeBytes >= row.total.writeBytes))
  }
}

describe('Recent', () => {
  it('keeps the last operations of the last minute, and knows since when they are whole', () => {
    const step = fc.record({
      seconds: fc.constantFrom(1, 5, 40),
      uses: fc.array(fc.record({ process: fc.integer({ min: 1, max: 3 }), opens: fc.integer({ min: 1, max: 9 }) }), { maxLength: 6 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 12 }), (steps, most) => {
        const recent = new Recent(most)
        const done: { atNs: number; process: number; opens: number }[] = []
        let nowNs = 0
        for (const { seconds, uses } of steps) {
          nowNs += seconds * 1e9
          recent.begin(nowNs, seconds)
          for (const { process, opens } of uses) {
            recent.add(delta(`${process}.1`, NO_FILE, { opens }), process, 0)
            done.push({ atNs: nowNs, process, opens })
          }
          recent.trim(nowNs)
          const kept = done.slice(-most).filter(({ atNs }) => atNs >= nowNs - 60e9)
          const seen = [...recent.uses({ process: (handle) => `${handle}.1`, file: () => undefined })]
          assert.deepEqual(
            seen.map(({ timeNs, process, opens }) => [timeNs, process, opens]),
            kept.map(({ atNs, process, opens }) => [atNs, `${process}.1`, opens]),
          )
          const lost = done.slice(0, -most).filter(({ atNs }) => atNs >= nowNs - 60e9)
          const since = Math.max(0, nowNs - 60e9, ...lost.map(({ atNs }) => atNs))
          if (kept.length > 0) assert.equal(recent.seconds(nowNs), Math.max(1, Math.round((nowNs - since) / 1e9)))
          const running = noCounts()
          for (let entry = recent.running().from; entry < recent.running().end; entry++) recent.addTo(entry, running)
          assert.equal(
            running.opens,
            kept.filter(({ atNs }) => atNs === nowNs).reduce((sum, { opens }) => sum + opens, 0),
          )
        }
      }),
      { numRuns: 300 },
    )
  })
})
