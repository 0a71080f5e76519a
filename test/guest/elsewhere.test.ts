/** Rules never touch what they do not name: file system semantics and real work under many rules elsewhere. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packagesOf } from '../brake/packages.ts'
import { compileSemantics } from '../brake/semantics.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The oldest kernel's way is fmod_ret, the other's lsm. BRIEF leaves out the former, whose lookups are the same, and arms fewer. */
const RULES: Partial<Record<KernelName, number>> = {
  ...(process.env.BRIEF === undefined && { '5.10': 1000 }),
  '6.12': process.env.BRIEF === undefined ? 10_000 : 1000,
}

/** BRIEF has two that take little: each is done with rules and without. */
const WORK = process.env.BRIEF === undefined ? ['git', 'sqlite3', 'archives', 'npm', 'packages', 'login'] : ['git', 'archives']

describe('rules elsewhere, in guests', () => {
  let packages: string[] = []
  before(() => {
    compileSemantics()
    if (WORK.includes('login')) packages = packagesOf('openssh-server')
  })
  for (const [kernel, rules] of Object.entries(RULES) as [KernelName, number][]) {
    it(`kernel ${kernel}, ${rules} rules`, async () => {
      const command = ['node', '--test', join(project, 'test/brake/elsewhere.ts')]
      const result = await runGuest({
        kernel,
        command,
        timeoutSeconds: 2400,
        env: { RULES: String(rules), WORK: WORK.join(' '), SSH_SERVER: packages.join(' ') },
      })
      const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
      assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
      for (const line of said.split('\n').filter((text) => /^# |^[a-z0-9]+: [\d.]+ s$/.test(text))) console.log(`${kernel}: ${line}`)
    })
  }

  it("kernel 6.12, 200 rules: stress-ng's file system class comes to the same", {
    skip: process.env.BRIEF !== undefined && 'BRIEF leaves it out',
  }, async () => {
    const command = ['node', '--test', join(project, 'test/brake/stress.ts')]
    const env = { RULES: '200', STRESS_NG: packagesOf('stress-ng').join(' ') }
    const result = await runGuest({ kernel: '6.12', command, timeoutSeconds: 2400, env })
    const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
    assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
    for (const line of said.split('\n').filter((text) => text.startsWith('stress-ng: '))) console.log(`6.12: ${line}`)
  })
})
