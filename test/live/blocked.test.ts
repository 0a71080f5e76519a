/** Outputs that nothing reads: the program still hears a signal and ends, and leaves nothing behind. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { program, programEnv } from '../ui/terminal.ts'

const bundle = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/fswatch-tui.js')
const folder = mkdtempSync(join(tmpdir(), 'blocked-'))

/** Ten times what is promised: ms from SIGTERM to the end of the program. */
const ENDS_MS = 20_000
/** The same, to the answer to a key, and the end that it means. */
const KEY_MS = 10_000

/** Bytes that a process wrote so far. */
function writtenBy(pid: number): number {
  return Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** Waits until a process has written much and then less than a frame in two seconds: its output takes no more. Threads wake each other by a write too. */
async function blocked(pid: number): Promise<void> {
  const looks: number[] = []
  for (const until = Date.now() + 60_000; ; ) {
    assert.ok(Date.now() < until, `its output is not full: ${looks.slice(-20).join(' ')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = writtenBy(pid)
    looks.push(now)
    if (looks.length > 20 && now > 16_384 && now - (looks.at(-21) as number) < 2048) return
  }
}

async function endsBy(child: ChildProcess, pid: number): Promise<[number | null, string | null]> {
  const ended = child.exitCode === null && child.signalCode === null ? (once(child, 'exit') as Promise<[number | null, string | null]>) : [child.exitCode, null]
  const begin = performance.now()
  process.kill(pid, 'SIGTERM')
  const late = setTimeout(() => process.kill(pid, 'SIGKILL'), ENDS_MS)
  const [status, signal] = (await ended) as [number | null, string | null]
  clearTimeout(late)
  console.log(`ended ${Math.round(performance.now() - begin)} ms after SIGTERM`)
  return [status, signal]
}

/**
 * A terminal whose other side takes input but reads no output once it was told so: in a line each, "stop" and a key. Node has no
 * pseudo-terminals of its own.
 */
const TERMINAL = `
import fcntl, os, pty, select, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
  fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 60, 200, 0, 0))
  os.execvp('sh', ['sh', '-c', sys.argv[1]])
print(pid, flush=True)
seen, told, reads = b'', False, True
while True:
  for ready in select.select([0] + ([fd] if reads else []), [], [])[0]:
    if ready == fd:
      try: data = os.read(fd, 65536)
      except OSError: sys.exit(0)
      seen = (seen + data)[-200000:]
      if not told and b'OPEN/s' in seen:
        told = True
        print('drawn', flush=True)
    else:
      line = os.read(0, 100)
      if line == b'': sys.exit(0)
      if line == b'stop\\n': reads = False
      else: os.write(fd, line[:1])
`

describe('an output that nothing reads', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let busy: ChildProcess
  before(() => {
    writeFileSync(join(folder, 'file'), 'x')
    busy = spawn('sh', ['-c', `i=0; while :; do i=$((i+1)); echo $i > ${folder}/file.$((i % 500)); done`], { stdio: 'ignore' })
  })
  after(() => {
    busy.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('the pipe of batch --events: it ends, and says what was not written', async () => {
    const child = spawn(process.execPath, [bundle, 'batch', '--json', '--events', '--for', '600', '--pid', `${busy.pid}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await blocked(child.pid as number)
    const [status, signal] = await endsBy(child, child.pid as number)
    assert.deepEqual([status, signal], [1, null], said)
    assert.match(said, /(was|were) not written: the reader of the output did not take them/)
  })

  it('the pipe of guard: it ends, and its rule with it', async () => {
    const rule = `audit write ${folder}/**`
    const child = spawn(process.execPath, [bundle, 'guard', '--json', '--enforce', 'signal', '--no-config', '--rule', rule], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    for (const until = Date.now() + 60_000; !said.includes('armed by') && Date.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.match(said, /armed by/)
    await blocked(child.pid as number)
    assert.deepEqual(await endsBy(child, child.pid as number), [0, null], said)
    assert.match(said, /rule 1: [\d,]+ hits/)
    assert.match(said, /not written: the reader/)
  })

  it('a terminal: keys are heard', async () => {
    const holder = spawn('python3', ['-c', TERMINAL, `exec ${program} --no-config --interval 0.1`], { env: programEnv, stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    holder.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    try {
      for (const until = Date.now() + 60_000; !said.includes('drawn') && Date.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 50))
      assert.ok(said.includes('drawn'))
      const pid = Number(said.split('\n')[0])
      const isThere = () => {
        try {
          return /^\d+ \(.*\) [^ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
        } catch {
          return false
        }
      }
      holder.stdin.write('stop\n')
      await blocked(pid)
      assert.ok(isThere())
      const begin = performance.now()
      holder.stdin.write('q')
      while (isThere() && performance.now() - begin < KEY_MS) await new Promise((resolve) => setTimeout(resolve, 20))
      console.log(`ended ${Math.round(performance.now() - begin)} ms after q`)
      assert.ok(!isThere(), 'q was not heard')
    } finally {
      holder.kill('SIGKILL')
    }
  })

  it('a terminal: it ends, and the terminal is as it was as far as it takes anything', async () => {
    // script reads the terminal for us, until it is stopped.
    const line = `stty rows 60 cols 200; exec ${program} --no-config --interval 0.1`
    const script = spawn('script', ['-q', '-f', '-e', '-c', line, '/dev/null'], {
      env: { ...programEnv, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let seen = ''
    script.stdout.setEncoding('latin1').on('data', (text: string) => {
      seen = (seen + text).slice(-200_000)
    })
    try {
      for (const until = Date.now() + 60_000; !seen.includes('OPEN/s') && Date.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 50))
      assert.ok(seen.includes('OPEN/s'))
      const pid = Number(
        execFileSync('pgrep', ['-P', String(script.pid)], { encoding: 'utf8' })
          .trim()
          .split('\n')[0],
      )
      script.kill('SIGSTOP')
      await blocked(pid)
      process.kill(pid, 'SIGTERM')
      const begin = performance.now()
      const isThere = () => /^\d+ \(.*\) [^ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
      while (isThere() && performance.now() - begin < ENDS_MS) await new Promise((resolve) => setTimeout(resolve, 20))
      console.log(`ended ${Math.round(performance.now() - begin)} ms after SIGTERM`)
      assert.ok(!isThere(), 'it is still there')
    } finally {
      script.kill('SIGCONT')
      script.kill('SIGKILL')
    }
  })
})
