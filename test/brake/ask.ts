/** Hold and ask, in a guest: who is held, and how he is answered. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Brake } from '../../src/commands/brake.ts'
import type { Ask } from '../../src/rules/control.ts'
import { answer, arm, asked, at, brake, cleanUp, folder, OPTIONS, sh, sleep, start, stateOf, text, until, way } from './held.ts'

describe(`hold and ask by ${way}`, () => {
  cleanUp()

  it('holds at the first touch; the process goes on inside the same call and never knows', async () => {
    writeFileSync(at('asked'), 'secret')
    await arm(`ask open ${at('asked')}`)
    const { child, ended, said } = sh(`exec cat ${at('asked')}`)
    const ask = await asked()
    assert.deepEqual([ask.pid, ask.comm, ask.path, ask.ops.includes('open'), ask.user], [child.pid, 'cat', at('asked'), true, 'root'])
    assert.equal((await asked(({ command }) => command !== '')).command, `cat ${at('asked')}`)
    assert.match(ask.exe, /\/cat$/)
    await until('it is stopped', () => stateOf(child.pid) === 'T')
    assert.equal(said(), '')
    const begin = performance.now()
    await answer(ask, 'allow')
    const resumed = performance.now() - begin
    assert.equal(await ended, 0)
    assert.equal(said(), 'secret')
    console.log(`from answer to resumed: ${resumed.toFixed(1)} ms`)
  })

  it('an answer is for one call: the next asks again, and denied it fails with EPERM', async () => {
    writeFileSync(at('twice'), 'a\n')
    await arm(`ask write ${at('twice')}`)
    const { ended, said } = sh(`exec 9>>${at('twice')}; echo b >&9; echo c >&9 || echo refused`)
    // The open for writing is one, each write another.
    for (const verdict of ['allow', 'allow', 'deny'] as const) await answer(await asked(), verdict)
    assert.equal(await ended, 0)
    assert.equal(said(), 'refused\n')
    assert.equal(text('twice'), 'a\nb\n')
  })

  it('for a process, for a program, for a time', async () => {
    writeFileSync(at('scoped'), 'x')
    await arm(`ask open ${at('scoped')}`)
    const script = `for i in 1 2 3; do read line < ${at('scoped')}; done; echo done`
    const one = sh(script)
    await answer(await asked(), 'allow', 'process')
    assert.equal(await one.ended, 0, 'it was asked about once')
    const cat = () => start('cat', at('scoped'), at('scoped'))
    const two = cat()
    await answer(await asked(), 'deny', 'program', 3000)
    assert.equal(await two.ended, 1)
    assert.equal(await cat().ended, 1, 'its program is denied')
    const other = sh(script)
    await answer(await asked(), 'allow', 'process')
    assert.equal(await other.ended, 0, 'another program was asked about')
    await sleep(3000)
    const late = cat()
    await answer(await asked(), 'allow', 'process')
    assert.equal(await late.ended, 0, 'its time is over')
  })

  it('always writes a rule', async () => {
    writeFileSync(at('always'), 'x')
    await arm(`ask open ${at('always')}`)
    const first = start('cat', at('always'))
    assert.match(await answer(await asked(), 'allow', 'always'), /rule \d+ is armed: ask open .* by !exe=\/.*\/cat/)
    assert.equal(await first.ended, 0)
    assert.equal(await start('cat', at('always')).ended, 0)
    const other = start('head', '-c1', at('always'))
    assert.match(await answer(await asked(), 'deny', 'call'), /denied/)
    assert.equal(await other.ended, 1)
  })

  it('two rules on one call ask one after the other', async () => {
    writeFileSync(at('nested'), 'n')
    await arm(`ask open ${at('nested')}`)
    await arm(`ask read ${folder}/**`)
    const { ended, said } = sh(`exec head -c1 ${at('nested')}`)
    const rules = new Set<number>()
    for (let i = 0; i < 3; i++) {
      const ask = await asked()
      rules.add(ask.rule)
      await answer(ask, 'allow')
    }
    assert.equal(await ended, 0)
    assert.deepEqual([said(), rules.size], ['n', 2])
  })

  it('SIGCONT from outside before an answer only asks again', async () => {
    writeFileSync(at('poked'), 'p')
    await arm(`ask open ${at('poked')}`)
    const { child, ended } = sh(`exec cat ${at('poked')}`)
    const first = await asked()
    for (let i = 0; i < 3; i++) {
      await until('it is stopped', () => stateOf(child.pid) === 'T')
      process.kill(child.pid as number, 'SIGCONT')
      await until('it is asked again', () => (brake.asks()[0]?.times ?? 0) > first.times + i)
    }
    assert.equal(brake.asks().length, 1)
    await answer(brake.asks()[0] as Ask, 'deny')
    assert.equal(await ended, 1)
  })

  it('one that somebody else stops as well goes on with its answer', async () => {
    writeFileSync(at('stopped'), 's')
    await arm(`ask open ${at('stopped')}`)
    const { child, ended, said } = sh(`exec cat ${at('stopped')}`)
    const ask = await asked()
    await until('it is stopped', () => stateOf(child.pid) === 'T')
    child.kill('SIGSTOP')
    await answer(ask, 'allow')
    assert.deepEqual([await ended, said()], [0, 's'])
  })

  it('the default answer comes by itself, and is for that call alone', async () => {
    const own = new Brake({ ...OPTIONS, timeoutMs: 1000, defaultAnswer: 'allow' })
    try {
      writeFileSync(at('default'), 'd')
      const { id } = await arm(`ask open ${at('default')}`, own)
      const { ended, said } = sh(`cat ${at('default')}; cat ${at('default')}`)
      assert.deepEqual([await ended, said()], [0, 'dd'])
      await own.tick()
      assert.equal(own.states().length, 1, 'it makes no rule')
      assert.equal(own.states().find((state) => state.id === id)?.hits, 2, 'each call was asked about')
    } finally {
      await own.close()
    }
  })

  it('fifty at once; one answer for all of a program', async () => {
    writeFileSync(at('flood'), 'f')
    await arm(`ask open ${at('flood')}`)
    const flood = Array.from({ length: 50 }, () => start('cat', at('flood')))
    await until('all are held', () => brake.asks().length === 50, 60_000)
    // A busy machine may take more than the two seconds that an answer waits for the programs of all: then it is told of fewer calls.
    assert.match(await answer(brake.asks()[7] as Ask, 'allow', 'program'), /\d+ calls/)
    assert.deepEqual(new Set(await Promise.all(flood.map(({ ended }) => ended))), new Set([0]))
    assert.equal(brake.asks().length, 0)
  })

  it('one that is killed while it waits leaves nothing', async () => {
    writeFileSync(at('killed'), 'k')
    await arm(`ask open ${at('killed')}`)
    const { child, ended } = sh(`exec cat ${at('killed')}`)
    await asked()
    child.kill('SIGKILL')
    await ended
    await brake.tick()
    assert.equal(brake.asks().length, 0)
  })

  it('disarming lets go of who waits', async () => {
    writeFileSync(at('disarmed'), 'd')
    const { id: rule } = await arm(`ask open ${at('disarmed')}`)
    const { ended } = sh(`exec cat ${at('disarmed')}`)
    await asked()
    await brake.disarm(rule)
    assert.equal(await ended, 0)
    assert.equal(brake.asks().length, 0)
  })

  it('is refused for the terminal’s own session', async () => {
    await assert.rejects(arm(`ask open ${folder}/** by pid=${process.ppid}`), /own session/)
  })

  it('what a deny rule of another place refuses is not asked about', async () => {
    writeFileSync(at('refused'), 'r')
    await arm(`ask open ${folder}/**`)
    await arm(`deny open ${at('refused')}`)
    assert.equal(await sh(`exec cat ${at('refused')}`).ended, 1)
    assert.equal(brake.asks().length, 0)
  })

  it('a deny rule on the same call spares the question', async () => {
    writeFileSync(at('decided'), 'd')
    await arm(`deny open ${at('decided')}`)
    await arm(`ask open ${at('decided')}`)
    assert.equal(await sh(`exec cat ${at('decided')}`).ended, 1)
    assert.equal(brake.asks().length, 0)
  })
})
