/** Flags that are numbers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withNumbers } from '../../src/commands/number-flags.ts'

test('what was typed becomes a number, and all else stays', () => {
  assert.deepEqual(withNumbers({ interval: '0.5', for: '-1', speed: 1, comm: '5', maxEntries: undefined }), {
    interval: 0.5,
    for: -1,
    speed: 1,
    comm: '5',
    maxEntries: undefined,
  })
})

test('what is no number is shown as it was typed', () => {
  for (const typed of ['abc', '', '1s', '0x10', '1e3', 'NaN', 'Infinity', ' 1'])
    assert.throws(() => withNumbers({ interval: typed }), { message: `--interval ${typed}: a number is wanted, such as --interval 2` })
  assert.throws(() => withNumbers({ maxEntries: 'many' }), /^Error: --max-entries many: a number is wanted, such as --max-entries 65536$/)
})
