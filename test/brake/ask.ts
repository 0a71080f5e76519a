/** Hold and ask, in a guest: who is held, how he is answered, and what happens when nobody can answer any more. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Brake, type BrakeOptions } from '../../src/commands/brake.ts'
import type { Answer, Ask } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { Terminal } from '../ui/terminal.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const asker = join(project, 'dist/test-programs/asker')
const folder = '/tmp/ask'
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')
const way = Number(release().split('.')[0]) * 100 + Number(release().split('.')[1]) < 511 ? 'fmod_ret' : 'lsm'
const OPTIONS: BrakeOptions = { dryRun: false, protect: [], ways: [way], timeoutMs: 60_000, defaultAnswer: 'deny', recountMs: 600_000 }
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until<T>(what: string, look: () => T | Promise<T>, ms = 20_000): Promise<NonNullable<T>> {
  for (const end = Date.now() + ms; ; await sleep(5)) {
    const found = await look()
    if (found) return found as NonNullable<T>
    if (Date.now() > end) throw new Error(`it did not happen: ${what}`)
  }
}

function stateOf(pid: number | undefined): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] as string
}

let brake: Brake
const started: ChildProcess[] = []

/** What a test starts; killed after it. Rules do not hit us: children they do. */
function start(...command: string[]): { child: ChildProcess; ended: Promise<number | string>; said: () => string } {
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
  })
  started.push(child)
  return { child, ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string), said: () => said }
}
const sh = (line: string) => start('sh', '-c', line)

async function arm(line: string): Promise<number> {
  const parsed = parseRule(line)
  if (!parsed.ok) throw new Error(parsed.message)
  return (await brake.arm(parsed.rule)).id
}

const asked = (where: (ask: Ask) => boolean = () => true) => until('somebody is held', () => brake.asks().find(where))
const answer = (ask: Ask, verdict: Answer['verdict'], scope: Answer['scope'] = 'call', forMs: number | null = null) =>
  brake.answer(ask.id, { verdict, scope, forMs })

