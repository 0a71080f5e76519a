/** Many short processes and more files than the table holds: totals stay exact, the loss is said, memory stays flat. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

interface Report {
  totals: { calls: Record<string, number>; writeBytes: number }
  losses: { countersFull: number; factsFull: number }
  processes: { comm: string; exe: string; ppid: number; alive: boolean; files: { writes: number; opens: number }[] }[]
}

function churn(processes: number, files: number, entries: number): Report {
  const folder = mkdtempSync(join(tmpdir(), 'churn-'))
  try {
    const command = [compileProgram('churn'), folder, String(processes), String(files)]
    const run = spawnSync(process.execPath, [join(project, 'dist/fswatch-tui.js'), 'batch', '--json', '--max-entries', String(entries), '--', ...command], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    })
    assert.equal(run.status, 0, run.stderr)
    return JSON.parse(run.stdout) as Report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('churn', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('with room for all: every process and every file is there, by name', () => {
    const report = churn(500, 5, 65_536)
    assert.equal(report.totals.calls.write, 2500)
    assert.equal(report.totals.writeBytes, 2500 * 7)
    assert.equal(report.losses.countersFull, 0)
    const children = report.processes.filter((process) => process.files.some((file) => file.writes > 0))
    assert.equal(children.length, 500)
    for (const process of children) {
      assert.deepEqual([process.comm, process.exe.endsWith('/churn'), process.ppid > 0, process.alive], ['churn', true, true, false])
      assert.equal(
        process.files.reduce((sum, file) => sum + file.writes, 0),
        5,
      )
    }
  })
  it('with too little room: totals are exact, what has no row is counted as such', () => {
    const report = churn(2000, 20, 64)
    assert.equal(report.totals.calls.write, 40_000)
    assert.equal(report.totals.writeBytes, 40_000 * 7)
    assert.ok(report.losses.countersFull > 0)
    const inRows = report.processes.flatMap((process) => process.files).reduce((sum, file) => sum + file.writes, 0)
    assert.ok(inRows < 40_000)
  })
})
