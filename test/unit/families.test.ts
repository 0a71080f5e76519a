/** Families of processes named with +: which number they get and for how long, and which processes are recorded. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { BpfObject } from '../../src/kernel/addon.ts'
import { Families } from '../../src/kernel/guard/families.ts'
import type { Inodes } from '../../src/kernel/guard/inodes.ts'
import { familyProcess } from '../../src/kernel/guard/layout.gen.ts'
import { type Condition, kernelRuleOf } from '../../src/kernel/guard/subjects.ts'
import { TimeSlices } from '../../src/kernel/time-slices.ts'

const PID = 2 ** 22 + 1

type Identify = ConstructorParameters<typeof Families>[3]

function families(identify: Identify, { refuses = true, without = 0n } = {}) {
  const recorded: { pid: number; families: bigint; birth: number; epoch: number }[] = []
  const processes = new Map<number, Uint8Array>()
  /** as the kernel has them, in the order they were written last */
  const globals = new Map<string, number[]>()
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset)
  const pidOf = (key: Uint8Array) => view(key).getUint32(0, true)
  const object = {
    lookup: (_: string, key: Uint8Array) => processes.get(pidOf(key)) ?? null,
    writeGlobal: (name: string, bytes: Uint8Array) => {
      globals.delete(name)
      globals.set(name, [...new Uint32Array(bytes.slice().buffer)])
    },
    readGlobal: () => new Uint8Array(new BigUint64Array([without]).buffer),
    update: (_: string, key: Uint8Array, value: Uint8Array) => {
      const field = (offset: number) => view(value).getUint32(offset, true)
      processes.set(pidOf(key), value)
      recorded.push({
        pid: pidOf(key),
        families: view(value).getBigUint64(familyProcess.families, true),
        birth: field(familyProcess.birth),
        epoch: field(familyProcess.epoch),
      })
    },
  }
  return { of: new Families(object as unknown as BpfObject, new TimeSlices(), refuses, identify), recorded, globals }
}

const bornAt: Identify = (pid) => ({ tgid: pid, birth: pid % 100, ppid: 1, comm: 'a' })

it('a process that has the number of one that ended is a family of its own', async () => {
  let birth = 5
  const { of, recorded } = families((pid) => ({ tgid: pid, birth, ppid: 1, comm: 'a' }))
  assert.deepEqual([await of.of(PID), await of.of(PID)], [0, 0])
  birth = 6
  assert.equal(await of.of(PID), 1)
  assert.deepEqual(recorded, [
    { pid: PID, families: 1n, birth: 5, epoch: 0 },
    { pid: PID, families: 2n, birth: 6, epoch: 0 },
  ])
})

it('there are 64 of them at a time, and none of a process that has ended', async () => {
  const { of } = families((pid) => (pid === PID ? null : { tgid: pid, birth: pid, ppid: 1, comm: 'a' }))
  await assert.rejects(of.of(PID), /there is no process 4194305: it has ended/)
  for (let i = 1; i <= 64; i++) assert.equal(await of.of(PID + i), i - 1)
  await assert.rejects(of.of(PID + 65), /^Error: rules name 64 different processes with \+ already.*: disarm one of them, or use cgroup=$/)
  of.release(7)
  assert.equal(await of.of(PID + 65), 7)
})

it('a thousand rules one after the other use one number', async () => {
  const { of } = families(bornAt)
  for (let i = 0; i < 1000; i++) {
    assert.equal(await of.of(PID + i), 0)
    of.release(0)
  }
})

it('a number that is free is of no process until it is given again: bits of before count for nothing', async () => {
  const { of, recorded, globals } = families(bornAt)
  await of.of(PID)
  await of.of(PID)
  await of.of(PID + 1)
  of.release(0)
  assert.equal(globals.has('family_since'), false, 'another rule names the family still')
  of.release(0)
  const since = new Array(64).fill(0)
  since[0] = 1
  assert.deepEqual(
    [...globals].filter(([name]) => name !== 'armed_families'),
    [
      ['family_since', since],
      ['families_epoch', [1]],
    ],
    'the number first: the epoch says that there is one',
  )
  // The old member joins the family of another process, and keeps none of its old bits.
  recorded.length = 0
  assert.equal(await of.of(PID + 2), 0)
  of.release(1)
  assert.equal(await of.of(PID), 1)
  assert.deepEqual(recorded, [
    { pid: PID + 2, families: 1n, birth: (PID + 2) % 100, epoch: 1 },
    { pid: PID, families: 2n, birth: PID % 100, epoch: 2 },
  ])
})

it('a rule that is not armed after all names no family', async () => {
  const { of } = families(bornAt)
  const by = (...conditions: Condition[]) => ({
    ...{ action: 1, errno: 1, signal: 0, ops: 1, object: { kind: 'file', text: '/x' } as const, ttlMs: null },
    conditions,
  })
  const inodes = { find: () => null } as unknown as Inodes
  const family: Condition = { key: 'pid', pid: process.pid, descendants: true, negate: false }
  const refuse = () => {
    throw new Error('the program is ending')
  }
  const armed = await kernelRuleOf(by(family), 1, { inodes, families: of }, () => {})
  assert.equal(armed.family, 0)
  const other: Condition = { ...family, pid: process.ppid }
  const wrong: Condition = { key: 'exe', text: '/nothing', negate: false }
  await assert.rejects(
    kernelRuleOf(by(other, wrong), 2, { inodes, families: of }, () => {}),
    /no such program/,
  )
  await assert.rejects(kernelRuleOf(by(other), 3, { inodes, families: of }, refuse), /is ending/)
  assert.equal((await kernelRuleOf(by({ ...other, negate: true }), 4, { inodes, families: of }, () => {})).family, 1)
})

it('a family that cannot be recorded leaves its number free', async () => {
  const globals: string[] = []
  const object = { writeGlobal: (name: string) => void globals.push(name), lookup: () => null, update: () => assert.fail('the table is full') }
  const of = new Families(object as unknown as BpfObject, new TimeSlices(), true, bornAt)
  await assert.rejects(of.of(PID), /the table is full/)
  assert.deepEqual(globals, ['armed_families', 'family_since', 'families_epoch'])
})

it('it is said where the table has no room for their children, and what becomes of them', () => {
  const trouble = (options: { refuses?: boolean; without?: bigint }) => families(() => null, options).of.trouble()
  assert.equal(trouble({}), null)
  assert.match(trouble({ without: 3n }) ?? '', /have more than 65,536 threads: their members' forks fail \(EAGAIN\); use cgroup= in place of pid=N\+$/)
  assert.match(trouble({ without: 1n, refuses: false }) ?? '', /: further ones are outside of the rule; use cgroup=/)
})
