/** The recordings that the cost of a tick is measured with: real processes on this machine's own files, seen by the kernel. They are made as root. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LiveSource } from '../../src/kernel/live.ts'
import { Recorder } from '../../src/recording/record.ts'
import { compileProgram } from '../programs/compile.ts'

/** Of the crowd: how many stay, how many files each has, how many come a second, and for how long they go on when all are there. */
const [PROCESSES, EACH, WAVE, SECONDS] = [5000, 40, 100, 40]

/** After so many seconds of its recording, the whole crowd is there and goes on. */
export const CROWD_SECONDS = PROCESSES / WAVE + 6

export interface Phase {
  file: string
  /** how many ticks at its end are measured; null: all */
  last: number | null
  record(path: string): Promise<void>
}

const FILES = 'find / -xdev -type f -size -256k -print0 2>/dev/null'

/** What xargs runs leaves no process behind: each reads forty files that nobody read before, like a build's compilers. */
const COMPILERS = `read go; ${FILES} | head -zn 200000 | xargs -0 -n 40 -P 2 cksum >/dev/null 2>&1`

/** Those that stay have 200,000 files, which they read when they come; then some hundred of them at a time go on. */
const CROWD = `read go; ${FILES} | head -zn 204000 | "$0" "$1" ${PROCESSES} ${EACH} ${WAVE} ${SECONDS}`

async function record(child: ChildProcess, path: string): Promise<void> {
  const filter = { pids: [child.pid as number], descendants: true }
  const source = await Recorder.create(LiveSource.open({ attach: 'auto', intervalMs: 1000, maxEntries: 65_536, filter, events: false }), `${path}.new`)
  let running = true
  child.once('exit', () => {
    running = false
  })
  child.stdin?.end('go\n')
  while (running) await source.next()
  await source.next()
  await source.close()
  renameSync(`${path}.new`, path)
}

async function recordCrowd(path: string): Promise<void> {
  const logs = mkdtempSync(join(tmpdir(), 'crowd-'))
  try {
    await record(spawn('sh', ['-c', CROWD, compileProgram('crowd'), logs], { stdio: ['pipe', 'inherit', 'inherit'] }), path)
  } finally {
    rmSync(logs, { recursive: true, force: true })
  }
}

export const PHASES = {
  filling: {
    file: 'files.ndjson',
    last: null,
    record: (path) => record(spawn('sh', ['-c', COMPILERS], { stdio: ['pipe', 'inherit', 'inherit'] }), path),
  },
  steady: { file: 'crowd.ndjson', last: SECONDS, record: recordCrowd },
} satisfies Record<string, Phase>
