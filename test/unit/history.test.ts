/** The last ten minutes: what was shown is shown again, and the memory it takes is bounded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { FileRow } from '../../src/model/file-look.ts'
import type { FileSpec } from '../../src/model/file-view.ts'
import { parseFilter } from '../../src/model/filter.ts'
import { HISTORY_BYTES, History } from '../../src/model/history.ts'
import { Model, type ProcessRow, type ViewSpec } from '../../src/model/model.ts'
import { MOST_ROWS, type Snapshot } from '../../src/model/snapshot.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { madeUp } from './made-up.ts'

const spec: ViewSpec = { sort: 'bytes', reverse: false, filter: null, kinds: 'all' }
const fileSpec: FileSpec = { ...spec, sort: 'bytes', limit: 100 }

/** A row with seven digits to each number. */
function rounded<Row>(row: Row): Row {
  return JSON.parse(JSON.stringify(row), (_key, value) => (typeof value === 'number' ? Number(Math.fround(value).toPrecision(6)) : value)) as Row
}

const did = (row: ProcessRow | FileRow, before: Map<string, ProcessRow | FileRow>) => JSON.stringify(row.total) !== JSON.stringify(before.get(row.id)?.total)
const byId = <Row extends { id: string }>(rows: Row[]) => new Map(rows.map((row) => [row.id, row]))
const sortedById = <Row extends { id: string }>(rows: Row[]) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))

