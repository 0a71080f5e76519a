/**
 * `node --import tsx test/bench/views.ts [RECORDING]`: ms of a query of each view and of apply(), with 5,000 processes and 200,000 files in the
 * model, made up; then with a recording played over and over (the one in test/recordings, if none is named). Each query comes after a tick of
 * 1,000 deltas, as on a screen. Run by hand; nothing is judged.
 */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Batch } from '../../src/batch/batch.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model } from '../../src/model/model.ts'
import { Recording } from '../../src/recording/replay.ts'
import { batch, delta, fileFact, info, processFact } from '../unit/batches.ts'

const PROCESSES = 5_000
const FILES = 200_000
const FILES_EACH = 40
const TICKS = 40
const ROUNDS = 40

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

function memory(): string {
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return `heap ${(heapUsed / 1e6).toFixed(1)} MB, arrays ${(arrayBuffers / 1e6).toFixed(1)} MB`
}

/** Ids as a source makes them: a new string each time. */
const processId = (n: number) => `${1000 + n}.${7 * n + 1}`
const fileId = (n: number) => `8388609:${131072 + n}.${(n * 2654435761) % 4294967296}`
const pathOf = (n: number) => `/srv/data/volume-${n % 7}/project-${n % 100}/objects/${n % 33}/file-${n}.dat`
const processOf = (n: number) =>
  processFact(processId(n), {
    comm: ['postgres', 'nginx', 'node', 'cc1', 'sh'][n % 5] as string,
    uid: n % 13,
    cgroup: String(n % 50),
    exe: `/usr/bin/p${n % 40}`,
    ppid: n === 0 ? 1 : 1000 + Math.floor((n - 1) / 8),
    parent: n === 0 ? null : processId(Math.floor((n - 1) / 8)),
  })
const use = (p: number, f: number, more = 0) =>
  delta(processId(p), fileId(f), { opens: 1, reads: f % 3, readBytes: (f % 3) * 1000, writes: 3, writeBytes: 100 + ((p * 31 + f * 17) % 5000) + more })

