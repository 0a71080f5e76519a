/** The whole screen over live processes, on each kernel by its best way in; where BRIEF is set, on the youngest alone. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuest } from '../vm/guest.ts'
import { KERNELS, type KernelName } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const RUNS = (Object.keys(KERNELS) as KernelName[]).filter((name) => process.env.BRIEF === undefined || name === '7.2')

describe('the live screen, in guests', () => {
  for (const kernel of RUNS) {
    it(`kernel ${kernel}`, async () => {
      const command = ['node', '--test', join(project, 'test/live/screen.test.ts')]
      const result = await runGuest({ kernel, command, timeoutSeconds: 1200, env: { WAY: 'by fentry' } })
      assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
    })
  }
})
