/** Standard output that is full, or that nobody reads any more. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const program = `${process.execPath} ${join(project, 'dist/fswatch-tui.js')}`
const root = process.getuid?.() === 0
const COMMANDS = ['--help', '--version', ...(root ? ['doctor', 'release', 'batch -- true', 'batch --json -- true', 'batch --json --events -- true'] : [])]

describe('standard output', () => {
  for (const command of COMMANDS)
    it(`that is full: ${command}`, () => {
      const { status, stderr } = spawnSync('sh', ['-c', `${program} ${command} > /dev/full`], { encoding: 'utf8' })
      assert.equal(status, 1)
      assert.match(stderr, /^fswatch-tui: standard output cannot be written: there is no space left on its device \(ENOSPC\)$/m)
    })

  for (const command of COMMANDS)
    it(`that nobody reads: ${command}`, () => {
      // The reader has gone before the first byte.
      const { stdout, stderr } = spawnSync('bash', ['-c', `{ sleep 0.5; ${program} ${command}; echo "ended with $?" >&2; } | true`], { encoding: 'utf8' })
      assert.equal(stdout, '')
      assert.equal(stderr, 'ended with 0\n')
    })
})
