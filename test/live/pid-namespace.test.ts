/** In a PID namespace of its own, and with another one's /proc: a sentence, at once, and nothing is left behind. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const bundle = join(project, 'dist/fswatch-tui.js')
/** What a command of ours is called that would be left. */
const mark = `left-${process.pid}`

const COMMANDS = [
  ['batch', '--', 'sh', '-c', `: ${mark}`],
  ['batch', '--pid', '1', '--for', '1'],
  ['guard', '--for', '1', '--rule', 'audit write /nowhere'],
]

describe('process numbers that are not the kernel’s', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  for (const [what, before, wanted] of [
    ['a PID namespace of its own', ['unshare', '-pf', '--kill-child', '--mount-proc'], /this runs in a PID namespace of its own/],
    ['another one’s /proc', ['unshare', '-pf', '--kill-child'], /\/proc is that of another PID namespace/],
    ['no /proc', ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'], /no \/proc shows this process/],
  ] as const)
    for (const command of COMMANDS)
      it(`${what}: ${command.slice(0, 3).join(' ')}`, () => {
        const { status, stderr } = spawnSync(before[0], [...before.slice(1), process.execPath, bundle, ...command], { encoding: 'utf8', timeout: 60_000 })
        assert.equal(status, 1, stderr)
        assert.match(stderr, wanted)
        assert.equal(spawnSync('pgrep', ['-f', mark]).stdout.toString(), '', 'nothing is left')
      })
})
