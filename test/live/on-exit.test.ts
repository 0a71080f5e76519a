/** --on-exit keep: after which ends of the program its rules are kept. The rule here is an audit, by signals: it stops nothing on this machine. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { stateOf } from '../../src/kernel/bounded-read.ts'
import { type KeptRules, keptRules, releaseKept } from '../../src/kernel/guard/kept-rules.ts'
import { program, Terminal } from '../ui/terminal.ts'

const [node = '', ...bundle] = program.split(' ')

const folder = mkdtempSync(join(tmpdir(), 'on-exit-'))
const file = join(folder, 'audited')
writeFileSync(file, '')
const FLAGS = ['--no-config', '--enforce', 'signal', '--rule', `audit open ${file} by comm=cat`]

const keptBy = async (pid: number): Promise<KeptRules | undefined> => (await keptRules()).find((one) => one.pid === pid)

const runs: ChildProcess[] = []

/** A guard whose rule is armed. `ended`: its status or signal. */
async function start(flags: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(node, [...bundle, 'guard', ...FLAGS, ...flags], { stdio: ['ignore', 'ignore', 'pipe'], env })
  runs.push(child)
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string)
  for (let ms = 0; !said.includes('requests by io_uring') && child.exitCode === null && ms < 120_000; ms += 20) await new Promise((go) => setTimeout(go, 20))
  assert.equal(child.exitCode, null, said)
  return { child, pid: child.pid as number, ended, said: () => said }
}

/** The watchdog process of a program. */
function watchdogOf(pid: number): number {
  const children = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)
  const found = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('fswatch-keeper'))
  assert.ok(found, 'there is a watchdog process')
  return found
}

/** Is it there, and no zombie? */
const isRunning = (pid: number) => !['', 'Z', 'X'].includes(stateOf(pid))

describe('rules when the program ends', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.kill('SIGKILL')
      const kept = await keptBy(run.pid as number)
      if (kept) await releaseKept(kept)
    }
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('kill -9 keeps them for the time that was given, once; the next start says so', async () => {
    const { child, pid, ended } = await start(['--on-exit', 'keep:10m'])
    assert.equal(await keptBy(pid), undefined, 'while it lives none are kept')
    child.kill('SIGKILL')
    await ended
    const left = (await keptBy(pid))?.leftMs ?? 0
    assert.ok(left > 500_000 && left <= 600_000, `${left} ms`)
    const next = await start([])
    assert.match(next.said(), new RegExp(`rules of an earlier run hold for .*\\(process ${pid} died\\).*; fswatch-tui release ends them`))
    next.child.kill('SIGTERM')
    assert.equal(await next.ended, 0)
    const said = execFileSync(node, [...bundle, 'release'], { encoding: 'utf8' })
    assert.ok(said.includes(`The rules that process ${pid} left are off.\n`), said)
    assert.equal(await keptBy(pid), undefined)
  })

  it('SIGQUIT and an exception that nothing catches keep them', async () => {
    const script = join(folder, 'crash.mjs')
    writeFileSync(script, "process.on('SIGUSR2', () => { throw new Error('a fault') })\n")
    const [quit, thrown] = [await start(['--on-exit', 'keep']), await start(['--on-exit', 'keep'], { ...process.env, NODE_OPTIONS: `--import=${script}` })]
    quit.child.kill('SIGQUIT')
    thrown.child.kill('SIGUSR2')
    assert.equal(await quit.ended, 'SIGQUIT')
    assert.equal(await thrown.ended, 1)
    assert.match(thrown.said(), /a fault/)
    for (const { pid } of [quit, thrown]) assert.ok(await keptBy(pid))
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`${signal} keeps none`, async () => {
      const { child, pid, ended } = await start(['--on-exit', 'keep'])
      child.kill(signal)
      assert.equal(await ended, 0)
      assert.equal(await keptBy(pid), undefined)
    })

  it('a second SIGHUP, of the shell, does not end it before its hits are printed', async () => {
    const { child, pid, ended, said } = await start(['--on-exit', 'keep'])
    child.kill('SIGHUP')
    await new Promise((go) => setTimeout(go, 5))
    child.kill('SIGHUP')
    assert.equal(await ended, 0)
    assert.match(said(), /rule 1: \d+ hits?/)
    assert.equal(await keptBy(pid), undefined)
  })

  it('the end of its command and of its time keep none, nor does a command that cannot be started', async () => {
    for (const [flags, status] of [
      [['--for', '1'], 0],
      [['--', 'sh', '-c', 'sleep 1; exit 3'], 3],
    ] as const) {
      const { pid, ended } = await start(['--on-exit', 'keep', ...flags])
      assert.equal(await ended, status)
      assert.equal(await keptBy(pid), undefined)
    }
    const missing = spawn(node, [...bundle, 'guard', ...FLAGS, '--on-exit', 'keep', '--', '/nowhere/at/all'], { stdio: 'ignore' })
    assert.deepEqual(await once(missing, 'close'), [1, null])
    assert.equal(await keptBy(missing.pid as number), undefined)
  })

  it('kill -9 keeps none by default, nor where the watchdog process is killed too', async () => {
    const [plain, both] = [await start([]), await start(['--on-exit', 'keep'])]
    const watchdog = watchdogOf(both.pid)
    plain.child.kill('SIGKILL')
    both.child.kill('SIGKILL')
    assert.equal(await both.ended, 'SIGKILL')
    assert.ok(await keptBy(both.pid))
    process.kill(watchdog, 'SIGKILL')
    while (isRunning(watchdog)) await new Promise((go) => setTimeout(go, 20))
    for (const { pid } of [plain, both]) assert.equal(await keptBy(pid), undefined)
  })

  it('of the screen: kill -9 keeps them, the next screen says so, and q, SIGTERM and the end of the terminal keep none', async () => {
    const args = `${FLAGS.map((flag) => `'${flag}'`).join(' ')} --on-exit keep`
    const ends: ((terminal: Terminal) => void)[] = [
      (terminal) => terminal.signal('KILL'),
      (terminal) => terminal.keys('q'),
      (terminal) => terminal.signal('TERM'),
      (terminal) => terminal.close(),
    ]
    for (const [i, end] of ends.entries()) {
      const terminal = new Terminal(140, 24)
      try {
        terminal.start(args)
        if (i === 1) await terminal.untilShown('rules of an earlier run hold for', 60_000)
        await terminal.untilShown('1 rule by signal', 60_000)
        const pid = terminal.program()
        end(terminal)
        if (i < 3) await terminal.until((lines) => lines.some((line) => /ended with|Killed/.test(line)), 'its end', 30_000)
        else for (let ms = 0; isRunning(pid) && ms < 30_000; ms += 20) await new Promise((go) => setTimeout(go, 20))
        const kept = await keptBy(pid)
        assert.equal(kept !== undefined, i === 0, `end ${i}`)
        if (i === 1) for (const one of await keptRules()) if (one.pid !== pid) await releaseKept(one)
      } finally {
        terminal.close()
      }
    }
  })
})
