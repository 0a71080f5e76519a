/** Runs the programs under the tracer and compares what they did with what it shows. Also a program: prints its rows as JSON. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { LIMITS } from './limits.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const binaries = join(project, 'dist/test-programs')
const PROGRAMS = ['writer', 'reader', 'opener', 'changer']
const FIELDS = ['opens', 'reads', 'readBytes', 'writes', 'writeBytes', 'mmapPages', 'changes', 'errors'] as const
type Field = (typeof FIELDS)[number]

interface Done {
  group: string
  way: string
  skipped?: string
  path: string
  expect: Record<Field, number>
}

/** One program and way, under one attach way on one file system. */
export interface Row {
  attach: string
  kernel: string
  fstype: string
  group: string
  way: string
  skipped?: string
  expect?: Record<Field, number>
  shown?: Record<Field, number>
  /** differences that LIMITS does not know: the test fails */
  wrong: string[]
  /** differences that it knows */
  limits: string[]
  /** known limits that did not show: the table is out of date */
  surplus: string[]
}

/** All that compare() runs. */
export function compilePrograms(): void {
  for (const program of PROGRAMS) compileProgram(program)
}

interface Report {
  info: { attach: string }
  losses: Record<string, number>
  processes: { files: ({ path: string } & Record<Field, number>)[] }[]
}

function judge(row: Row): void {
  const [major = 0, minor = 0] = row.kernel.split('.').map(Number)
  for (const field of FIELDS) {
    const wanted = row.expect?.[field] ?? 0
    if (wanted < 0) continue
    const shown = row.shown?.[field] ?? 0
    const limit = LIMITS.find((l) => l.applies({ attach: row.attach, kernel: [major, minor], fstype: row.fstype, group: row.group, way: row.way, field }))
    if (shown !== wanted) (limit ? row.limits : row.wrong).push(`${field}: ${shown} shown, ${wanted} done`)
    else if (limit && wanted > 0) row.surplus.push(`${field}: ${limit.why}`)
  }
}

/** Runs of a program that the kernel skipped, and calls it lost track of: counted, so the table need not explain them. */
function skipped(losses: Record<string, number>): number {
  return (losses.recursionMisses ?? 0) + (losses.callUnmatched ?? 0)
}

/**
 * Runs everything in a new folder below `parent`, under one tracer. On a preemptible kernel (7.2) a kprobe is skipped while another
 * program's run on the same CPU is preempted, other programs while their own is. The loss is counted and shown; a table that differs in such a run is made again.
 */
export function compare(attach: string, parent: string, fstype: string): Row[] {
  for (let tries = 1; ; tries++) {
    const { rows, losses } = compareOnce(attach, parent, fstype)
    const wrong = rows.some((row) => row.wrong.length > 0)
    if (!wrong || skipped(losses) === 0 || tries === 5) return rows
  }
}

function compareOnce(attach: string, parent: string, fstype: string): { rows: Row[]; losses: Record<string, number> } {
  const folder = mkdtempSync(join(parent, 'ways-'))
  const output = join(folder, 'done.jsonl')
  try {
    const script = PROGRAMS.map((program) => `mkdir ${folder}/${program} && ${join(binaries, program)} ${folder}/${program} >> ${output}`).join(' && ')
    const cli = join(project, 'dist/fswatch-tui.js')
    const run = spawnSync(process.execPath, [cli, 'batch', '--json', '--attach', attach, '--', 'sh', '-c', script], { maxBuffer: 1 << 28, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`batch --attach ${attach} ended with ${run.status}: ${run.stderr.slice(-2000)}`)
    const report = JSON.parse(run.stdout) as Report
    const shown = new Map<string, Record<Field, number>>()
    for (const file of report.processes.flatMap((process) => process.files)) {
      const sum = shown.get(file.path) ?? Object.assign({}, ...FIELDS.map((field) => ({ [field]: 0 })))
      for (const field of FIELDS) sum[field] += file[field]
      shown.set(file.path, sum)
    }
    const rows = readFileSync(output, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const { group, way, skipped, path, expect } = JSON.parse(line) as Done
        const row: Row = { attach: report.info.attach, kernel: release(), fstype, group, way, wrong: [], limits: [], surplus: [] }
        if (skipped !== undefined) return { ...row, skipped }
        row.expect = expect
        row.shown = shown.get(path) ?? (Object.assign({}, ...FIELDS.map((field) => ({ [field]: 0 }))) as Record<Field, number>)
        judge(row)
        if (row.wrong.length > 0) row.wrong.push(`losses: ${JSON.stringify(report.losses)}`)
        return row
      })
    return { rows, losses: report.losses }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The rows as a table for people: what was moved, what was shown. */
export function asTable(rows: Row[]): string {
  const head = '| kernel | by | file system | operation | way | done | shown | |\n| --- | --- | --- | --- | --- | --- | --- | --- |'
  const numbers = (counts: Record<Field, number> | undefined, like: Record<Field, number>) =>
    FIELDS.filter((field) => like[field] !== 0)
      .map((field) => `${field} ${counts?.[field] ?? 0}`)
      .join(', ')
  const lines = rows.map((row) => {
    const start = `| ${row.kernel} | ${row.attach} | ${row.fstype} | ${row.group} | ${row.way} |`
    if (row.skipped !== undefined) return `${start} – | – | ${row.skipped} |`
    const expect = row.expect as Record<Field, number>
    const verdict = row.wrong.length > 0 ? `WRONG ${row.wrong.join('; ')}` : row.limits.length > 0 ? `known limit: ${row.limits.join('; ')}` : 'same'
    return `${start} ${numbers(expect, expect)} | ${numbers(row.shown, expect)} | ${verdict} |`
  })
  return [head, ...lines].join('\n')
}

/** Prepares an ext4 image mounted on a loop device (guests only) and returns where. */
function mountExt4(): string {
  for (const module of ['loop', 'ext4']) spawnSync('modprobe', [module])
  const point = '/mnt/ways'
  mkdirSync(point, { recursive: true })
  execFileSync('truncate', ['-s', '64M', '/tmp/ways.img'])
  execFileSync('mkfs.ext4', ['-q', '/tmp/ways.img'])
  execFileSync('mount', ['-o', 'loop', '/tmp/ways.img', point])
  return point
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ext4 = mountExt4()
  const rows: Row[] = []
  for (const attach of process.argv.slice(2))
    for (const [parent, fstype] of [
      ['/tmp', 'tmpfs'],
      [ext4, 'ext4'],
    ] as const)
      rows.push(...compare(attach, parent, fstype))
  writeFileSync('/dev/stdout', JSON.stringify(rows))
}
