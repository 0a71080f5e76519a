/** Batches that wait while the screen is paused: everything counted is there afterwards, and they never take more room than they may. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NO_FILE } from '../../src/batch/batch.ts'
import { Backlog } from '../../src/model/backlog.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { madeUp } from './made-up.ts'

const FIELDS = ['opens', 'reads', 'readBytes', 'writes', 'writeBytes', 'mmapPages', 'changes', 'errors'] as const
const sums = (batches: ReturnType<Backlog['take']>, by: 'process' | 'both') => {
  const all = new Map<string, number[]>()
  for (const one of batches.flatMap(({ counters }) => counters)) {
    const key = by === 'both' ? `${one.process} ${one.file}` : one.process
    const sum = all.get(key) ?? FIELDS.map(() => 0)
    for (const [i, field] of FIELDS.entries()) sum[i] = (sum[i] ?? 0) + one[field]
    all.set(key, sum)
  }
  return Object.fromEntries([...all].sort())
}

describe('batches that wait', () => {
  it('come out as they went in where there is room', () => {
    const backlog = new Backlog()
    const all = Array.from({ length: 60 }, (_, i) => batch(i))
    for (const one of all) backlog.add(one)
    assert.deepEqual(backlog.take(), all)
    assert.deepEqual(backlog.take(), [])
  })

  it('become fewer with the same sums, names and ends, whatever is in them', () => {
    fc.assert(
      fc.property(madeUp, fc.integer({ min: 1, max: 4 }), (all, most) => {
        const backlog = new Backlog(most)
        const before = structuredClone(all)
        for (const one of all) backlog.add(one)
        const waiting = backlog.take()
        assert.deepEqual(all, before, 'what came in is not changed')
        assert.ok(waiting.length <= most)
        assert.deepEqual(sums(waiting, 'both'), sums(all, 'both'))
        assert.deepEqual(waiting.at(-1)?.totals, all.at(-1)?.totals)
        const [apart, together] = [new Model(info), new Model(info)]
        for (const one of all) apart.apply(one)
        for (const one of waiting) together.apply(one)
        assert.equal(together.header.timeMs, apart.header.timeMs)
      }),
    )
  })

  it('know the last name and the end of each', () => {
    const backlog = new Backlog(1)
    backlog.add(batch(1, { files: [fileFact('1:1.1', '/old')], processes: [processFact('1.1', { comm: 'sh' })] }))
    backlog.add(batch(2, { files: [fileFact('1:1.1', '/new')], processes: [processFact('1.1', { comm: 'cp' })], exits: ['1.1'] }))
    const [one] = backlog.take()
    assert.deepEqual([one?.files.map(({ path }) => path), one?.processes.map(({ comm }) => comm), one?.exits, one?.timeNs], [['/new'], ['cp'], ['1.1'], 2e9])
  })

  it('have a bound, beyond which files are forgotten before processes, and the totals never', () => {
    const backlog = new Backlog(2, 100)
    for (let tick = 0; tick < 200; tick++) {
      const counters = Array.from({ length: 30 }, (_, i) => delta(`${tick % 9}.1`, `1:${tick * 30 + i}.1`, { writes: 1, writeBytes: 10 }))
      const files = counters.map(({ file }) => fileFact(file, `/${file}`))
      backlog.add(batch(tick, { counters, files }))
    }
    const waiting = backlog.take()
    const count = waiting.reduce((sum, { counters }) => sum + counters.length, 0)
    assert.ok(count <= 100, String(count))
    assert.ok(waiting.reduce((sum, { files }) => sum + files.length, 0) <= 100)
    const bytes = waiting.flatMap(({ counters }) => counters).reduce((sum, { writeBytes }) => sum + writeBytes, 0)
    assert.equal(bytes, 200 * 30 * 10, 'all that each process wrote')
    assert.ok(waiting[0]?.counters.some(({ file }) => file === NO_FILE))
    assert.equal(waiting.at(-1)?.timeNs, 199e9)
  })

  it('say how many they are, how many became one, and who ended among them', () => {
    const backlog = new Backlog(3)
    assert.deepEqual(backlog.waiting, { batches: 0, merged: 0, timeNs: 0 })
    for (let tick = 1; tick <= 10; tick++) backlog.add(batch(tick, { exits: tick === 2 ? ['7.1'] : [] }))
    assert.deepEqual(backlog.waiting, { batches: 3, merged: 7, timeNs: 10e9 })
    assert.deepEqual([backlog.hasEnded('7.1'), backlog.hasEnded('7.2')], [true, false])
    backlog.take()
    assert.deepEqual([backlog.waiting, backlog.hasEnded('7.1')], [{ batches: 0, merged: 0, timeNs: 0 }, false])
  })

  it('take no more room after an hour than after a minute or so: no list of theirs grows on, nor do events', () => {
    const backlog = new Backlog(60, 4_000, 3_000)
    const room = (waiting: ReturnType<Backlog['take']>) => ({
      batches: waiting.length,
      most: Math.max(...waiting.flatMap(({ counters, processes, files, exits }) => [counters, processes, files, exits].map((list) => list.length))),
      events: waiting.reduce((sum, { events }) => sum + events.length, 0),
    })
    let newest = 0
    for (let tick = 1; tick <= 3600; tick++) {
      // Processes that come, do little or nothing, and go; files that get names and are not used; a flood of events.
      const ids = Array.from({ length: 20 }, (_, i) => `${tick}.${i}`)
      const counters = ids.slice(0, tick % 3 === 0 ? 5 : 0).map((id) => delta(id, `1:${id}`, { writes: 1, writeBytes: 10 }))
      const events = Array.from({ length: 200 }, () => {
        newest++
        return { timeNs: newest, process: '1.1', pid: 1, tid: 1, uid: 0, comm: 'x', op: 'read' as const, file: NO_FILE, result: 0, openFlags: 0, path: '' }
      })
      backlog.add(batch(tick, { counters, events, exits: ids, processes: ids.map((id) => processFact(id)), files: ids.map((id) => fileFact(`1:${id}`, '/x')) }))
    }
    assert.equal(backlog.waiting.merged + backlog.waiting.batches, 3600)
    const waiting = backlog.take()
    const { batches, most, events } = room(waiting)
    assert.ok(batches <= 60 && batches >= 48, `${batches} batches`)
    assert.equal(events, 3_000)
    assert.ok(most <= 2_000, `a list of ${most}`)
    assert.equal(waiting.at(-1)?.events.at(-1)?.timeNs, newest, 'the newest events stay')
    const bytes = waiting.flatMap(({ counters }) => counters).reduce((sum, { writeBytes }) => sum + writeBytes, 0)
    assert.ok(bytes > 0)
  })
})

it('facts that wait are bounded, whatever the number of increments', () => {
  const backlog = new Backlog(75, 200_000, 10_000, 6_000)
  for (let tick = 1; tick <= 100; tick++) {
    const ids = Array.from({ length: 1000 }, (_, i) => `${tick}.${i}`)
    backlog.add(batch(tick, { processes: ids.map((id) => processFact(id)), files: ids.map((id) => fileFact(`1:${id}`, '/x')), exits: ids }))
  }
  assert.equal(backlog.waiting.merged + backlog.waiting.batches, 100)
  const facts = backlog.take().reduce((sum, { processes, files, exits }) => sum + processes.length + files.length + exits.length, 0)
  assert.ok(facts <= 6_000, `${facts} facts wait`)
})
