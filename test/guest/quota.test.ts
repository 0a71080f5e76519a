/**
 * Quotas: every file system on some kernel (where BRIEF is set not xfs, nor NFS on the oldest); on 7.2, which is preemptible, judged by kprobes.
 */
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packagesOf } from '../brake/packages.ts'
import { compileProgram } from '../programs/compile.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'
import { KEY_MS, LOAD_MS, runDemo } from './demo.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const RUNS: [KernelName, string][] = [
  ['5.10', 'ext4'],
  ['7.2', 'ext4'],
  ...(process.env.BRIEF === undefined
    ? ([
        ['6.12', 'nfs'],
        ['6.1', 'overlay'],
        ['6.12', 'btrfs'],
        ['6.12', 'xfs'],
        ['5.10', 'nfs'],
      ] as [KernelName, string][])
    : []),
]

/** An unprivileged user against a quota. Only btrfs and xfs share extents between files. */
const AGAINST: [KernelName, string][] = [
  ['5.10', 'ext4'],
  ['6.12', 'ext4'],
  ...(process.env.BRIEF === undefined
    ? ([
        ['6.12', 'xfs'],
        ['6.12', 'btrfs'],
        ['6.12', 'tmpfs'],
        ['6.1', 'ext4'],
        ['7.2', 'ext4'],
      ] as [KernelName, string][])
    : []),
]

describe('quotas, in guests', () => {
  let packages: string[] = []
  before(() => {
    compileProgram('grower')
    compileProgram('mover')
    compileProgram('overgrow')
    packages = packagesOf('nfs-kernel-server')
  })
  it('the demo, as a newcomer runs it', () =>
    runDemo('quota', async (terminal) => {
      await terminal.untilShown('2 rules', LOAD_MS)
      terminal.keys('C')
      await terminal.untilShown('/tmp/demo/pv1', KEY_MS)
      await terminal.untilShown('##########  100', LOAD_MS)
      terminal.keys('Escape')
    }))
  for (const [kernel, fs] of RUNS) {
    it(`kernel ${kernel} on ${fs}`, async () => {
      const file = join(project, 'test/brake', fs === 'nfs' ? 'quota-nfs.ts' : 'quota.ts')
      const command = ['env', `QUOTA_FS=${fs}`, `NFS_SERVER=${packages.join(' ')}`, 'node', '--test', file]
      const result = await runGuest({ kernel, command, timeoutSeconds: 1800 })
      const said = `${result.stdout.toString()}\n${result.stderr.toString()}`
      assert.equal(result.status, 0, `${said}\n${result.console.slice(-1000)}`)
      for (const line of said.split('\n').filter((text) => /writers stopped|beyond the end|by du/.test(text))) console.log(`${kernel}: ${line}`)
    })
  }
  for (const [kernel, fs] of AGAINST) {
    it(`kernel ${kernel} on ${fs}, against a user`, async () => {
      const command = ['env', `QUOTA_FS=${fs}`, 'node', '--test', join(project, 'test/brake/quota-adversary.ts')]
      const result = await runGuest({ kernel, command, timeoutSeconds: 1800 })
      assert.equal(result.status, 0, `${result.stdout.toString()}\n${result.stderr.toString()}\n${result.console.slice(-1000)}`)
    })
  }
})
