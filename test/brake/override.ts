/** The third rung, on the kernel that has no other: calls refused by bpf_override_return. Run inside a guest by test/guest/override.test.ts. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, before, describe, it } from 'node:test'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const folder = '/tmp/override'
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')

describe('calls overridden', () => {
  before(() => mkdirSync(at('tree/sub'), { recursive: true }))
  afterEach(() => RunningGuard.stopAll())

  it('is what the ladder comes to, and says why nothing better', async () => {
    const guard = await RunningGuard.start('--rule', `deny write ${at('x')}`)
    assert.match(await guard.stop(), /lsm: [\s\S]*fmod_ret: [\s\S]*judged by the text they give/)
    assert.match(guard.summary, /armed by override/)
  })

  it('refuses by descriptor and by path, and only what is named', async () => {
    for (const name of ['a', 'b', 'tree/x', 'free']) writeFileSync(at(name), 'as it was')
    const guard = await RunningGuard.start(
      ...['--rule', `deny modify ${at('a')}`, '--rule', `deny modify ${at('tree')}/**`],
      ...['--rule', `kill write ${at('b')}`, '--rule', 'deny:EACCES exec **/mytrue'],
    )
    const refused = [
      ...['echo x >> a', 'echo x > ../override/a', 'rm a', 'mv a z', 'mv free a', 'ln a z', 'chmod 600 a', 'truncate -s 0 a', 'touch -d 2000-01-01 a'],
      ...['rm tree/x', 'mkdir tree/n', 'cd tree/sub; rm ../x', 'cd tree/sub; mv ../x ../../z', 'touch tree/sub/n', 'ln -s x tree/n'],
      `python3 -c "import os; os.truncate('a', 0)"`,
      `python3 -c "import os; os.unlink('x', dir_fd=os.open('tree', os.O_RDONLY))"`,
    ]
    for (const line of refused) assert.notEqual(sh(`cd ${folder}; ${line}`), 0, line)
    const allowed = ['echo x >> free', 'cat a tree/x', 'mkdir n; rmdir n', 'cd tree/sub; cat ../x', 'cp a z; rm z', 'touch tree/../n; rm n', 'ls -R .']
    for (const line of allowed) assert.equal(sh(`cd ${folder}; ${line}`), 0, line)
    assert.equal(sh(`exec dd if=/dev/zero of=${at('b')} count=1 conv=notrunc`), 'SIGKILL')
    assert.equal(sh(`cp /bin/true ${at('mytrue')}; ${at('mytrue')}`), 126)
    assert.deepEqual([text('a'), text('b'), text('tree/x')], ['as it was', 'as it was', 'as it was'])
    await guard.stop()
    assert.equal(sh(`cd ${folder}; echo x >> a; rm -r tree`), 0, 'nothing is left')
  })

  it('freezes inside the call', async () => {
    rmSync(at('frozen'), { force: true })
    const guard = await RunningGuard.start('--rule', `freeze open,write ${at('frozen')}`)
    assert.equal(sh(`(echo thawed > ${at('frozen')}) & sleep 1; [ ! -e ${at('frozen')} ] || exit 7; kill -CONT $!; wait $!`), 0)
    assert.equal(text('frozen'), 'thawed\n')
    await guard.stop()
  })

  it('holds inside the call until somebody answers, or nobody does', async () => {
    writeFileSync(at('asked'), 'secret')
    for (const [verdict, status] of [
      ['allow', 0],
      ['deny', 1],
    ] as const) {
      const guard = await RunningGuard.start('--ask-timeout', '2s', '--ask-default', verdict, '--rule', `ask open ${at('asked')} by comm=cat`)
      const begin = performance.now()
      assert.equal(sh(`exec cat ${at('asked')}`), status, verdict)
      assert.ok(performance.now() - begin > 2000, 'it was held')
      await guard.stop()
    }
  })
})
