/** Hold and ask, on the oldest kernel by fmod_ret and on a recent one by lsm. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import type { Terminal } from '../ui/terminal.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'
import { KEY_MS, LOAD_MS, runDemo } from './demo.ts'

const brake = join(dirname(dirname(fileURLToPath(import.meta.url))), 'brake')

/** 3,000 pending requests: run by hand, since an emulated machine with one CPU takes many minutes. */
const BY_HAND = 'ask-flood.ts'
/** How the program dies at load 16, and what is kept then. Each loads two guards, so one kernel has to do. */
const [LOAD, KEPT] = ['ask-load.ts', 'on-exit.ts']
/** ask.ts and all other ask-….ts. */
const ALL = readdirSync(brake).filter((name) => /^ask(-\w+)?\.ts$/.test(name) && ![BY_HAND, LOAD].includes(name))
/** BRIEF leaves out on the second kernel what the keeper does and, since the demo has it, the screen. */
const FILES: Partial<Record<KernelName, string[]>> = { '5.10': ALL, '6.12': process.env.BRIEF === undefined ? [...ALL, KEPT, LOAD] : ['ask-race.ts', KEPT] }

/** Presses a key that acts until its effect is shown: a slow guest takes two keys that came apart for a paste, and asks for the key again. */
async function pressUntil(terminal: Terminal, key: string, shown: string): Promise<void> {
  const deadline = Date.now() + LOAD_MS
  while (Date.now() < deadline) {
    terminal.keys(key)
    const isShown = await terminal.untilShown(shown, 5000).then(
      () => true,
      () => false,
    )
    if (isShown) return
    // The request that was selected may have got its default answer meanwhile: another one. Apart from the key that acts, see above.
    terminal.keys('Down')
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
  assert.fail(`${key} had no effect: ${JSON.stringify(shown)} was not shown`)
}

describe('hold and ask, in guests', () => {
  before(() => void ['asker', 'bigcmd', 'openers', 'shifter'].map(compileProgram))
  it('the demo, as a newcomer runs it', () =>
    runDemo('ask', async (terminal) => {
      await terminal.untilShown('wants to open, read /tmp/demo/secret', LOAD_MS)
      terminal.keys('w')
      await terminal.untilShown('command   ', KEY_MS)
      await pressUntil(terminal, 'y', 'allowed: this call of')
      terminal.keys('Escape')
    }))
  for (const [kernel, files] of Object.entries(FILES) as [KernelName, string[]][]) {
    it(`kernel ${kernel}`, async () => {
      // One after the other, since each counts what is attached.
      const command = ['node', '--test', '--test-concurrency=1', ...files.map((name) => join(brake, name))]
      const result = await runGuest({ kernel, command, timeoutSeconds: 1800 })
      const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
      assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
      for (const line of said.split('\n').filter((text) => /went on after|from answer|rules off/.test(text))) console.log(`${kernel}: ${line}`)
    })
  }
})
