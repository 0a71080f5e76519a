/** Every way to open, read, write and change a file, on four kernels by each way in: what was done is what is shown. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuest } from '../vm/guest.ts'
import { KERNELS, type KernelName } from '../vm/kernels.ts'
import { asTable, compilePrograms, type Row } from '../ways/compare.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const ATTACH = ['fentry', 'kprobe', 'tracepoint']
const isChosen = (name: KernelName) => process.env.BRIEF === undefined || name === '7.2'

describe('ways to touch a file, in guests', () => {
  before(compilePrograms)
  for (const kernel of (Object.keys(KERNELS) as KernelName[]).filter(isChosen)) {
    it(`kernel ${kernel}: by ${ATTACH.join(', ')}; on tmpfs and ext4`, async () => {
      const script = join(project, 'test/ways/compare.ts')
      const result = await runGuest({ kernel, command: ['node', script, ...ATTACH], timeoutSeconds: 4000 })
      assert.equal(result.status, 0, `${result.stderr.toString()}\n${result.console.slice(-2000)}`)
      const rows = JSON.parse(result.stdout.toString()) as Row[]
      mkdirSync(join(project, 'dist/reports'), { recursive: true })
      writeFileSync(join(project, 'dist/reports', `ways-${kernel}.md`), `${asTable(rows)}\n`)
      const judged = rows.filter((row) => row.skipped === undefined)
      console.log(
        `${kernel}: ${judged.length} ways judged, ${rows.length - judged.length} not possible there, ${judged.filter((row) => row.limits.length > 0).length} at a known limit`,
      )
      assert.deepEqual(
        rows.filter((row) => row.wrong.length > 0).map((row) => `${row.attach} ${row.fstype} ${row.group} ${row.way}: ${row.wrong.join('; ')}`),
        [],
      )
      assert.deepEqual(
        rows
          .filter((row) => row.surplus.length > 0)
          .map((row) => `${row.attach} ${row.fstype} ${row.group} ${row.way} is better than limits.ts says: ${row.surplus.join('; ')}`),
        [],
      )
      // Every way in was really used, and nothing was left out quietly.
      for (const attach of ATTACH) assert.ok(judged.filter((row) => row.attach === attach).length >= 100, `only few ways were judged by ${attach}`)
    })
  }

  for (const kernel of (Object.keys(KERNELS) as KernelName[]).filter(isChosen)) {
    it(`kernel ${kernel}: how long a call took is told where it is known, and there alone`, async () => {
      const result = await runGuest({ kernel, command: ['node', join(project, 'test/ways/durations.ts'), ...ATTACH], timeoutSeconds: 4000 })
      assert.equal(result.status, 0, `${result.stderr.toString()}\n${result.console.slice(-2000)}`)
      assert.deepEqual(JSON.parse(result.stdout.toString()), [])
    })
  }

  // A kretprobe follows as many calls at once as there are processors: here those that wait for a pipe's other end take all places.
  it('kernel 5.10: what a kretprobe did not see returning is counted as lost', async () => {
    // More than those programs open for themselves, some of which is missed too.
    const opens = 800
    const script = [
      'mkfifo /tmp/pipe && touch /tmp/seen',
      'for i in 1 2 3 4 5 6 7 8; do cat /tmp/pipe & p="$p $!"; done; sleep 2',
      `i=0; while [ $i -lt ${opens} ]; do ( : < /tmp/seen ); i=$((i+1)); done`,
      'kill $p; wait; true',
    ].join('; ')
    const command = ['fswatch-tui', 'batch', '--attach', 'kprobe', '--json', '--', 'sh', '-c', script]
    const result = await runGuest({ kernel: '5.10', command, timeoutSeconds: 400 })
    assert.equal(result.status, 0, `${result.stderr.toString()}\n${result.console.slice(-2000)}`)
    const { processes, losses } = JSON.parse(result.stdout.toString()) as {
      processes: { files: { path: string; opens: number }[] }[]
      losses: { callUnmatched: number }
    }
    const files = processes.flatMap((process) => process.files).filter(({ path }) => path === '/tmp/seen')
    const shown = files.reduce((sum, file) => sum + file.opens, 0)
    assert.ok(shown < opens, 'some are missed, or this test says nothing')
    assert.ok(shown + losses.callUnmatched >= opens, `${shown} shown and ${losses.callUnmatched} lost of ${opens}`)
    console.log(`5.10: ${shown} of ${opens} opens shown, ${losses.callUnmatched} calls lost, all counted`)
  })
})
