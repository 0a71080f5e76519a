/** What this program starts for itself is not among the processes it shows; a stranger of the same name is. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Batch, Source } from '../../src/batch/batch.ts'
import { WithoutOwn } from '../../src/commands/own.ts'
import { batch, delta, info, processFact } from './batches.ts'

const keeper = processFact('50.9', { ppid: 40, startNs: 2e9, comm: 'fswatch-keeper', exe: '/x/fswatch-keeper' })
const stranger = processFact('60.9', { ppid: 1, startNs: 2e9, comm: 'fswatch-keeper', exe: '/x/fswatch-keeper' })

async function through(pid: number, batches: Batch[]): Promise<Batch[]> {
  const left = [...batches]
  const source: Source = { info, next: async () => left.shift() ?? null, close: async () => {} }
  const without = new WithoutOwn(source, pid, 1e9)
  const seen: Batch[] = []
  for (let next = await without.next(); next; next = await without.next()) seen.push(next)
  return seen
}

const totals = (opens: number, reads: number, readBytes: number) => ({
  calls: [opens, 3, reads, 0, 0],
  errors: [0, 0, 0, 0, 0],
  readBytes,
  writeBytes: 5,
})

describe('own helpers', () => {
  it('are left out by their parent, not by their name, with all they did', async () => {
    const [first, second, third] = await through(40, [
      batch(1, {
        processes: [keeper, stranger],
        counters: [delta('50.9', '1:1.1', { opens: 2, reads: 1, readBytes: 700 }), delta('60.9', '1:1.1', { opens: 1 })],
        totals: totals(3, 1, 700),
      }),
      batch(2, { counters: [delta('50.9', '1:2.1', { opens: 1 })], exits: ['50.9', '60.9'], totals: totals(4, 1, 700) }),
      batch(3, { totals: totals(9, 1, 700) }),
    ])
    assert.deepEqual(
      first?.processes.map(({ id }) => id),
      ['60.9'],
    )
    assert.deepEqual(
      first?.counters.map(({ process }) => process),
      ['60.9'],
    )
    assert.deepEqual(first?.totals, totals(1, 0, 0))
    assert.deepEqual([second?.counters, second?.exits], [[], ['60.9']])
    assert.deepEqual(second?.totals, totals(1, 0, 0))
    assert.deepEqual(third?.totals, totals(6, 0, 0), 'what they did once stays left out')
  })

  it('are forgotten when they end: the number may be somebody else later', async () => {
    const again = processFact('50.77', { ppid: 1 })
    const [, , third] = await through(40, [
      batch(1, { processes: [keeper] }),
      batch(2, { exits: ['50.9'] }),
      batch(3, { processes: [again], counters: [delta('50.77', '1:1.1', { opens: 1 })] }),
    ])
    assert.equal(third?.processes.length, 1)
    assert.equal(third?.counters.length, 1)
  })

  it('are not the children of the shell that became this program', async () => {
    const inherited = processFact('45.1', { ppid: 40, startNs: 0.9e9 })
    const [first] = await through(40, [batch(1, { processes: [inherited] })])
    assert.equal(first?.processes.length, 1)
  })

  it('are not everybody, where this program is pid 1', async () => {
    const [first] = await through(1, [batch(1, { processes: [stranger] })])
    assert.equal(first?.processes.length, 1)
  })
})
