/** A policy is read from a regular file or a pipe, at most a mebibyte of it; whatever else is named is refused before it costs anything. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { UsageError } from '../../src/commands/checks.ts'
import { rulesOf } from '../../src/commands/guard.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-'))
after(() => rmSync(folder, { recursive: true }))

const flags = {
  rule: [],
  dryRun: false,
  force: false,
  protect: [],
  enforce: 'auto',
  askTimeout: '30s',
  askDefault: 'deny',
  quotaRecount: '10m',
  onExit: 'release',
}
const rulesIn = (policy: string) => rulesOf({ ...flags, policy })
const refused = (path: string, message: RegExp) =>
  assert.throws(
    () => rulesIn(path),
    (error) => error instanceof UsageError && message.test(error.message),
  )

const guard = new URL('../../src/commands/guard.ts', import.meta.url).pathname

/** What a process with that standard input and those redirections says of a policy: how many rules, or why not. */
function said(line: string, policy: string): string {
  const script = `import { rulesOf } from '${guard}'
    try { console.log(rulesOf({ ...${JSON.stringify(flags)}, policy: '${policy}' }).length) } catch (error) { console.log(error.message) }
    console.log(process.memoryUsage().rss)`
  const node = `${process.execPath} --import tsx --input-type=module -e "$SCRIPT"`
  const run = spawnSync('bash', ['-c', line.replace('NODE', node)], { encoding: 'utf8', env: { ...process.env, SCRIPT: script }, timeout: 60_000 })
  const [first = '', rss] = run.stdout.trim().split('\n')
  assert.ok(Number(rss) < 250e6, `${rss} bytes are resident; ${run.stderr}`)
  return first
}

describe('a policy file', () => {
  it('may be a regular file', () => {
    writeFileSync(join(folder, 'good'), 'deny write /a\n# a comment\ndeny write /b\n')
    assert.equal(rulesIn(join(folder, 'good')).length, 2)
  })
  it('may be a process substitution or the standard input', () => {
    assert.equal(said("NODE < <(echo 'deny write /a')", '/dev/stdin'), '1')
    assert.equal(said("NODE 9< <(sleep 0.3; echo 'deny write /a'; sleep 0.3; echo 'deny write /b')", '/dev/fd/9'), '2', 'a slow one is waited for')
    assert.equal(said(`NODE < ${join(folder, 'good')}`, '/dev/stdin'), '2')
  })
  it('is refused by size and limit where it is longer than a mebibyte', () => {
    writeFileSync(join(folder, 'large'), '')
    truncateSync(join(folder, 'large'), 100_000_000)
    refused(join(folder, 'large'), /large: it has 100,000,000 bytes, and at most 1,048,576 bytes are read$/)
  })
  it('is cut where a pipe never ends', () => {
    assert.match(said('NODE 9< <(yes)', '/dev/fd/9'), /: it gives more than 1,048,576 bytes, and no more are read$/)
  })
  it('is refused where it is a device, a directory or missing', () => {
    refused('/dev/zero', /it is a device or a socket: a regular file or a pipe is wanted$/)
    refused(folder, /it is a directory/)
    refused(join(folder, 'missing'), /it does not exist$/)
    execFileSync('ln', ['-s', 'loop', join(folder, 'loop')])
    refused(join(folder, 'loop'), /its links go in a circle$/)
  })
  it('names twenty of its errors, and how many more there are', () => {
    writeFileSync(join(folder, 'wrong'), 'nonsense\n'.repeat(100_000))
    refused(join(folder, 'wrong'), /wrong:20:1: .*\n.*wrong: 99,980 more errors$/)
  })
})
