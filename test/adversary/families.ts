/** A process and its descendants, which must not leave the family that a rule names: run inside a guest by test/guest/adversary.test.ts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
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
})
