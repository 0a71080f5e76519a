/**
 * `node test/bench/endurance.ts [PROCESSES FILES [COLUMNSxROWS [PAUSE]]]`: many short processes writing many new files, with the screen on.
 * PAUSE is in microseconds after each process. Prints the exact totals beside what was done, what was lost, and the memory and CPU time of the screen. Needs root.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LiveSource } from '../../src/kernel/live.ts'
import { compileProgram } from '../programs/compile.ts'
import { Terminal } from '../ui/terminal.ts'

const [processes = 100_000, filesEach = 10] = process.argv.slice(2, 4).map(Number)
const [columns = 200, rows = 60] = (process.argv[4] ?? '200x60').split('x').map(Number)

interface Usage {
  megabytes: number
  /** user and system, in clock ticks of 10 ms */
  ticks: number
}

function usage(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024), ticks: Number(fields[11]) + Number(fields[12]) }
}

const folder = mkdtempSync(join(tmpdir(), 'endurance-'))
const terminal = new Terminal(columns, rows)
const child = spawn('sh', ['-c', 'read go && exec "$@"', 'sh', compileProgram('churn'), folder, String(processes), String(filesEach), process.argv[5] ?? '0'], {
  stdio: ['pipe', 'inherit', 'inherit'],
})
const pid = child.pid as number
const source = LiveSource.open({ attach: 'auto', intervalMs: 1000, maxEntries: 65_536, filter: { pids: [pid], descendants: true }, events: false })
try {
  const started = Date.now()
  terminal.start(`--pid ${pid}+`)
  await terminal.untilShown('OPEN/s')
  console.log(`first frame after ${Date.now() - started} ms, seen by a poll of 50 ms through a shell`)
  const screen = terminal.program()
  const before = usage(screen)
  let running = true
  child.once('exit', () => {
    running = false
  })
  child.stdin.end('go\n')
  const begun = Date.now()
  let shown = begun
  while (running) {
    await source.next()
    if (Date.now() - shown < 10_000) continue
    shown = Date.now()
    const now = usage(screen)
    console.log(
      `${Math.round((shown - begun) / 1000)} s: screen ${now.megabytes} MB, ${((now.ticks - before.ticks) / ((shown - begun) / 1000)).toFixed(1)} % CPU`,
    )
  }
  const { totals, losses } = await source.collect()
  const done = processes * filesEach
  const [opens, creates, , writes, , , unlinks] = totals.calls
  console.log(`done:    ${done} opens, ${done} creates, ${done} writes of ${done * 7} bytes, ${done} unlinks, in ${Math.round((Date.now() - begun) / 1000)} s`)
  console.log(`counted: ${opens} opens, ${creates} creates, ${writes} writes of ${totals.writeBytes} bytes, ${unlinks} unlinks`)
  console.log(`lost: ${JSON.stringify(losses)}`)
  const own = process.memoryUsage()
  console.log(
    `a source without a model: ${Math.round(own.rss / 1e6)} MB, heap ${Math.round(own.heapUsed / 1e6)} of ${Math.round(own.heapTotal / 1e6)}, buffers ${Math.round(own.external / 1e6)}`,
  )
  console.log(`screen: ${before.megabytes} MB before, ${usage(screen).megabytes} MB after`)
  console.log(terminal.lines().slice(0, 8).join('\n'))
} finally {
  await source.close()
  terminal.close()
  child.kill()
  rmSync(folder, { recursive: true, force: true })
}
