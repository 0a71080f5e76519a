/** How long calls took, as the events say: true for what waits, and not told where nobody knows. Also a program: prints what is wrong as JSON. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EventFact } from '../../src/batch/batch.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import type { Way } from '../../src/kernel/plan.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const PROGRAMS = ['writer', 'reader', 'opener', 'changer']

/** How long a read is kept waiting. */
const WAIT_MS = 300

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1500) throw new Error(`waited in vain for ${what}`)
    await pause(20)
  }
}

/** Is this process attached to the entry of system calls? Each attachment is a descriptor. */
export function notesEntries(): boolean {
  return readdirSync('/proc/self/fdinfo').some((fd) => {
    const path = `/proc/self/fdinfo/${fd}`
    return existsSync(path) && /^tp_name:\s*sys_enter$/m.test(readFileSync(path, 'latin1'))
  })
}

/** What is wrong with the events of a `cat` that reads a fifo byte by byte, while they are streamed, not streamed, and streamed again. */
export async function wrongOfWaiting(attach: Way | 'auto'): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'durations-'))
  const [fifo, out] = [join(folder, 'fifo'), join(folder, 'out')]
  spawnSync('mkfifo', [fifo])
  // It is the only one that writes: opened for both, so that it need not wait for the reader.
  const end = openSync(fifo, 'r+')
  const cat = spawn('sh', ['-c', `exec cat ${fifo} > ${out}`], { stdio: 'ignore' })
  const pid = cat.pid as number
  const source = LiveSource.open({ attach, intervalMs: 50, maxEntries: 1024, filter: { pids: [pid] }, events: false })
  const events: EventFact[] = []
  const collect = async () => void events.push(...(await source.collect()).events)
  let written = 0
  /** One byte goes through, and cat waits in the next read. */
  const pass = async () => {
    writeSync(end, 'x')
    written++
    await until(`byte ${written}`, () => existsSync(out) && statSync(out).size === written && / S /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')))
  }
  const wrong: string[] = []
  try {
    // From here on each call is seen entering by those who look.
    await pass()
    if (notesEntries()) wrong.push('calls are noted before anybody looks')
    source.wantEvents(true)
    if (!notesEntries()) wrong.push('calls are not noted while somebody looks')
    await pass()
    await pause(WAIT_MS)
    await pass()
    await collect()
    source.wantEvents(false)
    if (notesEntries()) wrong.push('calls are noted though nobody looks any more')
    // The next one ends a read that was noted; the one after that began since, and is noted nowhere.
    await pass()
    source.wantEvents(true)
    await pass()
    await pass()
    await collect()
    const took = (op: string) => events.filter((event) => event.op === op && event.pid === pid).map(({ durationNs }) => durationNs)
    const [reads, writes] = [took('read'), took('write')]
    const names = ['under way when streaming began', 'that waited', 'under way when streaming began again', 'after that']
    for (const [i, known] of [false, true, false, true].entries())
      if ((reads[i] !== undefined) !== known) wrong.push(`the read ${names[i]} took ${reads[i]} ns`)
    if (reads.length !== 4 || writes.length !== 4) wrong.push(`${reads.length} reads and ${writes.length} writes of 4`)
    const waited = reads[1] ?? 0
    if (waited < WAIT_MS * 1e6) wrong.push(`the read that waited ${WAIT_MS} ms took ${waited} ns`)
    const quick = writes[0] ?? Number.NaN
    if (!(quick < waited / 2)) wrong.push(`a quick write took ${quick} ns, the read that waited ${waited} ns`)
    return wrong.map((what) => `${attach}: ${what} (reads ${reads.join(', ')}; writes ${writes.join(', ')})`)
  } finally {
    await source.close()
    closeSync(end)
    cat.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is done by no call of its thread, or told in another's; null: all of it is done by calls. */
function unknownOp(way: string): string | null {
  if (way.startsWith('uring_')) return 'write read open'
  if (way.startsWith('aio')) return 'write read'
  return way === 'mapping' ? 'mmap_write' : null
}

/**
 * What is wrong with the durations of each way to write, read, open and change a file in a new folder below `parent`. A preemptible kernel
 * (7.2) skips a program that another thread was preempted in, and for so long no call is noted: what was not told is asked for again.
 */
export function wrongOfWays(attach: string, parent: string): string[] {
  for (let tries = 1; ; tries++) {
    const wrong = wrongOnce(attach, parent)
    if (tries === 4 || wrong.length === 0 || wrong.some((what) => !what.endsWith(UNTOLD))) return wrong
  }
}

const UNTOLD = 'is not told'

function wrongOnce(attach: string, parent: string): string[] {
  const folder = mkdtempSync(join(parent, 'durations-'))
  const output = join(folder, 'done.jsonl')
  try {
    const script = PROGRAMS.map((name) => `mkdir ${folder}/${name} && ${project}/dist/test-programs/${name} ${folder}/${name} >> ${output}`).join(' && ')
    const command = [join(project, 'dist/fswatch-tui.js'), 'batch', '--json', '--events', '--attach', attach, '--', 'sh', '-c', script]
    const run = spawnSync(process.execPath, command, { maxBuffer: 1 << 28, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`batch --attach ${attach} ended with ${run.status}: ${run.stderr.slice(-2000)}`)
    const lines = run.stdout.trim().split('\n')
    const events = lines.slice(0, -1).map((line) => JSON.parse(line) as EventFact)
    const ways = readFileSync(output, 'utf8').trim().split('\n')
    const wrong: string[] = []
    let judged = 0
    for (const { group, way, path, skipped } of ways.map((line) => JSON.parse(line) as { group: string; way: string; path: string; skipped?: string })) {
      if (skipped !== undefined) continue
      const unknown = unknownOp(way)?.split(' ') ?? []
      const done = Map.groupBy(
        events.filter((event) => event.path === path),
        ({ op }) => op,
      )
      for (const [op, some] of done) {
        judged++
        const known = some.filter(({ durationNs }) => durationNs !== undefined)
        const told = known.map(({ durationNs }) => durationNs).join(', ')
        // Files are opened and filled by calls before they are opened or read in another way.
        if (unknown.includes(op) && !(way.startsWith('uring_') && op === 'open' && group !== 'open') && !(group === 'read' && op === 'write')) {
          if (known.length === some.length || (op !== 'open' && known.length > 0))
            wrong.push(`${attach} ${group} ${way}: ${op} took ${told} ns, which nobody can know`)
        } else if (known.length === 0) wrong.push(`${attach} ${group} ${way}: how long ${some.length} × ${op} took ${UNTOLD}`)
      }
    }
    if (judged < 100) wrong.push(`${attach}: only ${judged} kinds of operations were judged`)
    return wrong
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first = '', ...others] = process.argv.slice(2)
  const wrong: string[] = []
  for (const attach of [first, ...others]) wrong.push(...(await wrongOfWaiting(attach as Way)))
  // What takes long by the first only: the others have the same workers.
  wrong.push(...wrongOfWays(first, tmpdir()))
  console.log(JSON.stringify(wrong))
}
