/**
 * Files that change their places under rules: second names, files put in the place of another, inode numbers that are used again. Run inside a guest by
 * test/guest/brake.test.ts. `npm run guest -- --kernel 6.12 node --test test/brake/places.ts`
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { mountNew } from '../evade/evade.ts'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const programs = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs')
const [exchanger, mapreader] = [join(programs, 'exchanger'), join(programs, 'mapreader')]
const FOLDERS = ['both', 'outer/inner', 'one', 'stale', 'free', 'own', 'blocks', 'ids', 'below', 'run', 'again', 'watched', 'there/d']
const PROTECTED_BLOCK = 'protected'.padEnd(4096, '.')

/** A shell line by a process whose ids are all `uid`. */
function shellAs(uid: number, line: string): number | null {
  return spawnSync('setpriv', ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--', 'sh', '-c', line], { stdio: 'ignore' }).status
}

describe('rules on files that change their places', () => {
  let disk = ''
  let exchange: ChildProcess
  let mapping: ChildProcess
  const at = (name: string) => join(disk, name)
  const text = (name: string) => readFileSync(at(name), 'utf8')

  /** Makes an empty file with an inode number that is free. */
  const makeWithNumber = (ino: number, name: string) => {
    for (let i = 0; i < 3000; i++) {
      const path = i === 0 ? at(name) : at(`free/number${i}`)
      writeFileSync(path, '')
      if (statSync(path).ino !== ino) continue
      renameSync(path, at(name))
      return
    }
    assert.fail(`the number ${ino} was not given again: this proves nothing`)
  }

  before(async () => {
    disk = mountNew('ext4')
    for (const folder of FOLDERS) mkdirSync(at(folder), { recursive: true })
    for (const name of [
      'both/file',
      'outer/inner/file',
      'one/file',
      'own/file',
      'own/victim',
      'ids/file',
      'below/file',
      'again/x',
      'again/y',
      'again/z',
      'there/d/x',
    ])
      writeFileSync(at(name), 'as it was')
    writeFileSync(at('blocks/mine'), 'mine'.padEnd(4096, '.'))
    writeFileSync(at('blocks/file'), PROTECTED_BLOCK)
    for (const name of ['secret', 'guarded']) writeFileSync(at(name), '')
    for (const name of ['program', 'protected']) {
      copyFileSync('/bin/dash', at(name))
      chmodSync(at(name), 0o755)
    }
    appendFileSync('/etc/subuid', '1000:100000:65536\n')
    spawnSync('sync')
    exchange = spawn(exchanger, [at('blocks/mine'), at('blocks/file'), at('blocks/argument')], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(createInterface({ input: exchange.stdout as NodeJS.ReadableStream }), 'line')
    copyFileSync('/bin/true', at('run/program'))
    chmodSync(at('run/program'), 0o755)
    spawnSync('modprobe', ['overlay'])
    mkdirSync('/mnt/overlay')
    for (const folder of ['upper', 'work']) mkdirSync(at(folder))
    execFileSync('mount', [
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${at('below')}:${at('run')},upperdir=${at('upper')},workdir=${at('work')}`,
      '/mnt/overlay',
    ])
    mapping = spawn(mapreader, ['/mnt/overlay/file'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(createInterface({ input: mapping.stdout as NodeJS.ReadableStream }), 'line')
    const rules = [
      `audit write ${at('both/file')}`,
      `deny write ${at('both')}/**`,
      `audit write ${at('outer/inner')}/**`,
      `deny write ${at('outer')}/**`,
      `deny write ${at('one')}/**`,
      `deny write ${at('stale')}/**`,
      `deny open ${at('own/file')}`,
      `deny write ${at('secret')} by !exe=${at('program')}`,
      `deny write ${at('guarded')}`,
      ...['again/x', 'again/y', 'again/z', 'there/d/x'].map((name) => `deny write ${at(name)}`),
      `audit attr ${at('watched')}/**`,
      `deny read ${at('below')}/**`,
      `deny exec ${at('run')}/**`,
      `deny write ${at('blocks/file')}`,
      `deny open ${at('ids/file')} by uid=1000`,
    ]
    await RunningGuard.start('--protect', at('protected'), ...rules.flatMap((rule) => ['--rule', rule]))
  })
  after(() => {
    exchange?.kill()
    mapping?.kill()
    RunningGuard.stopAll()
  })

  it('hold by a second name outside of the tree, or the name is refused', () => {
    assert.equal(sh(`ln ${at('one/file')} ${at('free/one')}`), 0, 'the rules of one tree go along')
    assert.notEqual(sh(`echo x >> ${at('free/one')}`), 0)
    for (const name of ['both/file', 'outer/inner/file']) {
      assert.notEqual(sh(`ln ${at(name)} ${at('free/other')}`), 0, name)
      assert.equal(sh(`ln ${at(name)} ${at(name)}.second`), 0, `${name}: it stays in the tree`)
      assert.notEqual(sh(`echo x >> ${at(name)}.second`), 0, name)
      assert.equal(text(name), 'as it was')
    }
    assert.equal(text('one/file'), 'as it was')
  })

  it('hold for a file with the number of one that was deleted, by a second name', () => {
    for (let i = 0; i < 40; i++)
      assert.equal(sh(`: > ${at('free/made')}; mv ${at('free/made')} ${at(`stale/${i}`)}; ln ${at(`stale/${i}`)} ${at(`free/${i}`)}`), 0)
    const numbers = new Set(Array.from({ length: 40 }, (_, i) => statSync(at(`stale/${i}`)).ino))
    assert.equal(sh(`rm ${at('stale')}/* ${at('free')}/[0-9]*`), 0)
    let again = 0
    for (let i = 0; i < 5; i++) {
      assert.equal(sh(`echo old > ${at('free/made')}; mv ${at('free/made')} ${at(`stale/new${i}`)}; ln ${at(`stale/new${i}`)} ${at(`free/new${i}`)}`), 0)
      if (numbers.has(statSync(at(`stale/new${i}`)).ino)) again++
      assert.notEqual(sh(`echo x >> ${at(`free/new${i}`)}`), 0)
      assert.equal(text(`stale/new${i}`), 'old\n')
    }
    assert.ok(again > 0, 'otherwise this proves nothing')
  })

  for (const [program, secret, by] of [
    ['program', 'secret', '!exe='],
    ['protected', 'guarded', '--protect'],
  ] as const)
    it(`exempt no other program that got the number of the one that may (${by})`, () => {
      const append = (path: string) => spawnSync(path, ['-c', `echo x >> ${at(secret)}`], { stdio: 'ignore' }).status
      assert.equal(append(at(program)), 0, 'the program that may')
      const { ino } = statSync(at(program))
      unlinkSync(at(program))
      spawnSync('sync')
      for (let i = 0; i < 3000; i++) {
        const name = at(`free/${program}${i}`)
        writeFileSync(name, '', { mode: 0o755 })
        if (statSync(name).ino !== ino) continue
        copyFileSync('/bin/dash', name)
        assert.notEqual(append(name), 0)
        assert.equal(text(secret), 'x\n')
        return
      }
      assert.fail('the number was not given again: this proves nothing')
    })

  it('hold for subordinate ids of the user that they name', () => {
    assert.notEqual(shellAs(1000, `: < ${at('ids/file')}`), 0)
    assert.notEqual(shellAs(100_001, `: < ${at('ids/file')}`), 0)
    assert.equal(shellAs(300_000, `: < ${at('ids/file')}`), 0, 'an id of nobody')
  })

  it('hold for blocks that are exchanged by an argument that is in no page yet', async () => {
    const ended = once(exchange, 'exit')
    exchange.stdin?.end('\n')
    const EOPNOTSUPP = 95
    assert.equal((await ended)[0], EOPNOTSUPP)
    sh('echo 3 > /proc/sys/vm/drop_caches')
    assert.equal(text('blocks/file'), PROTECTED_BLOCK)
  })

  it('hold for a file that is mapped through an overlay which was there before', async () => {
    const ended = once(mapping, 'exit')
    mapping.stdin?.end('\n')
    const EPERM = 1
    assert.equal((await ended)[0], EPERM)
  })

  it('hold for a program that is run through an overlay which was there before', () => {
    assert.notEqual(spawnSync('/mnt/overlay/program').status, 0)
    assert.equal(spawnSync('/bin/true').status, 0)
  })

  it('hold against new generations of inodes, by which they are told apart', () => {
    assert.notEqual(sh(`chattr -v 4711 ${at('one/file')}`), 0)
    assert.notEqual(sh(`chattr -v 4711 ${at('free')}`), 0, 'a file that no rule names may be another name of one')
  })

  it('hold by each place of a file that has the number of a deleted one', async () => {
    // By a second name, after the tables were written again: another rule's file is replaced for that.
    const first = statSync(at('again/x')).ino
    unlinkSync(at('again/x'))
    makeWithNumber(first, 'again/made')
    renameSync(at('again/made'), at('again/x'))
    assert.equal(sh(`ln ${at('again/x')} ${at('free/second')}`), 0)
    writeFileSync(at('again/new'), '')
    renameSync(at('again/new'), at('again/y'))
    await wait(11_000)
    assert.notEqual(sh(`echo x >> ${at('free/second')}`), 0, 'by the second name')
    // By its own name, which it got after another place had marked it.
    const second = statSync(at('again/z')).ino
    unlinkSync(at('again/z'))
    makeWithNumber(second, 'watched/made')
    assert.equal(sh(`ln ${at('watched/made')} ${at('free/third')} && mv ${at('watched/made')} ${at('again/z')}`), 0)
    assert.notEqual(sh(`echo x >> ${at('again/z')}`), 0, 'by its own name')
  })

  it('hold in a directory that was replaced and put back', async () => {
    const replace = () => {
      writeFileSync(at('again/new'), 'as it was')
      renameSync(at('again/new'), at('there/d/x'))
    }
    replace()
    await wait(6000)
    renameSync(at('there/d'), at('there/e'))
    mkdirSync(at('there/d'))
    replace()
    await wait(6000)
    rmSync(at('there/d'), { recursive: true })
    renameSync(at('there/e'), at('there/d'))
    await wait(6000)
    replace()
    assert.notEqual(sh(`echo x >> ${at('there/d/x')}`), 0, 'at once, by its name')
  })

  it('follow a file that replaces theirs, and no symbolic link that does', async () => {
    unlinkSync(at('own/file'))
    symlinkSync(at('own/victim'), at('own/file'))
    // The places of rules are looked at every 5 s; two rounds are over when a file that came later is covered.
    for (const round of [1, 2]) {
      writeFileSync(at('own/new'), `round ${round}`)
      await wait(11_000)
      assert.equal(sh(`: < ${at('own/victim')}`), 0, 'the file that the link leads to')
    }
    unlinkSync(at('own/file'))
    renameSync(at('own/new'), at('own/file'))
    assert.notEqual(sh(`: < ${at('own/file')}`), 0, 'by its name')
    await wait(11_000)
    renameSync(at('own/file'), at('own/moved'))
    assert.notEqual(sh(`: < ${at('own/moved')}`), 0, 'by itself')
  })
})
