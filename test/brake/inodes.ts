/**
 * Files that the kernel calls by the same number, and one whose place it has forgotten: run inside a guest by test/guest/brake.test.ts.
 * `npm run guest -- --kernel 6.12 node --test test/brake/inodes.ts`
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mountNew } from '../evade/evade.ts'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const handle = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/handle')
const SUBVOLUMES = ['one', 'two', 'three']
const secret = '/tmp/secret'

describe('files that are hard to tell apart', () => {
  let volume = ''
  let disk = ''
  const file = (subvolume: string) => join(volume, subvolume, 'file')
  const program = (subvolume: string) => join(volume, subvolume, 'program')
  const text = (path: string) => readFileSync(path, 'utf8')

  before(async () => {
    volume = mountNew('btrfs')
    for (const name of SUBVOLUMES) {
      execFileSync('btrfs', ['subvolume', 'create', join(volume, name)])
      writeFileSync(file(name), 'as it was')
      copyFileSync('/bin/dash', program(name))
      // So that the generations differ: they are the numbers of the transactions that made the files.
      spawnSync('sync')
    }
    mkdirSync(join(volume, 'kept'))
    execFileSync('btrfs', ['subvolume', 'create', join(volume, 'kept/inner')])
    disk = mountNew('ext4')
    mkdirSync(join(disk, 'tree/below'), { recursive: true })
    mkdirSync(join(disk, 'free'), { recursive: true })
    for (const path of ['tree/below/file', 'free/file']) writeFileSync(join(disk, path), 'as it was')
    writeFileSync(secret, '')
    await RunningGuard.start(
      ...['--rule', `deny write ${file('one')}`, '--rule', `deny write ${file('two')}`],
      ...['--rule', `deny delete ${join(volume, 'kept')}/**`, '--rule', `deny create ${join(volume, 'one/made')}`],
      ...['--rule', `deny write ${secret} by !exe=${program('one')}`, '--rule', `deny write ${join(disk, 'tree')}/**`],
    )
  })
  after(() => RunningGuard.stopAll())

  it('have equal numbers in subvolumes of btrfs, and each its own rule', () => {
    assert.equal(new Set(SUBVOLUMES.map((name) => statSync(file(name)).ino)).size, 1, 'otherwise this proves nothing')
    assert.notEqual(sh(`echo x >> ${file('one')}`), 0)
    assert.notEqual(sh(`echo x >> ${file('two')}`), 0)
    assert.deepEqual([text(file('one')), text(file('two'))], ['as it was', 'as it was'])
    // Subvolumes are known from 5.11 on; before, generations tell files apart that were not made at the same time.
    if (!release().startsWith('5.10')) assert.equal(sh(`echo x >> ${file('three')}`), 0, 'no rule names it')
  })

  it('are no other program by the number of its file', (t) => {
    if (release().startsWith('5.10')) return t.skip('the kernel tells no subvolume')
    assert.equal(statSync(program('one')).ino, statSync(program('two')).ino, 'otherwise this proves nothing')
    const append = (subvolume: string) => spawnSync(program(subvolume), ['-c', `echo x >> ${secret}`]).status
    assert.equal(append('one'), 0, 'the program that may')
    assert.notEqual(append('two'), 0)
    assert.equal(text(secret), 'x\n')
  })

  it('are kept when a subvolume is deleted by its number', () => {
    const inner = join(volume, 'kept/inner')
    const [, id] = /Subvolume ID:\s+(\d+)/.exec(execFileSync('btrfs', ['subvolume', 'show', inner], { encoding: 'utf8' })) ?? []
    assert.notEqual(spawnSync('btrfs', ['subvolume', 'delete', '--subvolid', id as string, volume]).status, 0)
    assert.ok(existsSync(inner))
  })

  it('have their rules on names in each subvolume', () => {
    assert.notEqual(spawnSync('btrfs', ['subvolume', 'create', join(volume, 'one/made')]).status, 0)
    assert.ok(!existsSync(join(volume, 'one/made')))
    if (!release().startsWith('5.10'))
      assert.equal(spawnSync('btrfs', ['subvolume', 'create', join(volume, 'two/made')]).status, 0, 'the name in another subvolume')
  })

  it('are refused by their handle when the kernel has forgotten where they are', () => {
    const EPERM = 1
    const byHandle = (path: string) => spawnSync(handle, [join(disk, path)], { cwd: disk }).status
    assert.equal(byHandle('tree/below/file'), EPERM)
    assert.equal(text(join(disk, 'tree/below/file')), 'as it was')
    console.log(`by handle, outside of the tree: ${byHandle('free/file')}`)
  })
})
