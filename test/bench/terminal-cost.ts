/**
 * What the built program takes of a core in a pseudo-terminal of 200×60, from the outside: its processor time by /proc over some time, and the bytes
 * it writes; over a recording played at its own speed, and live as root, with a small crowd to watch (see programs/crowd.c).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { compileProgram } from '../programs/compile.ts'
import { PseudoTerminal } from '../ui/pty.ts'
import { program, programEnv } from '../ui/terminal.ts'

const SECONDS = 30
/** Of a core, at one update a second. */
const BUDGET = 2

/** User and system time so far, ms, and resident memory, MB. */
function usageOf(pid: number): { ms: number; megabytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return { ms: (Number(fields[11]) + Number(fields[12])) * 10, megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024) }
}

/** Runs the program with these arguments and keys, lets it come up for some seconds, and measures. */
async function measure(what: string, args: string, settleSeconds: number, keys = ''): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  const terminal = new PseudoTerminal(`echo $$ > ${folder}/pid; exec ${program} ${args}`, 200, 60, { ...programEnv, XDG_STATE_HOME: folder })
  try {
    await pause(settleSeconds * 1000)
    terminal.send(keys)
    await pause(1000)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    terminal.taken()
    const before = usageOf(pid)
    await pause(SECONDS * 1000)
    const { ms, megabytes } = usageOf(pid)
    const percent = (ms - before.ms) / (SECONDS * 10)
    const bytes = Math.round(terminal.taken().length / SECONDS)
    const verdict = percent <= BUDGET ? `kept (${BUDGET} %)` : `MISSED (${BUDGET} %)`
    console.log(
      `${what.padEnd(60)} ${percent.toFixed(1).padStart(5)} % of a core, ${String(bytes).padStart(6)} characters a second, ${megabytes} MB: ${verdict}`,
    )
  } finally {
    terminal.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `processes` that each read forty files, and go on by sixteenths (see crowd.c). */
async function beside(processes: number, run: (pid: number) => Promise<void>): Promise<void> {
  const logs = mkdtempSync(join(tmpdir(), 'crowd-'))
  const files = `find /usr -xdev -type f -size -256k -print0 | head -zn ${processes * 50} | "$0" "$1" ${processes} 40 ${processes} 3600`
  const crowd: ChildProcess = spawn('sh', ['-c', files, compileProgram('crowd'), logs], { stdio: 'ignore', detached: true })
  try {
    await run(crowd.pid as number)
  } finally {
    process.kill(-(crowd.pid as number))
    rmSync(logs, { recursive: true, force: true })
  }
}

/** `large`: the recording of a large crowd, and after how many seconds all of it is there. */
export async function terminalCost(large: string, filledSeconds: number): Promise<void> {
  console.log(`\nthe program in a pseudo-terminal of 200×60, over ${SECONDS} s; load of the machine ${readFileSync('/proc/loadavg', 'latin1').trim()}`)
  await measure('replay of test/recordings/demo.ndjson', `--replay ${join(import.meta.dirname, '../recordings/demo.ndjson')}`, 2)
  await measure('replay of 5,000 processes, 200,000 files (3,600 increments/s)', `--replay ${large}`, filledSeconds)
  if (process.getuid?.() !== 0) return console.log('live: not measured, that needs root')
  for (const [name, keys] of [
    ['processes', ''],
    ['files', '2'],
    ['directories', '3'],
  ]) {
    await beside(320, (pid) => measure(`live, 320 processes, 20 at work, ${name}`, `--pid ${pid}+`, 6, keys))
  }
  await measure('live, the whole machine as it is, processes', '', 6)
}
