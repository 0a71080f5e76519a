/** `node test/bench/model.ts`: ms of the model's apply() and processes() with much to remember, and its heap. Run by hand; nothing is judged. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FileFact } from '../../src/batch/batch.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model, type ViewSpec } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from '../unit/batches.ts'

const PROCESSES = 5_000
const FILES_EACH = 40
/** Fewer than pairs: programs share files, and all names fit the table. */
const FILES = 40_000
const FILL_TICKS = 20
const ROUNDS = 30

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

function heap(): number {
  gc()
  return process.memoryUsage().heapUsed / 1e6
}

/** Ids as a source makes them: a new string each time. */
const processId = (n: number) => `${1000 + n}.${7 * n + 1}`
const fileId = (n: number) => `8388609:${131072 + n}.${(n * 2654435761) % 4294967296}`
const pathOf = (n: number) => `/srv/data/volume-${n % 7}/project-${n % 100}/objects/file-${n}.dat`
const fact = (n: number): FileFact => fileFact(fileId(n), pathOf(n))
const use = (p: number, f: number, more = 0) => delta(processId(p), fileId(f), { opens: 1, writes: 3, writeBytes: 100 + ((p * 31 + f * 17) % 5000) + more })

/** Median and worst of some runs, in ms; `prepare` makes what is run, which is not counted. */
function time(what: string, prepare: (round: number) => () => void): void {
  const all = Array.from({ length: ROUNDS }, (_, round) => {
    const run = prepare(round)
    const start = performance.now()
    run()
    return performance.now() - start
  }).sort((a, b) => a - b)
  const ms = (value: number | undefined) => `${(value ?? 0).toFixed(2).padStart(9)} ms`
  console.log(`${what.padEnd(46)} ${ms(all[ROUNDS >> 1])}  worst ${ms(all[ROUNDS - 1])}`)
}

function parsed(text: string): Filter | null {
  const result = parseFilter(text)
  if (!result.ok) throw new Error(`the filter ${text} is none: ${result.message}`)
  return result.filter
}

function large(): void {
  const empty = heap()
  const model = new Model(info)
  const fileOf = (p: number, i: number) => (p * FILES_EACH + i) % FILES
  const start = performance.now()
  for (let t = 0; t < FILL_TICKS; t++) {
    const some = Array.from({ length: PROCESSES / FILL_TICKS }, (_, i) => t * (PROCESSES / FILL_TICKS) + i)
    const pairs = some.flatMap((p) => Array.from({ length: FILES_EACH }, (_, i) => [p, fileOf(p, i)] as const))
    model.apply(
      batch(t + 1, { processes: some.map((p) => processFact(processId(p))), files: pairs.map(([, f]) => fact(f)), counters: pairs.map(([p, f]) => use(p, f)) }),
    )
  }
  console.log(`${PROCESSES} processes x ${PROCESSES * FILES_EACH} pairs, filled in ${(performance.now() - start).toFixed(0)} ms`)
  console.log(`heap ${(heap() - empty).toFixed(1)} MB`)

  let now = FILL_TICKS
  const tick = (deltas: number, round: number) =>
    batch(++now, {
      counters: Array.from({ length: deltas }, (_, i) => use((i * 13 + round) % PROCESSES, fileOf((i * 13 + round) % PROCESSES, i % FILES_EACH), round)),
    })
  const feed = (deltas: number) => (round: number) => {
    const next = tick(deltas, round)
    return () => model.apply(next)
  }
  time('apply(), nothing happened', feed(0))
  time('apply(), 1,000 deltas', feed(1_000))
  time('apply(), 20,000 deltas', feed(20_000))

  const spec: ViewSpec = { sort: 'bytes', reverse: false, filter: null, kinds: 'files' }
  const look = (some: Partial<ViewSpec>) => () => () => void model.processes({ ...spec, ...some })
  time('processes(), no filter, by bytes', look({}))
  time('processes(), no filter, by bytes, all kinds', look({ kinds: 'all' }))
  time('processes(), no filter, by comm', look({ sort: 'comm' }))
  time('processes(), no filter, by file', look({ sort: 'file' }))
  for (const text of ['path:/srv/data/volume-3/**', 'path:/nowhere/**', 'file-777']) time(`processes(), ${text}`, look({ filter: parsed(text) }))
  const filter = parsed('path:/srv/data/volume-3/**')
  const turn = (files: (round: number) => FileFact[]) => (round: number) => {
    const next = { ...tick(1_000, round), files: files(round) }
    return () => {
      model.apply(next)
      model.processes({ ...spec, filter })
    }
  }
  time(
    'apply() 1,000 deltas + processes(), path:',
    turn(() => []),
  )
  time(
    'the same, and a file gets another name',
    turn((round) => [fileFact(fileId(5), `/srv/data/volume-3/renamed-${round}`)]),
  )
  console.log(`heap ${(heap() - empty).toFixed(1)} MB`)
}

/** 100,000 short-lived processes and 1,000,000 files passing through: what stays? */
function passing(): void {
  const empty = heap()
  const model = new Model(info)
  let spent = 0
  for (let t = 0; t < 1000; t++) {
    const ids = Array.from({ length: 100 }, (_, i) => `${(t * 100 + i) % 32768}.${t}`)
    const files = ids.flatMap((_, i) => Array.from({ length: 10 }, (_, j) => fact((t * 100 + i) * 10 + j)))
    const counters = files.map((file, i) => delta(ids[Math.floor(i / 10)] ?? '', file.id, { writes: 1, writeBytes: 1 }))
    const next = batch(t + 1, { processes: ids.map((id) => processFact(id)), files, counters, exits: ids })
    const start = performance.now()
    model.apply(next)
    spent += performance.now() - start
    if ((t + 1) % 200 === 0) console.log(`passing through: ${(t + 1) * 100} processes, ${(t + 1) * 1000} files: heap ${(heap() - empty).toFixed(1)} MB`)
  }
  console.log(`apply(), 100 processes and 1,000 files at their end ${(spent / 1000).toFixed(2)} ms on average`)
}

large()
passing()
