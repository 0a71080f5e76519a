/** --on-exit keep, in a guest: which rules hold after the program has died, and for how long. (After which ends: test/live/on-exit.test.ts.) */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { afterEach, before, describe, it } from 'node:test'
import { at, cleanUp, start, stateOf, until, way } from './held.ts'

const SOCKETS = '/run/fswatch-tui'
const NONE = 'No rules of an earlier run hold.\n'

interface Run {
  child: ChildProcess
  pid: number
  said: () => string
}

/** A guard; resolves when its rules are armed. */
async function armed(args: string[]): Promise<Run> {
  const child = spawn('fswatch-tui', ['guard', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  await until(`it is armed: ${args.join(' ')}`, () => said.includes('armed by') || child.exitCode !== null, 300_000).catch((error: Error) => {
    throw new Error(`${error.message}; it said: ${said}`)
  })
  assert.equal(child.exitCode, null, said)
  await until('it says all', () => said.includes('release ends that') || !args.some((arg) => arg.startsWith('keep')))
  return { child, pid: child.pid as number, said: () => said }
}

/** What `fswatch-tui release` prints. */
const release = () => execFileSync('fswatch-tui', ['release'], { encoding: 'utf8' })

const cat = (name: string) => start('cat', at(name)).ended
const end = async ({ child }: Run, signal: NodeJS.Signals) => {
  const closed = once(child, 'close')
  child.kill(signal)
  await closed
}

describe('when the program dies', () => {
  cleanUp()
  before(() => {
    for (const name of ['denied', 'asked', 'frozen', 'killed', 'audited']) writeFileSync(at(name), name)
  })
  // What a test that failed has left.
  afterEach(() => void release())

  it('kill -9 with keep: deny and kill hold, ask and freeze let go, the next start says so, release ends it', async () => {
    const rules = [`deny open ${at('denied')} by comm=cat`, `ask open ${at('asked')} by comm=cat`, `freeze open ${at('frozen')} by comm=cat`]
    rules.push(`kill open ${at('killed')} by comm=cat`, `audit open ${at('audited')} by comm=cat`, `deny:EROFS open ${at('expired')} by comm=cat for 300s`)
    writeFileSync(at('expired'), 'x')
    const first = await armed(['--enforce', way, '--on-exit', 'keep:20m', ...rules.flatMap((rule) => ['--rule', rule])])
    assert.match(first.said(), /hold for 1200 s more; fswatch-tui release ends that/)
    assert.equal(release(), NONE, 'while it lives there is nothing to release')
    assert.equal(statSync(SOCKETS).mode & 0o777, 0o700)
    const [held, frozen] = [start('cat', at('asked')), start('cat', at('frozen'))]
    await until('one is held and one frozen', () => stateOf(held.child.pid) === 'T' && stateOf(frozen.child.pid) === 'T')
    const begin = performance.now()
    await end(first, 'SIGKILL')
    assert.equal(await held.ended, 1, 'who was held has the default answer')
    assert.deepEqual([await frozen.ended, frozen.said()], [0, 'frozen'])
    console.log(`kept: held and frozen went on after ${(performance.now() - begin).toFixed(0)} ms`)
    assert.equal(await cat('denied'), 1)
    assert.equal(await cat('killed'), 'SIGKILL')
    assert.equal(await cat('asked'), 1, 'asks have the default answer at once')
    assert.equal(await cat('frozen'), 0)
    assert.equal(await cat('audited'), 0)
    assert.equal(await cat('expired'), 1)
    // The kernel gives its number to another process.
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.pid - 1))
    const namesake = start('cat', at('denied'))
    console.log(`kept: process ${namesake.child.pid} after process ${first.pid}`)
    assert.equal(await namesake.ended, 1)
    // The next start, which says so before it loads anything.
    const second = await armed(['--enforce', 'signal', '--on-exit', 'keep:8s', '--rule', `kill open ${at('killed')} by comm=cat`])
    assert.match(second.said(), new RegExp(`rules of an earlier run hold for \\d+ s more \\(process ${first.pid} died\\); fswatch-tui release ends them`))
    assert.equal(release(), `The rules that process ${first.pid} left are off.\n`)
    for (const name of ['denied', 'asked', 'frozen', 'expired']) assert.equal(await cat(name), 0, `${name} is free`)
    assert.equal(release(), NONE)
    // The second one, by its time alone.
    const died = performance.now()
    await end(second, 'SIGKILL')
    assert.equal(await cat('killed'), 'SIGKILL', 'it is kept')
    await until('its time is over', async () => (await cat('killed')) === 0, 80_000)
    assert.ok(performance.now() - died > 8000, 'not before its time')
    assert.equal(release(), NONE)
  })
})
