/**
 * Rules that name nothing of what is done change nothing of what it comes to: every answer of the semantics suite and every result of
 * real work is the same with them and without. Run inside a guest by test/guest/elsewhere.test.ts; RULES says how many.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { mountNew } from '../evade/evade.ts'
import { installPackages } from './packages.ts'
import { type Ground, makeGround, policyElsewhere } from './policy.ts'
import { RunningGuard, sh } from './running.ts'
import { semanticsIn } from './semantics.ts'
import { type Outcome, workIn } from './work.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const rules = Number(process.env.RULES ?? 1000)

/** All that is done, as it came out. */
interface Done {
  semantics: Record<string, string[]>
  work: Record<string, Outcome>
}

/** The names of the real work that is done (test/brake/work.ts). */
const WORK = (process.env.WORK ?? 'git sqlite3 archives npm packages login').split(' ')

const other = '/dev/shm/other'
const grounds: Record<string, Ground> = {}

function doAll(): Done {
  const semantics: Done['semantics'] = {}
  for (const [name, { work }] of Object.entries(grounds)) semantics[name] = semanticsIn(work, other)
  return { semantics, work: workIn((grounds.ext4 as Ground).work, WORK) }
}

describe(`${rules} rules elsewhere`, () => {
  let free: Done
  let ruled: Done
  let guard: RunningGuard
  let control: string

  before(async () => {
    mkdirSync(other)
    installPackages((process.env.SSH_SERVER ?? '').split(' ').filter((path) => path !== ''))
    grounds.ext4 = makeGround(mountNew('ext4'))
    grounds.tmpfs = makeGround('/tmp/ground')
    free = doAll()
    const policy = policyElsewhere(rules, Object.values(grounds))
    control = policy.control
    writeFileSync('/tmp/policy', policy.lines.join('\n'))
    const began = Date.now()
    guard = await RunningGuard.start('--force', '--policy', '/tmp/policy')
    console.log(`${policy.lines.length} rules: armed after ${((Date.now() - began) / 1000).toFixed(1)} s`)
    ruled = doAll()
  })
  after(() => RunningGuard.stopAll())

  it('what is compared did work', () => {
    for (const [name, lines] of Object.entries(free.semantics)) {
      assert.deepEqual(
        lines.filter((line) => line.includes('WRONG')),
        [],
        name,
      )
      assert.ok(lines.length >= 150 && lines.at(-1) === 'ended with 0', `${name}: ${lines.length} lines, ${lines.at(-1)}`)
      console.log(`${name}: ${lines.length - 2} answers`)
    }
    for (const [name, { status, errors }] of Object.entries(free.work)) assert.equal(status, 0, `${name}: ${errors}`)
  })

  it('file system calls answer the same', () => assert.deepEqual(ruled.semantics, free.semantics))

  for (const name of WORK) {
    it(`${name} comes to the same`, () => {
      const { status, output, errors } = ruled.work[name] as Outcome
      assert.deepEqual({ status, output }, { status: free.work[name]?.status, output: free.work[name]?.output }, errors)
    })
  }

  it('and the rules were armed all the time', async () => {
    assert.notEqual(sh(`echo x >> ${control}`), 0)
    assert.equal(readFileSync(control, 'utf8'), 'as it was')
    const said = await guard.stop()
    assert.match(said, new RegExp(`${rules} rules are armed by (lsm|fmod_ret)`))
    const hits = said.split('\n').filter((line) => /rule \d+: [1-9]\d* hits?[:,]/.test(line))
    assert.equal(hits.length, 1, hits.join('\n'))
    assert.match(hits[0] as string, /rule 1: 1 hit/)
  })

  it('a container is a subject, others are not', async () => {
    const id = 'c0ffee00'.padEnd(64, '1')
    const folder = `/sys/fs/cgroup/docker-${id}.scope`
    mkdirSync(folder)
    const file = join((grounds.ext4 as Ground).work, 'shared')
    writeFileSync(file, 'as it was')
    const inside = await RunningGuard.start('--rule', `deny write ${file} by container=c0ffee00`)
    const within = (line: string) => sh(`echo $$ > ${folder}/cgroup.procs; exec sh -c '${line}'`)
    assert.notEqual(within(`echo x >> ${file}`), 0)
    assert.equal(readFileSync(file, 'utf8'), 'as it was')
    assert.equal(sh(`echo x >> ${file}`), 0)
    await inside.stop()
    execFileSync('rmdir', [folder])
  })
})
