/**
 * Real work on this machine's kernel, by tracepoint, against strace of the same kind of run: calls of the write family and the
 * bytes they returned. Only children of the test are watched, and nothing is stopped.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const FAMILY = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendfile', 'splice', 'copy_file_range']
const root = process.getuid?.() === 0

interface Written {
  calls: number
  bytes: number
}

interface Report {
  totals: { calls: Record<string, number>; writeBytes: number }
  losses: Record<string, number>
  processes: { files: { path: string; writes: number; writeBytes: number }[] }[]
}

/** Is it a file that the command makes where it runs? What npm keeps for itself beside that depends on what it kept before. */
function isOwn(path: string, cwd: string): boolean {
  return path.startsWith(`${cwd}/`) && !path.startsWith(`${cwd}/cache/`)
}

/** `onlyFiles`: not what goes to pipes, sockets, eventfds and devices, nor to files elsewhere. */
function traced(command: string[], cwd: string, onlyFiles: boolean): Written {
  const run = spawnSync(process.execPath, [join(project, 'dist/fswatch-tui.js'), 'batch', '--json', '--', ...command], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  assert.equal(run.status, 0, run.stderr)
  const { totals, losses, processes } = JSON.parse(run.stdout) as Report
  assert.equal(losses.countersFull, 0)
  if (onlyFiles) {
    const files = processes.flatMap((process) => process.files).filter((file) => isOwn(file.path, cwd))
    return { calls: files.reduce((sum, file) => sum + file.writes, 0), bytes: files.reduce((sum, file) => sum + file.writeBytes, 0) }
  }
  return { calls: totals.calls.write ?? 0, bytes: totals.writeBytes }
}

function joined(log: string): string {
  const open = new Map<string, string>()
  const lines: string[] = []
  for (const line of log.split('\n')) {
    const thread = line.split(' ')[0] ?? ''
    const resumed = /<\.\.\. \w+ resumed>(.*)/.exec(line)
    if (line.endsWith(' <unfinished ...>')) open.set(thread, line.slice(0, -' <unfinished ...>'.length))
    else if (resumed) lines.push((open.get(thread) ?? thread) + resumed[1])
    else lines.push(line)
  }
  return lines.join('\n')
}

/** Calls that succeeded, and the sum of what they returned. */
function straced(command: string[], cwd: string, onlyFiles: boolean): Written {
  const log = join(cwd, '..', `strace-${process.pid}.log`)
  const run = spawnSync('strace', ['-f', '-y', '-o', log, '-e', `trace=${FAMILY.join(',')}`, '-e', 'signal=none', ...command], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  assert.equal(run.status, 0, run.stderr)
  let calls = 0
  let bytes = 0
  // With threads a call's line is split where another's comes between: join it again by thread.
  for (const [, path = '', result] of joined(readFileSync(log, 'utf8')).matchAll(/^\d+ +\w+\(\d+<([^>]*)>.*\)\s+= (\d+)$/gm)) {
    if (onlyFiles && !isOwn(path, cwd)) continue
    calls++
    bytes += Number(result)
  }
  rmSync(log)
  return { calls, bytes }
}

const table: string[] = []

describe('real work agrees with strace', { skip: !root && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'workloads-'))
  let runs = 0
  /** The command runs twice, each time in a new folder. */
  function compare(name: string, command: (cwd: string) => string[], onlyFiles = false): { ours: Written; theirs: Written } {
    const both = [traced, straced].map((run) => {
      const cwd = join(folder, `run${runs++}`)
      mkdirSync(cwd)
      return run(command(cwd), cwd, onlyFiles)
    })
    const [ours, theirs] = both as [Written, Written]
    table.push(`| ${name} | ${ours.calls} | ${theirs.calls} | ${ours.bytes} | ${theirs.bytes} |`)
    return { ours, theirs }
  }

  before(() => {
    const source = join(folder, 'repository')
    mkdirSync(source)
    const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@localhost', ...args], { cwd: source, stdio: 'ignore' })
    git('init', '-q')
    for (let i = 0; i < 50; i++) writeFileSync(join(source, `file${i}`), `line ${i}\n`.repeat(i * 20))
    git('add', '.')
    git('commit', '-qm', 'some files')
    const dependency = join(folder, 'dependency')
    mkdirSync(dependency)
    writeFileSync(join(dependency, 'package.json'), '{"name":"dependency","version":"1.0.0"}')
  })
  after(() => {
    console.log(['| | calls shown | by strace | bytes shown | by strace |', '| --- | --- | --- | --- | --- |', ...table].join('\n'))
    rmSync(folder, { recursive: true, force: true })
  })

  it('dd: exactly', () => {
    const { ours, theirs } = compare('dd', () => ['dd', 'if=/dev/zero', 'of=out', 'bs=1237', 'count=1000', 'status=none'])
    assert.deepEqual(ours, { calls: 1000, bytes: 1_237_000 })
    assert.deepEqual(ours, theirs)
  })
  it('sqlite: exactly', () => {
    const { ours, theirs } = compare('sqlite3', () => [
      'sqlite3',
      'a.db',
      'create table t(a); with recursive c(x) as (select 1 union all select x+1 from c where x<20000) insert into t select x from c;',
    ])
    assert.ok(ours.calls > 10)
    assert.deepEqual(ours, theirs)
  })
  it('git clone: to a few calls (its pack is written as it comes, in pieces that timing decides)', () => {
    const { ours, theirs } = compare('git clone', () => ['git', '-c', 'core.fsync=none', 'clone', '-q', '--no-local', join(folder, 'repository'), 'copy'])
    assert.ok(existsSync(join(folder, `run${runs - 1}`, 'copy', 'file49')))
    assert.ok(Math.abs(ours.calls - theirs.calls) <= 0.05 * theirs.calls, JSON.stringify({ ours, theirs }))
    assert.ok(Math.abs(ours.bytes - theirs.bytes) <= 0.05 * theirs.bytes, JSON.stringify({ ours, theirs }))
  })
  it('npm install: its files, to a tenth (its threads wake each other as often as timing has it)', () => {
    const { ours, theirs } = compare(
      'npm install',
      (cwd) => {
        writeFileSync(join(cwd, 'package.json'), '{"name":"x","version":"1.0.0","dependencies":{"dependency":"file:../dependency"}}')
        return ['npm', 'install', '--offline', '--no-audit', '--no-fund', '--loglevel=silent', '--logs-max=0', '--cache', join(cwd, 'cache')]
      },
      true,
    )
    assert.ok(Math.abs(ours.bytes - theirs.bytes) <= 0.1 * theirs.bytes, JSON.stringify({ ours, theirs }))
  })
})
