/** The start of the watchdog process and its standby, over processes that are played: none of them is left where one is missing. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import type { BpfObject } from '../../src/kernel/addon.ts'
import { Keeper } from '../../src/kernel/guard/keeper.ts'

const OPTIONS = { denies: true, timeoutMs: 1000, keepMs: 0 }

/** How a process ended before the start was over; null: it runs. */
type End = Partial<Pick<ChildProcess, 'exitCode' | 'signalCode'>> | null

function played(watchdog: End | Error, standby: End | Error) {
  const killed: string[] = []
  const deaths: string[] = []
  const globals: string[] = []
  const object = { writeGlobal: (name: string) => void globals.push(name), update: () => {} } as unknown as BpfObject
  const children = new Map<string, EventEmitter>()
  const start = async (_path: string, args: readonly string[]) => {
    const name = args[2] as string
    const end = name === 'watchdog' ? watchdog : standby
    if (end instanceof Error) throw end
    const kill = () => killed.push(name)
    const child = Object.assign(new EventEmitter(), { pid: name === 'watchdog' ? 77 : 78, exitCode: null, signalCode: null, stdin: null, kill, ...end })
    children.set(name, child)
    return child as unknown as ChildProcess
  }
  const begin = () => Keeper.start(object, OPTIONS, () => void deaths.push('death'), start)
  return { begin, killed, deaths, globals, children }
}

describe('the start of the watchdog process', () => {
  const missing: [string, End | Error, End | Error, RegExp, string[]][] = [
    [
      'that exits at once',
      { exitCode: 127 },
      null,
      /without a watchdog process, and .*fswatch-keeper ended at once: it exited with status 127; try again$/,
      ['watchdog', 'standby'],
    ],
    ['that is killed at once', { signalCode: 'SIGKILL' }, null, /ended at once: it was killed by SIGKILL; try again$/, ['watchdog', 'standby']],
    ['whose standby exits at once', null, { exitCode: 2 }, /ended at once: it exited with status 2; try again$/, ['watchdog', 'standby']],
    ['whose standby cannot be started', null, new Error('EAGAIN'), /^Error: EAGAIN$/, ['watchdog']],
  ]
  for (const [name, watchdog, standby, message, gone] of missing)
    it(`fails for one ${name}, and leaves none`, async () => {
      const { begin, killed, deaths, globals } = played(watchdog, standby)
      await assert.rejects(begin(), message)
      assert.deepEqual([killed, deaths, globals], [gone, [], []])
    })

  it('tells of its end later, once it is over', async () => {
    const { begin, deaths, killed, children } = played(null, null)
    assert.deepEqual((await begin()).pids, [77, 78])
    children.get('watchdog')?.emit('exit')
    assert.deepEqual([deaths, killed], [['death'], ['standby']])
  })
})
