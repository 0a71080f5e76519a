/** A window of the processes is a part of all of them, whichever way it was found, and whatever came before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import { PROCESS_COLUMNS } from '../../src/model/sort.ts'
import { info } from './batches.ts'
import { madeUp } from './made-up.ts'

const window = fc.record({
  sort: fc.constantFrom(...PROCESS_COLUMNS),
  reverse: fc.boolean(),
  kinds: fc.constantFrom('files' as const, 'all' as const),
  from: fc.nat(4),
  limit: fc.nat(4),
  keep: fc.constantFrom(null, '1.1', '2.1', '3.1', '4.1', '5.1', '5.2', '7.7'),
})

test('a window of the processes is a part of all of them', () => {
  fc.assert(
    fc.property(
      madeUp,
      fc.array(fc.array(window, { maxLength: 3 }), { minLength: 12, maxLength: 12 }),
      fc.constantFrom(3, 10),
      (batches, windows, processes) => {
        const model = new Model(info, { processes })
        for (const [i, batch] of batches.entries()) {
          model.apply(batch)
          for (const { from, limit, ...spec } of windows[i] ?? []) {
            const all = model.processes({ ...spec, filter: null })
            const some = model.processes({ ...spec, filter: null, from, limit })
            assert.deepEqual(some.rows, all.rows.slice(from, from + limit))
            assert.deepEqual([some.count, some.at], [all.rows.length, all.rows.findIndex(({ id }) => id === spec.keep)])
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})
