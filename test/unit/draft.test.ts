/** The rule that is proposed for each kind of row: what the row says, and nothing that it does not say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventFact } from '../../src/batch/batch.ts'
import type { DirectoryNow, MountNow, ProcessNow } from '../../src/batch/now.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { draftRule, UNNAMED, whyNone } from '../../src/ui/draft.ts'
import { selectedRow } from '../../src/ui/in-table.ts'
import type { RuleKind } from '../../src/ui/keys.ts'
import { goneNews } from '../../src/ui/present.ts'
import { previewOf } from '../../src/ui/preview.ts'
import { guessText, proposedLimit } from '../../src/ui/quota-guess.ts'
import { actedOn, around, presentOf } from '../../src/ui/stage.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven, type Pressed } from './driven.ts'

function event(second: number, some: Partial<EventFact>): EventFact {
  const base = {
    timeNs: second * 1e8,
    process: '',
    pid: 0,
    tid: 0,
    uid: 0,
    comm: '',
    op: 'write',
    file: '',
    result: 0,
    openFlags: 0,
    path: '',
    path2: '',
  } as const
  return { ...base, ...some }
}

const shell = { id: 2, comm: 'sshd', tty: 'pts1' }

/**
 * bash 10 started nginx 11, which writes a.log and reads big.db more, and cron 12, which ended and wrote b.log; bash 10 did nothing
 * itself. postgres 13 and 14 have one number and two names. Who 15 is, and what file 9 is called, is not known.
 */
function filled(): Driven {
  const driven = new Driven({ ...info, users: { 0: 'root', 33: 'www-data', 999: 'dump' } }, undefined, 99, 40)
  driven.model.apply(
    batch(1, {
      processes: [
        processFact('11.1', { comm: 'nginx', exe: '/usr/sbin/nginx', uid: 33, cgroup: '7', ppid: 10, parent: '10.1', parentComm: 'bash', session: shell }),
        processFact('12.1', { comm: 'cron', exe: '/usr/sbin/cron', uid: 0, cgroup: '8', ppid: 10, parent: '10.1', parentComm: 'bash', session: shell }),
        processFact('13.1', { comm: 'postgres', exe: '/usr/bin/postgres', uid: 999, user: 'postgres', cgroup: '9' }),
        processFact('14.1', { comm: 'dump', exe: '/usr/bin/dump', uid: 999, cgroup: '9' }),
      ],
      files: [
        fileFact('1:1.1', '/srv/app/a.log'),
        fileFact('1:2.1', '/srv/app/b.log'),
        fileFact('1:3.1', '/var/big.db'),
        fileFact('1:4.1', 'c.log', { cut: true }),
        fileFact('1:5.1', '/srv/pg/x'),
      ],
      counters: [
        delta('11.1', '1:1.1', { writes: 2, writeBytes: 200 }),
        delta('11.1', '1:3.1', { reads: 5, readBytes: 5_000_000 }),
        delta('12.1', '1:2.1', { writes: 3, writeBytes: 300 }),
        delta('12.1', '1:1.1', { writes: 1, writeBytes: 100 }),
        delta('13.1', '1:5.1', { writes: 1, writeBytes: 50 }),
        delta('14.1', '1:5.1', { writes: 1, writeBytes: 40 }),
        delta('15.1', '1:4.1', { writes: 1, writeBytes: 30 }),
      ],
      events: [
        event(1, { process: '11.1', pid: 11, comm: 'nginx', file: '1:3.1', path: '/var/big.db', op: 'read', result: 10 }),
        event(2, { process: '11.1', pid: 11, comm: 'nginx', file: '1:1.1', path: '/srv/app/a.log', op: 'write', result: 10 }),
        event(3, { process: '12.1', pid: 12, comm: 'cron', file: '1:2.1', path: '/srv/app/b.log', op: 'write', result: 10 }),
      ],
      exits: ['12.1'],
    }),
  )
  return driven.settle()
}

/** Moves to the row that says so. */
function on(driven: Driven, row: RegExp): Driven {
  driven.press('g')
  for (let i = 0; i < 40 && !row.test(driven.selected()); i++) driven.press('downArrow')
  assert.match(driven.selected(), row, driven.texts().join('\n'))
  return driven
}

/** The line for the selected row, or why there is none. */
function proposal(driven: Driven, kind: RuleKind): string {
  const stage = driven.stage()
  const here = around(stage, driven.state)
  const line = here.draft(kind)
  if (line === null) return whyNone(kind, actedOn(selectedRow(driven.state, here)?.subject ?? { kind: 'nothing' }, stage))
  assert.ok(parseRule(line).ok, line)
  return line
}

