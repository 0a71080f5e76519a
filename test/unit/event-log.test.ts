/** The last events: each that came is accounted for, what passes a filter is found, and what is read stays. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Batch, type EventFact, NO_FILE } from '../../src/batch/batch.ts'
import { Backlog } from '../../src/model/backlog.ts'
import { EventLog, type EventView } from '../../src/model/event-log.ts'
import { parseFilter } from '../../src/model/filter.ts'
import { Last } from '../../src/model/last.ts'
import { Model } from '../../src/model/model.ts'
import { narrowingOf } from '../../src/model/narrow.ts'
import type { World } from '../../src/model/world.ts'
import { batch, event, fileFact, info, processFact } from './batches.ts'

const events = (from: number, count: number, some: Partial<EventFact> = {}) => Array.from({ length: count }, (_, i) => event(from + i / 1000, some))
const losing = (eventsFull: number) => ({ ...batch(0).losses, eventsFull })
const ALL = { filter: null, kinds: 'all' as const, limit: 1e6 }

function filter(text: string) {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok, text)
  return parsed.filter
}

/** A log that keeps `most`, in a world that knows nobody. */
function small(most: number): EventLog {
  const world = { info, processes: { find: () => undefined }, names: { get: () => undefined } } as unknown as World
  return new EventLog(world, most)
}

const seqs = ({ rows }: EventView) => rows.map(({ seq }) => seq)

describe('the last of what came', () => {
  it('is in order, found by its number, and as much as may be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 200 }), fc.nat(400), (most, steps, wanted) => {
        const last = new Last<{ seq: number }>(most)
        const all: number[] = []
        for (const step of steps) {
          all.push((all.at(-1) ?? 0) + step)
          last.push({ seq: all.at(-1) ?? 0 })
        }
        const kept = all.slice(-most)
        assert.deepEqual(
          [...last].map(({ seq }) => seq),
          kept,
        )
        assert.deepEqual([last.size, last.dropped], [kept.length, all.length > most ? all.at(-most - 1) : 0])
        const place = kept.findIndex((seq) => seq >= wanted)
        assert.equal(last.place(wanted), place < 0 ? kept.length : place)
        assert.deepEqual([last.at(0)?.seq, last.at(kept.length), last.at(-1)], [kept[0], undefined, undefined])
      }),
    )
  })
})

