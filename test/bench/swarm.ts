/**
 * `node test/bench/swarm.ts [PROCESSES [RATE [COLUMNSxROWS [screen|batch]]]]`: short processes (510,000, at most 2,125 a second), each with a name
 * and a file of its own, with the screen or batch on. Prints the resident memory of the program every five seconds, and the most. Needs root.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileProgram } from '../programs/compile.ts'
import { Terminal } from '../ui/terminal.ts'

const [processes = '510000', rate = '2125', size = '200x60', mode = 'screen'] = process.argv.slice(2)
const [columns = 200, rows = 60] = size.split('x').map(Number)
const folder = mkdtempSync(join(tmpdir(), 'swarm-'))
const bundle = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/fswatch-tui.js')

/** MB */
const resident = (pid: number) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024)

const terminal = new Terminal(columns, rows)
const flags = ['--max-semi-space-size=2', '--heap-growing-percent=30']
const output = openSync(join(folder, 'report'), 'w')
const batch =
  mode === 'batch' ? spawn(process.execPath, [...flags, bundle, 'batch', '--json', '--for', '3600'], { stdio: ['ignore', output, 'inherit'] }) : null
try {
  if (!batch) {
    terminal.start('--no-config')
    await terminal.untilShown('OPEN/s', 60_000)
  } else await new Promise((resolve) => setTimeout(resolve, 5000))
  const pid = batch?.pid ?? terminal.program()
  let most = resident(pid)
  console.log(`before: ${most} MB`)
  const child = spawn(compileProgram('swarm'), [folder, processes, rate], { stdio: 'inherit' })
  let isRunning = true
  child.once('exit', () => {
    isRunning = false
  })
  for (let second = 1; isRunning; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const now = resident(pid)
    most = Math.max(most, now)
    if (second % 5 === 0) console.log(`${second} s: ${now} MB`)
  }
  console.log(`at most: ${most} MB`)
  if (!batch) console.log(terminal.lines().slice(0, 6).join('\n'))
} finally {
  batch?.kill('SIGKILL')
  terminal.close()
  rmSync(folder, { recursive: true, force: true })
}
