/** The brake on four kernels, each by the best way it has: subjects, actions, exemptions, ends, and the screen's keys. */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { inTurn, runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** All of it where the ways differ most; on the others what depends on the kernel. Loading takes an emulated machine ten seconds each time. */
const SOME = ['--test-name-pattern=kills and refuses|open already|holds nothing|freezes']
/** Where the rung by signals is tried as well, unless BRIEF is set; it needs the same of every kernel, and this machine's own tries it too. */
const SIGNALS: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10'] : []

/** By lsm and by fmod_ret. Where BRIEF is set, this and the next ones on the oldest kernel, where loading takes a third of the time. */
const DEPTH: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.1', '6.12', '7.2'] : ['5.10']

/** A tree of 66,000 levels takes an emulated machine minutes to make. */
const DEPTH_PARTS = process.env.BRIEF === undefined ? [] : ['--test-name-pattern=hold at any depth']

/** Keys while a rule is armed are in the unit tests too. */
const ARMING_PARTS = process.env.BRIEF === undefined ? [] : ['--test-name-pattern=holds from the start|needs no search|finds further names']

/** The search for hard links does not depend on the kernel, its end and the screen meanwhile do. */
const ARMING: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.1', '6.12', '7.2'] : ['5.10']

/** The mechanism is the same on all but preemptible kernels. */
const MAPPED: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.12', '7.2'] : ['5.10']

const MAPPED_PARTS = process.env.BRIEF === undefined ? [] : ['--test-name-pattern=kill, freeze and']

/** Each end of the program under rules that lock the machine: the kernel side has no part in that, so one kernel has to do. */
const LOCKED: readonly KernelName[] = process.env.BRIEF === undefined ? ['6.12'] : []

/** Real work under as many rules is in elsewhere.test.ts as well. */
const SUITE_PARTS = process.env.BRIEF === undefined ? [] : ['--test-skip-pattern=real work under a thousand rules']

/** BRIEF has the whole on the oldest kernel alone, where loading takes a third of the time; on a recent one, one load. Its ends are in on-exit.ts. */
const MORE = process.env.BRIEF === undefined ? [] : ['--test-name-pattern=kills and refuses|covers a file|freezes']

const PARTS: Partial<Record<KernelName, string[]>> = { '5.10': SUITE_PARTS, '6.12': MORE, ...(process.env.BRIEF === undefined && { '6.1': SOME, '7.2': SOME }) }

/** By lsm and by fmod_ret; a second program beside the first loads all of it again. In the same boot: room for files with rules, by each way in. */
const PRECEDENCE: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.12'] : ['5.10']

const PRECEDENCE_PARTS = process.env.BRIEF === undefined ? [] : ['--test-name-pattern=counts before|nothing is asked|fentry: in a flood']

/** Subvolumes of btrfs are known from 5.11 on. */
const INODES: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.12', '7.2'] : ['6.12']

/** By lsm and by fmod_ret. */
const PLACES: readonly KernelName[] = process.env.BRIEF === undefined ? ['5.10', '6.1', '6.12', '7.2'] : ['6.12']

/** It takes minutes to fill a table, which is the same on all kernels. */
const FULL: readonly KernelName[] = process.env.BRIEF === undefined ? ['6.12'] : []

describe('the brake, in guests', () => {
  before(() => void ['bystander', 'deep', 'exchanger', 'handle', 'linker', 'mapper', 'mapreader', 'racers', 'stopper'].map(compileProgram))
  for (const [kernel, parts] of Object.entries(PARTS) as [KernelName, string[]][]) {
    it(`kernel ${kernel}`, async () => {
      const run = async (...runs: string[][]) => {
        const command = inTurn(runs.map((args) => ['node', '--test', '--test-concurrency=1', ...args]))
        const result = await runGuest({ kernel, command, timeoutSeconds: 1800 })
        assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
      }
      const runs = [[...parts, join(project, 'test/brake/suite.ts')]]
      if (DEPTH.includes(kernel)) runs.push([...DEPTH_PARTS, join(project, 'test/brake/depth.ts')])
      if (PRECEDENCE.includes(kernel))
        runs.push([...PRECEDENCE_PARTS, ...['brake/precedence.ts', 'live/kept-room.test.ts'].map((file) => join(project, 'test', file))])
      if (ARMING.includes(kernel)) runs.push([...ARMING_PARTS, join(project, 'test/brake/arming.ts')])
      if (MAPPED.includes(kernel)) runs.push([...MAPPED_PARTS, join(project, 'test/brake/mapped.ts')])
      if (INODES.includes(kernel)) runs.push([join(project, 'test/brake/inodes.ts')])
      if (PLACES.includes(kernel)) runs.push([join(project, 'test/brake/places.ts')])
      if (FULL.includes(kernel)) runs.push([join(project, 'test/brake/full.ts')])
      if (LOCKED.includes(kernel)) runs.push([join(project, 'test/brake/locked.ts')])
      if (SIGNALS.includes(kernel)) runs.push([join(project, 'test/brake/signals.ts')])
      // A boot takes as long as a load. The whole has one for each, so that none finds what another left.
      if (process.env.BRIEF !== undefined) await run(...runs)
      else for (const one of runs) await run(one)
    })
  }
})
