/**
 * The lowest rung: kill, freeze and audit by raw tracepoints alone. Every rule that acts names one child of ours by its pid, so this
 * can run on any machine; it runs on this one and in the guests.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { RunningGuard, sh, Waiting } from './running.ts'

const SIGNAL = ['--enforce', 'signal']

describe('rules by signals alone', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  const text = (name: string) => readFileSync(at(name), 'utf8')
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'signals-'))
    mkdirSync(at('tree/sub'), { recursive: true })
  })
  afterEach(() => RunningGuard.stopAll())
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('kill: an open for writing, and a write by a descriptor opened before, leave no byte', async () => {
    writeFileSync(at('killed'), 'as it was')
    const opener = new Waiting(`echo x >> ${at('killed')}; echo survived`)
    const holder = new Waiting('echo x >&9; echo survived', `exec 9>>${at('killed')}`)
    const stranger = new Waiting(`echo x >> ${at('other')}; echo survived`)
    const rule = (victim: Waiting) => ['--rule', `kill write ${at('killed')} by pid=${victim.pid}`]
    const guard = await RunningGuard.start(...SIGNAL, ...rule(opener), ...rule(holder), ...rule(stranger))
    assert.deepEqual(await opener.go(), { ended: 'SIGKILL', said: '' })
    assert.deepEqual(await holder.go(), { ended: 'SIGKILL', said: '' })
    assert.deepEqual(await stranger.go(), { ended: 0, said: 'survived\n' }, 'it touched another file')
    assert.equal(text('killed'), 'as it was')
    const summary = await guard.stop()
    assert.match(summary, /rule 1: 1 hit[\s\S]*rule 2: 1 hit[\s\S]*rule 3: 0 hits/)
    assert.match(summary, /nothing can be refused/, 'what the way cannot do is said')
  })

  it('kill: a program is stopped before its first instruction', async () => {
    const victim = new Waiting('exec /bin/echo ran')
    const guard = await RunningGuard.start(...SIGNAL, '--rule', `kill exec **/echo by pid=${victim.pid}`)
    assert.deepEqual(await victim.go(), { ended: 'SIGKILL', said: '' })
    await guard.stop()
  })

  it('freeze: stopped at the first touch, and passes when resumed', async () => {
    writeFileSync(at('frozen'), 'as it was')
    const victim = new Waiting(`echo thawed >> ${at('frozen')}; echo more >> ${at('frozen')}`)
    const guard = await RunningGuard.start(...SIGNAL, '--rule', `freeze write ${at('frozen')} by pid=${victim.pid}`)
    const state = () => readFileSync(`/proc/${victim.pid}/stat`, 'latin1').split(') ')[1]?.[0]
    const ended = victim.go()
    for (let i = 0; i < 200 && state() !== 'T'; i++) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(state(), 'T')
    assert.equal(text('frozen'), 'as it was')
    // The second touch comes after the first has been answered.
    await new Promise((resolve) => setTimeout(resolve, 300))
    process.kill(victim.pid, 'SIGCONT')
    assert.deepEqual(await ended, { ended: 0, said: '' })
    assert.equal(text('frozen'), 'as it wasthawed\nmore\n')
    await guard.stop()
  })

  it('audit: paths are followed as they are given: relative, up and down, by a descriptor, with slashes to spare', async () => {
    const guard = await RunningGuard.start(...SIGNAL, '--rule', `audit modify ${at('tree')}/**`, '--rule', `audit modify ${at('file')}`)
    const steps: [line: string, rule: number | null][] = [
      [`mkdir ${at('tree')}/a`, 1],
      [`cd ${folder} && rmdir ./tree//a/`, 1],
      [`cd ${at('tree')}/sub && touch ../b`, 1],
      [`cd ${at('tree')}/sub && mv ../b ../sub/../c`, 1],
      [`cd / && rm ${at('tree').slice(1)}/sub/../c`, 1],
      [`python3 -c "import os; os.mkdir('d', dir_fd=os.open('${at('tree')}', os.O_RDONLY))"`, 1],
      [`cd ${at('tree')} && python3 -c "import os; os.rmdir('../tree/d')"`, 1],
      [`echo x > ${at('file')}`, 2],
      [`cd ${at('tree')} && chmod 600 ../file`, 2],
      [`cd ${at('tree')}/.. && rm file`, 2],
      [`cd ${at('tree')} && touch ../outside && rm ${at('tree')}/../outside`, null],
      [`mkdir ${at('tree2')} && rmdir ${at('tree2')}`, null],
      [`touch ${at('file2')} && rm ${at('file2')}`, null],
    ]
    for (const [i, [line, rule]] of steps.entries()) {
      const marker = at(`tree/marker${i}`)
      const known = guard.hits.length
      assert.equal(sh(line), 0, line)
      // Hits come in their order: what a marker brings comes after those of the line.
      assert.equal(sh(`mkdir ${marker} && rmdir ${marker}`), 0)
      const marked = () => guard.hits.slice(known).findIndex(({ path }) => path === marker)
      for (let tries = 0; tries < 200 && marked() < 0; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
      // The last marker's removal may be among them.
      const seen = guard.hits.slice(known, known + marked()).filter(({ path }) => !path.includes('/marker'))
      const hit = [...new Set(seen.map((one) => one.rule))]
      assert.deepEqual(hit, rule === null ? [] : [rule], line)
    }
    await guard.stop()
  })

  it('deny: says that nothing can be refused', async () => {
    await assert.rejects(RunningGuard.start(...SIGNAL, '--rule', `deny write ${at('denied')}`), /nothing can be refused on this kernel/)
  })

  it('holds nothing after the program was killed', async () => {
    const victim = new Waiting(`echo x >> ${at('after')}; echo survived`)
    const guard = await RunningGuard.start(...SIGNAL, '--rule', `kill write ${at('after')} by pid=${victim.pid}`)
    guard.child.kill('SIGKILL')
    await once(guard.child, 'exit')
    // The keeper disarms as soon as it runs, which on a busy machine is not at once.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.deepEqual(await victim.go(), { ended: 0, said: 'survived\n' })
  })
})
