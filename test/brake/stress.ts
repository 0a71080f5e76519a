/**
 * stress-ng's file system class, whose stressors verify what they do: under rules that name nothing of it, each comes to the verdict it has
 * without rules. Run inside a guest by test/guest/elsewhere.test.ts; RULES says how many, STRESS_NG which packages have it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { mountNew } from '../evade/evade.ts'
import { unpackPackages } from './packages.ts'
import { makeGround, policyElsewhere } from './policy.ts'
import { RunningGuard, sh } from './running.ts'
import { empty } from './semantics.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const rules = Number(process.env.RULES ?? 200)

/** s that each stressor runs. */
const SECONDS = 1

/** Times slower than without rules; the whole is bound to the timeouts of its stressors. */
const SLOWER = 10

/** MiB of the disk, and what the stressors may take of it: none fails for want of room. copy-file takes twice its size, which is the least it accepts. */
const DISK_MIB = 600
const SIZES = ['--copy-file-bytes', '128M', ...['fallocate', 'hdd', 'iomix', 'sync-file'].flatMap((name) => [`--${name}-bytes`, '16M'])]

/** A stressor among the metrics, and its bogo operations a second. */
const STRESSOR = /stressor: (\S+)[\s\S]*?bogo-ops-per-second-real-time: ([\d.]+)/g

/** What a run came to. */
interface Run {
  /** exit status, or the signal it died of */
  status: number | string | null
  /** stressors by name: those that told of a failure, those that could not be run here, and all that were started */
  verdicts: Record<'failed' | 'skipped' | 'ran', string[]>
  /** bogo operations a second, by stressor */
  rates: Map<string, number>
  /** s */
  took: number
  /** for people */
  output: string
}

function runIn(folder: string): Run {
  const metrics = '/tmp/stress.yaml'
  rmSync(metrics, { force: true })
  const began = performance.now()
  const { status, signal, stdout, stderr, error } = spawnSync(
    'stress-ng',
    // Debian's kernels have no binderfs: a stressor that cannot be run here would make the exit status 3.
    [
      ...`--class filesystem --exclude binderfs --sequential 1 --verify --timeout ${SECONDS}s --metrics --yaml ${metrics} --temp-path`.split(' '),
      folder,
      ...SIZES,
    ],
    // A frozen process would wait for ever.
    { encoding: 'utf8', cwd: folder, timeout: 1_200_000, killSignal: 'SIGKILL', maxBuffer: 1 << 26 },
  )
  const took = (performance.now() - began) / 1000
  const output = `${stdout}${stderr}${error?.message ?? ''}`
  const named = (pattern: RegExp) => [...new Set([...output.matchAll(pattern)].map(([, name]) => name as string))].sort()
  // Absent where it could not begin.
  const text = existsSync(metrics) ? readFileSync(metrics, 'utf8') : ''
  const verdicts = {
    failed: named(/ fail: +\[\d+\] ([\w-]+):/g),
    skipped: named(/\] ([\w-]+): .*\bskip/g),
    ran: [...text.matchAll(STRESSOR)].map(([, name]) => name as string).sort(),
  }
  const rates = [...text.matchAll(STRESSOR)]
  empty(folder)
  return { status: signal ?? status, verdicts, rates: new Map(rates.map(([, name, rate]) => [name as string, Number(rate)])), took, output }
}

describe(`stress-ng under ${rules} rules elsewhere`, () => {
  let free: Run
  let ruled: Run
  let guard: RunningGuard
  let control: string

  before(async () => {
    unpackPackages((process.env.STRESS_NG ?? '').split(' ').filter((path) => path !== ''))
    sh('ldconfig')
    const ground = makeGround(mountNew('ext4', DISK_MIB))
    free = runIn(ground.work)
    const policy = policyElsewhere(rules, [ground])
    control = policy.control
    writeFileSync('/tmp/policy', policy.lines.join('\n'))
    guard = await RunningGuard.start('--force', '--policy', '/tmp/policy')
    ruled = runIn(ground.work)
  })
  after(() => RunningGuard.stopAll())

  it('what is compared did work', () => {
    assert.equal(free.status, 0, free.output)
    assert.ok(free.verdicts.ran.length >= 40, JSON.stringify(free.verdicts))
    assert.deepEqual([free.verdicts.failed, free.verdicts.skipped], [[], []], free.output)
    console.log(`stress-ng: ${free.verdicts.ran.length} stressors, none failed`)
  })

  it('exit status and the verdict of each stressor are the same', () => {
    assert.deepEqual({ status: ruled.status, ...ruled.verdicts }, { status: free.status, ...free.verdicts }, ruled.output)
  })

  it(`takes less than ${SLOWER} times as long`, () => {
    const ratios = [...free.rates].flatMap(([name, rate]) => {
      const now = ruled.rates.get(name)
      return rate > 0 && now !== undefined ? [{ name, ratio: now / rate }] : []
    })
    ratios.sort((a, b) => a.ratio - b.ratio)
    const shown = ratios.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`)
    console.log(`stress-ng: ${free.took.toFixed(1)} s without rules, ${ruled.took.toFixed(1)} s under ${rules}`)
    console.log(`stress-ng: operations a second under rules, as a part of those without: ${shown.join(', ')}`)
    assert.ok(ruled.took < SLOWER * free.took, `${ruled.took} s after ${free.took} s`)
    const median = ratios[ratios.length >> 1]
    assert.ok(median !== undefined && median.ratio > 1 / SLOWER, JSON.stringify(median))
  })

  it('and the rules were armed all the time', async () => {
    assert.notEqual(sh(`echo x >> ${control}`), 0)
    assert.equal(readFileSync(control, 'utf8'), 'as it was')
    const said = await guard.stop()
    assert.match(said, new RegExp(`${rules} rules are armed by (lsm|fmod_ret)`))
    const hits = said.split('\n').filter((line) => /rule \d+: [1-9]\d* hits?[:,]/.test(line))
    assert.equal(hits.length, 1, hits.join('\n'))
    assert.match(hits[0] as string, /rule 1: 1 hit/)
  })
})
