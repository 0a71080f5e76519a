/** Filters that the kernel applies: each leaves out what it should, and nothing else. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

interface Report {
  totals: { calls: Record<string, number>; writeBytes: number }
  processes: { comm: string; uid: number; files: { path: string; writes: number }[] }[]
}

const group = /^\S+ (\S+) cgroup2 rw/m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1]

describe('filters in the kernel', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'filters-'))
    for (const name of ['a', 'a/deep', 'b']) mkdirSync(join(folder, name), { mode: 0o777 })
    spawnSync('chmod', ['-R', '777', folder])
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Files below the folder that were written, and by how many writes, with these flags on. */
  function written(flags: string[], script: string): { files: string[]; bytes: number } {
    const cli = join(project, 'dist/fswatch-tui.js')
    const run = spawnSync(process.execPath, [cli, 'batch', '--json', ...flags, '--', 'sh', '-c', `cd ${folder} && ${script}`], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    const report = JSON.parse(run.stdout) as Report
    const files = report.processes.flatMap((process) => process.files.filter((file) => file.writes > 0).map((file) => file.path.slice(folder.length + 1)))
    return { files: files.sort(), bytes: report.totals.writeBytes }
  }

  /** Two programs write, 5 and 7 bytes. */
  const two = `sh -c 'echo 1234 > a/one' && dd if=/dev/zero of=b/two bs=7 count=1 status=none`

  it('none: all of it', () => assert.deepEqual(written([], two), { files: ['a/one', 'b/two'], bytes: 12 }))
  it('--comm: by this name only', () => assert.deepEqual(written(['--comm', 'dd'], two), { files: ['b/two'], bytes: 7 }))
  it('--comm with a name that only begins the same: nothing', () => assert.deepEqual(written(['--comm', 'd'], two), { files: [], bytes: 0 }))
  it('--path: below this folder only, at any depth', () => {
    assert.deepEqual(written(['--path', join(folder, 'a')], `${two} && echo 12 > a/deep/three`), { files: ['a/deep/three', 'a/one'], bytes: 8 })
  })
  it('--path twice: below either', () => {
    assert.deepEqual(written(['--path', join(folder, 'a/deep'), '--path', join(folder, 'b')], `${two} && echo 12 > a/deep/three`), {
      files: ['a/deep/three', 'b/two'],
      bytes: 10,
    })
  })
  it('--user: of this user only', () => {
    const other = `setpriv --reuid 65534 --clear-groups sh -c 'echo 123 > a/nobody'`
    assert.deepEqual(written(['--user', '65534'], `${two} && ${other}`), { files: ['a/nobody'], bytes: 4 })
  })
  it('conditions are joined by and', () => assert.deepEqual(written(['--comm', 'dd', '--path', join(folder, 'a')], two), { files: [], bytes: 0 }))
  it('--cgroup: in this group only', { skip: !group && 'no writable cgroup v2 here' }, () => {
    const name = `fswatch-test-${process.pid}`
    const path = join(group as string, name)
    mkdirSync(path)
    try {
      const inside = `sh -c 'echo $$ > ${path}/cgroup.procs; exec dd if=/dev/zero of=b/inside bs=9 count=1 status=none'`
      // Its move into the group ends inside it; the folder leaves that write out.
      const expect = { files: ['b/inside'], bytes: 9 }
      assert.deepEqual(written(['--cgroup', name, '--path', folder], `${two} && ${inside}`), expect)
      assert.deepEqual(written(['--cgroup', path, '--path', folder], `${two} && ${inside}`), expect)
    } finally {
      rmdirSync(path)
    }
  })
  it('--pid N+: children born before and after, and nobody else', async () => {
    // A family that waits for a word, then writes; and a stranger who writes too.
    const script = join(folder, 'family.sh')
    writeFileSync(
      script,
      `sh -c 'echo $$ > ${folder}/pid; (while [ ! -e ${folder}/go ]; do sleep 0.05; done; echo 12345 > a/early) & while [ ! -e ${folder}/go ]; do sleep 0.05; done; sh -c "echo 123 > a/late"; wait' &
while [ ! -s ${folder}/pid ]; do sleep 0.05; done`,
    )
    spawnSync('sh', [script], { cwd: folder, stdio: 'ignore' })
    const pid = readFileSync(join(folder, 'pid'), 'utf8').trim()
    const cli = join(project, 'dist/fswatch-tui.js')
    spawnSync('sh', ['-c', `(sleep 2; touch ${folder}/go; echo stranger > ${folder}/b/stranger) >/dev/null 2>&1 &`])
    const run = spawnSync(process.execPath, [cli, 'batch', '--json', '--pid', `${pid}+`, '--for', '4'], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    const files = (JSON.parse(run.stdout) as Report).processes.flatMap((process) => process.files.filter((file) => file.writes > 0).map((file) => file.path))
    assert.deepEqual(files.filter((path) => path.startsWith(folder)).sort(), [join(folder, 'a/early'), join(folder, 'a/late')])
  })
})
