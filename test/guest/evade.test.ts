/** Every way around a rule, judged by its effect: each works with no rule armed, none with one, but for what no hook can close. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileEvade, type EvasionRow } from '../evade/evade.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Debian's 5.10 does not have bpf among its LSMs. Each file system is tried on the oldest and on a recent kernel; that the ways work
 * unruled on btrfs and xfs, on the oldest alone. Where BRIEF is set, each mechanism on ext4 once.
 */
const RUNS: Partial<Record<KernelName, string[]>> =
  process.env.BRIEF === undefined
    ? {
        '5.10': ['free:ext4', 'fmod_ret:ext4', 'free:btrfs', 'fmod_ret:btrfs', 'free:xfs', 'fmod_ret:xfs', 'free:tmpfs', 'fmod_ret:tmpfs'],
        '6.1': ['free:ext4', 'lsm:ext4', 'fmod_ret:ext4'],
        '6.12': ['idle:ext4', 'free:ext4', 'lsm:ext4', 'fmod_ret:ext4', 'lsm:btrfs', 'lsm:xfs', 'free:tmpfs', 'lsm:tmpfs'],
        '7.2': ['free:ext4', 'lsm:ext4', 'fmod_ret:ext4'],
      }
    : {
        '5.10': ['free:ext4', 'fmod_ret:ext4'],
        '6.12': ['lsm:ext4'],
      }

/** What no hook can close: the README's list. */
const OPEN = new Set(['device-write', 'device-image-write', 'device-read', 'loop-before-write', 'loop-before-discard', 'accounting-before'])

function cannotBeClosed(row: EvasionRow): boolean {
  return row.class === 'mapped before' || OPEN.has(row.way)
}

const asText = (row: EvasionRow) => `${row.mode} ${row.fstype} ${row.class} ${row.way}: ${row.detail}`

/** Rows, and by `MODE FILESYSTEM` how many touches nobody judged. */
async function rowsOf(kernel: KernelName, runs: string[]): Promise<{ rows: EvasionRow[]; unjudged: Map<string, number> }> {
  const result = await runGuest({ kernel, command: ['node', join(project, 'test/evade/evade.ts'), ...runs], timeoutSeconds: 2400 })
  assert.equal(result.status, 0, `${result.stderr.toString()}\n${result.console.slice(-2000)}`)
  mkdirSync(join(project, 'dist/reports'), { recursive: true })
  writeFileSync(join(project, `dist/reports/evade-${kernel}.jsonl`), result.stdout)
  writeFileSync(join(project, `dist/reports/evade-${kernel}.times`), result.stderr)
  const lines = result.stdout.toString().trim().split('\n')
  const rows: EvasionRow[] = []
  const unjudged = new Map<string, number>()
  for (const line of lines) {
    const row = JSON.parse(line) as EvasionRow | { mode: string; fstype: string; unjudged: number }
    if ('unjudged' in row) unjudged.set(`${row.mode}:${row.fstype}`, row.unjudged)
    else rows.push(row)
  }
  return { rows, unjudged }
}

/** Those that got around. Where the kernel skipped the guard's program, and counted that, they are tried again by themselves. */
async function around(kernel: KernelName, run: string, tried: EvasionRow[], unjudged: number): Promise<string[]> {
  const rows = tried.filter((row) => row.effect && !cannotBeClosed(row))
  if (rows.length === 0 || unjudged === 0) return rows.map(asText)
  const again = await rowsOf(kernel, [`${run}:${rows.map(({ way }) => way).join(',')}`])
  console.log(`${kernel} ${run}: ${unjudged} touches were not judged; tried again: ${rows.map(({ way }) => way).join(', ')}`)
  return around(kernel, run, again.rows, again.unjudged.get(run) ?? 0)
}

describe('ways around a rule, in guests', () => {
  before(() => void compileEvade())
  for (const [kernel, runs] of Object.entries(RUNS) as [KernelName, string[]][]) {
    it(`kernel ${kernel}: ${runs.join(', ')}`, async () => {
      const { rows, unjudged } = await rowsOf(kernel, runs)
      for (const run of runs) {
        const [mode, fstype] = run.split(':')
        const tried = rows.filter((row) => row.mode === mode && row.fstype === fstype && row.skipped === undefined)
        console.log(`${kernel} ${run}: ${tried.length} ways, ${tried.filter(({ effect }) => effect).length} with an effect`)
        // Nothing is left out quietly: the oldest kernel has more than that on tmpfs, the poorest.
        assert.ok(tried.length >= 250, `${run}: only ${tried.length} ways were tried`)
        // Accounting that was switched on before goes on by itself: that is the way.
        if (mode === 'idle') assert.deepEqual(tried.filter((row) => row.effect && row.way !== 'accounting-before').map(asText), [])
        else if (mode === 'free') assert.deepEqual(tried.filter((row) => !row.effect).map(asText), [], 'with no rule armed, every way has its effect')
        else assert.deepEqual(await around(kernel, run, tried, unjudged.get(run) ?? 0), [], `by ${mode}, none gets around`)
      }
    })
  }
})
