/**
 * `frames PHASE RECORDING [LAST]`: measures the screen at 200×60 in each view over one recording and its LAST ticks (see screen-cost.ts, which bundles and runs it): ms of processor time of a tick
 * and of its parts, ms from the batch to the last byte, and bytes. The parts: taking the batch in; asking the model and drawing lines; Ink, from
 * the lines to the last byte; what comes after. Reading the recording is none of them.
 */
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { render } from 'ink'
import type { Batch, Source, SourceInfo } from '../../src/batch/batch.ts'
import { Model } from '../../src/model/model.ts'
import { Recording } from '../../src/recording/replay.ts'
import { App } from '../../src/ui/App.tsx'
import { type ScreenLook, USUAL_LOOK } from '../../src/ui/look.ts'

const [COLUMNS, ROWS] = [200, 60]
/** Ticks a view is measured over; the first ones are left out: they bring the view up. */
const [TICKS, FIRST] = [28, 3]
/** What a tick may take, ms: Ink's part, from the batch to the last byte, and processor time in all, which is 2 % of a core at one tick a second. */
const BUDGET = { ink: 5, painted: 30, cpu: 20 }
/**
 * More than the program remembers by itself, which is 50,000 files. While it fills, fewer than the recording has: it is played again and again, and
 * each file has to be a new one again when it comes.
 */
const LIMITS = { files: process.argv[2] === 'filling' ? 150_000 : 205_000, pairs: 250_000 }

const PARTS = ['taken', 'drawn', 'ink', 'after'] as const
type Part = (typeof PARTS)[number]

/** Processor time of the whole process, garbage collection and all, by the part it went into. */
class Meter {
  readonly ms: Record<Part, number> = { taken: 0, drawn: 0, ink: 0, after: 0 }
  #last = 0

  begin(): void {
    for (const part of PARTS) this.ms[part] = 0
    this.#last = this.#now()
  }

  /** What was spent since the last time was for that. */
  end(part: Part): void {
    const now = this.#now()
    this.ms[part] += now - this.#last
    this.#last = now
  }

