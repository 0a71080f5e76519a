/** The files view compared with a naive one over made-up batches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FILE_COLUMNS, type FileColumn, type FileRow } from '../../src/model/file-look.ts'
import type { FileSpec } from '../../src/model/file-view.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { type Done, isOther, Log, madeUp, ratesIn, shownRates } from './made-up.ts'

const spec: FileSpec = { sort: 'bytes', reverse: false, filter: null, kinds: 'all', limit: 100 }

function filterOf(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok)
  return parsed.filter
}

/** May a file pass, and must it? A process that is forgotten is asked only where it is the hottest. */
type Verdict = 'no' | 'may' | 'must'
const sure = (passes: boolean): Verdict => (passes ? 'must' : 'no')

function byProcess(log: Log, done: Done[], passes: (comm: string, pid: number) => boolean): Verdict {
  const asked = (one: Done) => passes(log.lastFacts.get(one.who)?.comm ?? '?', Number.parseInt(one.process, 10))
  if (done.some((one) => log.remembers(one.who) && asked(one))) return 'must'
  return done.some(asked) ? 'may' : 'no'
}

const either = (a: Verdict, b: Verdict): Verdict => (a === 'must' || b === 'must' ? 'must' : a === 'may' || b === 'may' ? 'may' : 'no')
const turned = (a: Verdict): Verdict => (a === 'must' ? 'no' : a === 'no' ? 'must' : 'may')

/** The same objects all along, as a screen has them; each with what it says in words of its own. */
const FILTERS: { text: string; filter: Filter | null; verdict: (log: Log, id: string, done: Done[]) => Verdict }[] = [
  ['', () => 'must' as const],
  ['path:/a/**', (log: Log, id: string) => sure(log.names.get(id)?.path.startsWith('/a/') ?? false)],
  ['-path:/c', (log: Log, id: string) => sure(!(log.names.get(id)?.path.startsWith('/c') ?? false))],
  ['comm:two', (log: Log, _id: string, done: Done[]) => byProcess(log, done, (comm) => comm === 'two')],
  ['-comm:two', (log: Log, _id: string, done: Done[]) => turned(byProcess(log, done, (comm) => comm === 'two'))],
  ['pid:5', (log: Log, _id: string, done: Done[]) => byProcess(log, done, (_comm, pid) => pid === 5)],
  ['op:write', (log: Log, _id: string, done: Done[]) => sure(log.sums(done).total.writes > 0)],
  ['errors>1', (log: Log, _id: string, done: Done[]) => sure(log.sums(done).tick.errors / log.seconds > 1)],
  [
    'y',
    (log: Log, id: string, done: Done[]) =>
      either(
        sure(log.names.get(id)?.path.includes('y') ?? false),
        byProcess(log, done, (comm) => comm.includes('y')),
      ),
  ],
].map(([text, verdict]) => ({ text: text as string, filter: filterOf(text as string), verdict: verdict as (log: Log, id: string, done: Done[]) => Verdict }))

/** What a row must say beside its hottest process. */
function expected(log: Log, id: string, done: Done[]) {
  const { total, tick } = log.sums(done)
  const different = (some: Done[]) => new Set(some.map(({ who }) => who)).size
  return {
    id,
    path: log.names.get(id)?.path ?? '',
    deleted: log.names.get(id)?.deleted,
    kind: isOther(id, log.names) ? 'others' : 'files',
    ...ratesIn(tick, log.seconds),
    processes: different(done),
    readers: different(done.filter((one) => one.delta.reads > 0)),
    writers: different(done.filter((one) => one.delta.writes + one.delta.mmapPages > 0)),
    total,
  }
}

function shown(row: FileRow) {
  const { id, path, deleted, kind, processes, readers, writers, total } = row
  return { id, path, deleted, kind, ...shownRates(row), processes, readers, writers, total }
}

