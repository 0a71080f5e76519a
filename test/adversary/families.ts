/** A process and its descendants, which must not leave the family that a rule names: run inside a guest by test/guest/adversary.test.ts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Brake } from '../../src/commands/brake.ts'
import { GUARD_WAYS } from '../../src/kernel/guard/ways.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { RunningGuard, sh } from '../brake/running.ts'

const breeder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/breeder')
const folder = '/tmp/families'
const file = join(folder, 'file')
const way = process.env.WAY === undefined ? [] : ['--enforce', process.env.WAY]
const [MAKERS, CHILDREN] = [16, 40]

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

describe('a family', () => {
  after(() => {
    RunningGuard.stopAll()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is left by no child, orphan or program that a thread executes, however many are made at the same time', async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, '')
    const root = spawn(breeder, [file, String(MAKERS), String(CHILDREN)], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    root.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    const guard = await RunningGuard.start(...way, '--rule', `deny write ${file} by pid=${root.pid}+`)
    root.stdin.write('\n')
    await once(root, 'close')
    const written = statSync(file).size
    console.log(`family: ${written} of ${MAKERS * CHILDREN} wrote`)
    assert.equal(said, `${MAKERS * CHILDREN} 0\n`)
    assert.equal(written, 0)
    assert.equal(sh(`echo x >> ${file}`), 0, 'a process outside of the family')
    assert.equal(statSync(file).size, 2)
    assert.match(await guard.stop(), new RegExp(`${MAKERS * CHILDREN} hits`))
  })

  it('gives its number to another one when its last rule goes, and takes none of its members along', async () => {
    mkdirSync(folder, { recursive: true })
    // One that writes for each line that it is given, by a child.
    const maker = () => {
      const child = spawn('sh', ['-c', `while read -r n; do (sh -c "echo $n >> ${file}" 2>/dev/null; echo $?); done`], { stdio: ['pipe', 'pipe', 'inherit'] })
      const write = async () => {
        child.stdin.write('x\n')
        return Number(String((await once(child.stdout, 'data'))[0]).trim()) === 0
      }
      return { pid: child.pid as number, write, end: () => child.kill('SIGKILL') }
    }
    const makers = [maker(), maker()]
    const ways = GUARD_WAYS.filter((known) => process.env.WAY === undefined || known === process.env.WAY)
    const brake = new Brake({ dryRun: false, protect: [], ways, timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 3_600_000 })
    const armed = (pid: number) => {
      const parsed = parseRule(`deny write ${file} by pid=${pid}+`)
      assert.ok(parsed.ok)
      return brake.arm(parsed.rule)
    }
    const [one, other] = makers as [(typeof makers)[0], (typeof makers)[0]]
    try {
      for (let i = 0; i < 3; i++) {
        writeFileSync(file, '')
        const first = await armed(one.pid)
        assert.deepEqual([await one.write(), await other.write()], [false, true], `the first, time ${i}`)
        await brake.remove(first.id)
        assert.equal(await one.write(), true, 'without a rule')
        const second = await armed(other.pid)
        assert.deepEqual([await one.write(), await other.write()], [true, false], `the second, time ${i}`)
        await brake.remove(second.id)
      }
      // More than there are numbers.
      for (let i = 0; i < 70; i++) {
        const { id } = await armed(i % 2 === 0 ? one.pid : other.pid)
        await brake.remove(id)
      }
      const both = await Promise.all([armed(one.pid), armed(other.pid)])
      assert.deepEqual([await one.write(), await other.write()], [false, false])
      for (const { id } of both) await brake.remove(id)
      assert.deepEqual([await one.write(), await other.write()], [true, true])
    } finally {
      for (const { end } of makers) end()
      await brake.close()
    }
  })
})
