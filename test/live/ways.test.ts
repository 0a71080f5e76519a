/** The same table on this machine's own kernel, by tracepoint: it only watches the programs that the test starts. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { it } from 'node:test'
import { asTable, compare, compilePrograms } from '../ways/compare.ts'
import { wrongOfWaiting, wrongOfWays } from '../ways/durations.ts'

it('every way to touch a file is shown as it was done', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  compilePrograms()
  const rows = compare('tracepoint', tmpdir(), 'disk')
  console.log(asTable(rows))
  assert.deepEqual(
    rows.filter((row) => row.wrong.length > 0).map((row) => `${row.group} ${row.way}: ${row.wrong.join('; ')}`),
    [],
  )
})

it('how long a call took is told where it is known, and there alone', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  compilePrograms()
  assert.deepEqual([...(await wrongOfWaiting('tracepoint')), ...wrongOfWays('tracepoint', tmpdir())], [])
})
