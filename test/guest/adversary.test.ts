/** An unprivileged user's ways around a rule's subject, on each kernel. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const suite = join(dirname(dirname(fileURLToPath(import.meta.url))), 'adversary/subjects.ts')

/** 5.10's io_uring workers are kernel threads, and its cgroups keep their ancestors otherwise. */
const KERNELS: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.1', '6.12', '7.2'] : ['5.10', '6.12']

describe('subjects and exemptions, in guests', () => {
  before(() => void compileProgram('impostor'))
  for (const kernel of KERNELS)
    it(`kernel ${kernel}`, async () => {
      const result = await runGuest({ kernel, command: ['node', '--test', '--test-concurrency=1', suite], timeoutSeconds: 1800 })
      assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
    })
})
