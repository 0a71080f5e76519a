/** The guests themselves: what goes in comes out exactly, nothing of the host is changed, and a dead guest is told from a failed command. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { packagesOf } from '../brake/packages.ts'
import { runGuest } from '../vm/guest.ts'
import { KERNELS, type KernelName, kernel } from '../vm/kernels.ts'

// Two at a time: nothing else runs meanwhile.
describe('guests', { concurrency: 2 }, () => {
  // This file runs alone and the others side by side, but apt can be asked by one at a time.
  before(() => {
    packagesOf('nfs-kernel-server')
    if (process.env.BRIEF !== undefined) return
    packagesOf('openssh-server')
    packagesOf('stress-ng')
  })
  for (const name of Object.keys(KERNELS) as KernelName[]) {
    it(`kernel ${name}: exact output and status, host untouched, modules load`, async () => {
      const script = `uname -r >&2; touch /guest-was-here && modprobe loop && modprobe ext4 && node -e 'process.stdout.write(Buffer.from([...Array(256).keys()]))'; exit 7`
      const result = await runGuest({ kernel: name, command: ['sh', '-c', script] })
      assert.equal(result.status, 7, result.console)
      assert.equal(result.stderr.toString().trim(), kernel(name).release)
      assert.ok(kernel(name).release.startsWith(name === '7.2' ? '' : `${name}.`))
      assert.equal(existsSync('/guest-was-here'), false)
      assert.deepEqual([...result.stdout], [...Array(256).keys()])
    })
  }
  it('a kernel that lets no program read its memory: said in a sentence, for watching and for stopping', async () => {
    const script = 'fswatch-tui doctor; echo $?; fswatch-tui batch -- true; fswatch-tui guard --rule "deny write /tmp/x" true'
    const result = await runGuest({ kernel: '6.12', append: 'lockdown=confidentiality', command: ['sh', '-c', script] })
    const closed = /locked down \(confidentiality\): no BPF program may read its memory/g
    assert.equal(result.stdout.toString().match(closed)?.length, 8, 'three ways to watch, four to stop, quotas')
    assert.match(result.stdout.toString(), /^1$/m, "doctor's status")
    assert.equal(result.stderr.toString().match(/^fswatch-tui: .*locked down/gm)?.length, 2, result.stderr.toString())
    assert.doesNotMatch(result.stderr.toString(), /PROG LOAD LOG/)
  })
  it('says when the time is over, and when the guest died', async () => {
    assert.equal((await runGuest({ kernel: '6.12', command: ['sleep', '100'], timeoutSeconds: 8 })).status, 124)
    const dead = await runGuest({ kernel: '6.12', command: ['sh', '-c', 'echo c > /proc/sysrq-trigger; sleep 100'], timeoutSeconds: 60 })
    assert.equal(dead.status, 125)
    assert.match(dead.console, /crash/)
  })
})
