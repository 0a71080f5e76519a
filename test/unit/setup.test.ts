/** `npm start` and `npm run guest` in a fresh clone: with an npm that is played, they set up what is missing or say what is wrong. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
let clone = ''

function program(path: string, lines: string[]): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true })
  writeFileSync(join(clone, path), `#!/bin/sh\n${lines.join('\n')}\n`)
  chmodSync(join(clone, path), 0o755)
}

/** Runs a script of the clone; what its programs said, line by line. */
function run(script: string, ...args: string[]): { status: number | null; said: string[]; complained: string } {
  const env = { ...process.env, PATH: `${join(clone, 'bin')}:${process.env.PATH}`, INIT_CWD: undefined }
  const { status, stdout, stderr } = spawnSync('sh', [join(clone, 'scripts', script), ...args], { encoding: 'utf8', env })
  return { status, said: stdout.trim().split('\n'), complained: stderr }
}

/** An npm that installs a node that only tells what it is to run, and bundles by making the bundle. */
function playedNpm(): void {
  const node = `#!/bin/sh\necho "node $*"\ncase $1 in scripts/build.ts) mkdir -p dist; : >dist/fswatch-tui.js ;; esac`
  program('bin/npm', ['mkdir -p node_modules/.bin', `cat >node_modules/.bin/node <<'NODE'\n${node}\nNODE`, 'chmod +x node_modules/.bin/node'])
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'fswatch-tui-clone-'))
  for (const name of ['setup.sh', 'start.sh', 'guest.sh']) cpSync(join(project, 'scripts', name), join(clone, 'scripts', name))
  for (const name of ['package-lock.json', 'scripts/build.ts', 'src/cli.ts']) {
    mkdirSync(dirname(join(clone, name)), { recursive: true })
    writeFileSync(join(clone, name), '')
    // Old, so that what is made is younger for certain.
    utimesSync(join(clone, name), 1, 1)
  }
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

describe('in a fresh clone', () => {
  for (const [script, args, last] of [
    ['guest.sh', ['demo', 'a b'], 'node test/vm/cli.ts demo a b'],
    ['start.sh', ['doctor'], /^node --max-.*\/dist\/fswatch-tui.js doctor$/],
  ] as const) {
    it(`${script} installs and bundles once, and starts what it is for`, () => {
      playedNpm()
      const first = run(script, ...args)
      assert.equal(first.status, 0, first.complained)
      assert.match(first.complained, /installing dependencies, once\nnode scripts\/build.ts js\n$/)
      const second = run(script, ...args)
      assert.equal(second.complained, '')
      for (const { said } of [first, second]) {
        assert.equal(said.length, 1)
        if (typeof last === 'string') assert.equal(said[0], last)
        else assert.match(said[0] ?? '', last)
      }
    })

    it(`${script} says so where npm cannot install`, () => {
      program('bin/npm', ['echo "npm error network: not reachable"', 'exit 1'])
      const { status, said, complained } = run(script, ...args)
      assert.deepEqual([status, said], [1, ['']])
      assert.match(complained, /network: not reachable\n.*npm could not install the dependencies, for the reason above/)
    })
  }

  it('what is older than its sources is made anew', () => {
    playedNpm()
    run('guest.sh')
    const soon = Date.now() / 1000 + 60
    utimesSync(join(clone, 'src/cli.ts'), soon, soon)
    assert.equal(run('guest.sh').complained, 'node scripts/build.ts js\n')
  })
})
