/**
 * Tables of the kernel part that an unprivileged user fills: run inside a guest by test/guest/brake.test.ts.
 * `npm run guest -- --kernel 6.12 node --test test/brake/full.ts`
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const programs = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs')
const folder = '/tmp/full'
const at = (name: string) => join(folder, name)
const [stopper, linker] = [join(programs, 'stopper'), join(programs, 'linker')]

/** What a program says, run by uid 1000. */
function saidBy(program: string, ...args: string[]): string {
  return execFileSync('setpriv', ['--reuid', '1000', '--regid', '1000', '--clear-groups', '--', program, ...args], { encoding: 'utf8' }).trim()
}

describe('tables that a user fills', () => {
  let guard: RunningGuard

  before(async () => {
    for (const name of ['tree', 'free']) {
      mkdirSync(at(name), { recursive: true })
      chmodSync(at(name), 0o777)
    }
    for (const name of ['frozen', 'replaced', 'tree/file']) writeFileSync(at(name), 'as it was')
    const rules = [`freeze open ${at('frozen')}`, `deny open ${at('replaced')}`, `deny write ${at('tree')}/**`]
    guard = await RunningGuard.start(...rules.flatMap((rule) => ['--rule', rule]))
  })
  after(() => RunningGuard.stopAll())

  it('let no call pass that a freeze rule names', async () => {
    const [, stopped = '', opened = '', refused = ''] = /^stopped (\d+) opened (\d+) refused (\d+)$/.exec(saidBy(stopper, at('frozen'), '8400')) ?? []
    console.log(`stopped ${stopped}, opened ${opened}, refused ${refused}`)
    assert.equal(opened, '0')
    assert.equal(Number(stopped) + Number(refused), 8400)
    // Those that have ended make room again.
    await wait(12_000)
    assert.equal(saidBy(stopper, at('frozen'), '1'), 'stopped 1 opened 0 refused 0')
  })

  it('refuse a second name that could not keep its rules, and end no rule', async () => {
    const said = saidBy(linker, at('tree'), at('free'), '66000')
    assert.match(said, /^refused [1-9]\d* Operation not permitted$/)
    // A file that replaces the one of a rule needs room as well, which there is not: that ends nothing.
    writeFileSync(at('new'), '')
    renameSync(at('new'), at('replaced'))
    await wait(12_000)
    assert.equal(guard.child.exitCode, null, guard.summary)
    assert.notEqual(sh(`echo x >> ${at('tree/file')}`), 0)
    assert.match(guard.summary, /files that replaced a rule's file are not covered/)
  })
})
