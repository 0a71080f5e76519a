/** An unprivileged user's ways around a rule's subject, on each kernel. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'adversary')

/**
 * 5.10's io_uring workers are kernel threads, and its cgroups keep their ancestors otherwise; its families are followed by fmod_ret. 7.2 is preemptible:
 * there the kernel skips programs that follow forks, unless they are LSM programs.
 */
const SUITES: Partial<Record<KernelName, string[]>> =
  process.env.BRIEF === undefined
    ? Object.fromEntries(['5.10', '6.1', '6.12', '7.2'].map((kernel) => [kernel, ['subjects.ts', 'families.ts']]))
    : { '5.10': ['subjects.ts', 'families.ts'], '6.12': ['subjects.ts'], '7.2': ['families.ts'] }

describe('subjects and exemptions, in guests', () => {
  before(() => void ['breeder', 'impostor'].map(compileProgram))
  for (const [kernel, suites] of Object.entries(SUITES) as [KernelName, string[]][])
    it(`kernel ${kernel}`, async () => {
      const command = ['node', '--test', '--test-concurrency=1', ...suites.map((name) => join(folder, name))]
      const result = await runGuest({ kernel, command, timeoutSeconds: 1800 })
      assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
    })
})
