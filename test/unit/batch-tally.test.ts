/** What batch adds up stays within its limits, and nothing is left out of the sums. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BatchTally } from '../../src/commands/batch-tally.ts'
import { noCounts } from '../../src/model/counts.ts'
import { batch, delta, fileFact, processFact } from './batches.ts'

/** Short processes, each with a name and a file of its own, a thousand a batch. */
function* swarm(processes: number, path = (i: number) => `/srv/work/a-file-of-its-own.${i}`) {
  for (let from = 0; from < processes; from += 1000) {
    const each = Array.from({ length: 1000 }, (_, i) => from + i)
    yield batch(from / 1000, {
      processes: each.map((i) => processFact(`${i + 2}.1`, { comm: `s${i}` })),
      files: each.map((i) => fileFact(`1:${i + 2}.1`, path(i))),
      counters: each.map((i) => delta(`${i + 2}.1`, `1:${i + 2}.1`, { opens: 1, writes: 2, writeBytes: 7 })),
      exits: each.map((i) => `${i + 2}.1`),
    })
  }
}

function sums(tally: BatchTally) {
  const sum = { ...tally.forgotten }
  for (const { files } of tally.report()) {
    sum.processes++
    for (const { opens, writes, writeBytes } of files) {
      sum.files++
      sum.opens += opens
      sum.writes += writes
      sum.writeBytes += writeBytes
    }
  }
  return sum
}

describe('the sums of batch', () => {
  it('hold 50,000 of 210,000 processes, and the rest in one sum', () => {
    const tally = new BatchTally()
    for (const one of swarm(210_000)) {
      tally.take(one)
      const { processes, pairs, names } = tally.sizes
      assert.ok(processes <= 50_000 && pairs <= 50_000 && names <= 50_000)
    }
    assert.equal(tally.forgotten.processes, 160_000)
    assert.deepEqual(sums(tally), { ...noCounts(), processes: 210_000, files: 210_000, opens: 210_000, writes: 420_000, writeBytes: 1_470_000 })
  })
  it('are bounded by the length of paths too', () => {
    const tally = new BatchTally({ pathChars: 1_000_000 })
    for (const one of swarm(5000, (i) => `/${String(i).padStart(4000, 'x')}`)) tally.take(one)
    assert.ok(tally.sizes.pathChars <= 1_000_000)
    assert.equal(sums(tally).processes, 5000)
  })
  it('let living processes go only where none has ended, and names that are in no row first', () => {
    const tally = new BatchTally({ processes: 2, pathChars: 100 })
    const long = (i: number) => fileFact(`1:${i}.1`, `/${'x'.repeat(60)}${i}`)
    tally.take(
      batch(1, { processes: [processFact('2.1'), processFact('3.1'), processFact('4.1')], counters: [delta('2.1', '1:2.1', { opens: 1 })], exits: ['3.1'] }),
    )
    assert.deepEqual(
      [...tally.report()].map(({ pid }) => pid),
      [2, 4],
    )
    tally.take(batch(1, { files: [long(2), long(9)] }))
    assert.equal(tally.sizes.pathChars <= 100, true)
    tally.take(batch(1, { processes: [processFact('5.1')] }))
    assert.deepEqual(
      [...tally.report()].map(({ pid }) => pid),
      [4, 5],
    )
  })
})