describe('events', () => {
  it('are rows with what is known of their process and file, also where the name comes later', () => {
    const model = new Model(info)
    const facts = { processes: [processFact('7.1', { comm: 'dd' })], files: [fileFact('1:1.1', '/srv/x')] }
    const failed = event(11.5, { op: 'open', file: NO_FILE, result: -2, path: '/nowhere', asGiven: true, process: '8.1', pid: 8, uid: 5, comm: 'cat' })
    model.apply(batch(12, { ...facts, events: [event(11), failed, event(11.7, { file: '1:2.1' })] }))
    const shown = () => model.events(ALL).rows.map(({ timeMs, pid, user, comm, op, path, result, alive }) => [timeMs, pid, user, comm, op, path, result, alive])
    assert.deepEqual(shown(), [
      [11_000, 7, 'root', 'dd', 'write', '/srv/x', 100, true],
      [11_500, 8, '5', 'cat', 'open', '/nowhere', -2, false],
      [11_700, 7, 'root', 'dd', 'write', '', 100, true],
    ])
    model.apply(batch(13, { files: [fileFact('1:2.1', '/srv/late'), fileFact('1:1.1', '/srv/renamed')] }))
    assert.deepEqual(
      model.events(ALL).rows.map(({ path }) => path),
      ['/srv/x', '/nowhere', '/srv/late'],
      'and what a file was called then',
    )
  })

  it('have the name from the root where that is known', () => {
    const model = new Model(info)
    const known = { files: [fileFact('1:1.1', '/mnt/disk/a/b'), fileFact('1:2.1', '/a/new')] }
    model.apply(
      batch(1, { ...known, events: [event(1, { path: '/a/b', noMount: true }), event(1, { file: '1:2.1', op: 'rename', path: '/a/newer', noMount: true })] }),
    )
    assert.deepEqual(
      model.events(ALL).rows.map(({ path, noMount }) => [path, noMount]),
      [
        ['/mnt/disk/a/b', undefined],
        ['/a/newer', true],
      ],
    )
    model.apply(batch(2, { events: [event(2, { path: '/b', asGiven: true })] }))
    assert.equal(model.events(ALL).rows.at(-1)?.path, '/b', 'what a program gave is another matter')
  })

  it('pass a filter by what they are, who made them, and what a row says', () => {
    const model = new Model({ ...info, users: { 0: 'root', 33: 'www-data' } })
    model.apply(
      batch(1, {
        processes: [
          processFact('7.1', { comm: 'dd', exe: '/bin/dd' }),
          processFact('8.1', { comm: 'nginx', uid: 33, parent: '7.1', ppid: 7, exe: '/sbin/nginx', cgroup: '55' }),
        ],
        files: [
          fileFact('1:1.1', '/srv/big.bin'),
          fileFact('1:2.1', '/var/log/access.log'),
          fileFact('8:0.0', 'socket:', { mode: 0o140000, fstype: 'sockfs' }),
        ],
        events: [
          event(1, { result: 2 ** 21 }),
          event(1, { process: '8.1', pid: 8, uid: 33, comm: 'nginx', file: '1:2.1', result: 10 }),
          event(1, { process: '8.1', pid: 8, uid: 33, comm: 'nginx', file: NO_FILE, op: 'open', result: -13, path: '/etc/shadow' }),
          event(1, { process: '9.1', pid: 9, uid: 33, comm: 'rm', file: NO_FILE, op: 'unlink', result: 0, path: '/srv/old' }),
          event(1, { file: '8:0.0', op: 'read', result: 5 }),
        ],
      }),
    )
    const found = (text: string, kinds: 'files' | 'all' = 'all') => seqs(model.events({ ...ALL, kinds, filter: filter(text) }))
    assert.deepEqual(found(''), [1, 2, 3, 4, 5])
    assert.deepEqual(found('', 'files'), [1, 2, 3, 4], 'sockets are no files')
    assert.deepEqual(found('comm:nginx'), [2, 3])
    assert.deepEqual(found('comm:dd', 'files'), [1])
    assert.deepEqual(found('pid:7'), [1, 5])
    assert.deepEqual(found('pid:7+'), [1, 2, 3, 5])
    assert.deepEqual(found('user:www-data'), [2, 3, 4])
    assert.deepEqual(found('user:33 -comm:nginx'), [4])
    assert.deepEqual(found('exe:/sbin/**'), [2, 3])
    assert.deepEqual(found('container:55'), [2, 3])
    assert.deepEqual(found('path:/srv/**'), [1, 4])
    assert.deepEqual(found('op:write'), [1, 2])
    assert.deepEqual(found('op:change'), [4])
    assert.deepEqual([found('op:unlink'), found('op:rename')], [[4], []])
    assert.deepEqual(
      [found('op:"open r"'), found('op:"open w"'), found('-op:unlink')].map(({ length }) => length),
      [1, 0, 4],
    )
    assert.deepEqual([found('*.log'), found('ngin?'), found('shad*'), found('*.bin -dd')], [[2], [2, 3], [3], []])
    assert.deepEqual(found('op:error'), [3])
    assert.deepEqual(found('op:open'), [3], 'tried is done, here')
    assert.deepEqual(found('bytes>1M'), [1])
    assert.deepEqual(found('errors>0'), [3])
    assert.deepEqual(found('unlink'), [4])
    assert.deepEqual(found('eacces'), [3])
    assert.deepEqual(found('-eacces -unlink log'), [2])
  })

  it('pass a filter by how long they took, and those of which that is not known pass none', () => {
    const model = new Model(info)
    const took = (durationNs?: number) => event(1, durationNs === undefined ? {} : { durationNs })
    model.apply(batch(1, { events: [took(0), took(9_999_999), took(), took(1e7), took(3e9)] }))
    assert.deepEqual(
      model.events(ALL).rows.map(({ durationNs }) => durationNs),
      [0, 9_999_999, null, 1e7, 3e9],
    )
    const found = (text: string) => seqs(model.events({ ...ALL, filter: filter(text) }))
    assert.deepEqual(found('took>10ms'), [5])
    assert.deepEqual(found('took>=10ms'), [4, 5])
    assert.deepEqual(found('took<10ms'), [1, 2])
    assert.deepEqual(found('took=3s'), [5])
    assert.deepEqual(found('-took>=10ms'), [1, 2, 3])
  })

  it('that pass the filter stay when others come by the thousand; another filter asks those that are kept', () => {
    const log = small(10)
    const comm = filter('comm:rare')
    log.view({ ...ALL, filter: comm })
    log.add(batch(1, { events: [event(1, { comm: 'rare' }), ...events(1, 500)] }))
    assert.deepEqual(seqs(log.view({ ...ALL, filter: comm })), [1])
    assert.deepEqual(seqs(log.view({ ...ALL, filter: filter('comm:rare') })), [], 'the same text anew')
    assert.deepEqual(log.view(ALL).counts, { produced: 501, here: 10, hidden: 0, forgotten: 491, lost: 0, sinceMs: 1499 })
  })

  it('are told apart where others between them are missing', () => {
    const log = small(5)
    log.add(batch(1, { events: events(1, 2) }))
    log.resume()
    log.add(batch(2, { events: events(2, 2), losses: losing(0) }))
    log.add(batch(3, { events: events(3, 1), losses: losing(4) }))
    const gaps = () => log.view(ALL).rows.map(({ seq, gap }) => (gap ? -seq : seq))
    assert.deepEqual(gaps(), [1, 2, -3, 4, -5])
    assert.deepEqual(log.view({ ...ALL, from: 2 }).rows[0]?.gap, true, 'wherever a window begins')
    log.hold(true)
    log.add(batch(4, { events: events(4, 8), losses: losing(4) }))
    assert.deepEqual(gaps(), [1, 2, -3, 4, -5, -9, 10, 11, 12, 13])
  })

  it('say since when none came: since the newest, or since they began to come', () => {
    const log = small(5)
    const since = () => log.view(ALL).counts.sinceMs
    assert.equal(since(), null)
    log.add(batch(1, {}))
    assert.equal(since(), 1000)
    log.add(batch(2, { events: events(2, 1) }))
    const newest = log.view(ALL).rows.at(-1)?.timeMs ?? 0
    assert.equal(since(), newest)
    log.add(batch(60, {}))
    assert.equal(since(), newest, 'however long that is')
    log.resume()
    assert.equal(since(), 60_000, 'before this nobody listened')
  })

  it('are not all looked at in a flood, unless something is looked for', () => {
    const log = small(5)
    log.add(batch(1, { events: events(1, 2) }))
    log.add(batch(2, { events: events(2, 1000) }))
    assert.deepEqual(log.view({ ...ALL, kinds: 'files' }).counts, { produced: 1002, here: 5, hidden: 0, forgotten: 997, lost: 0, sinceMs: 2999 })
    assert.deepEqual(seqs(log.view(ALL)), [998, 999, 1000, 1001, 1002], 'the last ones')
    const sockets = events(3, 1000, { file: '8:0.0' })
    log.view({ ...ALL, kinds: 'files' })
    log.add(batch(3, { events: [event(3), ...sockets] }))
    assert.deepEqual(seqs(log.view({ ...ALL, kinds: 'files' })), [998, 999, 1000, 1001, 1002])
    log.add(batch(4, { events: [event(4)] }))
    const { rows } = log.view({ ...ALL, kinds: 'files' })
    assert.deepEqual([rows.at(-1)?.gap, rows.at(-2)?.gap], [true, false], 'which is marked')
    const comm = filter('comm:rare')
    log.view({ ...ALL, filter: comm })
    log.add(batch(5, { events: [event(5, { comm: 'rare' }), ...events(5, 1000)] }))
    assert.equal(log.view({ ...ALL, filter: comm }).count, 1)
  })

  it('stay where they are while somebody reads, with the last of what comes behind them', () => {
    const log = small(4)
    log.add(batch(1, { events: events(1, 6) }))
    log.hold(true)
    log.hold(true)
    log.add(batch(2, { events: events(2, 100) }))
    assert.deepEqual(seqs(log.view(ALL)), [3, 4, 5, 6, 103, 104, 105, 106])
    assert.deepEqual(log.view({ ...ALL, keep: 5 }).at, 2)
    assert.deepEqual(log.view({ ...ALL, keep: 50 }).at, 4, 'the next one, where it is gone')
    assert.deepEqual(log.view({ ...ALL, keep: 1 }).at, 0)
    assert.deepEqual(log.view({ ...ALL, keep: 1000 }).at, 7)
    assert.deepEqual(seqs(log.view({ ...ALL, filter: filter('comm:dd') })), [3, 4, 5, 6, 103, 104, 105, 106], 'through another filter too')
    log.hold(false)
    assert.deepEqual(seqs(log.view(ALL)), [103, 104, 105, 106])
    assert.equal(log.view({ ...ALL, filter: filter('comm:nobody'), keep: 3 }).at, -1)
  })

  it('are those a rule hit, where process, file and time say so: the first that came after the hit', () => {
    const model = new Model(info)
    model.apply(batch(10, { files: [fileFact('1:1.1', '/srv/x')], events: [event(5), event(6, { result: -1 }), event(6.01), event(9, { result: -1 })] }))
    const hit = (seconds: number, some = {}) => ({ rule: 3, timeMs: seconds * 1000, pid: 7, path: '/srv/x', refused: '', held: false, ...some })
    const rules = () => model.events(ALL).rows.map(({ rule }) => rule)
    assert.deepEqual(rules(), [null, null, null, null])
    model.noteHits([hit(5.999)])
    assert.deepEqual(rules(), [null, 3, null, null])
    model.noteHits([hit(5.999, { pid: 8 }), hit(5.999, { path: '/srv/y' }), hit(8.8)])
    assert.deepEqual(rules(), [null, 3, null, null], 'a hit so long before is of another call')
    model.noteHits([hit(6, { rule: 5, refused: 'EPERM' })])
    assert.deepEqual(rules(), [null, 5, null, null])
    model.noteHits([hit(4.999, { rule: 6, refused: 'EPERM' })])
    assert.deepEqual(rules(), [null, 5, null, null], 'a call that was refused did not go well')
    model.noteHits([hit(8.2, { rule: 4, held: true })])
    assert.deepEqual(rules(), [null, 5, null, 4], 'but not where it waited')
  })
})