/** Median, best and worst of some runs, and the first, in ms of processor time, so that others at work do not count; `prepare` makes what is run, which is not counted. */
function time(what: string, prepare: (round: number) => () => void): void {
  const all = Array.from({ length: ROUNDS }, (_, round) => {
    const run = prepare(round)
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  const first = all[0] ?? 0
  all.sort((a, b) => a - b)
  const ms = (value: number | undefined) => `${(value ?? 0).toFixed(2).padStart(8)} ms`
  console.log(`${what.padEnd(50)} ${ms(all[ROUNDS >> 1])}  best ${ms(all[0])}  worst ${ms(all[ROUNDS - 1])}  first ${ms(first)}`)
}

function parsed(text: string): Filter | null {
  const result = parseFilter(text)
  if (!result.ok) throw new Error(`the filter ${text} is none: ${result.message}`)
  return result.filter
}

/** Every file is touched by some process, and every process has its forty. */
function filled(): Model {
  const empty = memory()
  const model = new Model(info, { files: FILES, pairs: FILES + 1000 })
  const start = performance.now()
  const each = PROCESSES / TICKS
  for (let t = 0; t < TICKS; t++) {
    const some = Array.from({ length: each }, (_, i) => t * each + i)
    const pairs = some.flatMap((p) => Array.from({ length: FILES_EACH }, (_, i) => [p, p * FILES_EACH + i] as const))
    const files = pairs.map(([, f]) => fileFact(fileId(f), pathOf(f)))
    model.apply(batch(t + 1, { processes: some.map(processOf), files, counters: pairs.map(([p, f]) => use(p, f)) }))
  }
  console.log(`${PROCESSES} processes, ${FILES} files, filled in ${(performance.now() - start).toFixed(0)} ms; before: ${empty}; now: ${memory()}`)
  return model
}

function tickOf(now: number, deltas: number, round: number) {
  const counters = Array.from({ length: deltas }, (_, i) => {
    const p = (i * 13 + round * 7) % PROCESSES
    return use(p, p * FILES_EACH + (i % FILES_EACH), round)
  })
  return batch(now, { counters })
}

/** Every view of a model, each after a tick. */
function views(model: Model, tick: () => void, ids: { process: string; file: string; expanded: Set<string>; words: string[] }): void {
  const query = (what: string, run: () => void) =>
    time(what, () => {
      tick()
      return run
    })
  const base = { sort: 'bytes', reverse: false, filter: null, kinds: 'files' } as const
  for (const sort of ['bytes', 'total', 'writers', 'process', 'path'] as const) query(`files by ${sort}`, () => model.files({ ...base, sort }))
  query('files by bytes, with a selected row', () => model.files({ ...base, keep: model.files(base).rows[5]?.id ?? null }))
  query('files by bytes, with a selected row far down', () => model.files({ ...base, keep: ids.file }))
  query('files by bytes, reversed', () => model.files({ ...base, reverse: true }))
  for (const text of ids.words) {
    const filter = parsed(text)
    query(`files by bytes, ${text}`, () => model.files({ ...base, filter }))
    query(`directories by bytes, ${text}`, () => model.directories({ ...base, filter, expanded: ids.expanded, leaves: true }))
  }
  query('directories by bytes', () => model.directories({ ...base, expanded: ids.expanded, leaves: true }))
  for (const by of ['comm', 'user'] as const) {
    for (const of of ['processes', 'files'] as const) {
      query(`groups of ${of} by ${by}`, () => model.groups({ ...base, by, of, expanded: new Set() }))
      query(`groups of ${of} by ${by}, one expanded`, () => model.groups({ ...base, by, of, expanded: new Set(['postgres', '3']) }))
    }
  }
  query('tree of processes', () => model.tree({ ...base, expanded: new Set([ids.process]) }))
  query('processes by bytes, first 60', () => model.processes({ ...base, limit: 60 }))
  query('processes by bytes, all', () => model.processes(base))
  query('one process', () => model.processDetail(ids.process, base))
  query('one file', () => model.fileDetail(ids.file, base))
  for (const rows of ['processes', 'files'] as const) query(`all of / closely, ${rows}`, () => model.directoryDetail('/', { ...base, rows, keep: null }))
  query('moments', () => model.moments())
  const past = () => (model.moments().at(-20) ?? model.moments()[0])?.tick ?? 0
  query('processes at a past tick', () => model.processesAt(past(), base))
  query('files at a past tick', () => model.filesAt(past(), base))
}

function madeUp(): void {
  const model = filled()
  let now = TICKS
  for (const deltas of [0, 100, 1_000, 20_000]) {
    time(`apply(), ${deltas} deltas`, (round) => {
      const next = tickOf(++now, deltas, round)
      return () => model.apply(next)
    })
  }
  let round = 0
  const expanded = new Set(['/', '/srv/data', '/srv/data/volume-0', '/srv/data/volume-0/project-7', '/srv/data/volume-0/project-7/objects'])
  const words = ['path:/srv/data/volume-3/**', 'file-777', 'comm:cc1', 'bytes>1k']
  views(model, () => model.apply(tickOf(++now, 1_000, ++round)), { process: processId(7), file: fileId(281), expanded, words })
  console.log(memory())
}

/** A recording's batches again and again, each a second after the one before. */
async function replayed(path: string): Promise<void> {
  const recording = await Recording.open(path, 0)
  const batches: Batch[] = []
  for (let next = await recording.next(); next; next = await recording.next()) batches.push(next)
  await recording.close()
  const model = new Model(recording.info)
  let played = 0
  const tick = () => {
    const next = batches[played++ % batches.length]
    if (next) model.apply({ ...next, timeNs: played * 1e9, timeMs: played * 1e3 })
  }
  for (let i = 0; i < batches.length; i++) tick()
  const deltas = batches.reduce((sum, { counters }) => sum + counters.length, 0)
  console.log(`\n${path}: ${batches.length} batches, ${deltas} deltas`)
  time('apply(), a batch', () => tick)
  const file = batches.flatMap(({ files }) => files).at(0)?.id ?? ''
  const process = batches.flatMap(({ processes }) => processes).at(0)?.id ?? ''
  views(model, tick, { process, file, expanded: new Set(['/', '/srv/demo']), words: ['log', 'comm:sqlite3'] })
}

madeUp()
await replayed(process.argv[2] ?? join(import.meta.dirname, '../recordings/demo.ndjson'))
