/** What --protect names, and which processes a name may stand for. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { candidatesByName, isOnlyRoots, systemService } from '../../src/kernel/guard/candidates.ts'
import { findUnit } from '../../src/kernel/guard/protect.ts'
import { parseProtection } from '../../src/rules/protection.ts'

it('parses names, paths, processes and units', () => {
  assert.deepEqual(parseProtection('sshd'), { text: 'sshd', kind: 'name', name: 'sshd' })
  assert.deepEqual(parseProtection('/usr/sbin/sshd'), { text: '/usr/sbin/sshd', kind: 'program', path: '/usr/sbin/sshd' })
  assert.deepEqual(parseProtection('pid=4711'), { text: 'pid=4711', kind: 'process', pid: 4711 })
  assert.deepEqual(parseProtection('unit=postgresql'), { text: 'unit=postgresql', kind: 'unit', unit: 'postgresql.service' })
  assert.deepEqual(parseProtection('unit=app.slice'), { text: 'unit=app.slice', kind: 'unit', unit: 'app.slice' })
})

it('says what is wrong with anything else', () => {
  for (const [text, message] of [
    ['', /write a name/],
    ['pid=0', /number of a process/],
    ['pid=7+', /number of a process/],
    ['unit=../x', /name of a unit/],
    ['uint=x', /did you mean unit/],
    ['bin/sshd', /whole path/],
  ] as const)
    assert.match(String(parseProtection(text)), message, text)
})

it('takes a service of the system from a cgroup listing, none of a user or a container', () => {
  assert.equal(systemService('0::/system.slice/ssh.service\n'), 'ssh.service')
  assert.equal(systemService('0::/system.slice/system-postgresql.slice/postgresql@15-main.service/sub\n'), 'postgresql@15-main.service')
  for (const listing of ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service\n', '0::/system.slice/docker-0123.scope\n', '0::/\n', ''])
    assert.equal(systemService(listing), null, listing)
})

it('finds units in slices, and none that a service made below itself', () => {
  const root = mkdtempSync(join(tmpdir(), 'units-'))
  try {
    for (const path of ['system.slice/real.service', 'system.slice/user@1000.service/fake.service', 'a.slice/a-b.slice/deep.scope'])
      mkdirSync(join(root, path), { recursive: true })
    const inode = (path: string) => statSync(join(root, path), { bigint: true }).ino
    assert.equal(findUnit('real.service', root), inode('system.slice/real.service'))
    assert.equal(findUnit('deep.scope', root), inode('a.slice/a-b.slice/deep.scope'))
    assert.equal(findUnit('a-b.slice', root), inode('a.slice/a-b.slice'))
    assert.equal(findUnit('fake.service', root), null)
  } finally {
    rmSync(root, { recursive: true })
  }
})

it('finds processes by comm and by program, with their ids', () => {
  const own = candidatesByName('node').find(({ tgid }) => tgid === process.pid)
  assert.ok(own, 'this process')
  assert.deepEqual([own.uid, own.isRoot], [process.getuid?.(), process.getuid?.() === 0])
  assert.equal(candidatesByName('no-such-name').length, 0)
})

it('trusts only files that root alone can change', () => {
  assert.equal(isOnlyRoots('/bin/sh'), true)
  assert.equal(isOnlyRoots('/tmp'), false)
  assert.equal(isOnlyRoots('/no/such/file'), false)
})
