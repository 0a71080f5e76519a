/**
 * `node --import tsx test/bench/screen.ts`: ms of processor time a frame at 200×60 with 5,000 processes and 200,000 files in the model, in each view:
 * what the model computes after a tick, and the lines drawn. Ink's own part comes on top. Run by hand; nothing is judged.
 */
import { Model } from '../../src/model/model.ts'
import { batch, delta, fileFact, info, processFact } from '../unit/batches.ts'
import { Driven } from '../unit/driven.ts'

const PROCESSES = 5_000
const FILES = 200_000
const EACH = 40
const ROUNDS = 30

const processId = (n: number) => `${1000 + n}.${7 * n + 1}`
const fileId = (n: number) => `8388609:${131072 + n}.1`
const pathOf = (n: number) => `/srv/data/volume-${n % 7}/project-${n % 100}/objects/${n % 33}/file-${n}.dat`
const use = (p: number, f: number, more = 0) =>
  delta(processId(p), fileId(f), { opens: 1, writes: 3, writeBytes: 100 + ((p * 31 + f * 17) % 5000) + more, reads: f % 3, readBytes: f % 3 })

function filled(): Model {
  const model = new Model(info, { files: FILES, pairs: FILES + 1000 })
  for (let t = 0; t < 40; t++) {
    const some = Array.from({ length: PROCESSES / 40 }, (_, i) => (t * PROCESSES) / 40 + i)
    const pairs = some.flatMap((p) => Array.from({ length: EACH }, (_, i) => [p, p * EACH + i] as const))
    const processes = some.map((p) =>
      processFact(processId(p), {
        ...{ comm: ['postgres', 'nginx', 'node', 'cc1', 'sh'][p % 5] as string, uid: p % 13, cgroup: String(p % 50), exe: `/usr/bin/p${p % 40}` },
        ...{ parent: p === 0 ? null : processId(Math.floor((p - 1) / 8)), ppid: 1 },
      }),
    )
    model.apply(batch(t + 1, { processes, files: pairs.map(([, f]) => fileFact(fileId(f), pathOf(f))), counters: pairs.map(([p, f]) => use(p, f)) }))
  }
  return model
}

const model = filled()
let now = 40

function tick(round: number): void {
  const counters = Array.from({ length: 1_000 }, (_, i) => {
    const p = (i * 13 + round * 7) % PROCESSES
    return use(p, p * EACH + (i % EACH), round)
  })
  model.apply(batch(++now, { counters }))
}

function median(times: number[]): string {
  times.sort((a, b) => a - b)
  return `${(times[times.length >> 1] ?? 0).toFixed(1).padStart(7)} ms  worst ${(times.at(-1) ?? 0).toFixed(1).padStart(7)} ms`
}

function cpu(run: () => void): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

const VIEWS: [string, string[]][] = [
  ['processes', []],
  ['files', ['2']],
  ['files, the row 100 selected', ['2', ...new Array(100).fill('downArrow')]],
  ['files by path', ['2', 's', 'leftArrow', 'return']],
  ['directories', ['3', 'downArrow', 'rightArrow', 'downArrow', 'rightArrow']],
  ['processes by name, one open', ['b', 'rightArrow']],
  ['tree of processes', ['b', 'b', 'b', 'b', 'b']],
  ['files by name, one open', ['2', 'b', 'rightArrow']],
  ['a process', ['return']],
  ['a file', ['2', 'return']],
  ['processes at a past tick', ['[', '[', '[']],
  ['files at a past tick', ['2', '{']],
  ['files, filtered by word', ['2', '/', ...'file-777', 'return']],
]
for (const [name, keys] of VIEWS) {
  const driven = new Driven(info, model, 200, 60).press(...keys)
  const frames: number[] = []
  const again: number[] = []
  const down: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    tick(round)
    frames.push(cpu(() => void driven.settle().lines()))
    again.push(cpu(() => void driven.settle().lines()))
    down.push(cpu(() => void driven.press('downArrow').lines()))
  }
  console.log(`${name.padEnd(30)} after a tick ${median(frames)}   drawn again ${median(again)}   a key ${median(down)}`)
}
