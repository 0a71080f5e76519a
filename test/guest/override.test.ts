/**
 * The rung that no distribution's kernel has. Its kernel is built on demand (npm run guest -- --kernel override), and kept; where it
 * was not built, or BRIEF is set (.ci/run), this is left out.
 */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuest } from '../vm/guest.ts'
import { isCached } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

it('a kernel that can only override calls', {
  skip: process.env.BRIEF !== undefined || (!isCached('override') && 'its kernel was not built: npm run guest -- --kernel override true'),
}, async () => {
  for (const file of ['override.ts', 'signals.ts']) {
    const command = ['node', '--test', '--test-concurrency=1', join(project, 'test/brake', file)]
    const result = await runGuest({ kernel: 'override', command, timeoutSeconds: 600 })
    assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
  }
})
