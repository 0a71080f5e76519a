/** Close looks on the screen: what the machine says of a process, file or directory, the ways there and back, and what is proposed there. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type EventFact, NO_FILE } from '../../src/batch/batch.ts'
import type { FileNow, OpenFile, ProcessNow, Target } from '../../src/batch/now.ts'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { width } from '../../src/text/width.ts'
import { wantsEvents } from '../../src/ui/tail.ts'
import { targetOf } from '../../src/ui/use-now.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const SESSION = { id: 2, comm: 'sshd', tty: 'pts1' }

function filled(some = info, columns = 80): Driven {
  const driven = new Driven(some, new Model(some), columns)
  const comms = ['nginx', 'nginx', 'bash']
  const files = ['/srv/app/a.log', '/srv/app/sub/b.log', '/etc/hosts']
  driven.model.apply(
    batch(1, {
      processes: comms.map((comm, i) => processFact(`${i + 1}.1`, { comm, ...(i < 2 ? { session: SESSION } : {}) })),
      files: files.map((path, i) => fileFact(`1:${i + 1}.1`, path)),
      counters: [
        delta('1.1', '1:1.1', { writes: 1, writeBytes: 4000 }),
        delta('2.1', '1:2.1', { writes: 1, writeBytes: 3000 }),
        delta('3.1', '1:3.1', { reads: 1, readBytes: 100 }),
      ],
    }),
  )
  return driven.settle()
}

const opened = (fd: number, path: string, some: Partial<OpenFile> = {}): OpenFile => ({ fd, path, flags: 0o100002, offset: 0, ...some })

/** The machine answers about a process. */
function say(driven: Driven, id: string, some: Partial<ProcessNow>): Driven {
  const target: Target = { of: 'process', id, open: some.open !== undefined }
  const now: ProcessNow = {
    of: 'process',
    cwd: '/srv',
    command: 'nginx -g daemon',
    threads: 3,
    session: SESSION,
    ancestors: [],
    seconds: 65,
    open: null,
    ...some,
  }
  driven.now = { target, now, silent: false }
  return driven
}

const screen = (driven: Driven) => driven.texts().join('\n')
const wanted = (driven: Driven) => targetOf(driven.state, driven.stage().maker.rows(driven.model, driven.state, 20, driven.now).detail)
/** The way down, without the mark that all kinds are shown. */
const titles = (driven: Driven) => (driven.texts()[3] ?? '').replace(/ +all kinds$/, '')

