/** A directory looked at closely, beside a naive one over made-up batches: who works below it, which files, and their sums. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyCounts } from '../../src/model/counts.ts'
import type { DirectoryDrillSpec } from '../../src/model/directory-drill.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { type Done, isOther, Log, madeUp, ratesIn, shownRates } from './made-up.ts'

const spec: DirectoryDrillSpec = { rows: 'processes', sort: 'bytes', reverse: false, kinds: 'all', limit: 1000, keep: null }

const PLACES = ['/', '/a', '/c', '/c/d', '/c/d/e', '?/c', '/none']

/** The path a file is found by in the tree; null: it lies nowhere. */
function placed(log: Log, file: string): string | null {
  const fact = log.names.get(file)
  if (!fact || fact.unreadable || !fact.path.startsWith('/')) return null
  return fact.cut ? `…${fact.path}` : fact.noMount ? `?${fact.path}` : fact.path
}

const isBelow = (path: string | null, top: string) => path?.startsWith(top.endsWith('/') ? top : `${top}/`) ?? false

describe('a directory closely', () => {
  it('has those that work below it, and the files', () => {
    const kinds = fc.constantFrom('files' as const, 'all' as const)
    fc.assert(
      fc.property(madeUp, fc.constantFrom(...PLACES), kinds, fc.boolean(), (all, top, kinds, reverse) => {
        const [model, log] = [new Model(info), new Log()]
        for (const next of all) {
          model.apply(next)
          log.apply(next)
        }
        const meant = ({ file }: Done) => isBelow(placed(log, file), top) && (kinds === 'all' || !isOther(file, log.names))
        const done = log.done.filter(meant)
        const detail = model.directoryDetail(top, { ...spec, kinds, reverse })
        const files = model.directoryDetail(top, { ...spec, kinds, reverse, rows: 'files' })
        if (!detail || !files) return assert.equal(log.done.filter(({ file }) => isBelow(placed(log, file), top)).length, 0)

        const byProcess = Map.groupBy(
          done.filter(({ who }) => log.remembers(who)),
          ({ process }) => process,
        )
        assert.deepEqual(detail.processes.map(({ key }) => key).sort(), [...byProcess.keys()].sort())
        for (const row of detail.processes) {
          const { total, tick } = log.sums(byProcess.get(row.key) ?? [])
          assert.deepEqual([row.total, shownRates(row)], [total, ratesIn(tick, log.seconds)], row.key)
          assert.ok(row.file === null || isBelow(placed(log, row.file.id), top))
        }
        const ids = [...new Set(done.map(({ file }) => file))]
        assert.deepEqual(files.files.map(({ id }) => id).sort(), ids.sort())
        assert.deepEqual([files.count, detail.count, detail.known], [ids.length, byProcess.size, ids.length])
        assert.deepEqual(
          detail.leading.files.map(({ id }) => id),
          model
            .directoryDetail(top, { ...spec, kinds, rows: 'files' })
            ?.files.slice(0, 8)
            .map(({ id }) => id),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('shows a window, and says where a row stands', () => {
    const model = new Model(info)
    const ids = Array.from({ length: 30 }, (_, i) => `1:${i + 1}.1`)
    const processes = ids.map((_, i) => processFact(`${i + 1}.1`))
    model.apply(
      batch(1, {
        processes,
        files: ids.map((id, i) => fileFact(id, `/srv/${i}`)),
        counters: ids.map((id, i) => delta(`${i + 1}.1`, id, { writes: 1, writeBytes: i + 1 })),
      }),
    )
    for (const [rows, keep] of [
      ['processes', '11.1'],
      ['files', '1:11.1'],
    ] as const) {
      const all = model.directoryDetail('/srv', { ...spec, rows, limit: 100 })
      const some = model.directoryDetail('/srv', { ...spec, rows, from: 5, limit: 3, keep })
      assert.equal(some?.at, 19)
      assert.deepEqual(some?.[rows], all?.[rows].slice(5, 8))
      assert.equal(model.directoryDetail('/srv', { ...spec, rows, keep: '99.9' })?.at, -1)
    }
  })

  it('counts what forgotten files and processes did, and has a history', () => {
    const model = new Model(info, { endedNs: 1e9 })
    const write = (seconds: number) =>
      batch(seconds, {
        processes: [processFact('1.1')],
        files: [fileFact('1:1.1', '/srv/a')],
        counters: [delta('1.1', '1:1.1', { writes: 1, writeBytes: 10 })],
      })
    model.apply(write(1))
    model.apply(write(2))
    model.apply(batch(3, { exits: ['1.1'] }))
    model.apply(batch(10))
    const detail = model.directoryDetail('/srv', spec)
    assert.deepEqual([detail?.processes.length, detail?.total.writeBytes, detail?.known], [0, 20, 1])
    assert.deepEqual(
      detail?.history.map(({ rates }) => rates?.writeBytes),
      [10, 10, 0, 0],
    )
    assert.ok(detail && !anyCounts(detail.rates))
  })
})
