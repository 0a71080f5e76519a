/** Families of processes named with +: which number they get, and which processes are recorded. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { BpfObject } from '../../src/kernel/addon.ts'
import { Families } from '../../src/kernel/guard/families.ts'
import { familyProcess } from '../../src/kernel/guard/layout.gen.ts'
import { TimeSlices } from '../../src/kernel/time-slices.ts'

const PID = 2 ** 22 + 1

function families(identify: ConstructorParameters<typeof Families>[3], { refuses = true, without = 0n } = {}) {
  const recorded: { pid: number; families: bigint; birth: number }[] = []
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset)
  const object = {
    lookup: () => null,
    writeGlobal: () => {},
    readGlobal: () => new Uint8Array(new BigUint64Array([without]).buffer),
    update: (_: string, key: Uint8Array, value: Uint8Array) => {
      const [bits, birth] = [view(value).getBigUint64(familyProcess.families, true), view(value).getUint32(familyProcess.birth, true)]
      recorded.push({ pid: view(key).getUint32(0, true), families: bits, birth })
    },
  }
  return { of: new Families(object as unknown as BpfObject, new TimeSlices(), refuses, identify), recorded }
}

it('a process that has the number of one that ended is a family of its own', async () => {
  let birth = 5
  const { of, recorded } = families((pid) => ({ tgid: pid, birth, ppid: 1, comm: 'a' }))
  assert.deepEqual([await of.of(PID), await of.of(PID)], [0, 0])
  birth = 6
  assert.equal(await of.of(PID), 1)
  assert.deepEqual(recorded, [
    { pid: PID, families: 1n, birth: 5 },
    { pid: PID, families: 2n, birth: 6 },
  ])
})

it('there are 64 of them, and none of a process that has ended', async () => {
  const { of } = families((pid) => (pid === PID ? null : { tgid: pid, birth: pid, ppid: 1, comm: 'a' }))
  await assert.rejects(of.of(PID), /there is no process 4194305: it has ended/)
  for (let i = 1; i <= 64; i++) assert.equal(await of.of(PID + i), i - 1)
  await assert.rejects(of.of(PID + 65), /^Error: 64 different processes were named with \+ already.*: start it again, or use cgroup=$/)
})

it('it is said where the table has no room for their children, and what becomes of them', () => {
  const trouble = (options: { refuses?: boolean; without?: bigint }) => families(() => null, options).of.trouble()
  assert.equal(trouble({}), null)
  assert.match(trouble({ without: 3n }) ?? '', /have more than 65,536 threads: their members' forks fail \(EAGAIN\); use cgroup= in place of pid=N\+$/)
  assert.match(trouble({ without: 1n, refuses: false }) ?? '', /: further ones are outside of the rule; use cgroup=/)
})