  #now(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

const meter = new Meter()
const { apply } = Model.prototype
Model.prototype.apply = function (batch) {
  meter.end('after')
  apply.call(this, batch)
  meter.end('taken')
}

/** The theme is the last that is asked for before the lines go to Ink. */
const look: ScreenLook = {
  ...USUAL_LOOK,
  get theme() {
    meter.end('drawn')
    return 'dark' as const
  },
}

const SYNC_BYTES = '\u001b[?2026h'.length

/** A terminal that only counts. */
class Paper extends Writable {
  readonly isTTY = true
  readonly columns = COLUMNS
  readonly rows = ROWS
  bytes = 0
  frames = 0
  lastMs = 0

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    // Ink writes the marks of a synchronized frame by themselves.
    if (chunk.length > SYNC_BYTES) this.frames++
    this.lastMs = performance.now()
    meter.end('ink')
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

/** A large batch is recorded in parts, which have one time: they are one tick again. */
async function ticksOf(path: string): Promise<{ info: SourceInfo; ticks: Batch[] }> {
  const recording = await Recording.open(path, 0)
  const ticks: Batch[] = []
  for (let next = await recording.next(); next; next = await recording.next()) {
    const last = ticks.at(-1)
    if (last?.timeNs !== next.timeNs) ticks.push(next)
    else for (const list of ['counters', 'processes', 'files', 'exits', 'events'] as const) last[list].push(...(next[list] as never[]))
  }
  await recording.close()
  return { info: recording.info, ticks }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

const VIEWS: [string, string][] = [
  ['processes', ''],
  ['processes, one selected', 'jjjjj'],
  ['files', '2'],
  ['files, one selected', 'jjjjj'],
  ['directories', '3'],
  ['processes by name', '1b'],
  ['tree of processes', 'bbbb'],
  ['a process', '1bbg\r'],
  ['events', '\u001b4'],
]

const [phase = '', path = '', last = ''] = process.argv.slice(2)
const { info, ticks } = await ticksOf(path)
const measured = ticks.slice(last === '' ? 0 : -Number(last)).slice(0, -4)
const about = (count: (tick: Batch) => number) => Math.round(median(measured.map(count)))
console.log(
  `\n${phase}: ${ticks.length} ticks recorded by ${info.attach}; of those measured the median has ${about((tick) => tick.counters.length)} increments ` +
    `of ${about((tick) => new Set(tick.counters.map(({ process }) => process)).size)} processes, ${about((tick) => tick.files.length)} names of files, ` +
    `${about((tick) => tick.processes.length)} processes that are new or exec, ${about((tick) => tick.exits.length)} that end`,
)

const [paper, keyboard] = [new Paper(), new Keyboard()]
const source = new Drip(info)
const app = render(
  <App
    {...{ source, notes: [], control: null, bell: false, look, limits: LIMITS }}
    start={{ sort: 'bytes', filterText: '', kinds: 'files' }}
    redraw={() => {}}
    ending={() => null}
  />,
  { stdout: paper as never, stdin: keyboard as never, incrementalRendering: true, patchConsole: false, exitOnCtrlC: false, interactive: true, maxFps: 30 },
)

let played = 0
/** The next tick of the recording, and then those measured over and over, a second each, with texts of its own as a live source's has. */
function next(): Batch {
  const at = played++
  const tick = at < ticks.length - 4 ? ticks[at] : measured[(at - ticks.length + 4) % measured.length]
  return { ...(JSON.parse(JSON.stringify(tick)) as Batch), timeNs: played * 1e9, timeMs: info.startedMs + played * 1e3 }
}

await pause(100)
while (played < ticks.length - 4) {
  source.give(next())
  await pause(1)
}
await pause(500)

const verdict = (ms: number, budget: number) => `${ms.toFixed(1).padStart(6)}${ms <= budget ? ' ' : '!'}`
console.log(
  `${`ms, medians of ${TICKS - FIRST} ticks (!: over the budget)`.padEnd(45)}processor: all  taken  drawn    Ink   after   to painted  frames   bytes`,
)
const over = new Set<string>()
for (const [name, keys] of VIEWS) {
  for (const key of keys) {
    keyboard.write(key)
    await pause(60)
  }
  const rows: (Record<Part, number> & { cpu: number; painted: number; bytes: number; frames: number })[] = []
  for (let tick = 0; tick < TICKS; tick++) {
    const batch = next()
    await pause(60)
    paper.bytes = 0
    paper.frames = 0
    meter.begin()
    const start = performance.now()
    source.give(batch)
    await pause(60)
    meter.end('after')
    const cpu = PARTS.reduce((sum, part) => sum + meter.ms[part], 0)
    rows.push({ ...meter.ms, cpu, painted: paper.lastMs - start, bytes: paper.bytes, frames: paper.frames })
  }
  rows.splice(0, FIRST)
  const of = (what: keyof (typeof rows)[number]) => median(rows.map((row) => row[what]))
  for (const what of ['ink', 'painted', 'cpu'] as const) if (of(what) > BUDGET[what]) over.add(what)
  console.log(
    `${name.padEnd(45)}         ${verdict(of('cpu'), BUDGET.cpu)}${of('taken').toFixed(1).padStart(6)} ${of('drawn').toFixed(1).padStart(6)} ${verdict(of('ink'), BUDGET.ink)}` +
      `${of('after').toFixed(1).padStart(7)}       ${verdict(of('painted'), BUDGET.painted)} ${String(of('frames')).padStart(6)} ${String(of('bytes')).padStart(7)}`,
  )
}
const kept = (what: keyof typeof BUDGET) => (over.has(what) ? 'MISSED' : 'kept')
console.log(
  `Ink ≤ ${BUDGET.ink} ms: ${kept('ink')}; batch to last byte ≤ ${BUDGET.painted} ms: ${kept('painted')}; processor ≤ ${BUDGET.cpu} ms a tick: ${kept('cpu')}`,
)
app.unmount()
// Ink waits for a keyboard that nobody closes.
process.exit(0)