const NO_MEMBERS = '→ shows its members: choose one of them'
const NO_QUOTA = 'a quota is for a directory, and a group has none: choose a file or a directory'
const BY_NUMBER = "a rule goes by this machine's number of a user, which"
const [B, TO_TREE, TO_SESSION] = [['b'], Array<Pressed>(5).fill('b'), Array<Pressed>(6).fill('b')] as const
/** Of files the tree is left out. */
const FILES_BY_SESSION: readonly Pressed[] = ['2', ...Array<Pressed>(5).fill('b')]

/** What leads to a row, the row, and what d and c propose for it. */
const TABLE: [row: string, keys: readonly Pressed[], which: RegExp, d: string, c: string][] = [
  ['a process: by it, and only what it did to the file it says', [], /^11 +nginx/, 'deny open,read /var/big.db by pid=11', 'quota 10G /var'],
  ['one that ended: by its name', [], /^12 +×cron/, 'deny modify /srv/app/b.log by comm=cron', 'quota 10G /srv/app'],
  [
    'one whose file has no whole path: on all files, but by it alone',
    [],
    /^15 /,
    'deny modify /** by pid=15',
    'in which directory it writes is not known: choose a file or a directory',
  ],
  ['a file of the list: whoever it is, as its figures are', ['2'], /\/srv\/app\/a\.log/, 'deny modify /srv/app/a.log', 'quota 10G /srv/app'],
  ['a file without a whole path', ['2'], /…c\.log/, UNNAMED, UNNAMED],
  ['a directory: all below, whoever it is', ['3', 'downArrow', 'rightArrow'], /app\//, 'deny modify /srv/app/**', 'quota 10G /srv/app'],
  [
    'the directory of all',
    ['3'],
    /^[^a-z]*\/$/,
    'on all files, whoever it is: that would stop the machine. → opens it: choose a directory below',
    'quota 10G /',
  ],
  ['an event: by its process', ['4'], /read +10 .*big\.db/, 'deny open,read /var/big.db by pid=11', 'quota 10G /var'],
  ['an event of a process that ended', ['4'], /cron +write/, 'deny modify /srv/app/b.log by comm=cron', 'quota 10G /srv/app'],
  ['a group by name', B, /▸ nginx/, 'deny modify /** by comm=nginx', NO_QUOTA],
  ['by program', ['b', 'b'], /▸ \/usr\/sbin\/nginx/, 'deny modify /** by exe=/usr/sbin/nginx', NO_QUOTA],
  ['by user', ['b', 'b', 'b'], /▸ www-data/, 'deny modify /** by uid=33', NO_QUOTA],
  ['by user, whose number another has too', ['b', 'b', 'b'], /▸ dump/, `${BY_NUMBER} ~postgres (999) has too; ${NO_MEMBERS}`, NO_QUOTA],
  ['the other', ['b', 'b', 'b'], /▸ ~postgres/, `${BY_NUMBER} dump has too; ${NO_MEMBERS}`, NO_QUOTA],
  ['by container', ['b', 'b', 'b', 'b'], /▸ cgroup 7/, 'deny modify /** by cgroup=7', NO_QUOTA],
  ['of whom nothing is known', ['b', 'b'], /▸ \?/, `nothing is known of this group that a rule could go by; ${NO_MEMBERS}`, NO_QUOTA],
  ['by session', TO_SESSION, /▸ sshd/, `a rule cannot go by a session, and by its leader it would hit others too; ${NO_MEMBERS}`, NO_QUOTA],
  ['a member of a group', [...B, 'downArrow', 'rightArrow'], /nginx 11/, 'deny open,read /var/big.db by pid=11', 'quota 10G /var'],
  [
    'a parent that did nothing itself',
    TO_TREE,
    /bash 10/,
    'it did nothing itself that was seen: choose one of those below it, or write by pid=10+ for all of them',
    'it did nothing itself that was seen: choose one of those below it, or write by pid=10+ for all of them',
  ],
  ['one below it', TO_TREE, /nginx 11/, 'deny open,read /var/big.db by pid=11', 'quota 10G /var'],
  [
    'a file of a group: by the group alone',
    ['2', 'b', 'b', 'rightArrow'],
    /app\/a\.log/,
    'deny modify /srv/app/a.log by exe=/usr/sbin/cron',
    'quota 10G /srv/app',
  ],
  [
    'a file of a session',
    [...FILES_BY_SESSION, 'rightArrow'],
    /app\/a\.log/,
    `a rule cannot go by a session, and by its leader it would hit others too; ${NO_MEMBERS}`,
    'quota 10G /srv/app',
  ],
]

describe('what is proposed for', () => {
  for (const [row, keys, which, d, c] of TABLE)
    it(row, () => {
      const driven = on(filled().press(...keys), which)
      assert.equal(proposal(driven, 'deny'), d)
      assert.equal(proposal(driven, 'quota'), c)
    })

  it('a file of a process looked at closely: by that process', () => {
    const driven = on(on(filled(), /^11 +nginx/).press('return'), /a\.log/)
    assert.equal(proposal(driven, 'deny'), 'deny modify /srv/app/a.log by pid=11')
  })
  it('a process of a file looked at closely: what it did to that file', () => {
    const driven = on(on(filled().press('2'), /a\.log/).press('return'), /nginx 11/)
    assert.equal(proposal(driven, 'deny'), 'deny modify /srv/app/a.log by pid=11')
  })
  it('a process and a file below a directory looked at closely', () => {
    const driven = on(on(filled().press('3', 'downArrow', 'rightArrow'), /app\//).press('m'), /nginx 11/)
    assert.equal(proposal(driven, 'deny'), 'deny modify /srv/app/** by pid=11')
    on(driven.press('i'), /a\.log/)
    assert.deepEqual([proposal(driven, 'deny'), proposal(driven, 'quota')], ['deny modify /srv/app/a.log', 'quota 10G /srv/app'])
  })
  it('an open file that was touched, and one that was not', () => {
    const driven = on(filled(), /^11 +nginx/).press('return', 'i')
    const opened = (fd: number, path: string) => ({ fd, path, flags: 0, offset: 0 })
    const open = { files: [opened(3, '/srv/app/a.log'), opened(4, '/etc/passwd')], count: 2, more: false }
    const now: ProcessNow = { of: 'process', command: 'sh', cwd: '/', threads: 1, session: shell, ancestors: [], seconds: 1, open }
    driven.now = { target: { of: 'process', id: '11.1', open: true }, now, silent: false }
    assert.equal(proposal(on(driven, /a\.log/), 'deny'), 'deny modify /srv/app/a.log by pid=11')
    assert.match(proposal(on(driven, /passwd/), 'deny'), /^it was not seen to do anything to this file/)
  })
  it('a row of the past, whose process has ended since', () => {
    const driven = filled()
    driven.model.apply(batch(2, { counters: [delta('11.1', '1:1.1', { writes: 1, writeBytes: 1 })] }))
    driven.model.apply(batch(3, { exits: ['11.1'] }))
    on(driven.press('['), /nginx/)
    assert.equal(proposal(driven, 'deny'), 'deny open,read /var/big.db by comm=nginx')
  })
  it('one that ended, and whose file is not known: nothing, since whoever is called so would be hit on all files', () => {
    const [row] = filled().model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files' }).rows
    assert.ok(row)
    const subject = { kind: 'process', row: { ...row, alive: false }, file: null } as const
    assert.equal(draftRule('deny', subject), null)
    assert.match(whyNone('deny', subject), /it has ended, and its file is not known/)
  })
})

describe('that a process has ended', () => {
  it('is said where its rule goes by its name', () => {
    const said = (driven: Driven) =>
      goneNews(selectedRow(driven.state, around(driven.stage(), driven.state))?.subject ?? { kind: 'nothing' }, presentOf(driven.stage()))
    const news = 'cron 12 has ended: a rule goes by its name, not by its number'
    assert.equal(said(on(filled(), /^12 +×cron/)), news)
    assert.equal(said(on(filled().press('4'), /cron +write/)), news)
    assert.equal(said(on(filled(), /^11 +nginx/)), null)
    assert.equal(said(on(filled().press('2'), /a\.log/)), null, 'whoever it is')
    const paused = on(filled().press('4'), /nginx +write/)
    paused.hasEnded = (id) => id === '11.1'
    assert.equal(said(paused), 'nginx 11 has ended since: a rule goes by its name, not by its number')
    assert.equal(proposal(paused, 'deny'), 'deny modify /srv/app/a.log by comm=nginx')
  })
})

describe('what a proposed rule hits', () => {
  it('is no more than what its row counts', () => {
    for (const [row, keys, which, d] of TABLE) {
      const driven = on(filled().press(...keys), which)
      const parsed = parseRule(d)
      // An event's row counts one operation.
      if (!parsed.ok || keys[0] === '4') continue
      const subject = selectedRow(driven.state, around(driven.stage(), driven.state))?.subject
      const total = subject?.kind === 'process' ? subject.row.total : subject && 'total' in subject ? subject.total : null
      assert.ok(total, row)
      const { operations } = previewOf(parsed.rule, driven.model, () => false)
      assert.ok(operations > 0 || /all files/.test(row), row)
      assert.ok(operations <= total.opens + total.reads + total.writes + total.mmapPages + total.changes, `${row}: ${operations}`)
    }
  })
})

describe('the limit that is proposed', () => {
  const GIB = 2 ** 30
  const seen = (path: string, mount: MountNow | null, count: DirectoryNow['count'] = null) =>
    ({ target: { of: 'directory', path, count: 0 }, now: { of: 'directory', mount, count } satisfies DirectoryNow, silent: false }) as const
  const disk = (point: string, total: number, free: number): MountNow => ({
    ...{ point, fstype: 'ext4', source: '/dev/vda', readOnly: false },
    space: { total: total * GIB, used: (total - free) * GIB, free: free * GIB, growth: null },
  })
  const limit = (path: string, mount: MountNow | null) => proposedLimit(path, seen(path, mount)) / GIB
  const guess = (line: string, mount: MountNow | null) => {
    const parsed = parseRule(line)
    assert.ok(parsed.ok)
    return guessText(parsed.rule, seen(parsed.rule.object.text, mount))
  }

  it('is never more than what is free and what is known to be there', () => {
    assert.equal(limit('/srv/app', null), 10)
    assert.equal(limit('/srv/app', disk('/', 100, 50)), 10)
    assert.equal(limit('/srv/app', disk('/', 100, 4.27)), 4300 / 1024, 'two digits of what is free')
    assert.equal(limit('/srv/app', disk('/', 100, 0)), 2 ** 20 / GIB)
    assert.equal(limit('/mnt/pv1', disk('/mnt/pv1', 100, 40)), 80, 'what the disk holds lies there: half of what is free comes on top')
    assert.equal(proposedLimit('/srv/other', seen('/srv/app', disk('/', 100, 1))) / GIB, 10, 'of another directory nothing is known')
    for (let free = 0; free < 100; free += 0.7) assert.ok(limit('/mnt/pv1', disk('/mnt/pv1', 100, free)) <= 100)
  })
  it('is told how much of it is a guess', () => {
    const unknown = '10G is a guess: what lies there is counted only when it is armed'
    assert.equal(guess('quota 10G /srv/app', disk('/', 100, 50)), `${unknown}; 50G is free of 100G on /`)
    assert.equal(guess('quota 80G /mnt/pv1', disk('/mnt/pv1', 100, 40)), '80G: its disk holds 60G now and has 40G free, of 100G')
    assert.equal(guess('quota 10G /srv/app', null), `${unknown}; asking its disk …`)
    assert.equal(guess('deny write /srv/app', null), null)
  })
  it('is twice what was counted there, as far as there is room', () => {
    const lie = (gib: number, state: 'done' | 'counting' = 'done') => ({ state, bytes: gib * GIB, inodes: 1, failed: 0, agoMs: 0 })
    const limited = (free: number, count: DirectoryNow['count']) => proposedLimit('/srv/app', seen('/srv/app', disk('/', 100, free), count)) / GIB
    assert.deepEqual([limited(50, lie(20)), limited(5, lie(20)), limited(50, lie(20, 'counting')), limited(50, 'not counted')], [40, 25, 10, 10])
    const said = (line: string) => {
      const parsed = parseRule(line)
      return parsed.ok ? guessText(parsed.rule, seen('/srv/app', disk('/', 100, 50), lie(20))) : parsed.message
    }
    assert.equal(said('quota 40G /srv/app'), '40G: 20G lie there, as was counted, and 50G is free of 100G on /')
    assert.equal(said('quota 10G /srv/app'), '10G is less than the 20G that lie there: nothing more could be written')
  })
  it('is mended when the disk is known, as long as the line was not touched', () => {
    const driven = on(filled().press('3'), /\/$/).press('g', 'c')
    assert.equal(driven.state.ruleText, 'quota 10G /')
    driven.now = seen('/', disk('/', 100, 40))
    assert.match(driven.texts().join('\n'), /rule: quota 80G \/ *\n.*\n80G: its disk holds 60G now and has 40G free, of 100G\n/)
    driven.press('backspace', 'backspace', 'backspace', 'backspace', 'backspace', ...'10G /')
    assert.equal(driven.settle().state.ruleText, 'quota 10G /')
    assert.match(driven.texts().join('\n'), /\n10G is less than the 60G that its disk holds: nothing more could be written there\n/)
    driven.press('escape', 'd', 'downArrow', 'd')
    assert.equal(driven.settle().state.ruleText, 'deny modify /srv/**')
  })
  it('is that of the close look where the disk is known, and its preview says so', () => {
    const driven = on(filled().press('3', 'downArrow', 'rightArrow'), /app\//).press('m')
    driven.now = seen('/srv/app', disk('/srv', 20, 2))
    driven.press('c')
    assert.equal(driven.state.ruleText, 'quota 2000M /srv/app')
    const text = driven.texts().join('\n')
    assert.match(text, /2000M is a guess: what lies there is counted only when it is armed; 2\.0G is free of 20G on \/srv\n/)
  })
})
