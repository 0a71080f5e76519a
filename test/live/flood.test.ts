/** More events than anybody can read: what was done is what is shown and what is said to be missing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

interface Summary {
  events: number
  totals: { calls: Record<string, number>; mmapPages: number; errors: Record<string, number> }
  losses: { eventsFull: number }
}

/** Events printed, the summary line, and the pwrites that the program says it made. */
function flood(perSecond: number, seconds: number): { lines: number; writes: number; summary: Summary; written: number } {
  const folder = mkdtempSync(join(tmpdir(), 'flood-'))
  try {
    const file = join(folder, 'file')
    const command = [compileProgram('flood'), file, String(perSecond), String(seconds)]
    const run = spawnSync(process.execPath, [join(project, 'dist/fswatch-tui.js'), 'batch', '--json', '--events', '--', ...command], { maxBuffer: 2 ** 30 })
    assert.equal(run.status, 0, run.stderr.toString())
    // Too much for one string: lines are counted as bytes.
    const marker = Buffer.from(`"path":${JSON.stringify(file)}`)
    let [lines, writes] = [0, 0]
    for (let at = run.stdout.indexOf(10); at >= 0; at = run.stdout.indexOf(10, at + 1)) lines++
    for (let at = run.stdout.indexOf(marker); at >= 0; at = run.stdout.indexOf(marker, at + 1)) writes++
    const last = run.stdout.lastIndexOf(10, run.stdout.length - 2) + 1
    const { summary } = JSON.parse(run.stdout.subarray(last).toString()) as { summary: Summary }
    return { lines: lines - 1, writes, summary, written: Number(/^\d+$/m.exec(run.stderr.toString())?.[0]) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function sum(numbers: Record<string, number>): number {
  return Object.values(numbers).reduce((a, b) => a + b, 0)
}

describe('a flood of events', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('at a rate that can be read, every write has its line', () => {
    const { summary, writes, written } = flood(20_000, 2)
    assert.ok(written > 10_000)
    assert.equal(writes, written + 2, 'the writes, the open and the create')
    assert.equal(summary.losses.eventsFull, 0)
  })
  it('at full speed, what was done is what is shown and what is said to be missing', () => {
    const { summary, lines, written } = flood(0, 3)
    assert.ok((summary.totals.calls.write ?? 0) > written)
    assert.equal(summary.events, lines)
    assert.equal(summary.events + summary.losses.eventsFull, sum(summary.totals.calls) + summary.totals.mmapPages + sum(summary.totals.errors))
  })
})
