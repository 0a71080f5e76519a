import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { NO_FILE } from '../../src/batch/batch.ts'
import { parseFilter } from '../../src/model/filter.ts'
import { refine } from '../../src/model/frozen.ts'
import { Model, type ViewSpec } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

const spec: ViewSpec = { sort: 'bytes', reverse: false, filter: null, kinds: 'files' }

describe('Model', () => {
  it('turns increments into rates of the last tick and keeps the sums', () => {
    const model = new Model(info)
    model.apply(
      batch(10, { processes: [processFact('7.1')], files: [fileFact('1:2.3', '/a')], counters: [delta('7.1', '1:2.3', { writes: 5, writeBytes: 500 })] }),
    )
    model.apply(batch(12, { counters: [delta('7.1', '1:2.3', { writes: 4, writeBytes: 1000 })] }))
    const [row] = model.processes(spec).rows
    assert.equal(row?.writes, 2)
    assert.equal(row?.bytes, 500)
    assert.equal(row?.total.writeBytes, 1500)
    assert.equal(row?.hottest?.path, '/a')
    model.apply(batch(13))
    assert.equal(model.processes(spec).rows[0]?.bytes, 0)
  })
  it('names a process that lived for a moment, and lets it go after ten seconds', () => {
    const model = new Model(info)
    model.apply(
      batch(1, { processes: [processFact('9.1', { comm: 'brief', exe: '/bin/brief' })], counters: [delta('9.1', NO_FILE, { errors: 1 })], exits: ['9.1'] }),
    )
    const [row] = model.processes(spec).rows
    assert.deepEqual([row?.comm, row?.exe, row?.parentComm, row?.alive], ['brief', '/bin/brief', 'init', false])
    model.apply(batch(10))
    assert.equal(model.processes(spec).rows.length, 1)
    model.apply(batch(12))
    assert.equal(model.processes(spec).rows.length, 0)
  })
  it('says whose a process is, as far as that is known, and more when it is told more', () => {
    const model = new Model({ ...info, users: { 0: 'root', 999: 'coredump' } })
    const fact = (id: string, some: object) => processFact(id, { uid: 999, ...some })
    const group = { kind: 'docker' as const, label: 'web', id: 'a'.repeat(64), name: 'web' }
    model.apply(
      batch(1, {
        processes: [
          fact('1.1', {}),
          fact('2.1', { group, user: 'postgres' }),
          fact('3.1', { group, user: '' }),
          fact('4.1', { group: { kind: 'none', label: '' } }),
        ],
        counters: ['1.1', '2.1', '3.1', '4.1', '5.1'].map((id) => delta(id, '1:2.3', { opens: 1 })),
      }),
    )
    const seen = (filter: string) => {
      const parsed = parseFilter(filter)
      assert.ok(parsed.ok)
      const { rows } = model.processes({ ...spec, filter: parsed.filter, sort: 'pid', reverse: true })
      assert.deepEqual(refine(model.processes({ ...spec, sort: 'pid', reverse: true }).rows, parsed.filter, 'pid', true), rows, 'the same while paused')
      return rows.map(({ pid, user, hostUser, container }) => [pid, user, hostUser, container].join(' ')).sort()
    }
    assert.deepEqual(seen(''), ['1 coredump coredump ?', '2 ~postgres coredump web', '3 999 coredump web', '4 coredump coredump ', '5 ? ? ?'])
    assert.deepEqual(seen('container:web user:postgres'), ['2 ~postgres coredump web'])
    assert.deepEqual(seen('container:aaaaaaaa'), ['2 ~postgres coredump web', '3 999 coredump web'])
    model.apply(batch(2, { processes: [fact('1.1', { group })] }))
    assert.deepEqual(seen('pid:1'), ['1 coredump coredump web'])
  })
  it('tells two processes with one pid apart', () => {
    const model = new Model(info)
    model.apply(batch(1, { counters: [delta('5.1', '1:1.1', { opens: 1 }), delta('5.2', '1:1.1', { opens: 2 })] }))
    assert.deepEqual(
      model.processes({ ...spec, sort: 'opens' }).rows.map((row) => [row.pid, row.total.opens]),
      [
        [5, 2],
        [5, 1],
      ],
    )
  })
  it('keeps two equal rows of one pid in place, whoever was touched last', () => {
    const model = new Model(info)
    const [a, b] = [delta('5.1', '1:1.1', { opens: 1 }), delta('5.2', '1:1.1', { opens: 1 })]
    const order = () => model.processes(spec).rows.map((row) => row.id)
    model.apply(batch(1, { counters: [a, b] }))
    assert.deepEqual(order(), ['5.1', '5.2'])
    model.apply(batch(2, { counters: [b, a] }))
    assert.deepEqual(order(), ['5.1', '5.2'])
  })
  it('leaves sockets, pipes and terminals out unless all kinds are wanted', () => {
    const model = new Model(info)
    const files = [
      fileFact('9:0.0', 'socket:', { mode: 0o140777, fstype: 'sockfs' }),
      fileFact('6:4.0', '/dev/pts/0', { mode: 0o020620, fstype: 'devpts' }),
      fileFact('1:1.1', '/a'),
    ]
    model.apply(
      batch(1, {
        files,
        counters: [
          delta('5.1', '9:0.0', { writes: 1, writeBytes: 100 }),
          delta('5.1', '6:4.0', { writes: 1, writeBytes: 10 }),
          delta('5.1', '1:1.1', { writes: 1, writeBytes: 1 }),
        ],
      }),
    )
    assert.equal(model.processes(spec).rows[0]?.total.writeBytes, 1)
    assert.equal(model.processes({ ...spec, kinds: 'all' }).rows[0]?.total.writeBytes, 111)
  })
  it('bears time that stands still or goes back', () => {
    const model = new Model(info)
    for (const seconds of [5, 5, 3, 100]) model.apply(batch(seconds, { counters: [delta('5.1', '1:1.1', { writes: 1, writeBytes: 1 })] }))
    assert.ok(Number.isFinite(model.processes(spec).rows[0]?.bytes))
  })
  it('adds a batch whose time did not advance to the running tick', () => {
    const model = new Model(info)
    let sum = 0
    const opens = (n: number) => {
      sum += n
      const totals = { ...batch(0).totals, calls: [sum, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }
      return { counters: [delta('5.1', '1:1.1', { opens: n })], totals }
    }
    const rates = () => [model.processes(spec).rows[0]?.opens, model.processes(spec).header.opens]
    model.apply(batch(5))
    model.apply(batch(7, opens(4)))
    assert.deepEqual(rates(), [2, 2])
    model.apply(batch(7, opens(6)))
    assert.deepEqual(rates(), [5, 5])
    // Set back: still the same tick, and the next one is counted from there.
    model.apply(batch(3, opens(2)))
    assert.deepEqual(rates(), [6, 6])
    model.apply(batch(4, opens(4)))
    assert.deepEqual(rates(), [4, 4])
    assert.deepEqual(model.processes(spec).header.history.ops, [0, 6, 4])
    // Next to no time is no tick, but it is not lost.
    model.apply(batch(4.0004, opens(1)))
    assert.deepEqual(rates(), [5, 5])
    model.apply(batch(5, opens(3)))
    assert.deepEqual(rates(), [3, 3])
  })
  it('tells a socket by its id when its name is not there yet, and a terminal by its name once it is', () => {
    const model = new Model(info)
    const write = { counters: [delta('5.1', '9:0.0', { writes: 1, writeBytes: 100 }), delta('5.1', '6:4.0', { writes: 1, writeBytes: 10 })] }
    const shown = () => model.processes(spec).rows.map((row) => [row.files, row.total.writeBytes, row.hottest?.path])
    model.apply(batch(1, write))
    assert.deepEqual(shown(), [[1, 10, undefined]])
    model.apply(batch(2, { files: [fileFact('6:4.0', '/dev/pts/0', { mode: 0o020620 })] }))
    assert.deepEqual(shown(), [[1, 10, undefined]])
    model.apply(batch(3, write))
    assert.deepEqual(shown(), [[0, 10, undefined]])
    assert.equal(model.processes({ ...spec, kinds: 'all' }).rows[0]?.hottest?.path, '/dev/pts/0')
  })
  it('still takes a terminal for one when its name is forgotten', () => {
    const model = new Model(info, { files: 1 })
    const write = delta('5.1', '6:4.0', { writes: 1, writeBytes: 10 })
    model.apply(batch(1, { files: [fileFact('6:4.0', '/dev/pts/0', { mode: 0o020620 })], counters: [write] }))
    model.apply(batch(2, { files: [fileFact('1:1.1', '/a')] }))
    assert.equal(model.file('6:4.0'), undefined)
    model.apply(batch(3, { counters: [write] }))
    assert.deepEqual(model.processes(spec).rows, [])
    const [row] = model.processes({ ...spec, kinds: 'all' }).rows
    assert.deepEqual([row?.files, row?.hottest?.path], [1, '/dev/pts/0'])
  })
  it('finds the next hottest file when the hottest turns out to be none', () => {
    const model = new Model(info)
    const counters = [delta('5.1', '1:1.1', { writes: 1, writeBytes: 1 }), delta('5.1', '1:2.1', { writes: 1, writeBytes: 100 })]
    const seen = (kinds: 'files' | 'all') => model.processes({ ...spec, kinds }).rows.map((row) => [row.files, row.hottest?.path])
    model.apply(batch(1, { files: [fileFact('1:1.1', '/a'), fileFact('1:2.1', '/b')], counters }))
    assert.deepEqual(seen('files'), [[2, '/b']])
    model.apply(batch(2, { files: [fileFact('1:2.1', '/dev/tty1', { mode: 0o020620 })], counters }))
    assert.deepEqual([seen('files'), seen('all')], [[[1, '/a']], [[2, '/dev/tty1']]])
  })
  it('shows that the hottest file was deleted, with a filter too', () => {
    const model = new Model(info)
    const parsed = parseFilter('path:/a')
    assert.ok(parsed.ok)
    const deleted = () => model.processes({ ...spec, filter: parsed.filter }).rows.map((row) => row.hottest?.deleted)
    model.apply(batch(1, { files: [fileFact('1:1.1', '/a')], counters: [delta('5.1', '1:1.1', { opens: 1 })] }))
    assert.deepEqual(deleted(), [undefined])
    model.apply(batch(2, { files: [fileFact('1:1.1', '/a', { deleted: true })] }))
    assert.deepEqual(deleted(), [true])
  })
  it('shows a file that gets its name after its last operation', () => {
    const model = new Model(info)
    const counters = [delta('5.1', '1:1.1', { writes: 1, writeBytes: 1 }), delta('5.1', '1:2.1', { writes: 1, writeBytes: 100 })]
    const hottest = () => model.processes(spec).rows[0]?.hottest?.path
    model.apply(batch(1, { files: [fileFact('1:1.1', '/known')], counters }))
    assert.equal(hottest(), '/known')
    model.apply(batch(2, { files: [fileFact('1:2.1', '/late')] }))
    assert.equal(hottest(), '/late')
  })
  it('stays small through 100,000 short processes and 1,000,000 files', () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const heap = () => {
      gc()
      return process.memoryUsage().heapUsed
    }
    const model = new Model(info)
    let file = 0
    let written = 0
    let settled = 0
    for (let tick = 0; tick < 1000; tick++) {
      const ids = Array.from({ length: 100 }, (_, i) => `${(tick * 100 + i) % 32768}.${tick}`)
      const files = ids.flatMap(() => Array.from({ length: 10 }, () => fileFact(`1:${++file}.1`, `/srv/data/some/folder/file-${file}`)))
      written += files.length
      const counters = files.map((fact, i) => delta(ids[Math.floor(i / 10)] as string, fact.id, { writes: 1, writeBytes: 1 }))
      const totals = { calls: [0, 0, 0, written, 0, 0, 0, 0, 0, 0, 0, 0], errors: new Array(12).fill(0), readBytes: 0, writeBytes: written }
      model.apply(batch(tick + 1, { processes: ids.map((id) => processFact(id)), files, counters, exits: ids, totals }))
      if (tick === 200) settled = heap()
    }
    assert.equal(file, 1_000_000)
    const view = model.processes(spec)
    assert.equal(view.header.writeBytes, 1000)
    assert.ok(view.rows.length <= 1100, `${view.rows.length} rows`)
    const grown = heap() - settled
    assert.ok(grown < 20 << 20, `the heap grew by ${(grown / 1e6).toFixed(1)} MB between 20 % and 100 %`)
  })
})
