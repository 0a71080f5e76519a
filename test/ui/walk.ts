/** A walk through every view, close look and line of the live screen, over one child that appends to a log. It watches only: no rule is armed. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Terminal } from './terminal.ts'

/** What is pressed, and what the screen must show then: a part of a line, or lines that belong together. */
type Step = [keys: string[], ...shows: (string | RegExp)[]]

/** `folder`: where the log is; `pid`: of the process that writes it; `way`: in which it is seen. */
function steps(folder: string, pid: number, way: string): Step[] {
  const [log, name] = [join(folder, 'app.log'), basename(folder)]
  return [
    [[], way, `kernel: pid ${pid}+`, /\d+ +root.* sh .*app\.log/],
    [['2'], 'PROCS', log],
    [['3'], `▸ tmp/${name}/`],
    [['Down', 'Right'], `▾ tmp/${name}/`, /\d {2,}app\.log/],
    [['4'], /\d\d:\d\d:\d\d\.\d+ .* sh .* write .*app\.log/, /\d\d:\d\d:\d\d\.\d+ .* sleep /],
    [['5'], 'No rules'],
    [['1', 'b'], 'processes by name', /▸ sh/],
    [['b'], 'by program', /▸ \/\S*sh/],
    [['b'], 'by user', /▸ root/],
    [['b'], 'by container', /▸ /],
    [['b'], 'by parent', `▾ sh ${pid}`],
    [['b'], 'by session', /▸ /],
    [['b'], /\d+ +root.* sh .*app\.log/],
    [['/'], 'filter:'],
    [[...'comm=sh'], 'filter: comm=sh'],
    [['Enter', 'g', 'Enter'], `processes › sh ${pid}`, /command +sh -c/, /runs +\d+ open files, 1 thread, in /, /app\.log/],
    [['i'], /0 +.*\/dev\/null/, /processes › sh \d+: open files/],
    [['i', 'Enter'], `› ${log}`, /is +file +rw-/, /size .* bytes/, `sh ${pid}`],
    [['m'], `› ${folder}/`, 'disk'],
    [['n'], /size .* in \d+ file/],
    [['i'], `› ${folder}/: files`, log],
    [['Escape'], /› \/tmp\/walk-\w+\/ *$/],
    [['e'], `› ${folder}/: events`, /sh .* write .*app\.log/],
    [['Escape', 'Escape', 'Escape', 'Escape'], 'filter: comm=sh', /1 of 1/],
    [['Escape'], /of [1-9]\d/],
    [['['], 'as it was'],
    [['Escape', 'Space'], 'PAUSED'],
    [['Space', 's'], 'j choose'],
    [['Escape', 'o'], 'Space show'],
    [['Escape', ':'], ': ', 'Enter'],
    [['Escape', 'C'], 'No quotas'],
    [['Escape', 'w'], 'Nobody waits'],
    [['Escape', '?'], 'In the table'],
    // Not d: where only signals work, its line says instead that nothing can be refused.
    [['Escape', 'x'], 'rule: kill modify', 'would have hit'],
    [['Escape'], 'HOTTEST FILE'],
  ]
}

/** Walks through all of it. `patience`: ms that each screen may take; `args`: more for the program. */
export async function walk({
  columns,
  rows,
  patience,
  way,
  args = '',
}: {
  columns: number
  rows: number
  patience: number
  way: string
  args?: string
}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'walk-'))
  const child: ChildProcess = spawn('sh', ['-c', `while :; do echo line >> ${folder}/app.log; sleep 0.5; done`], {
    stdio: 'ignore',
    // Without a locale to open files for, who sleeps touches few.
    env: { ...process.env, LC_ALL: 'C' },
  })
  const terminal = new Terminal(columns, rows)
  try {
    await terminal.untilShown('before the program')
    terminal.start(`--no-config --pid ${child.pid}+ --interval 0.5 ${args}`)
    for (const [keys, ...shows] of steps(folder, child.pid as number, way)) {
      for (const key of keys) {
        terminal.keys(key)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      for (const shown of shows) {
        const passes = (line: string) => (typeof shown === 'string' ? line.includes(shown) : shown.test(line))
        await terminal.until((lines) => lines.some(passes), `${shown} after ${keys.join(' ')}`, patience)
      }
    }
    terminal.keys('q')
    const lines = await terminal.untilShown('ended with 0', patience)
    assert.ok(lines.some((line) => line.includes('before the program')))
  } finally {
    terminal.close()
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
