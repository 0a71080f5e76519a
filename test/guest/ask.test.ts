/** Hold and ask, on the oldest kernel by fmod_ret and on a recent one by lsm. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuest } from '../vm/guest.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

describe('hold and ask, in guests', { concurrency: 2 }, () => {
  before(() => {
    const binaries = join(project, 'dist/test-programs')
    mkdirSync(binaries, { recursive: true })
    execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-static', '-pthread', '-o', join(binaries, 'asker'), join(project, 'test/programs/asker.c')])
  })
  for (const kernel of ['5.10', '6.12'] as const) {
    it(`kernel ${kernel}`, async () => {
      const result = await runGuest({ kernel, command: ['node', '--test', join(project, 'test/brake/ask.ts')], timeoutSeconds: 600 })
      const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
      assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
      for (const line of said.split('\n').filter((text) => /went on after|from answer/.test(text))) console.log(`${kernel}: ${line}`)
    })
  }
})
