/** Hold and ask, on the oldest kernel by fmod_ret and on a recent one by lsm. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import type { Terminal } from '../ui/terminal.ts'
import { inTurn, runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'
import { KEY_MS, LOAD_MS, runDemo } from './demo.ts'

const brake = join(dirname(dirname(fileURLToPath(import.meta.url))), 'brake')

/** 3,000 pending requests: run by hand, since an emulated machine with one CPU takes many minutes. */
const BY_HAND = 'ask-flood.ts'
/** How the program dies at load 16, and what is kept then. Each loads two guards, so one kernel has to do. */
const [LOAD, KEPT] = ['ask-load.ts', 'on-exit.ts']
/** Those that use nothing but a brake of their own: they run in one process and share one. */
const SHARED = ['ask-command.ts', 'ask.ts', 'ask-calls.ts', 'ask-race.ts', 'ask-clock.ts']
/** All other ask-….ts: they end programs, and count what is attached. */
const APART = readdirSync(brake).filter((name) => /^ask-\w+\.ts$/.test(name) && ![...SHARED, BY_HAND, LOAD].includes(name))
const isBrief = process.env.BRIEF !== undefined
/** BRIEF leaves out the screen, since the demo has it, and on the second kernel all but what the mechanism differs in, and what the watchdog process does. */
const FILES: Partial<Record<KernelName, { shared: string[]; apart: string[] }>> = {
  '5.10': { shared: SHARED, apart: APART.filter((name) => !isBrief || name !== 'ask-screen.ts') },
  '6.12': isBrief ? { shared: ['ask-race.ts'], apart: [KEPT] } : { shared: SHARED, apart: [...APART, KEPT, LOAD] },
}

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
  for (const [kernel, { shared, apart }] of Object.entries(FILES)) {
    it(`kernel ${kernel}`, async () => {
      const paths = (names: string[]) => names.map((name) => join(brake, name))
      // One after the other, since each counts what is attached.
      const runs = [
        ['--test-isolation=none', ...paths(shared)],
        ['--test-concurrency=1', ...paths(apart)],
      ]
      const command = inTurn(runs.map((args) => ['node', '--test', ...args]))
      const result = await runGuest({ kernel: kernel as KernelName, command, timeoutSeconds: 1800 })
      const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
      assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
      for (const line of said.split('\n').filter((text) => /went on after|from answer|rules off/.test(text))) console.log(`${kernel}: ${line}`)
    })
  }
})
