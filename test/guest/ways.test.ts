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

describe('ways to touch a file, in guests', () => {
  before(compilePrograms)
  for (const kernel of Object.keys(KERNELS) as KernelName[]) {
    it(`kernel ${kernel}: by ${ATTACH.join(', ')}; on tmpfs and ext4`, async () => {
      const script = join(project, 'test/ways/compare.ts')
      const result = await runGuest({ kernel, command: ['node', script, ...ATTACH], timeoutSeconds: 420 })
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
})
