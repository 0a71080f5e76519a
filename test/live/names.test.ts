/** Names of processes: any of those that a process has will do. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = mkdtempSync(join(tmpdir(), 'names-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The writes to a file that `node` makes by a thread of another name. */
function writesSeen(comm: string): number {
  const file = join(folder, comm)
  // libuv's threads are called so since Node 21; here the name is made sure of.
  const script = `process.title = 'titled'; require('fs').promises.writeFile(${JSON.stringify(file)}, 'x')`
  const args = ['batch', '--json', '--comm', comm, '--', process.execPath, '-e', script]
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(project, 'dist/fswatch-tui.js'), ...args], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const files = JSON.parse(stdout).processes.flatMap((process: { files: { path: string; writes: number }[] }) => process.files)
  return files.find(({ path }: { path: string }) => path === file)?.writes ?? 0
}

it('--comm takes the name of the thread, of the process, and of its program', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  assert.deepEqual([basename(process.execPath), 'titled', 'libuv-worker', 'nobody'].map(writesSeen), [1, 1, 1, 0])
})
