/** Hold and ask, on the oldest kernel by fmod_ret and on a recent one by lsm. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../ui/terminal.ts'
import { runGuest } from '../vm/guest.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

describe('hold and ask, in guests', { concurrency: 2 }, () => {
  before(() => {
    const binaries = join(project, 'dist/test-programs')
    mkdirSync(binaries, { recursive: true })
    execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-static', '-pthread', '-o', join(binaries, 'asker'), join(project, 'test/programs/asker.c')])
  })
  it('the demo, as a newcomer runs it', async () => {
    const terminal = new Terminal(100, 24)
    try {
      terminal.type(`cd ${project} && npm run -s guest -- demo ask; echo "ended with $?"`)
      await terminal.untilShown('Enter starts it', 60_000)
      terminal.keys('Enter')
      await terminal.untilShown('wants to open, read /tmp/demo/secret', 120_000)
      terminal.keys('w')
      await terminal.untilShown('command   ', 20_000)
      terminal.keys('y')
      await terminal.untilShown('allowed: this call of', 20_000)
      terminal.keys('Escape')
      await terminal.untilShown('x kill', 20_000)
      terminal.keys('q')
      await terminal.untilShown('ended with 0', 60_000)
    } finally {
      terminal.close()
    }
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