describe('history', () => {
  it('shows the processes and files that did something as they were shown then', () => {
    fc.assert(
      fc.property(madeUp, fc.constantFrom('files' as const, 'all' as const), (all, kinds) => {
        const model = new Model(info)
        const then = new Map<number, { processes: ProcessRow[]; files: FileRow[]; timeMs: number }>()
        let before: { processes: Map<string, ProcessRow>; files: Map<string, FileRow> } = { processes: new Map(), files: new Map() }
        let tick = -1
        let running = before
        for (const next of all) {
          model.apply(next)
          const processes = model.processes({ ...spec, kinds }).rows
          const files = model.files({ ...fileSpec, kinds }).rows
          const last = model.moments().at(-1)?.tick ?? -1
          // A tick shorter than a second is not kept.
          if (last !== tick || next === all[0]) {
            before = running
            tick = last
          }
          running = { processes: byId(processes), files: byId(files) }
          const changed = { processes: processes.filter((row) => did(row, before.processes)), files: files.filter((row) => did(row, before.files)) }
          if (model.moments().at(-1)?.timeMs === next.timeMs) then.set(tick, { ...changed, timeMs: next.timeMs })
        }
        const ticks = model.moments().map((moment) => moment.tick)
        assert.equal(new Set(ticks).size, ticks.length)
        for (const { tick: at, timeMs } of model.moments()) {
          const shown = then.get(at)
          assert.ok(shown)
          assert.equal(timeMs, shown.timeMs)
          const processes = model.processesAt(at, { ...spec, kinds })
          const files = model.filesAt(at, { ...fileSpec, kinds })
          assert.deepEqual([processes?.whole, files?.whole], [true, true])
          // What the model forgot in the very tick, or did nothing of this kind in it, need not be there; what is there is as it was.
          for (const row of shown.processes) {
            const past = processes?.rows.find(({ id }) => id === row.id)
            assert.ok(past, `${row.id} is missing`)
            assert.deepEqual(rounded(past), rounded(row))
          }
          assert.deepEqual(sortedById(files?.rows ?? []).map(rounded), sortedById(shown.files).map(rounded))
          assert.equal(processes?.header.timeMs, timeMs)
        }
      }),
      { numRuns: 200 },
    )
  })
  it('keeps those that did most, filters and sorts them, and has the header of then', () => {
    const model = new Model(info)
    const ids = Array.from({ length: 100 }, (_, i) => `${i + 1}.1`)
    const files = ids.map((_, i) => fileFact(`1:${i}.1`, `/f/${i}`))
    for (let t = 1; t <= 3; t++) {
      const counters = ids.map((id, i) => delta(id, `1:${i}.1`, { writes: 1, writeBytes: t === 2 ? i * 10 : 0, errors: 1 }))
      const totals = { ...batch(0).totals, writeBytes: t * 1000 }
      model.apply(batch(t, { processes: ids.map((id) => processFact(id)), files, counters, totals }))
    }
    const moment = model.moments()[1]
    assert.ok(moment)
    const past = model.processesAt(moment.tick, spec)
    assert.deepEqual([past?.whole, past?.rows.length, past?.rows[0]?.bytes, past?.header.writeBytes], [false, MOST_ROWS, 990, 1000])
    assert.deepEqual(past?.header.history.writeBytes, [0, 1000])
    const parsed = parseFilter('path:/f/9*')
    assert.ok(parsed.ok)
    const view = model.filesAt(moment.tick, { ...fileSpec, filter: parsed.filter, sort: 'path', limit: 3, keep: '1:92.1' })
    assert.deepEqual([view?.rows.map(({ path }) => path), view?.count, view?.at], [['/f/90', '/f/91', '/f/92'], 10, 2])
    assert.equal(model.processesAt(-1, spec), null)
  })
  it('thins out ticks shorter than a second, and lets go what is older than ten minutes', () => {
    const model = new Model(info)
    for (let t = 0; t < 2000; t++) model.apply(batch(100 + t / 2, { counters: [delta('1.1', '1:1.1', { opens: 1 })] }))
    const times = model.moments().map(({ timeMs }) => timeMs / 1000)
    assert.equal(times.length, 601)
    assert.deepEqual([times[0], times.at(-1)], [499, 1099])
  })
  it('reaches back ten minutes with every place taken, by processes and files that stay', () => {
    const model = new Model(info)
    const ids = Array.from({ length: 50 }, (_, i) => `${i + 1}.1`)
    const files = ids.map((_, i) => fileFact(`1:${i}.1`, `/srv/${'folder/'.repeat(8)}${i}`))
    for (let t = 1; t <= 700; t++) {
      const counters = ids.map((id, i) => delta(id, `1:${i}.1`, { writes: 1, writeBytes: i + 1 }))
      model.apply(batch(t, { processes: t === 1 ? ids.map((id) => processFact(id)) : [], files: t === 1 ? files : [], counters }))
    }
    assert.equal(model.moments().length, 601)
  })
  it('never takes more than its limit, by reckoning, however long names are', () => {
    const text = fc.integer({ min: 0, max: 4096 }).map((length) => 'x'.repeat(length))
    const fact = text.map((path) => fileFact('1:1.1', `/${path}`))
    const rows = fc.array(fc.record({ fact, again: fc.boolean() }), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 40 }), fc.integer({ min: 0, max: 60_000 }), (all, limit) => {
        const history = new History(limit)
        let shared = fileFact('1:1.1', '/shared')
        for (const [i, some] of all.entries()) {
          const files = some.map((one) => {
            if (!one.again) shared = one.fact
            return { id: '1:1.1', fact: shared, kind: 'files' as const, user: null, userFact: null }
          })
          history.add(snapshotOf(i, files))
          assert.ok(history.bytes <= limit, `${history.bytes} of ${limit}`)
          // What is reckoned comes to what a new one with the same snapshots would reckon.
          const anew = new History(Number.POSITIVE_INFINITY)
          for (const snapshot of history.snapshots) anew.add(snapshot)
          assert.equal(history.bytes, anew.bytes)
        }
      }),
      { numRuns: 100 },
    )
  })
  it('takes no more of the heap than it reckons, in the worst case: new processes and new long names each second', () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const used = () => {
      gc()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const history = new History()
    const before = used()
    for (let t = 0; t < 700; t++) {
      const rows = Array.from({ length: MOST_ROWS }, (_, i) => {
        // Each its own text: one made of parts would share them.
        const path = Buffer.from(`/${t}/${i}/${'long/'.repeat(20)}`).toString('latin1')
        const userFact = processFact(`${t * 100 + i}.1`, { comm: Buffer.from(`c${i}`).toString('latin1') })
        return { id: `1:${t * 100 + i}.1`, fact: fileFact(`1:${t * 100 + i}.1`, path), kind: 'files' as const, user: userFact.id, userFact }
      })
      history.add(snapshotOf(t, rows))
    }
    const taken = used() - before
    assert.ok(history.bytes <= HISTORY_BYTES)
    assert.ok(history.bytes > HISTORY_BYTES / 2, `only ${history.bytes} bytes were reckoned`)
    assert.ok(taken < HISTORY_BYTES, `${(taken / 1e6).toFixed(1)} MB taken, ${(history.bytes / 1e6).toFixed(1)} MB reckoned`)
    assert.ok(history.snapshots.length > 100)
  })
})

function snapshotOf(tick: number, rows: Snapshot['files']['rows']): Snapshot {
  const { header } = new Model(info).processes(spec)
  const { history: _history, ...rest } = header
  const processes = rows.map(({ id, userFact }) => ({ id, fact: userFact, alive: true, hottest: null, hottestOfAll: null }))
  return {
    tick,
    timeNs: tick * 1e9,
    seconds: 1,
    header: { ...rest, ops: 0 },
    processes: { width: 34, numbers: new Float32Array(processes.length * 34), rows: processes, whole: true },
    files: { width: 19, numbers: new Float32Array(rows.length * 19), rows, whole: true },
  }
}
