/**
 * `npm run bench:screen [-- RECORDING]`: what a tick costs on the screen, at 200×60, in each view, with Ink and all: ms of processor
 * time for the whole tick, ms from the batch to the last byte written, Ink's own part of it, and bytes written. From a real recording: the one named, or
 * one that is made now (as root): 5,000 processes that read 200,000 files of this machine, into dist/bench/. Nothing is judged but by the reader.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { render } from 'ink'
import type { Batch, Source, SourceInfo } from '../../src/batch/batch.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import { Recorder } from '../../src/recording/record.ts'
import { Recording } from '../../src/recording/replay.ts'
import { App } from '../../src/ui/App.tsx'

const [COLUMNS, ROWS] = [200, 60]
/** Ticks a view is measured over; the first two are left out: they bring the view up. */
const TICKS = 17

/** What xargs runs leaves no process behind: each reads forty files, like a build's compilers. */
const WORK = `read go; find / -xdev -type f -size -256k -print0 2>/dev/null | head -zn 200000 | xargs -0 -n 40 -P 2 cksum >/dev/null 2>&1`

async function record(path: string): Promise<void> {
  const child = spawn('sh', ['-c', WORK], { stdio: ['pipe', 'inherit', 'inherit'] })
  const filter = { pids: [child.pid as number], descendants: true }
  const source = await Recorder.create(LiveSource.open({ attach: 'auto', intervalMs: 1000, maxEntries: 65_536, filter, events: false }), path)
  let running = true
  child.once('exit', () => {
    running = false
  })
  child.stdin.end('go\n')
  while (running) await source.next()
  await source.next()
  await source.close()
}

async function batchesOf(path: string): Promise<{ info: SourceInfo; batches: Batch[] }> {
  const recording = await Recording.open(path, 0)
  const batches: Batch[] = []
  for (let next = await recording.next(); next; next = await recording.next()) batches.push(next)
  await recording.close()
  return { info: recording.info, batches }
}

/** A terminal that only counts. */
class Paper extends Writable {
  readonly isTTY = true
  readonly columns = COLUMNS
  readonly rows = ROWS
  bytes = 0
  lastMs = 0

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    this.lastMs = performance.now()
    done()
  }
}

/** A keyboard: Ink wants to switch it to raw mode. */
class Keyboard extends PassThrough {
  readonly isTTY = true
  setRawMode = () => this
  ref = () => this
  unref = () => this
}

/** Gives a batch when it is told to. */
class Drip implements Source {
  readonly info: SourceInfo
  #waiting: ((batch: Batch) => void) | null = null

  constructor(info: SourceInfo) {
    this.info = info
  }

  next(): Promise<Batch | null> {
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  give(batch: Batch): void {
    this.#waiting?.(batch)
    this.#waiting = null
  }

  async close(): Promise<void> {}
}

const figure = (values: number[], digits = 1) => {
  values.sort((a, b) => a - b)
  return `${(values[values.length >> 1] ?? 0).toFixed(digits).padStart(7)} (${(values.at(-1) ?? 0).toFixed(digits)})`
}

const VIEWS: [string, string][] = [
  ['processes', ''],
  ['processes, one selected', 'jjjjj'],
  ['files', '2'],
  ['files, one selected', 'jjjjj'],
  ['directories', '3'],
  ['processes by name', '1b'],
  ['tree of processes', 'bbbb'],
  ['a process', '1bg\r'],
]

const made = join(import.meta.dirname, '../../dist/bench/files.ndjson')
const path = process.argv[2] ?? made
if (path === made && !existsSync(made)) {
  mkdirSync(join(made, '..'), { recursive: true })
  await record(made)
}
const { info, batches } = await batchesOf(path)
const known = {
  processes: new Set(batches.flatMap(({ processes }) => processes.map(({ id }) => id))).size,
  files: new Set(batches.flatMap(({ files }) => files.map(({ id }) => id))).size,
}
console.log(`${path}: ${batches.length} batches, ${known.processes} processes, ${known.files} files`)

const [paper, keyboard] = [new Paper(), new Keyboard()]
const source = new Drip(info)
const drawn: number[] = []
const app = render(
  <App
    {...{ source, notes: [], control: null, bell: false }}
    start={{ sort: 'bytes', filterText: '', kinds: 'files' }}
    redraw={() => {}}
    ending={() => null}
  />,
  {
    ...{ stdout: paper as never, stdin: keyboard as never, incrementalRendering: true, patchConsole: false, exitOnCtrlC: false, interactive: true, maxFps: 30 },
    onRender: ({ renderTime }) => void drawn.push(renderTime),
  },
)

let played = 0
/** The recording over and over, a second a batch. */
function next(): Batch {
  const batch = batches[played++ % batches.length] as Batch
  return { ...batch, timeNs: played * 1e9, timeMs: played * 1e3 }
}

await pause(100)
while (played < batches.length) {
  source.give(next())
  await pause(1)
}
await pause(500)
console.log('the median (and the worst) of a tick     CPU ms            to painted ms     of it Ink, ms     bytes')
for (const [name, keys] of VIEWS) {
  for (const key of keys) {
    keyboard.write(key)
    await pause(60)
  }
  const [cpu, painted, ink, bytes]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let tick = 0; tick < TICKS; tick++) {
    await pause(120)
    drawn.length = 0
    paper.bytes = 0
    const [before, start] = [process.cpuUsage(), performance.now()]
    source.give(next())
    await pause(120)
    const { user, system } = process.cpuUsage(before)
    if (tick < 2) continue
    cpu.push((user + system) / 1000)
    painted.push(paper.lastMs - start)
    ink.push(drawn.reduce((sum, ms) => sum + ms, 0))
    bytes.push(paper.bytes)
  }
  console.log(`${name.padEnd(36)} ${[figure(cpu), figure(painted), figure(ink), figure(bytes, 0)].map((text) => text.padEnd(17)).join(' ')}`)
}
app.unmount()
keyboard.end()
await once(paper, 'close').catch(() => {})
