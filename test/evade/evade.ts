/** Runs the ways around a rule, in a guest: `node evade.ts MODE …`, free, lsm or fmod_ret, prints a JSON line a way. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What became of one way. */
export interface Outcome {
  /** free: no rule; else how rules were enforced */
  mode: string
  way: string
  /** change, deep (a change the program itself must tell of), look, mapped before */
  class: string
  /** judged by the file, not by what the call returned */
  effect: boolean
  /** this kernel or file system cannot do it */
  skipped: boolean
  exit: number
  signal: number
}

/** Compiles the suite; gives its path. */
export function compileEvade(): string {
  const folder = join(project, 'test/programs/evade')
  const target = join(project, 'dist/test-programs/evade')
  mkdirSync(dirname(target), { recursive: true })
  const sources = readdirSync(folder).map((name) => join(folder, name))
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs))
  if ((statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0) < newest) {
    const units = sources.filter((path) => path.endsWith('.c'))
    execFileSync('gcc', ['-O2', '-Wall', '-Wno-unused-result', '-static', '-pthread', '-o', target, ...units], { stdio: ['ignore', 'inherit', 'inherit'] })
  }
  return target
}

/** An ext4 file system of our own: it has attributes, flags and handles, which the guest's root has not. */
function mountExt4(): string {
  for (const module of ['loop', 'ext4', 'overlay']) spawnSync('modprobe', [module])
  const point = '/mnt/evade'
  mkdirSync(point, { recursive: true })
  execFileSync('truncate', ['-s', '128M', '/tmp/evade.img'])
  execFileSync('mkfs.ext4', ['-q', '-O', 'extents', '/tmp/evade.img'])
  execFileSync('mount', ['-o', 'loop', '/tmp/evade.img', point])
  return point
}

async function untilLine(child: ChildProcess, stream: 'stdout' | 'stderr', part: string): Promise<void> {
  for await (const line of createInterface({ input: child[stream] as NodeJS.ReadableStream })) {
    if (stream === 'stderr') console.error(line)
    if (line.includes(part)) return
  }
  throw new Error(`it ended before it said ${part}`)
}

/** One run of the suite, with two rules armed or none. */
async function runMode(mode: string, point: string): Promise<void> {
  const folder = join(point, mode)
  mkdirSync(folder)
  const evade = spawn(compileEvade(), [folder], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, EVADE_IN_GUEST: '1' } })
  const lines: string[] = []
  const reader = createInterface({ input: evade.stdout })
  const ready = new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      if (line === 'ready') resolve()
      else lines.push(line)
    })
  })
  await Promise.race([ready, once(evade, 'exit').then(() => Promise.reject(new Error('evade ended early')))])
  let guard: ChildProcess | null = null
  if (mode !== 'free') {
    const rules = ['--rule', `deny modify ${folder}/guarded/**`, '--rule', `deny open,read,exec ${folder}/secret/**`]
    guard = spawn('fswatch-tui', ['guard', '--enforce', mode, '--json', ...rules], { stdio: ['ignore', 'ignore', 'pipe'] })
    await untilLine(guard, 'stderr', 'armed by')
  }
  const over = once(evade, 'exit')
  evade.stdin.end('go\n')
  await over
  if (guard) {
    guard.kill('SIGTERM')
    await once(guard, 'exit')
  }
  for (const line of lines) console.log(JSON.stringify({ mode, ...JSON.parse(line) }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const point = mountExt4()
  for (const mode of process.argv.slice(2)) await runMode(mode, point)
}