/** Orders in words of their own: what comes first is largest, or comes first by text. */
const place = (row: FileRow) => {
  if (row.unreadable || !row.path.startsWith('/')) return `\uffff${row.path}`
  return (row.cut ? '…' : row.noMount ? '?' : '') + row.path
}
const components = (a: string, b: string) => {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string]
    if (x !== y) return x < y ? -1 : 1
  }
  return left.length - right.length
}
const most = (value: (row: FileRow) => number, next: (row: FileRow) => number) => (a: FileRow, b: FileRow) => value(b) - value(a) || next(b) - next(a)
const ORDERS: Record<FileColumn, (a: FileRow, b: FileRow) => number> = {
  path: (a, b) => components(place(a), place(b)),
  opens: most(
    (row) => row.opens,
    (row) => row.total.opens,
  ),
  writes: most(
    (row) => row.writes,
    (row) => row.total.writes,
  ),
  bytes: most(
    (row) => row.bytes,
    (row) => row.total.writeBytes,
  ),
  reads: most(
    (row) => row.reads,
    (row) => row.total.readBytes,
  ),
  errors: most(
    (row) => row.errors,
    (row) => row.total.errors,
  ),
  writers: most(
    (row) => row.writers,
    (row) => row.total.writeBytes,
  ),
  readers: most(
    (row) => row.readers,
    (row) => row.total.readBytes,
  ),
  processes: most(
    (row) => row.processes,
    (row) => row.total.opens,
  ),
  process: (a, b) => {
    const [x, y] = [a.hottest?.comm ?? '\uffff', b.hottest?.comm ?? '\uffff']
    return x < y
      ? -1
      : x > y
        ? 1
        : most(
            (row) => row.total.writeBytes + row.total.readBytes,
            () => 0,
          )(a, b)
  },
  total: most(
    (row) => row.total.writeBytes + row.total.readBytes,
    (row) => row.total.opens,
  ),
}

function check(model: Model, log: Log, kinds: 'files' | 'all', { text, filter, verdict }: (typeof FILTERS)[number]): FileRow[] {
  const { rows, count } = model.files({ ...spec, kinds, filter })
  const files = log.byFile(kinds)
  assert.equal(count, rows.length)
  for (const [id, done] of files) {
    const row = rows.find((one) => one.id === id)
    const said = verdict(log, id, done)
    if (said !== 'may') assert.equal(row !== undefined, said === 'must', `${id} with '${text}'`)
    if (!row) continue
    assert.deepEqual(shown(row), expected(log, id, done))
    const heats = [...Map.groupBy(done, ({ who }) => who)].map(([who, some]) => ({ who, heat: log.heat(some) }))
    const best = Math.max(...heats.map(({ heat }) => heat))
    const of = heats.filter(({ who }) => who.startsWith(`${row.hottest?.id}#`))
    assert.ok(
      of.some(({ heat }) => heat >= best * (1 - 1e-6)),
      `${row.hottest?.id} is shown for ${id}, and is not the hottest`,
    )
  }
  assert.ok(rows.every(({ id }) => files.has(id)))
  return rows
}

