/** Rules and quotas on a directory tree hold however deep a file lies, and hit nothing outside. Runs in a guest only. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/deep')
const DEPTHS = [10, 63, 64, 65, 200, 254, 255, 256, 257, 258, 259, 260, 300, 500, 512, 1000, 1500, 4000]
/** Levels beyond which the kernel side does not know what a file is below (bpf/ancestors.h). */
const TOO_DEEP = 66_000

const tmpfs = '/tmp/depth'
const ext4 = '/tmp/depth-ext4'

function deep(what: 'make' | 'act' | 'grow', folder: string, depths: readonly number[] = DEPTHS): string[] {
  const { status, stdout, stderr } = spawnSync(program, [what, folder, ...depths.map(String)], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim().split('\n')
}

const acted = (depths: readonly number[], result: string) =>
  depths.map((depth) => `${depth}: write ${result}, create ${result}, mkdir ${result}, rename ${result}, unlink ${result}`)

describe('rules on a directory tree', () => {
  before(() => {
    for (const folder of [tmpfs, ext4]) mkdirSync(folder, { recursive: true })
    assert.equal(sh(`mount -t tmpfs -o nr_inodes=0 deep ${tmpfs}`), 0)
    assert.equal(sh(`modprobe -a loop ext4; truncate -s 200M ${tmpfs}/image && mkfs.ext4 -q ${tmpfs}/image && mount -o loop ${tmpfs}/image ${ext4}`), 0)
    for (const fs of [tmpfs, ext4]) {
      for (const name of ['in', 'out', 'quota']) {
        mkdirSync(join(fs, name))
        deep('make', join(fs, name))
      }
    }
  })
  afterEach(() => RunningGuard.stopAll())
  after(() => void sh(`umount ${ext4}; umount ${tmpfs}`))

  it('hold at any depth, and pass what lies outside as deep on the same file system; quotas count and refuse there', async () => {
    const used = DEPTHS.length * 4096
    const rules = [tmpfs, ext4].flatMap((fs) => [`deny modify ${fs}/in/**`, `quota ${used} ${fs}/quota/**`])
    const guard = await RunningGuard.start(...rules.flatMap((rule) => ['--rule', rule]))
    for (const fs of [tmpfs, ext4]) {
      assert.deepEqual(deep('act', join(fs, 'in')), acted(DEPTHS, 'EPERM'), fs)
      assert.deepEqual(deep('act', join(fs, 'out')), acted(DEPTHS, 'ok'), fs)
      assert.deepEqual(
        deep('grow', join(fs, 'quota')),
        DEPTHS.map((depth) => `${depth}: EDQUOT`),
        fs,
      )
    }
    const summary = await guard.stop()
    for (const rule of [1, 2]) assert.match(summary, new RegExp(`rule ${rule}: ${DEPTHS.length} hits, 72k of 72k used`))
    assert.doesNotMatch(summary, /not known|not judged|not counted/)
  })

  it('beyond what the kernel side can walk, refuse what may be theirs, and say so', async () => {
    for (const name of ['in', 'out']) deep('make', join(tmpfs, name), [TOO_DEEP])
    const guard = await RunningGuard.start('--rule', `deny modify ${tmpfs}/in/**`)
    assert.deepEqual(deep('act', join(tmpfs, 'in'), [TOO_DEEP]), acted([TOO_DEEP], 'EPERM'))
    assert.deepEqual(deep('act', join(tmpfs, 'out'), [TOO_DEEP]), acted([TOO_DEEP], 'EPERM'), 'a tree with a rule is on that file system')
    assert.match(await guard.stop(), /rule 1: 10 hits, 10 where it was not known/)
  })
})
