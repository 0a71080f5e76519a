/** The totals that `batch --json` prints: each figure has a name, and README.md lists it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { OPS } from '../../src/batch/batch.ts'
import { namedTotals, wallTimeOf } from '../../src/commands/report.ts'
import { noCounts } from '../../src/model/counts.ts'
import { batch } from './batches.ts'

describe('the totals of batch --json', () => {
  const totals = namedTotals({ calls: OPS.map((_, i) => i + 1), errors: OPS.map((_, i) => 100 + i), readBytes: 7, writeBytes: 8 })

  it('have a name for each number, and none is lost', () => {
    assert.deepEqual([totals.calls.open, totals.calls.read, totals.calls.write, totals.calls.attr], [1, 3, 4, 12])
    assert.deepEqual([totals.mmapPages, totals.readBytes, totals.writeBytes], [5, 7, 8])
    assert.deepEqual([totals.errors.open, totals.errors.attr], [100, 111])
    const sum = Object.values(totals.calls).reduce((a, b) => a + b, totals.mmapPages)
    assert.equal(sum, (12 * 13) / 2)
  })

  it('and the fields beside them are in README.md', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const fields = [...Object.keys(totals), ...Object.keys(totals.calls), ...Object.keys(noCounts()), ...Object.keys(batch(1).losses)]
    for (const field of fields) assert.match(readme, new RegExp(`\`${field}\``), field)
  })
})

it('an event has the wall clock’s time beside the monotonic one', () => {
  const info = { startedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6), startedNs: 50_000_000_000 }
  assert.equal(wallTimeOf({ timeNs: 51_500_400_000 }, info), '2026-01-02T03:04:06.506Z')
  assert.equal(wallTimeOf({ timeNs: 49_999_000_000 }, info), '2026-01-02T03:04:05.005Z', 'before the start')
  assert.equal(wallTimeOf({ timeNs: 1 }, { startedMs: 0 }), '', 'an old recording')
})
