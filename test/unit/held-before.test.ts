/** Who could write before a rule was armed: what is said of them, and that only they are signalled. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { UsageError } from '../../src/commands/checks.ts'
import { mappedOf } from '../../src/commands/guard.ts'
import { birthNow, holderWarnings, signalMappers, storeFate, unseenNotes, withStoresSeen } from '../../src/commands/held-before.ts'
import type { RuleHolder } from '../../src/rules/control.ts'

const holder = (pid: number, how: RuleHolder['how'], comm = 'cp'): RuleHolder => ({ pid, comm, how })

it('says nothing of nobody, names five of many, and lets no name break out', () => {
  assert.deepEqual(holderWarnings([], true), [])
  const [mapped, ...more] = holderWarnings(
    [1, 2, 3, 4, 5, 6].map((pid) => holder(pid, 'mapped')),
    true,
  )
  assert.match(mapped ?? '', /^cp \(1\), cp \(2\), cp \(3\), cp \(4\), cp \(5\), … has it mapped writable/)
  assert.deepEqual(more, [])
  assert.ok(
    !holderWarnings([holder(1, 'open', '\x1b[2J')], true)
      .join()
      .includes('\x1b'),
  )
})

it('what becomes of writes to an open file depends on what can be refused', () => {
  const both = [holder(1, 'mapped'), holder(2, 'open')]
  assert.match(holderWarnings(both, true)[1] ?? '', /^cp \(2\) has it open for writing: its writes are refused from now on$/)
  assert.match(holderWarnings(both, false)[1] ?? '', /its next write is answered$/)
})

it('says what becomes of a store, where it is seen and where not', () => {
  const mapped = [
    { pid: 1, path: '/a', range: '1-2', file: '08:01 1' },
    { pid: 2, path: '/a', range: '1-2', file: '08:01 1' },
    { pid: 2, path: '/b', range: '2-3', file: '00:19 7' },
  ]
  const unseen = new Map([['00:19 7', 'the kernel tells tmpfs of no store']])
  const holders = withStoresSeen([holder(1, 'mapped'), holder(2, 'mapped'), holder(1, 'open')], mapped, unseen)
  assert.deepEqual(
    holders.map(({ storesSeen }) => storesSeen ?? false),
    [true, false, false],
  )
  assert.deepEqual(unseenNotes(mapped, unseen), ['stores into /b are not seen: the kernel tells tmpfs of no store'])
  const said = (['kill', 'freeze', 'report'] as const).map((fate) => holderWarnings(holders, true, fate).slice(0, 2))
  assert.deepEqual(
    said.map(([seen]) => seen),
    [
      'cp (1) has it mapped writable: it gets the signal before its next store is made',
      'cp (1) has it mapped writable: its next store stops it, before it is made; once it is resumed, its stores pass',
      'cp (1) has it mapped writable: stores through an old mapping are reported, not stopped',
    ],
  )
  for (const [, other] of said) assert.match(other ?? '', /^cp \(2\) has it mapped writable: stores through an old mapping are not stopped/)
  const kinds = [{ kind: 'kill', signal: 'SIGTERM' }, { kind: 'freeze' }, { kind: 'audit' }, { kind: 'deny', errno: 'EPERM' }, { kind: 'ask' }] as const
  assert.deepEqual(
    kinds.map((action) => storeFate(action, 'kill')),
    ['kill', 'freeze', 'report', 'kill', 'kill'],
  )
})

it('--mapped is one of three words, and each command has a default of its own', () => {
  assert.deepEqual([mappedOf({}, 'freeze'), mappedOf({ mapped: 'kill' }, 'freeze')], ['freeze', 'kill'])
  assert.throws(() => mappedOf({ mapped: 'stop' }, 'report'), new UsageError('--mapped stop: choose freeze, kill, report'))
})

it('signals those that had it mapped, unless the number is another process’s by now', async () => {
  const children = [0, 1, 2].map(() => spawn('sleep', ['600'], { stdio: 'ignore' }))
  try {
    const [mapper, opener, other] = children.map(({ pid }) => pid as number) as [number, number, number]
    const births = new Map([mapper, opener, other].map((pid) => [pid, birthNow(pid)]))
    births.set(other, 1)
    const holders = [holder(mapper, 'mapped', 'sleep'), holder(opener, 'open'), holder(other, 'mapped')]
    const ended = once(children[0] as (typeof children)[0], 'exit')
    assert.equal(signalMappers(holders, births, 'SIGKILL'), `SIGKILL was sent to sleep (${mapper})`)
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    assert.equal(signalMappers(holders, births, 'SIGKILL'), 'nobody who had it mapped lives any more')
    assert.deepEqual(
      children.slice(1).map(({ exitCode, signalCode }) => [exitCode, signalCode]),
      [
        [null, null],
        [null, null],
      ],
    )
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})