describe(`hold and ask by ${way}`, () => {
  before(() => mkdirSync(folder, { recursive: true }))
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
    for (const { id } of brake?.states() ?? []) await brake.remove(id)
  })
  after(async () => {
    await brake.close()
    rmSync(folder, { recursive: true, force: true })
  })
  before(() => {
    brake = new Brake(OPTIONS)
  })

  it('holds at the first touch; the process goes on inside the same call and never knows', async () => {
    writeFileSync(at('asked'), 'secret')
    await arm(`ask open ${at('asked')}`)
    const { child, ended, said } = sh(`exec cat ${at('asked')}`)
    const ask = await asked()
    assert.deepEqual([ask.pid, ask.comm, ask.path, ask.ops.includes('open'), ask.user], [child.pid, 'cat', at('asked'), true, 'root'])
    assert.equal(ask.command, `cat ${at('asked')}`)
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

  it('new files: asked before they are made, so that an exclusive open goes on', async () => {
    await arm(`ask open ${folder}/**`)
    const { ended, said } = sh(`set -C; echo made > ${at('fresh')} && echo ok`)
    await answer(await asked(({ path }) => path === at('fresh')), 'allow')
    assert.equal(await ended, 0)
    assert.deepEqual([said(), text('fresh')], ['ok\n', 'made\n'])
  })

  it('a rename of two names under one rule is one question', async () => {
    writeFileSync(at('from'), 'f')
    writeFileSync(at('to'), 't')
    await arm(`ask rename,delete ${folder}/**`)
    const { ended } = sh(`exec mv ${at('from')} ${at('to')}`)
    await answer(await asked(), 'allow')
    assert.equal(await ended, 0)
    assert.equal(text('to'), 'f')
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
      const parsed = parseRule(`ask open ${at('default')}`)
      assert.ok(parsed.ok)
      const { id } = await own.arm(parsed.rule)
      const { ended, said } = sh(`cat ${at('default')}; cat ${at('default')}`)
      assert.deepEqual([await ended, said()], [0, 'dd'])
      await own.tick()
      assert.equal(own.states().length, 1, 'it makes no rule')
      assert.equal(own.states().find((state) => state.id === id)?.hits, 2, 'each call was asked about')
    } finally {
      await own.close()
    }
  })

  it('every thread of a process, each with its own answer', async () => {
    writeFileSync(at('threads'), '')
    await arm(`ask open ${at('threads')}`)
    const { ended, said } = start(asker, 'threads', at('threads'), '4')
    let allowed = 0
    for (const answered = new Set<number>(); answered.size < 4; ) {
      const ask = await asked(({ tid }) => !answered.has(tid))
      answered.add(ask.tid)
      await answer(ask, allowed++ < 2 ? 'allow' : 'deny')
    }
    assert.equal(await ended, 0)
    assert.equal(said().trim(), '2 opened, 2 refused')
  })

  it('fifty at once; one answer for all of a program', async () => {
    writeFileSync(at('flood'), 'f')
    await arm(`ask open ${at('flood')}`)
    const flood = Array.from({ length: 50 }, () => start('cat', at('flood')))
    await until('all are held', () => brake.asks().length === 50, 60_000)
    assert.match(await answer(brake.asks()[7] as Ask, 'allow', 'program'), /50 calls/)
    assert.deepEqual(new Set(await Promise.all(flood.map(({ ended }) => ended))), new Set([0]))
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

  it('a traced process: the tracer sees the stop, and the answer holds', async () => {
    writeFileSync(at('traced'), 't')
    await arm(`ask open ${at('traced')}`)
    const { ended, said } = start('strace', '-qq', '-o', at('trace'), '-e', 'trace=openat', 'cat', at('traced'))
    await answer(await asked(), 'allow')
    assert.equal(await ended, 0)
    assert.equal(said(), 't')
    assert.match(text('trace'), /ERESTARTNOINTR/)
  })

  it('requests of io_uring and AIO cannot be held: they are refused', async () => {
    writeFileSync(at('uring'), 'u')
    const uring = start(asker, 'requests', at('uring'))
    await until('it is ready', () => uring.said().includes('ready'))
    const rule = await arm(`ask write ${at('uring')}`)
    process.kill(uring.child.pid as number, 'SIGUSR1')
    assert.equal(await uring.ended, 0)
    console.log(uring.said().trim().replaceAll('\n', '; '))
    assert.doesNotMatch(uring.said(), /wrote/)
    assert.equal(text('uring'), 'u')
    await brake.tick()
    assert.ok((brake.states().find(({ id }) => id === rule)?.hits ?? 0) > 0)
  })

  it('disarming lets go of who waits', async () => {
    writeFileSync(at('disarmed'), 'd')
    const rule = await arm(`ask open ${at('disarmed')}`)
    const { ended } = sh(`exec cat ${at('disarmed')}`)
    await asked()
    await brake.disarm(rule)
    assert.equal(await ended, 0)
    assert.equal(brake.asks().length, 0)
  })

  it('is refused for the terminal’s own session', async () => {
    await assert.rejects(arm(`ask open ${folder}/** by pid=${process.ppid}`), /own session/)
  })

  it('an answer is for what was asked: a path that changes while it waits is asked about again', async () => {
    for (const name of ['shown', 'meant']) writeFileSync(at(name), name)
    await arm(`ask open ${at('shown')}`)
    await arm(`ask open ${at('meant')}`)
    rmSync(at('link'), { force: true })
    execFileSync('ln', ['-s', at('shown'), at('link')])
    const { ended, said } = sh(`exec cat ${at('link')}`)
    const first = await asked()
    assert.equal(first.path, at('shown'))
    execFileSync('ln', ['-sfn', at('meant'), at('link')])
    await answer(first, 'allow')
    const second = await asked(({ id }) => id !== first.id)
    assert.equal(second.path, at('meant'))
    await answer(second, 'deny')
    assert.deepEqual([await ended, said()], [1, ''])
  })

  it('a handler that runs before the call is made again has no part in its answer', async () => {
    for (const name of ['call', 'handler']) writeFileSync(at(name), name)
    await arm(`ask open ${folder}/** by !comm=node`)
    const { ended, said } = start(asker, 'handler', at('call'), at('handler'))
    for (let over = false, asks = 0; !over && asks < 10; asks++) {
      const ask = await Promise.race([asked(), ended.then(() => null)])
      if (ask === null) over = true
      else await answer(ask, ask.path === at('handler') ? 'deny' : 'allow')
    }
    assert.equal(await Promise.race([ended, sleep(5000)]), 0)
    assert.deepEqual(said().trim().split('\n').sort(), ['call opened', 'handler refused'])
  })

  it('a descriptor that is passed: dropped, and nobody is left stopped', async () => {
    writeFileSync(at('passed'), 'p')
    const script = `import os, socket, sys, time
a, b = socket.socketpair()
if os.fork() == 0:
  open('/proc/self/comm', 'w').write('receiver'); time.sleep(1)
  fds = socket.recv_fds(b, 10, 1)[1]; print('received', len(fds), flush=True); os._exit(0)
socket.send_fds(a, [b'x'], [os.open('${at('passed')}', os.O_RDONLY)]); print('sent', flush=True); os.wait()`
    const { ended, said } = start('python3', '-c', script)
    await until('it was sent', () => said().includes('sent'))
    await arm(`ask open ${at('passed')} by comm=receiver`)
    await ended
    assert.match(said(), /received/)
  })

  it('a program whose name is ruled starts: what it maps is not asked about half way', async () => {
    execFileSync('cp', ['/bin/true', at('mytrue')])
    await arm(`ask read ${folder}/** by comm=mytrue`)
    assert.equal(await start(at('mytrue')).ended, 0)
  })

  it('a thread that is held although the first one of its process has ended', async () => {
    writeFileSync(at('orphan'), 'o')
    await arm(`ask open ${at('orphan')}`)
    const { ended, said } = start(asker, 'leaderless', at('orphan'))
    await answer(await asked(), 'allow')
    await ended
    assert.match(said(), /opened/)
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

describe('from the screen', () => {
  before(() => mkdirSync(folder, { recursive: true }))
  it('who waits is shown wherever one is, and answered with a key', async () => {
    writeFileSync(at('screen'), 'shown')
    const terminal = new Terminal(100, 24)
    try {
      terminal.start(`--enforce ${way} --rule 'ask open ${at('screen')}'`)
      await terminal.untilShown(`1 rule by ${way}`, 120_000)
      const first = start('cat', at('screen'))
      await terminal.untilShown(`cat (${first.child.pid}) wants to open, read ${at('screen')}`, 60_000)
      await terminal.untilShown('w answers', 5000)
      terminal.keys('w')
      await terminal.untilShown(`command   cat ${at('screen')}`, 60_000)
      terminal.keys('y')
      assert.deepEqual([await first.ended, first.said()], [0, 'shown'])
      await terminal.untilShown('allowed: this call of cat', 60_000)
      const second = start('cat', at('screen'))
      await terminal.untilShown(`cat (${second.child.pid}) wants`, 60_000)
      terminal.keys('E')
      assert.equal(await second.ended, 1)
      assert.equal(await start('cat', at('screen')).ended, 1, 'its program stays denied')
    } finally {
      terminal.close()
      for (const child of started.splice(0)) child.kill('SIGKILL')
    }
  })
})

/** Children of a program of their own (this file, with HOLDER set), which is then killed. */
async function holder(signal: NodeJS.Signals, victim: 'program' | 'keeper'): Promise<void> {
  writeFileSync(at('orphaned'), 'o')
  const child = spawn('fswatch-tui', ['guard', '--json', '--enforce', way, '--rule', `ask open ${at('orphaned')} by comm=cat`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  await until('it is armed', () => said.includes('armed by'), 120_000)
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
  before(() => mkdirSync(folder, { recursive: true }))
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
  })
  it('kill -9 of the program: the keeper denies, and all go on', () => holder('SIGKILL', 'program'))
  it('kill -9 of the keeper: rules that ask are disarmed', () => holder('SIGKILL', 'keeper'))
  it('SIGTERM', () => holder('SIGTERM', 'program'))

  it('quitting while one waits who goes on to the next: all are denied, none stays stopped', async () => {
    for (const name of ['q1', 'q2', 'q3']) writeFileSync(at(name), name)
    const own = new Brake(OPTIONS)
    const parsed = parseRule(`ask open ${folder}/**`)
    assert.ok(parsed.ok)
    await own.arm(parsed.rule)
    const { child, ended } = start('cat', at('q1'), at('q2'), at('q3'))
    await until('it is held', () => own.asks().length === 1)
    await own.close()
    assert.notEqual(await ended, null)
    assert.equal(child.signalCode, null)
  })

  it('a program that is itself stopped answers nobody: the keeper does', async () => {
    writeFileSync(at('hung'), 'h')
    const args = ['guard', '--enforce', way, '--ask-timeout', '2s', '--rule', `ask open ${at('hung')}`]
    const child = spawn('fswatch-tui', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
    })
    await until('it is armed', () => said.includes('armed by'), 120_000)
    child.kill('SIGSTOP')
    const begin = performance.now()
    assert.equal(await start('cat', at('hung')).ended, 1)
    assert.ok(performance.now() - begin > 2000, 'not before its time')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    await once(child, 'close')
  })
})