describe('produced is the sum of what is here, hidden, forgotten and lost', () => {
  type Step =
    | { kind: 'batch'; events: EventFact[]; lost: number; left: number }
    | { kind: 'narrow'; on: boolean }
    | { kind: 'filter'; text: string }
    | { kind: 'hold'; on: boolean }
    | { kind: 'pause'; on: boolean }
    | { kind: 'kinds'; all: boolean }
  const made = fc.array(fc.record({ comm: fc.constantFrom('dd', 'cat'), file: fc.constantFrom('1:1.1', '8:0.0'), result: fc.constantFrom(-13, 0, 4096) }), {
    maxLength: 40,
  })
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('batch' as const),
        events: made.map((some) => some.map((one) => event(1, one))),
        lost: fc.constantFrom(0, 0, 0, 7),
        left: fc.constantFrom(0, 0, 11),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('filter' as const), text: fc.constantFrom('', 'comm:dd', 'comm=dd', 'op:error', 'nobody') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'pause' as const, 'narrow' as const), on: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kinds' as const), all: fc.boolean() }) },
  )
  it('whatever comes, is looked for, is read and is paused', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 60 }), (steps, most) => {
        const log = small(most)
        const backlog = new Backlog(3, 1000, 25)
        const spec: { filter: ReturnType<typeof filter>; kinds: 'files' | 'all' } = { filter: null, kinds: 'files' }
        let [produced, lost, paused] = [0, 0, false]
        let leftOut = { text: '', now: 0, before: 0 }
        const check = (waiting: number) => {
          const { counts, rows, count } = log.view({ ...ALL, ...spec })
          assert.equal(counts.here, rows.length)
          assert.equal(counts.here, count)
          assert.ok(counts.hidden >= 0 && counts.forgotten >= 0 && counts.here <= 2 * most)
          assert.equal(counts.here + counts.hidden + counts.forgotten + counts.lost, counts.produced)
          assert.deepEqual(
            seqs({ rows } as EventView),
            [...seqs({ rows } as EventView)].sort((a, b) => a - b),
          )
          if (waiting === 0) assert.equal(counts.produced, produced)
        }
        let waiting = 0
        for (const one of steps) {
          if (one.kind === 'batch') {
            lost += one.lost
            const left = leftOut.text === '' ? 0 : one.left
            produced += one.events.length + one.lost + left
            leftOut = { ...leftOut, now: leftOut.now + left }
            const next: Batch = batch(1, { events: one.events, losses: losing(lost), leftOut })
            if (paused) backlog.add(next)
            else log.add(next)
            waiting = paused ? waiting + 1 : 0
          } else if (one.kind === 'filter') spec.filter = filter(one.text)
          else if (one.kind === 'kinds') spec.kinds = one.all ? 'all' : 'files'
          else if (one.kind === 'narrow') {
            const text = one.on ? (narrowingOf(spec.filter, spec.kinds)?.text ?? '') : ''
            if (text !== leftOut.text) leftOut = { text, now: 0, before: leftOut.now + leftOut.before }
          } else if (one.kind === 'hold') log.hold(one.on)
          else {
            paused = one.on
            if (!paused) for (const next of backlog.take()) log.add(next)
            if (!paused) waiting = 0
          }
          check(waiting)
        }
        for (const next of backlog.take()) log.add(next)
        check(0)
      }),
      { numRuns: 300 },
    )
  })

  it('and no more events wait than may', () => {
    const backlog = new Backlog(60, 1000, 25)
    for (let i = 0; i < 90; i++) backlog.add(batch(i, { events: events(i, 4) }))
    const waiting = backlog.take()
    assert.equal(
      waiting.reduce((sum, one) => sum + one.events.length, 0),
      25,
    )
    assert.equal(
      waiting.reduce((sum, one) => sum + (one.eventsSkipped ?? 0), 0),
      90 * 4 - 25,
    )
    assert.equal(waiting.at(-1)?.events.at(-1)?.timeNs, 89.003e9, 'the last ones')
  })
})

it('comm= in the events is the name of the thread, of its process, or of its program', () => {
  const model = new Model(info)
  model.apply(
    batch(1, {
      processes: [processFact('7.1', { comm: 'server', exe: '/opt/bin/a-very-long-program' })],
      events: [event(1, { comm: 'worker 3' }), event(1, { comm: 'server' })],
    }),
  )
  const found = (text: string) => seqs(model.events({ ...ALL, kinds: 'all', filter: filter(text) }))
  assert.deepEqual(['comm="worker 3"', 'comm=server', 'comm=a-very-long-pro', 'comm=a-very-long-program', '-comm=server'].map(found), [
    [1],
    [1, 2],
    [1, 2],
    [],
    [],
  ])
})
