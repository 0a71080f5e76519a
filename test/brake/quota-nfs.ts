/**
 * Quotas over NFS, in a guest: several directories of one mount, one export mounted twice, and what another client writes. NFS_SERVER has
 * the server's packages, see packages.ts.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { Brake } from '../../src/commands/brake.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { EXPORT, mountNfs, startNfsServer } from './quota-fs.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const MB = 1 << 20
let brake: Brake

/** How much dd could write of 3,000 blocks of 1,000 bytes. */
function fill(file: string): number {
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1000', 'count=3000'], { stdio: 'ignore' })
  return statSync(file).size
}

async function used(directory: string): Promise<number> {
  await brake.tick()
  return brake.states().find(({ rule }) => rule.object.text === directory)?.quota?.bytes ?? Number.NaN
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`never: ${what}`)
}

describe('quotas over NFS', () => {
  before(async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1500M', 'tmpfs', '/mnt'])
    startNfsServer()
    for (const name of ['pv1', 'pv2', 'pv3', 'pv4']) mkdirSync(`${EXPORT}/${name}`)
    mountNfs('nfs', '/mnt/four')
    mountNfs('nfs', '/mnt/again')
    mountNfs('nfs3', '/mnt/three')
    brake = new Brake({ dryRun: false, protect: [], ways: [], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 1000 })
    for (const line of ['1M /mnt/four/pv1', '2M /mnt/four/pv2', '1M /mnt/again/pv3', '1M /mnt/three/pv4']) {
      const parsed = parseRule(`quota ${line}`)
      assert.ok(parsed.ok)
      await brake.arm(parsed.rule)
    }
  })
  after(() => brake.close())

  it('directories of one mount, each with its own limit; by version 4.2, by 3, and by a second mount of the same export', () => {
    const whole = (limit: number) => Math.floor(limit / 1000) * 1000
    assert.equal(fill('/mnt/four/pv1/a'), whole(MB))
    assert.equal(fill('/mnt/four/pv2/a'), whole(2 * MB))
    assert.equal(fill('/mnt/again/pv3/a'), whole(MB))
    assert.equal(fill('/mnt/three/pv4/a'), whole(MB))
    // One directory by two paths of one file system: its limit holds by either.
    assert.equal(fill('/mnt/again/pv1/b'), 0)
    for (const name of ['four/pv1', 'four/pv2', 'again/pv3', 'three/pv4']) {
      assert.equal(spawnSync('dd', ['if=/dev/zero', `of=/mnt/${name}/a`, 'bs=1000', 'count=9', 'conv=notrunc']).status, 0, 'overwriting')
      assert.equal(spawnSync('rm', [`/mnt/${name}/a`]).status, 0)
    }
  })

  it('sees at the next count what another client has written, and holds it against the limit', async () => {
    for (const [directory, server] of [
      ['/mnt/four/pv1', `${EXPORT}/pv1`],
      ['/mnt/three/pv4', `${EXPORT}/pv4`],
    ] as const) {
      execFileSync('dd', ['if=/dev/zero', `of=${server}/theirs`, 'bs=4096', 'count=100'], { stdio: 'ignore' })
      await until('their bytes are counted', async () => (await used(directory)) >= 409_600)
      assert.equal(fill(`${directory}/ours`), Math.floor((MB - 409_600) / 1000) * 1000)
      execFileSync('rm', [`${server}/theirs`])
      await until('theirs are gone', async () => (await used(directory)) <= MB - 409_600)
      assert.equal(spawnSync('dd', ['if=/dev/zero', `of=${directory}/more`, 'bs=4096', 'count=50'], { stdio: 'ignore' }).status, 0)
    }
  })
})