describe('a process closely', () => {
  it('says where it runs, since when, in which session, and who started it', () => {
    const driven = say(filled().press('return'), '1.1', { ancestors: [{ pid: 7, comm: 'sshd' }], open: { files: [], count: 12, more: false } })
    const text = screen(driven)
    for (const line of [
      'command  nginx -g daemon',
      'runs     12 open files, 3 threads, in /srv',
      'session  sshd 2 (pts/1), began 1m05s ago',
      'from     sshd 7',
    ])
      assert.ok(text.includes(line), text)
    assert.deepEqual(wanted(driven), { of: 'process', id: '1.1', open: false })
  })

  it('asks nothing of one that has ended, and says so', () => {
    const driven = filled()
    driven.model.apply(batch(2, { exits: ['1.1'] }))
    driven.press('return')
    assert.equal(wanted(driven), null)
    assert.match(screen(driven), /command {2}it has ended\nruns {5}it has ended\nsession {2}sshd 2 \(pts\/1\)\n/)
  })

  it('lists its open files, which lead to what is known of them', () => {
    const driven = filled().press('return', 'i')
    assert.match(screen(driven), /Asking which files it has open|it has ended/)
    const files = [
      opened(3, '/srv/app/a.log', { flags: 0o102001, offset: 8_800_000 }),
      opened(0, '/dev/null', { flags: 0 }),
      opened(1, 'pipe:[17]', { flags: 1 }),
    ]
    say(driven, '1.1', { open: { files, count: 3, more: false } })
    assert.deepEqual(wanted(driven), { of: 'process', id: '1.1', open: true })
    assert.equal(titles(driven), 'processes › nginx 1: open files')
    const rows = driven.texts().filter((line) => /^.{6}\d /.test(line))
    assert.deepEqual(
      rows.map((line) => line.replaceAll(/ +/g, ' ')),
      ['> 3 w 8,800,000 3.9k /srv/app/a.log', ' 0 r 0 /dev/null', ' 1 w 0 pipe:[17]'],
    )
    driven.press('return')
    assert.equal(titles(driven), 'processes › nginx 1: open files › /srv/app/a.log')
    driven.press('escape', 'downArrow', 'return')
    assert.equal(titles(driven), 'processes › nginx 1: open files', 'what it never touched leads nowhere')
    driven.press('i')
    assert.equal(titles(driven), 'processes › nginx 1')
    assert.equal(titles(driven.press('i', 'escape')), 'processes › nginx 1', 'Esc leads to the close look first')
    assert.equal(titles(driven.press('escape')).slice(0, 11), '1 processes')
    assert.equal(titles(driven.press('return')), 'processes › nginx 1', 'and what is inside is looked at only when it is asked for')
  })

  it('sorts them by every column, keeps the selection, and says how many are not listed', () => {
    const driven = filled().press('return', 'i')
    const files = Array.from({ length: 1000 }, (_, i) => opened(i, `/f/${999 - i}`, { offset: (i * 7) % 1000 }))
    say(driven, '1.1', { open: { files, count: 4312, more: false } })
    assert.match(screen(driven), /4,312 open files \(1,000 are listed\)/)
    driven.press('downArrow')
    const before = driven.selected().split(' ')[0]
    for (let i = 0; i < 6; i++) {
      driven.press('s', 'rightArrow', 'return')
      assert.equal(driven.selected().split(' ')[0], before)
    }
    driven.press('r')
    assert.equal(driven.selected().split(' ')[0], before)
  })

  it('says why no open files are listed', () => {
    assert.match(screen(say(filled().press('return', 'i'), '1.1', { open: null })), /Its open files may not be read\./)
    assert.match(screen(filled({ ...info, kind: 'recording' }).press('return', 'i')), /A recording does not tell which files were open\./)
    const driven = filled().press('return', 'i')
    driven.now = { target: { of: 'process', id: '1.1', open: true }, now: null, silent: true }
    assert.match(screen(driven), /not known: the machine does not answer\./)
  })

  it('draws whatever names there are, harmless and in its width', () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('\u001b[2J', '\u202eabc', '文'.repeat(90), '/srv/app/a.log'))
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), name, fc.constantFrom(60, 80, 200), (paths, cwd, columns) => {
        const driven = filled(info, columns).press('return', 'i')
        const files = paths.map((path, i) => opened(i, path))
        say(driven, '1.1', {
          cwd,
          open: { files, count: files.length, more: false },
          session: { id: 1, comm: cwd, tty: cwd },
          ancestors: [{ pid: 1, comm: cwd }],
        })
        for (const line of driven.texts()) {
          assert.ok(width(line) <= columns, line)
          assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a file closely', () => {
  const closely = () => filled().press('2', 'return')
  it('says how large it is, how fast it grows, and what its disk is', () => {
    const driven = closely()
    const target = { of: 'file', id: '1:1.1', path: '/srv/app/a.log', deleted: false } as const
    assert.deepEqual(wanted(driven), target)
    const times = { mode: 0o105750 & ~1, owner: 'root', group: 'adm', mtimeMs: 997_000, ctimeMs: 997_000, askedMs: 1_000_000 }
    const mount = { point: '/', fstype: 'ext4', source: '/dev/vda', readOnly: false, space: null }
    driven.now = { target, silent: false, now: { of: 'file', same: true, size: 4000, allocated: 4096, growth: 100, links: 1, ...times, mount, alsoAt: [] } }
    assert.match(screen(driven), /is {7}file {2}rwsr-x--T {2}root:adm {2}1 link /)
    assert.match(screen(driven), /changed {2}3s ago \(00:16:37\); last seen: nginx 1 0s ago \(00:00:01\)\n/)
    driven.now = { ...driven.now, now: { ...(driven.now.now as FileNow), same: false } }
    assert.match(screen(driven), /is {7}file {2}rw-r--r-- {2}1 link /, 'another file tells nothing of this one')
    assert.match(screen(driven), /changed {2}last seen: nginx 1 0s ago \(00:00:01\)\n/)
    driven.now = { ...driven.now, now: { ...(driven.now.now as FileNow), same: true } }
    assert.match(screen(driven), /size {5}4,000 bytes, grows 100\/s, 4\.0k on the disk, 1 link\ndisk {5}\/ \(ext4, \/dev\/vda\)\n/)
    driven.now = { target, now: null, silent: true }
    assert.match(screen(driven), /size {5}the file system does not answer\n/)
  })

  it('says who changed it last that was seen, whatever was done since, and where that is not certain', () => {
    const driven = closely()
    const changed = () => /^changed {2}(.*)$/m.exec(screen(driven))?.[1]
    driven.model.apply(batch(5, { counters: [delta('3.1', '1:1.1', { reads: 1 }), delta('2.1', '1:1.1', { opens: 1 })] }))
    assert.equal(changed(), 'last seen: nginx 1 4s ago (00:00:01)', 'to read is not to change')
    driven.model.apply(batch(6, { counters: [delta('3.1', '1:1.1', { changes: 1 })] }))
    assert.equal(changed(), 'last seen: bash 3 0s ago (00:00:06)')
    driven.model.apply(batch(7, { counters: [delta('3.1', '1:1.1', { writes: 1 }), delta('2.1', '1:1.1', { mmapPages: 1 })] }))
    assert.equal(changed(), 'last seen: nginx 2 among others 0s ago (00:00:07)')
    driven.model.apply(batch(9, { counters: [delta('3.1', '1:1.1', { writes: 1 })] }))
    assert.equal(changed(), 'last seen: bash 3 0s ago (00:00:09)')
    assert.match(screen(filled({ ...info, kind: 'recording' }).press('2', 'return')), /^changed {2}last seen: nginx 1 /m)
    assert.match(screen(filled({ ...info, kind: 'recording' }).press('2', 'G', 'return')), /^changed {2}no change of it was seen$/m)
  })

  it('is not asked for by a path that leads elsewhere', () => {
    for (const some of [{ cut: true }, { noMount: true }, { asGiven: true }, { unreadable: true }] as const) {
      const driven = new Driven(info)
      driven.model.apply(
        batch(1, { processes: [processFact('1.1')], files: [fileFact('1:1.1', '/a/b', some)], counters: [delta('1.1', '1:1.1', { writes: 1 })] }),
      )
      driven.press('2', 'return')
      assert.equal(wanted(driven), null)
      assert.match(screen(driven), /size {5}its path is not known whole, so it cannot be asked for/)
    }
  })
})

describe('a directory closely', () => {
  it('is reached from any row, and Esc goes back to exactly where one was', () => {
    for (const [keys, path] of [
      [['1'], '/srv/app/'],
      [['2', 'G'], '/etc/'],
      [['3', 'downArrow', 'rightArrow'], '/srv/app/'],
      [['return'], '/srv/app/'],
      [['2', 'downArrow', 'return'], '/srv/app/sub/'],
    ] as const) {
      const driven = filled().press(...keys)
      const before = driven.texts()
      driven.press('m')
      assert.match(titles(driven), new RegExp(` › ${path}$`), keys.join(' '))
      assert.deepEqual(driven.press('escape').texts(), before)
    }
  })

  it('has who works below, and on i the files below', () => {
    const driven = filled().press('3', 'downArrow', 'm')
    assert.equal(titles(driven), 'directories › /srv/app/')
    assert.deepEqual(wanted(driven), { of: 'directory', path: '/srv/app', count: 0 })
    assert.deepEqual(wanted(driven.press('n')), { of: 'directory', path: '/srv/app', count: 1 })
    const mount = { point: '/', fstype: 'ext4', source: '/dev/vda', readOnly: false, space: null }
    driven.now = { target: { of: 'directory', path: '/srv/app', count: 1 }, silent: false, now: { of: 'directory', count: null, mount } }
    assert.match(screen(driven), /size {5}not counted \(n counts what lies below\)\n/)
    driven.now = null
    assert.match(screen(driven), /files {4}a\.log 3\.9k 3\.9k\/s, sub\/b\.log 2\.9k 2\.9k\/s\n/)
    assert.match(screen(driven), /nginx 1\n.*nginx 2\n/)
    driven.press('i')
    assert.equal(titles(driven), 'directories › /srv/app/: files')
    assert.match(screen(driven), /by {7}nginx 1 3\.9k 3\.9k\/s, nginx 2 2\.9k 2\.9k\/s\n/)
    assert.match(driven.press('downArrow').selected(), /nginx 2 +\/srv\/app\/sub\/b\.log$/)
    assert.match(titles(driven.press('return')), / › \/srv\/app\/: files › \/srv\/app\/sub\/b\.log$/)
    assert.equal(titles(driven.press('escape')), 'directories › /srv/app/: files')
    assert.equal(titles(driven.press('escape')), 'directories › /srv/app/')
    driven.press('return')
    assert.match(titles(driven), / › \/srv\/app\/ › nginx 1$/)
    assert.equal(titles(driven.press('escape', 'escape')).slice(0, 11), '1 processes')
  })

  it('caps the directory, and stops who writes below it', () => {
    const driven = filled().press('3', 'downArrow', 'm')
    const drafted = (key: string) => {
      const { ruleText } = driven.press(key).state
      driven.press('escape')
      return ruleText
    }
    assert.deepEqual(['c', 'd', 'x'].map(drafted), ['quota 10G /srv/app', 'deny modify /srv/app/** by pid=1', 'kill modify /srv/app/** by pid=1'])
    driven.press('i', 'downArrow')
    assert.deepEqual(['c', 'd'].map(drafted), ['quota 10G /srv/app', 'deny modify /srv/app/sub/b.log'])
  })

  it('names its quota, that of a directory above too, and other rules', () => {
    const driven = filled()
    const state = (id: number, text: string) => {
      const parsed = parseRule(text)
      assert.ok(parsed.ok)
      const quota = { bytes: 5 * 2 ** 20, inodes: 1, limitBytes: 10 * 2 ** 20, limitInodes: null, rate: 2 ** 20, fullMs: 5000, uncertain: 0 }
      const own = { id, rule: parsed.rule, text, state: 'armed' as const, hits: 0, exempted: 0, signalsFailed: 0, unsure: 0 }
      const rest = { processes: [], holders: [], lastMs: null, expiresMs: null, notes: [] }
      return { ...own, ...rest, quota: parsed.rule.action.kind === 'quota' ? { ...quota, countedMs: 0, failed: [], writers: [] } : null }
    }
    driven.rules = [state(1, 'quota 10M /srv'), state(2, 'quota 10M /srv/app'), state(3, 'deny write /srv/**'), state(4, 'quota 10M /srv/app/sub')]
    driven.columns = 200
    const text = screen(driven.press('3', 'downArrow', 'm'))
    const used = '5.0M of 10M (50 %), grows 1.0M/s, full in 5s'
    assert.ok(text.includes(`quota    2: ${used}; 1: ${used} of /srv\n`), text)
    assert.ok(text.includes('size     5.0M in 1 files and directories, as its quota counts\n'), text)
    assert.ok(text.includes('rules    3 refuses write with EPERM: deny write /srv/**\n'), text)
  })

  it('says so when nothing of it is remembered', () => {
    const driven = filled().press('3', 'downArrow', 'm')
    driven.model.apply(batch(2, { files: ['1:1.1', '1:2.1'].map((id) => fileFact(id, `/elsewhere/${id}`)) }))
    assert.match(screen(driven), /remembered no more/)
    assert.equal(wanted(driven), null)
  })
})

describe('a filter that is typed in a close look', () => {
  it('is one of the list, so that no character of it opens a rule; Esc goes back to the close look', () => {
    const driven = filled().press('return', 'e')
    const before = driven.texts()
    driven.press('/', ...'dx')
    assert.deepEqual([driven.state.mode, driven.state.filterText, driven.state.ruleText], ['filter', 'dx', ''])
    driven.press('escape')
    assert.deepEqual(driven.texts(), before)
    driven.press('/', ...'bash', 'return')
    assert.match(titles(driven), /^1 processes .*1 of 1$/)
    assert.match(driven.selected(), /^3 bash/)
  })
})

describe('the latest events of what is looked at', () => {
  const event = (ms: number, process: string, file: string, some: Partial<EventFact> = {}): EventFact => ({
    ...{ timeNs: 1e9 + ms * 1e6, process, pid: Number.parseInt(process, 10), tid: 1, uid: 0, comm: 'x', op: 'write' as const, file },
    ...{ result: ms, openFlags: 0, path: '', ...some },
  })
  const busy = (some = info) => {
    const driven = filled(some)
    const events = [
      event(1, '1.1', '1:1.1'),
      event(2, '2.1', '1:2.1'),
      event(3, '1.1', '1:2.1'),
      event(4, '3.1', '1:3.1'),
      event(5, '1.1', NO_FILE, { result: -2 }),
    ]
    driven.model.apply(batch(2, { events }))
    return driven
  }
  /** Results and paths of the rows. */
  const shown = (driven: Driven) => [...screen(driven).matchAll(/^.{35}write +(\S+) (.*)$/gm)].map(([, result, path]) => `${result} ${path}`.trim())

  it('are those of that process, streamed while it is looked at, and lead to its files', () => {
    const driven = busy().press('return')
    assert.equal(wantsEvents(driven.state), false)
    driven.press('e')
    assert.equal(titles(driven), 'processes › nginx 1: events')
    assert.equal(wantsEvents(driven.state), true)
    driven.press('.')
    assert.deepEqual(shown(driven), ['1 /srv/app/a.log', '3 /srv/app/sub/b.log', 'ENOENT (no name)'])
    assert.match(screen(driven), /^following +5 events: 3 here, 2 hidden, 0 lost$/m)
    assert.match(screen(driven), /^program {2}/m, 'what is said of it stands above')
    driven.model.apply(batch(3, { events: [event(6, '2.1', '1:1.1'), event(7, '1.1', '1:1.1')] }))
    assert.deepEqual(shown(driven).at(-1), '7 /srv/app/a.log')
    driven.press('upArrow', 'upArrow')
    driven.model.apply(batch(4, { events: [event(8, '1.1', '1:1.1')] }))
    assert.match(screen(driven), /^3 newer below: G follows/m)
    assert.equal(driven.press('d').state.ruleText, 'deny modify /srv/app/sub/b.log by pid=1')
    driven.press('escape', 'return')
    assert.equal(titles(driven), 'processes › nginx 1: events › /srv/app/sub/b.log')
    assert.equal(wantsEvents(driven.state), false)
    driven.press('e')
    assert.deepEqual(shown(driven), ['2 /srv/app/sub/b.log', '3 /srv/app/sub/b.log'], 'of a file, whoever did it')
    driven.press('upArrow', 'return')
    assert.match(titles(driven), / › x 2$/)
    driven.press('escape', 'escape', 'escape')
    assert.match(screen(driven), /^3 newer below: G follows/m, 'it stands where it was left')
    driven.press('escape')
    assert.equal(titles(driven), 'processes › nginx 1')
    assert.match(driven.selected(), /a\.log$/)
  })

  it('of a file are also those of what has its name since: who replaces it never touches it', () => {
    const driven = filled().press('2')
    while (!driven.selected().includes('/srv/app/a.log')) driven.press('downArrow')
    driven.press('return', 'e')
    const [path, other] = ['/srv/app/a.log', '/srv/app/new']
    driven.model.apply(
      batch(2, {
        files: [fileFact('1:77.1', other), fileFact('9:77.1', path)],
        events: [
          event(1, '1.1', '1:1.1'),
          event(2, '2.1', '1:77.1'),
          event(3, '2.1', '1:77.1', { path }),
          event(4, '3.1', '9:77.1'),
          event(5, '3.1', NO_FILE, { path }),
        ],
      }),
    )
    const seen = shown(driven).map((row) => row.split(' ')[0])
    assert.deepEqual(seen, ['1', '3', '5'], 'not before it had the name, nor on another file system')
  })

  it('are those below a directory, have the columns of all events, and no other order', () => {
    const driven = busy().press('3', 'downArrow', 'm', 'e')
    assert.equal(titles(driven), 'directories › /srv/app/: events')
    assert.deepEqual(shown(driven), ['1 /srv/app/a.log', '2 /srv/app/sub/b.log', '3 /srv/app/sub/b.log'])
    const before = driven.texts()
    assert.match(screen(driven), /TIME +PID COMM/)
    for (const key of ['s', 'r', '>']) assert.deepEqual(driven.press(key).texts(), before, key)
    driven.press('i')
    assert.equal(titles(driven), 'directories › /srv/app/: files')
    driven.press('e', 'e')
    assert.equal(titles(driven), 'directories › /srv/app/')
  })

  it('are none in a recording without events, and it says so', () => {
    assert.match(screen(filled({ ...info, kind: 'recording' }).press('return', 'e')), /This recording holds no events/)
    assert.match(screen(filled().press('return', 'e')), /No event of it yet: they come while this is looked at\./)
  })
})

describe('groups by session', () => {
  it('are called after the leader, and hold all of them', () => {
    const driven = filled().press('b', 'b', 'b', 'b', 'b', 'b')
    assert.match(titles(driven), /^1 processes by session/)
    assert.match(screen(driven), / 2 ▸ sshd 2 \(pts\/1\)\n.* 1 ▸ \?\n/)
    driven.press('d')
    assert.equal(driven.state.mode, 'table', 'its leader and those below it are others')
    driven.press('downArrow', 'd')
    assert.equal(driven.state.mode, 'table', 'nothing is known of the others')
    driven.model.apply(batch(2, { processes: [processFact('3.1', { session: { id: 0, comm: '', tty: '' } })] }))
    driven.settle()
    assert.match(driven.selected(), /^\? is no longer/)
    driven.press('downArrow')
    assert.match(driven.selected(), /▸ kernel$/)
    assert.equal(driven.press('d').state.mode, 'table', 'there is no process 0 to name in a rule')
  })
})
