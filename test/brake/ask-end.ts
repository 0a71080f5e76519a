/** Hold and ask, in a guest: what happens to who is held when nobody can answer any more. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Brake } from '../../src/commands/brake.ts'
import { arm, at, cleanUp, folder, OPTIONS, sleep, start, startGuard, stateOf, until } from './held.ts'

/** Fifty that are held by a guard, of which a part is then killed. */
async function killWhileHeld(signal: NodeJS.Signals, victim: 'program' | 'keeper'): Promise<void> {
  writeFileSync(at('orphaned'), 'o')
  const child = await startGuard('--rule', `ask open ${at('orphaned')} by comm=cat`)
  const cats = Array.from({ length: 50 }, () => start('cat', at('orphaned')))
  await until('all are held', () => cats.every(({ child: cat }) => cat.exitCode === null && stateOf(cat.pid) === 'T'), 60_000)
  const keeper = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && readComm(pid) === 'fswatch-keeper'.slice(0, 15))
  assert.ok(keeper, 'there is a keeper')
  const begin = performance.now()
  process.kill(victim === 'program' ? (child.pid as number) : Number(keeper), signal)
  const ends = await Promise.all(cats.map(({ ended }) => ended))
  console.log(`${victim} ${signal}: 50 held, all went on after ${(performance.now() - begin).toFixed(0)} ms`)
  assert.deepEqual(new Set(ends), new Set([1]), 'each was denied')
  if (victim === 'keeper') child.kill('SIGTERM')
  await until('no rule is left', async () => (await start('cat', at('orphaned')).ended) === 0, 10_000)
  // The kernel detaches one program after the other, at its leisure: an emulated 6.12 takes five seconds.
  await until('nothing is attached', () => links().length === 0 && !readComm(keeper).startsWith('fswatch'), 30_000)
}

function readComm(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** What is attached. (The programs themselves go when the kernel has waited for all who may still be in them.) */
function links(): string[] {
  return execFileSync('bpftool', ['link', 'list'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /^\d+:/.test(line))
}

describe('when nobody can answer any more', () => {
  cleanUp()

  it('kill -9 of the program: the keeper denies, and all go on', () => killWhileHeld('SIGKILL', 'program'))
  it('kill -9 of the program: who gets no time to run for two seconds is denied all the same', async () => {
    const group = '/sys/fs/cgroup/late'
    mkdirSync(group)
    writeFileSync(at('late'), 'l')
    const child = await startGuard('--rule', `ask open ${at('late')} by comm=cat`)
    const cat = start('cat', at('late'))
    await until('it is held', () => stateOf(cat.child.pid) === 'T')
    writeFileSync(`${group}/cgroup.procs`, String(cat.child.pid))
    writeFileSync(`${group}/cgroup.freeze`, '1')
    child.kill('SIGKILL')
    await until('it is resumed', () => stateOf(cat.child.pid) !== 'T')
    await sleep(2000)
    writeFileSync(`${group}/cgroup.freeze`, '0')
    assert.equal(await cat.ended, 1)
    rmdirSync(group)
    await until('nothing is attached', () => links().length === 0, 30_000)
  })
  it('kill -9 of the keeper: rules that ask are disarmed', () => killWhileHeld('SIGKILL', 'keeper'))
  it('SIGTERM', () => killWhileHeld('SIGTERM', 'program'))

  it('quitting while one waits who goes on to the next: all are denied, none stays stopped', async () => {
    for (const name of ['q1', 'q2', 'q3']) writeFileSync(at(name), name)
    const own = new Brake(OPTIONS)
    await arm(`ask open ${folder}/**`, own)
    const { child, ended } = start('cat', at('q1'), at('q2'), at('q3'))
    await until('it is held', () => own.asks().length === 1)
    await own.close()
    assert.notEqual(await ended, null)
    assert.equal(child.signalCode, null)
  })

  it('a program that is itself stopped answers nobody: the keeper does', async () => {
    writeFileSync(at('hung'), 'h')
    const child = await startGuard('--ask-timeout', '2s', '--rule', `ask open ${at('hung')}`)
    child.kill('SIGSTOP')
    const begin = performance.now()
    assert.equal(await start('cat', at('hung')).ended, 1)
    assert.ok(performance.now() - begin > 2000, 'not before its time')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    await once(child, 'close')
  })
})
