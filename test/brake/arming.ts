/** Arming a rule on a large tree: it can be watched and cancelled, it holds meanwhile, and it covers what it should. Runs in a guest only. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, describe, it } from 'node:test'
import { Terminal } from '../ui/terminal.ts'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const folder = '/tmp/arming'
const at = (name: string) => join(folder, name)
const guards: ChildProcess[] = []

/** A guard that may still be arming. `until` resolves when it has said so on its standard error. */
function begin(...args: string[]) {
  // The trees hold the loader: that needs --force.
  const child = spawn('fswatch-tui', ['guard', '--force', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  guards.push(child)
  let said = ''
  let check = () => {}
  createInterface({ input: child.stderr }).on('line', (line) => {
    said += `${line}\n`
    check()
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      check = () => said.includes(text) && resolve()
      check()
      void ended.then(() => reject(new Error(`it ended and never said ${text}:\n${said}`)))
    })
  return { child, ended, until, said: () => said }
}

/** In a guest nothing else hooks kernel functions. */
async function untilNothingIsHooked(): Promise<void> {
  const hooked = () => readFileSync('/sys/kernel/tracing/enabled_functions', 'utf8')
  for (let i = 0; i < 150 && hooked() !== ''; i++) await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(hooked(), '')
}

describe('arming a rule on a large tree', () => {
  before(() => {
    mkdirSync(folder, { recursive: true })
    sh(`cp "$(readlink -f /bin/cat)" ${at('nosuch')}`)
  })
  afterEach(() => {
    for (const child of guards.splice(0)) child.kill('SIGKILL')
    RunningGuard.stopAll()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('holds from the start of the search for hard links; SIGINT ends it and leaves nothing armed', async () => {
    const guard = begin('--rule', 'deny open /usr/** by comm=nosuch')
    await guard.until('files looked at for hard links; the rule already holds in its tree')
    // The program lies elsewhere, but even its libraries cannot be opened.
    assert.notEqual(sh(`${at('nosuch')} /usr/lib/os-release`), 0, 'refused while the search goes on')
    assert.doesNotMatch(guard.said(), /armed by/)
    const began = performance.now()
    guard.child.kill('SIGINT')
    assert.deepEqual(await guard.ended, [130, null])
    const took = performance.now() - began
    assert.ok(took < 20_000, `it ended after ${Math.round(took)} ms`)
    assert.match(guard.said(), /arming was cancelled by SIGINT: no rule is armed/)
    assert.equal(sh(`${at('nosuch')} /usr/lib/os-release`), 0)
    await untilNothingIsHooked()
  })

  it('needs no search where the whole file system is covered: `deny open /**`, for one program and for all', async () => {
    const some = begin('--rule', 'deny open /** by comm=nosuch')
    await some.until('armed by')
    assert.notEqual(sh(`${at('nosuch')} /usr/lib/os-release`), 0)
    some.child.kill('SIGINT')
    assert.deepEqual(await some.ended, [0, null])
    const all = begin('--rule', 'deny open /**')
    await all.until('armed by')
    // Not even a shell starts: its libraries cannot be opened. The guard and this process go on.
    assert.notEqual(sh('exit 0'), 0)
    assert.match(readFileSync('/usr/lib/os-release', 'utf8'), /NAME/)
    all.child.kill('SIGINT')
    assert.deepEqual(await all.ended, [0, null])
    assert.equal(sh('exit 0'), 0)
    assert.doesNotMatch(some.said() + all.said(), /looked at for hard links/)
  })

  it('finds further names of files, devices and FIFOs, however deep they lie', async () => {
    const tree = at('tree')
    mkdirSync(join(tree, 'deep'), { recursive: true })
    // Deeper than a path can say, so step by step.
    const name = 'd'.repeat(200)
    const deep = `const fs = require('fs'); process.chdir('${tree}/deep'); for (let i = 0; i < 30; i++) { fs.mkdirSync('${name}'); process.chdir('${name}') }; fs.writeFileSync('file', 'x'); fs.linkSync('file', '${at('deep-outside')}')`
    assert.equal(sh(`${process.execPath} -e "${deep}"`), 0)
    const links = `echo x > file; ln file ${at('file-outside')}; mkfifo fifo; ln fifo ${at('fifo-outside')}; mknod null c 1 3; ln null ${at('null-outside')}`
    assert.equal(sh(`cd ${tree}; ${links}`), 0)
    writeFileSync(at('elsewhere'), 'x')
    const guard = await RunningGuard.start('--rule', `deny open,modify ${tree}/**`)
    for (const name of ['file-outside', 'deep-outside', 'null-outside']) assert.notEqual(sh(`cat ${at(name)}`), 0, name)
    // Not refused, an open without a reader waits: 124.
    assert.equal(sh(`timeout 5 sh -c 'echo > ${at('fifo-outside')}'`), 2, 'fifo-outside')
    assert.equal(sh(`cat ${at('elsewhere')}`), 0)
    await guard.stop()
  })

  it('is watched and cancelled on the screen, where keys are answered meanwhile', async () => {
    const writer = spawn('sh', ['-c', `while :; do echo x >> ${at('screen')}; sleep 0.3; done`], { stdio: 'ignore' })
    const terminal = new Terminal(120, 30)
    const patience = 300_000
    try {
      terminal.start(`--pid ${writer.pid} --interval 2`)
      await terminal.untilShown(at('screen'), patience)
      terminal.keys('d')
      await terminal.untilShown('rule: deny modify', patience)
      terminal.keys('C-u')
      terminal.text('deny open /usr/** by comm=nosuch')
      await terminal.untilShown('rule: deny open /usr/** by comm=nosuch', patience)
      terminal.keys('Enter')
      await terminal.untilShown('type yes to arm it:', patience)
      terminal.text('yes')
      await terminal.untilShown('type yes to arm it: yes', patience)
      terminal.keys('Enter')
      await terminal.untilShown('the rule already holds in its tree', patience)
      terminal.keys('5')
      await terminal.until(
        (lines) => lines.some((line) => /1 armed/.test(line)) && lines.some((line) => line.includes('the rule already holds')),
        'the rule in its view',
        patience,
      )
      terminal.keys('Escape')
      await terminal.untilShown('cancelled, and not armed: deny open /usr/** by comm=nosuch', patience)
      assert.equal(sh(`${at('nosuch')} /usr/lib/os-release`), 0)
    } finally {
      terminal.close()
      writer.kill('SIGKILL')
    }
  })

  it('a quota that is counted is cancelled as well', async () => {
    const guard = begin('--rule', 'quota 100G /usr/**')
    await guard.until('files counted; the quota does not hold yet')
    guard.child.kill('SIGINT')
    assert.deepEqual(await guard.ended, [130, null])
    await untilNothingIsHooked()
  })
})