describe('the files view, beside a naive one', () => {
  it('gives the same rows for every filter and kind; rows do not change later', () => {
    fc.assert(
      fc.property(madeUp, (all) => {
        const [model, log] = [new Model(info), new Log()]
        const seen: [FileRow[], FileRow[]][] = []
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          for (const kinds of ['files', 'all'] as const) {
            for (const filter of FILTERS) {
              const rows = check(model, log, kinds, filter)
              seen.push([rows, structuredClone(rows)])
            }
          }
        }
        for (const [rows, then] of seen) assert.deepEqual(rows, then)
      }),
      { numRuns: 80 },
    )
  })
  it('keeps its answers for one filter from tick to tick', () => {
    fc.assert(
      fc.property(madeUp, fc.constantFrom(...FILTERS), (all, filter) => {
        const [model, log] = [new Model(info), new Log()]
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          check(model, log, 'files', filter)
        }
      }),
      { numRuns: 250 },
    )
  })
  it('sorts by every column both ways, and gives any window of that and the place of any file', () => {
    const window = fc.record({ from: fc.nat(4), limit: fc.nat(4) })
    fc.assert(
      fc.property(
        madeUp,
        fc.constantFrom(...FILE_COLUMNS),
        fc.boolean(),
        fc.constantFrom(...FILTERS.slice(0, 4)),
        window,
        (all, sort, reverse, { filter }, some) => {
          const model = new Model(info)
          for (const [i, next] of all.entries()) {
            model.apply(next)
            // Not asked at every tick: what is kept from query to query must bear gaps.
            if (i % 3 === 1) continue
            const asked = { ...spec, sort, reverse, filter }
            const unsorted = model.files({ ...asked, sort: 'total', reverse: false }).rows
            const byId = (a: FileRow, b: FileRow) => (a.id < b.id ? -1 : 1)
            const right = [...unsorted].sort((a, b) => (reverse ? -1 : 1) * ORDERS[sort](a, b) || byId(a, b))
            const ids = (rows: FileRow[]) => rows.map(({ id }) => id)
            assert.deepEqual(ids(model.files({ ...asked, ...some }).rows), ids(right).slice(some.from, some.from + some.limit))
            assert.deepEqual(ids(model.files(asked).rows), ids(right))
            for (const [at, { id }] of right.entries()) assert.equal(model.files({ ...asked, limit: 2, keep: id }).at, at)
            assert.equal(model.files({ ...asked, keep: '77:7.7' }).at, -1)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('the files view, within limits', () => {
  it('shows no more files than may be remembered, each right since it came', () => {
    fc.assert(
      fc.property(madeUp, fc.constantFrom(...FILE_COLUMNS), (all, sort) => {
        const model = new Model(info, { files: 3 })
        const since = new Map<string, { total: number; tick: number }>()
        let [timeNs, seconds] = [0, 1]
        for (const next of all) {
          const before = new Set(model.files(spec).rows.map(({ id }) => id))
          for (const id of since.keys()) if (!before.has(id)) since.delete(id)
          if (next.timeNs > timeNs) {
            for (const one of since.values()) one.tick = 0
            if (timeNs > 0) seconds = (next.timeNs - timeNs) / 1e9
            timeNs = next.timeNs
          }
          for (const { file, opens } of next.counters) {
            const { total, tick } = since.get(file) ?? { total: 0, tick: 0 }
            since.set(file, { total: total + opens, tick: tick + opens })
          }
          model.apply(next)
          for (const kinds of ['files', 'all'] as const) {
            const { rows, count } = model.files({ ...spec, sort, kinds })
            assert.ok(rows.length <= 3)
            assert.equal(count, rows.length)
            assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length)
            for (const row of rows) assert.deepEqual([row.total.opens, Math.round(row.opens * seconds)], [since.get(row.id)?.total, since.get(row.id)?.tick])
          }
        }
      }),
      { numRuns: 300 },
    )
  })
  it('finds the first of thousands by what changed, whichever files were forgotten meanwhile', () => {
    const model = new Model(info, { files: 2000 })
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    for (let t = 1; t < 60; t++) {
      const files = Array.from({ length: 150 }, () => random(3000)).map((n) => fileFact(`1:${n}.1`, `/f/${n % 10}/${n}`))
      const counters = files.map(({ id }, i) => delta(`${i % 9}.1`, id, { writes: random(3), writeBytes: random(500), opens: random(2), errors: random(2) }))
      model.apply(batch(t, { processes: [processFact('1.1')], files, counters }))
      for (const sort of ['bytes', 'errors', 'total', 'writers', 'path'] as const) {
        const asked = { ...spec, sort, limit: 20 }
        // Reversed is found by looking at all; only the first ones are asked for otherwise, so that they come from the tick before.
        const rows = model.files({ ...asked, limit: 5000, reverse: true }).rows
        const right = [...rows].sort((a, b) => ORDERS[sort](a, b) || (a.id < b.id ? -1 : 1)).map(({ id }) => id)
        assert.equal(right.length, model.files(asked).count)
        assert.deepEqual(
          model.files(asked).rows.map(({ id }) => id),
          right.slice(0, 20),
        )
      }
    }
  })
})

describe('the files view', () => {
  it('marks deleted files, and names the hottest process after it is forgotten', () => {
    const model = new Model(info)
    model.apply(
      batch(1, {
        processes: [processFact('9.1', { comm: 'brief' })],
        files: [fileFact('1:1.1', '/a', { deleted: true })],
        counters: [delta('9.1', '1:1.1', { writes: 1, writeBytes: 5 })],
        exits: ['9.1'],
      }),
    )
    model.apply(batch(60))
    assert.deepEqual(model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files' }).rows, [])
    const filter = filterOf('comm:brief')
    for (const asked of [spec, { ...spec, filter }]) {
      const [row] = model.files(asked).rows
      assert.deepEqual([row?.deleted, row?.hottest, row?.bytes, row?.total.writeBytes], [true, { id: '9.1', pid: 9, comm: 'brief' }, 0, 5])
    }
  })
})
