/** What is said of a process, file or directory above its rows: all of it, in words as short as the screen is narrow. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DirectoryNow, FileNow, MountNow, Now, ProcessNow, Target } from '../../src/batch/now.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { firstFitting, listed, width } from '../../src/text/width.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven, type Pressed } from './driven.ts'

const LONG = '/srv/app/releases/2026-01-02T03-04-05/shared/postgresql/data/base/16384/pg_internal.init'

/** A machine on which everything is large. */
function busy(columns: number): Driven {
  const driven = new Driven(info, undefined, columns, 24)
  const children = Array.from({ length: 900 }, (_, i) => `${1000 + i}.1`)
  const exe = '/usr/lib/postgresql/16/bin/postgres-with-a-long-name'
  driven.model.apply(
    batch(1, {
      processes: [
        processFact('1.1', { comm: 'postgres', exe, cgroup: '123456', group: { label: 'postgresql@16-main' } as never }),
        ...children.map((id) => processFact(id, { comm: 'postgres', exe, parent: '1.1', ppid: 1, parentComm: 'postgres' })),
      ],
      files: [fileFact('1:1.1', LONG), ...children.slice(0, 50).map((_, i) => fileFact(`1:${i + 2}.1`, `${LONG}.${i}`))],
      counters: [
        delta('1.1', '1:1.1', { opens: 9_876_543, reads: 9_876_543, writes: 9_876_543, writeBytes: 2e9, readBytes: 3e9, changes: 123_456, errors: 98_765 }),
        ...children.map((id) => delta(id, '1:1.1', { opens: 1234, writes: 1234, writeBytes: 1e6, reads: 3 })),
        ...children.slice(0, 50).map((id, i) => delta(id, `1:${i + 2}.1`, { writes: 12, writeBytes: 1e5 })),
      ],
    }),
  )
  driven.rules = Array.from({ length: 5 }, (_, i) => {
    const text = 'deny modify /srv/app/** by !exe=/usr/lib/postgresql/16/bin/postgres'
    const parsed = parseRule(text)
    assert.ok(parsed.ok)
    const rest = { exempted: 0, signalsFailed: 0, unsure: 0, holders: [], lastMs: null, expiresMs: null, notes: [], quota: null }
    return { id: i + 1, rule: parsed.rule, text, state: 'armed', hits: 12, processes: [{ pid: 1, comm: 'postgres', hits: 12 }], ...rest }
  })
  return driven.settle()
}

const MOUNT: MountNow = {
  ...{ point: '/srv/app', fstype: 'ext4', source: '/dev/mapper/vg--data-lv--postgresql', readOnly: false },
  space: { total: 999 * 2 ** 40, used: 888 * 2 ** 40, free: 98 * 2 ** 40, growth: 123_456_789 },
}
const OWNED = {
  alsoAt: [LONG, LONG],
  mode: 0o100640,
  owner: 'postgres',
  group: 'ssl-certificates-and-keys',
  mtimeMs: 1_700_000_000_000,
  ctimeMs: 1_700_000_100_000,
  askedMs: 1_760_000_000_000,
}
const FILE: FileNow = { of: 'file', same: null, size: 1_234_567_890_123, allocated: 1.2e12, growth: 123_456_789, links: 12, mount: MOUNT, ...OWNED }
const PROCESS: ProcessNow = {
  ...{ of: 'process', command: 'postgres: walwriter', cwd: LONG, threads: 1234, session: { id: 123_456, comm: 'postgres', tty: 'pts123' } },
  ...{
    ancestors: Array.from({ length: 12 }, (_, i) => ({ pid: 123_456 + i, comm: 'systemd-services' })),
    seconds: 1e7,
    open: { files: [], count: 12_345, more: true },
  },
}

const DIRECTORY: DirectoryNow = { of: 'directory', mount: MOUNT, count: { state: 'done', bytes: 9e14, inodes: 123_456_789, failed: 3, agoMs: 3_600_000 } }

/** The lines above the titles, and what the machine says. */
const LOOKS: [what: string, keys: readonly Pressed[], target: Target, now: Now][] = [
  ['process', ['return'], { of: 'process', id: '1.1', open: false }, PROCESS],
  ['file', ['2', 'return'], { of: 'file', id: '1:1.1', path: LONG, deleted: false }, FILE],
  ['directory', ['3', 'm'], { of: 'directory', path: '/', count: 1 }, DIRECTORY],
  ['files', ['3', 'm', 'i'], { of: 'directory', path: '/', count: 1 }, DIRECTORY],
]

describe('what is said of what is looked at', () => {
  for (const columns of [80, 120, 200])
    for (const [what, keys, target, now] of LOOKS)
      it(`is not cut: a ${what} at ${columns} cells`, () => {
        const driven = busy(columns).press(...keys)
        driven.now = { target, now, silent: false }
        const lines = driven.texts()
        const end = lines.findIndex((line) => /OPEN\/s/.test(line))
        const told = lines.slice(4, end).filter((line) => !line.startsWith('command'))
        assert.ok(told.length > 6, lines.join('\n'))
        for (const line of told) {
          assert.ok(width(line) <= columns)
          // A rule's line may be longer than the screen; whatever else there is has words that fit.
          if (!line.startsWith('rules')) assert.doesNotMatch(line, /…$/, line)
        }
        assert.match(told.find((line) => line.startsWith('rules')) ?? '', / and [1-9] more$|none/)
      })

  it('leaves out what there was none of', () => {
    const driven = new Driven(info)
    driven.model.apply(
      batch(1, {
        processes: [processFact('1.1')],
        files: [fileFact('1:1.1', '/srv/a')],
        counters: [delta('1.1', '1:1.1', { opens: 1, writes: 2, writeBytes: 9 })],
      }),
    )
    assert.match(driven.press('2', 'return').texts().join('\n'), /\nin all {3}1 open, 2 writes; of 1 process 1 wrote it\n/)
  })
})

describe('a view with nothing in it', () => {
  it('says all of what to do, on a narrow screen too', () => {
    for (const columns of [60, 80])
      for (const [key, end] of [
        ['5', 'A audits.'],
        ['w', 'by !exe=/usr/bin/ssh.'],
        ['C', 'it writes to.'],
      ] as const) {
        const text = new Driven(info, undefined, columns).press(key).texts().slice(5, 7).join(' ').trim()
        assert.ok(text.endsWith(end), text)
      }
  })
})

describe('texts for a width', () => {
  it('are the first that fits, or else the last', () => {
    assert.equal(firstFitting(['aaaa', 'bb', 'c'], 3), 'bb')
    assert.equal(firstFitting(['aaaa', 'bb'], 1), 'bb')
  })
  it('have whole items, and how many more there are', () => {
    const items = ['first 1', 'second 2', 'third 3']
    assert.equal(listed(items, ', ', 26), 'first 1, second 2, third 3')
    assert.equal(listed(items, ', ', 25), 'first 1 and 2 more')
    assert.equal(listed(items, ', ', 16), 'firs… and 2 more')
    assert.equal(listed(items, ', ', 99, 1234), 'first 1, second 2, third 3 and 1,231 more')
    assert.equal(listed(items, ', ', 25, null), 'first 1 and others')
    assert.equal(listed(items, ', ', 26, null), 'first 1, second 2, third 3')
    assert.equal(listed([], ', ', 9), '')
  })
})
