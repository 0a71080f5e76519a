/** The model compared with a naive one over made-up batches, and its limits. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Batch, NO_FILE } from '../../src/batch/batch.ts'
import { FileTable } from '../../src/model/files.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model, type ProcessRow, type ViewSpec } from '../../src/model/model.ts'
import { ProcessTable } from '../../src/model/table.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Naive } from './naive.ts'

const PROCESSES = ['1.1', '1.2', '2.1', '3.1', '4.1']
const FILES = ['1:1.1', '1:2.1', '1:3.1', '1:4.1', '1:5.1', '6:4.0', '8:0.0', '9:0.0', NO_FILE]
const spec: ViewSpec = { sort: 'bytes', reverse: false, filter: null, kinds: 'files' }

const process = fc.constantFrom(...PROCESSES)
const amount = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 }))

/** A character device and the kinds without a name of their own keep their nature; a name can change. */
const name = fc.tuple(fc.constantFrom(...FILES.filter((id) => id !== NO_FILE)), fc.constantFrom('/a/x', '/a/y', '/b/x', '/b/yy')).map(([id, path]) => {
  const mode = id === '6:4.0' ? 0o020620 : id.endsWith(':0.0') ? 0o140777 : 0o100644
  return fileFact(id, path, { mode })
})

const change = fc
  .record({ process, file: fc.constantFrom(...FILES), opens: amount, writes: amount, writeBytes: amount, readBytes: amount, errors: fc.constant(1) })
  .map(({ process: id, file, ...counts }) => delta(id, file, counts))

