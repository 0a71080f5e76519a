/** Batches for tests, short to write. */
import type { Batch, CounterDelta, EventFact, FileFact, ProcessFact, SourceInfo } from '../../src/batch/batch.ts'

export const info: SourceInfo = { kind: 'live', hostname: 'host', kernel: '6.12.0', attach: 'fentry', limits: [], startedMs: 0, users: { 0: 'root' } }

export function delta(process: string, file: string, some: Partial<CounterDelta>): CounterDelta {
  return { process, file, opens: 0, reads: 0, readBytes: 0, writes: 0, writeBytes: 0, mmapPages: 0, changes: 0, errors: 0, ...some }
}

export function processFact(id: string, some: Partial<ProcessFact> = {}): ProcessFact {
  return {
    id,
    pid: Number.parseInt(id, 10),
    parent: null,
    ppid: 1,
    parentComm: 'init',
    uid: 0,
    gid: 0,
    cgroup: '1',
    startNs: 0,
    comm: `c${id}`,
    exe: '/bin/x',
    exeFile: '1:1.1',
    ...some,
  }
}

export function fileFact(id: string, path: string, some: Partial<FileFact> = {}): FileFact {
  return { id, path, mode: 0o100644, links: 1, fstype: 'ext4', ...some }
}

export function event(seconds: number, some: Partial<EventFact> = {}): EventFact {
  return {
    ...{ timeNs: seconds * 1e9, process: '7.1', pid: 7, tid: 7, uid: 0, comm: 'dd', op: 'write' as const, file: '1:1.1', result: 100, openFlags: 0, path: '' },
    ...some,
  }
}

export function batch(seconds: number, some: Partial<Batch> = {}): Batch {
  const zeros = () => new Array(12).fill(0)
  return {
    timeMs: seconds * 1000,
    timeNs: seconds * 1e9,
    counters: [],
    processes: [],
    files: [],
    exits: [],
    events: [],
    totals: { calls: zeros(), errors: zeros(), readBytes: 0, writeBytes: 0 },
    losses: { countersFull: 0, eventsFull: 0, factsFull: 0, pathCut: 0, scratchBusy: 0, callUnmatched: 0, recursionMisses: 0 },
    ...some,
  }
}
