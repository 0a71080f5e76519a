/**
 * `node --import tsx test/bench/views.ts [RECORDING]`: ms of a query of each view and of apply(), with 5,000 processes and 200,000 files in the
 * model, made up; then with a recording played over and over. Run by hand; nothing is judged.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model } from '../../src/model/model.ts'
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

/** Median and worst of some runs, in ms of processor time, so that others at work do not count; `prepare` makes what is run, which is not counted. */
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
  console.log(`${what.padEnd(52)} ${ms(all[ROUNDS >> 1])}  worst ${ms(all[ROUNDS - 1])}  first ${ms(first)}`)
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

const model = filled()
let now = TICKS
for (const deltas of [0, 1_000, 20_000]) {
  time(`apply(), ${deltas} deltas`, (round) => {
    const next = tickOf(++now, deltas, round)
    return () => model.apply(next)
  })
}
/** Each query comes after a tick of 1,000 deltas, as on a screen. */
function query(what: string, run: () => void): void {
  time(what, (round) => {
    model.apply(tickOf(++now, 1_000, round))
    return run
  })
}
for (const sort of ['bytes', 'total', 'writers', 'process', 'path'] as const) {
  query(`files by ${sort}`, () => model.files({ sort, reverse: false, filter: null, kinds: 'files' }))
  query(`files by ${sort}, reversed, with a kept row`, () => model.files({ sort, reverse: true, filter: null, kinds: 'files', keep: fileId(777) }))
}
for (const text of ['file-777', 'path:/srv/data/volume-3/**', 'comm:cc1', 'bytes>1k']) {
  const filter = parsed(text)
  query(`files by bytes, ${text}`, () => model.files({ sort: 'bytes', reverse: false, filter, kinds: 'files' }))
}
const expanded = new Set(['/', '/srv/data', '/srv/data/volume-0', '/srv/data/volume-0/project-7', '/srv/data/volume-0/project-7/objects'])
for (const text of ['', 'file-777', 'comm:cc1']) {
  const filter = parsed(text)
  query(`directories by bytes, ${text === '' ? 'no filter' : text}`, () =>
    model.directories({ sort: 'bytes', reverse: false, filter, kinds: 'files', expanded, leaves: true }),
  )
}
for (const by of ['comm', 'user'] as const) {
  const expanded = new Set(['postgres', '3'])
  for (const of of ['processes', 'files'] as const) {
    query(`groups of ${of} by ${by}, one expanded`, () => model.groups({ by, of, sort: 'bytes', reverse: false, filter: null, kinds: 'files', expanded }))
  }
}
query('tree of processes, two expanded', () =>
  model.tree({ sort: 'bytes', reverse: false, filter: null, kinds: 'files', expanded: new Set([processId(0), processId(3)]) }),
)
query('processes by bytes, first 60', () => model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files', limit: 60 }))
query('one process', () => model.processDetail(processId(7), { sort: 'bytes', reverse: false, kinds: 'files' }))
query('one file', () => model.fileDetail(fileId(281), { sort: 'bytes', reverse: false, kinds: 'files' }))
query('processes at a past tick', () => model.processesAt(now - 20, { sort: 'bytes', reverse: false, filter: null, kinds: 'files' }))
query('files at a past tick', () => model.filesAt(now - 20, { sort: 'bytes', reverse: false, filter: null, kinds: 'files' }))
console.log(memory())
