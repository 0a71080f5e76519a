/** The kernel part's sums for quotas, run by two processors at once: a guest has one, where they are never interrupted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileIncluding } from '../programs/compile.ts'

const bpf = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bpf')

it('calls that race are charged too much for a moment, never too little', () => {
  const program = compileIncluding('charger', [join(bpf, 'quota.h'), join(bpf, 'quota_charge.h')])
  const said = execFileSync(program, ['300000'], { encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual(said.trim().split('\n'), [
    'two that grow it at once: 0',
    'one that opens and writes during a close: 0',
    'one that opens, writes and closes during a close: 0',
  ])
})
