/** What a call did is called by what it did, not by the call's name. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const folder = mkdtempSync(join(tmpdir(), 'kinds-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The operations that a shell line makes which change names, in their order. */
function operationsOf(line: string): string[] {
  const args = ['batch', '--json', '--events', '--', 'sh', '-c', `cd ${folder}; ${line}`]
  const { stdout, stderr } = spawnSync(process.execPath, [join(project, 'dist/fswatch-tui.js'), ...args], { encoding: 'utf8' })
  const events = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.equal(events.at(-1)?.summary?.status, 0, stderr)
  return events.map(({ op }) => op).filter((op) => ['create', 'mkdir', 'rmdir', 'unlink', 'rename', 'link'].includes(op))
}

it('a directory that unlinkat(2) removes is removed as by rmdir(2)', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  assert.deepEqual(operationsOf('mkdir d; rm -r d; mkdir d; rmdir d; : > f; rm f'), ['mkdir', 'rmdir', 'mkdir', 'rmdir', 'create', 'unlink'])
})