/** Batches whose clock runs, stands still or is set back. */
const batches = fc
  .array(
    fc.record({
      step: fc.constantFrom(0, -3, 0.5, 1, 1, 1, 4, 11),
      counters: fc.array(change, { maxLength: 8 }),
      files: fc.array(name, { maxLength: 4 }),
      processes: fc.array(
        process.map((id) => processFact(id)),
        { maxLength: 2 },
      ),
      exits: fc.array(process, { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let seconds = 100
    return steps.map(({ step, ...some }) => {
      seconds += step
      return batch(seconds, some)
    })
  })

function filterOf(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok)
  return parsed.filter
}

/** The same objects all along, as a screen has them: answers are kept by filter. */
const FILTERS = ['', 'path:/a/**', 'x', 'path:/b -y', 'errors>2 yy'].map((text) => ({ text, filter: filterOf(text) }))

/** What FILTERS say, in words of their own. */
function passes(text: string, paths: string[], errors: number): boolean {
  const has = (part: string) => paths.some((path) => path.includes(part))
  switch (text) {
    case 'path:/a/**':
      return paths.some((path) => path.startsWith('/a/'))
    case 'x':
      return has('x')
    case 'path:/b -y':
      return paths.some((path) => path.startsWith('/b')) && !has('y')
    case 'errors>2 yy':
      return errors > 2 && has('yy')
    default:
      return true
  }
}

function checkHottest(row: ProcessRow, warm: ReturnType<Naive['warm']>): void {
  const most = Math.max(...warm.map(({ heat }) => heat))
  const shown = warm.find(({ fact }) => fact.id === row.hottest?.id)
  assert.equal(row.hottest === null, warm.length === 0)
  if (!shown) {
    assert.equal(row.hottest, null)
    return
  }
  assert.equal(row.hottest?.path, shown.fact.path)
  assert.ok(shown.heat >= most * (1 - 1e-6), `${row.hottest?.path} is shown with heat ${shown.heat}, not the one with ${most}`)
}

function checkView(model: Model, naive: Naive, kinds: 'files' | 'all', { text, filter }: (typeof FILTERS)[number]): ProcessRow[] {
  const { rows } = model.processes({ ...spec, kinds, filter })
  const expected = [...naive.processes.values()].filter((known) => {
    const { total, tick } = naive.sums(known, kinds)
    const did = total.opens + total.reads + total.writes + total.mmapPages + total.changes + total.errors > 0
    const paths = naive.warm(known, kinds).map(({ fact }) => fact.path)
    return did && passes(text, paths, tick.errors / naive.seconds)
  })
  assert.deepEqual(rows.map(({ id }) => id).sort(), expected.map(({ id }) => id).sort(), `rows of '${text}'`)
  for (const known of expected) {
    const row = rows.find(({ id }) => id === known.id)
    assert.ok(row)
    const { total, tick } = naive.sums(known, kinds)
    assert.deepEqual(row.total, total)
    assert.deepEqual([row.opens, row.bytes, row.errors], [tick.opens / naive.seconds, tick.writeBytes / naive.seconds, tick.errors / naive.seconds])
    assert.deepEqual([row.files, row.alive], [naive.distinct(known, kinds), known.endedNs === null])
    const prefix = /path:(\/\w)/.exec(text)?.[1] ?? ''
    checkHottest(
      row,
      naive.warm(known, kinds).filter(({ fact }) => fact.path.startsWith(prefix)),
    )
  }
  return rows
}

describe('Model, beside a naive one', () => {
  it('gives the same rows, sums, rates, files, hottest files and live processes; rows do not change later', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const model = new Model(info)
        const naive = new Naive()
        const seen: [ProcessRow[], ProcessRow[]][] = []
        for (const next of all) {
          model.apply(next)
          naive.apply(next)
          for (const kinds of ['files', 'all'] as const) {
            for (const filter of FILTERS) {
              const rows = checkView(model, naive, kinds, filter)
              // Twice: the second answer comes from what the first one kept.
              assert.deepEqual(checkView(model, naive, kinds, filter), rows)
              seen.push([rows, structuredClone(rows)])
            }
          }
          assert.equal(model.processes(spec).header.processes, naive.live)
        }
        for (const [rows, then] of seen) assert.deepEqual(rows, then)
      }),
      { numRuns: 300 },
    )
  })
  it('keeps its answers for one filter from tick to tick', () => {
    // checkView() above asks with many filters in turn; a screen has one.
    fc.assert(
      fc.property(batches, fc.constantFrom(...FILTERS), (all, filter) => {
        const model = new Model(info)
        const naive = new Naive()
        for (const next of all) {
          model.apply(next)
          naive.apply(next)
          checkView(model, naive, 'files', filter)
          checkView(model, naive, 'all', filter)
          checkView(model, naive, 'all', filter)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('Model, within its limits', () => {
  const limits = { processes: 3, files: 4, filesPerProcess: 3, pairs: 5 }
  it('never holds more processes or pairs, and loses no sum of a process it holds', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const model = new Model(info, limits)
        const since = new Map<string, number>()
        for (const next of all) {
          const before = new Set(model.processes({ ...spec, kinds: 'all' }).rows.map(({ id }) => id))
          for (const id of since.keys()) if (!before.has(id)) since.delete(id)
          for (const { process: id, opens } of next.counters) since.set(id, (since.get(id) ?? 0) + opens)
          model.apply(next)
          assert.ok(model.pairs <= limits.pairs, `${model.pairs} pairs`)
          const { rows, header } = model.processes({ ...spec, kinds: 'all' })
          assert.ok(rows.length <= limits.processes, `${rows.length} processes`)
          assert.ok(header.processes <= limits.processes)
          assert.ok(header.files <= limits.files)
          for (const row of rows) assert.equal(row.total.opens, since.get(row.id))
        }
      }),
      { numRuns: 500 },
    )
  })
  it('lets the ended go first, then those touched longest ago; pairs and live processes are counted right', () => {
    const step = fc.record({
      touched: fc.array(fc.tuple(process, fc.constantFrom(...FILES)), { maxLength: 6 }),
      exits: fc.array(process, { maxLength: 1 }),
      seconds: fc.constantFrom(0, 1, 6),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const names = new FileTable(10)
        const table = new ProcessTable({ ...limits, ended: 100, endedNs: 10e9 }, names)
        let live: string[] = []
        let ended: { id: string; at: number }[] = []
        let now = 0
        for (const [i, { touched, exits, seconds }] of steps.entries()) {
          now += seconds
          for (const [id, file] of touched) {
            const state = table.touch(id, i + 1)
            state.add(delta(id, file, { opens: 1 }), undefined, now * 1e9)
            table.settle(state)
          }
          for (const id of new Set(touched.map(([one]) => one))) {
            if (!ended.some((one) => one.id === id)) live = [...live.filter((one) => one !== id), id]
          }
          for (const id of exits) {
            table.end(id, now * 1e9)
            if (live.includes(id)) ended.push({ id, at: now })
            live = live.filter((one) => one !== id)
          }
          table.trim(now * 1e9)
          ended = ended.filter(({ at }) => now - at <= 10)
          while (ended.length + live.length > limits.processes) if (!ended.shift()) live.shift()
          assert.deepEqual(
            [...table].map(({ id }) => id),
            [...ended.map(({ id }) => id), ...live],
          )
          assert.equal(table.live, live.length)
          assert.equal(
            table.pairs,
            [...table].reduce((sum, { pairs }) => sum + pairs, 0),
          )
          assert.ok(table.pairs <= limits.pairs)
          for (const { pairs } of table) assert.ok(pairs <= limits.filesPerProcess)
        }
      }),
      { numRuns: 500 },
    )
  })
  it('takes pairs from the process touched longest ago, whose sums, count of files and hottest file stay', () => {
    const model = new Model(info, { pairs: 4, files: 4 })
    const use = (id: string, files: number[], writeBytes: number): Partial<Batch> => ({
      processes: [processFact(id)],
      files: files.map((n) => fileFact(`1:${n}.1`, `/${id}/${n}`)),
      counters: files.map((n) => delta(id, `1:${n}.1`, { writes: 1, writeBytes: n === 2 ? 1000 : writeBytes })),
    })
    model.apply(batch(1, use('1.1', [1, 2, 3], 10)))
    model.apply(batch(2, use('2.1', [11, 12, 13, 14], 10)))
    assert.equal(model.pairs, 4)
    assert.equal(model.file('1:2.1'), undefined)
    const row = model.processes({ ...spec, sort: 'pid' }).rows[0]
    assert.deepEqual([row?.files, row?.total.writeBytes, row?.hottest?.path], [3, 1020, '/1.1/2'])
    // It comes again: still the same file, still the hottest.
    model.apply(batch(3, { counters: [delta('1.1', '1:2.1', { errors: 1 })] }))
    const again = model.processes({ ...spec, sort: 'pid' }).rows[0]
    assert.deepEqual([again?.files, again?.hottest?.path, model.pairs], [3, '/1.1/2', 4])
  })
  it('keeps one text of an id, however often its fact comes', () => {
    const names = new FileTable(10)
    const first = names.at(names.learn(fileFact('1:1.1', '/a')))
    assert.equal(names.at(names.learn(fileFact('1:1.1', '/a'))), first)
    assert.equal(names.at(names.learn(fileFact('1:1.1', '/b')))?.path, '/b')
  })
  it('counts no pair for an operation that named no file', () => {
    const model = new Model(info)
    model.apply(batch(1, { counters: [delta('1.1', NO_FILE, { errors: 7 })] }))
    const [row] = model.processes(spec).rows
    assert.deepEqual([row?.files, row?.total.errors, row?.hottest, model.pairs], [0, 7, null, 0])
  })
})
