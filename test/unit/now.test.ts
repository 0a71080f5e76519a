/** What the live machine says of what is looked at: texts of /proc whatever their bytes, growth, and the sentences made of it. */
import assert from 'node:assert/strict'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import own from 'node:process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { FileNow, MountNow, ProcessNow } from '../../src/batch/now.ts'
import { identityOf } from '../../src/kernel/guard/exempt.ts'
import { alsoAt, mountOf, mountsIn } from '../../src/kernel/mount-text.ts'
import { isSame, PathsNow } from '../../src/kernel/now/file-now.ts'
import { Growth, Trend } from '../../src/kernel/now/growth.ts'
import { birthOf, fdinfoIn, isBirth, type StatLine, statIn, ttyOf } from '../../src/kernel/now/proc-text.ts'
import { processNow } from '../../src/kernel/now/process-now.ts'
import { sessionName, ttyName } from '../../src/model/session.ts'
import { effectOf } from '../../src/rules/effect.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { answerOf, changedTexts, changerTexts, commandText, diskText, mountText, ownerText, runsText, sessionText, sizeText } from '../../src/ui/now-text.ts'

/** A text of any bytes, a character a byte. */
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
/** Bytes that a name may hold, with those that look like the text around it. */
const comm = fc.oneof(
  fc.constantFrom('a) R 1 2', ') (', '((', 'x) S 0 0 0 0 0', ' ', ''),
  anyBytes.map((text) => text.replaceAll('\0', '').slice(0, 15)),
)

const statText = (name: string, { ppid, session, tty, threads, startTicks }: Omit<StatLine, 'comm'>) =>
  `4711 (${name}) S ${ppid} 4711 ${session} ${tty} -1 4194304 1 2 3 4 5 6 7 8 20 0 ${threads} 0 ${startTicks} 1000 200 184 1 1`

describe('texts of /proc', () => {
  it('are read whatever a process is called', () => {
    const number = fc.nat(2 ** 31)
    const line = fc.record({ ppid: number, session: number, tty: number, threads: number, startTicks: number })
    fc.assert(fc.property(comm, line, (name, some) => assert.deepEqual(statIn(statText(name, some)), { comm: name, ...some })))
  })

  it('never fail, whatever bytes they hold', () => {
    fc.assert(
      fc.property(anyBytes, (text) => {
        const stat = statIn(text)
        if (stat) for (const value of [stat.session, stat.threads, stat.startTicks]) assert.ok(Number.isSafeInteger(value))
        const { flags, offset } = fdinfoIn(text)
        for (const value of [flags, offset]) assert.ok(value === null || Number.isSafeInteger(value))
        for (const mount of mountsIn(text)) assert.equal(typeof mount.point, 'string')
      }),
    )
  })

  it('of open files: flags are octal, offsets decimal, and what is missing is not known', () => {
    assert.deepEqual(fdinfoIn('pos:\t8800000\nflags:\t0102001\nmnt_id:\t29\nino:\t5\n'), { flags: 0o102001, offset: 8_800_000 })
    assert.deepEqual(fdinfoIn('flags:\t02\n'), { flags: 2, offset: null })
    assert.deepEqual(fdinfoIn(''), { flags: null, offset: null })
    assert.equal(fdinfoIn('pos:\t-1\nflags:\t0\n').offset, null)
  })

  it('tell the process of an id from a later one with its number', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.integer({ min: 2, max: 2 ** 31 }), (startNs, later) => {
        const birth = Math.floor(startNs / 2 ** 24) % 2 ** 32
        const stat = statIn(statText('x', { ppid: 1, session: 1, tty: 0, threads: 1, startTicks: Math.floor(startNs / 1e7) }))
        assert.ok(stat && isBirth(stat, `4711.${birth}`))
        assert.ok(!isBirth(stat, `4711.${(birthOf(stat) + later) % 2 ** 32}`))
      }),
    )
  })

  it('name terminals as people do', () => {
    const all = [0, 0x8800, 0x8803, (136 << 8) | (1 << 8), (4 << 8) | 1, (4 << 8) | 64, (5 << 8) | 1]
    assert.deepEqual(all.map(ttyOf).map(ttyName), ['', 'pts/0', 'pts/3', 'pts/256', 'tty1', 'ttyS0', '5:1'])
  })

  it('of mounts: what is mounted twice has two paths, unless something hides one', () => {
    const mounts = mountsIn(
      [
        '1 0 254:1 / / rw - ext4 /dev/vda1 rw',
        '2 1 254:1 /srv/data /mnt/volume rw - ext4 /dev/vda1 rw',
        '3 1 254:1 /srv /hidden/srv rw - ext4 /dev/vda1 rw',
        '4 1 0:40 / /hidden rw - tmpfs none rw',
        '5 1 0:41 / /other rw - tmpfs none rw',
        '6 1 254:1 /srv/data/one /one rw - ext4 /dev/vda1 rw',
      ].join('\n'),
    )
    assert.deepEqual(alsoAt(mounts, '/srv/data/one'), ['/mnt/volume/one', '/hidden/srv/data/one', '/one'])
    assert.deepEqual(alsoAt(mounts.toSpliced(2, 1), '/srv/data/one'), ['/mnt/volume/one', '/one'])
    assert.deepEqual(alsoAt(mounts, '/mnt/volume/a/b'), ['/srv/data/a/b', '/hidden/srv/data/a/b'])
    assert.deepEqual(alsoAt(mounts, '/one'), ['/srv/data/one', '/mnt/volume/one', '/hidden/srv/data/one'], 'a file that is mounted itself')
    assert.deepEqual([alsoAt(mounts, '/etc/hosts'), alsoAt(mounts, '/other/x'), alsoAt([], '/x')], [[], [], []])
    const over = [...mounts, ...mountsIn('7 2 0:42 / /mnt/volume/a rw - tmpfs none rw')]
    assert.deepEqual(alsoAt(over, '/srv/data/a/b'), ['/hidden/srv/data/a/b'])
    assert.equal(diskText({ ...file, mount: { ...mount, space: null }, alsoAt: ['/a', '/b\n'] }), '/ (ext4, /dev/vda), the same file is /a and /b\\n')
  })

  it('of mounts: escaped names, optional fields, and of two on one point the later', () => {
    const mounts = mountsIn(
      [
        '1 0 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw',
        '2 1 0:40 / /srv/a\\040b rw - nfs4 host:/x rw,vers=4.2',
        '3 1 0:41 /sub /srv rw master:1 shared:2 - tmpfs none ro',
        '4 1 0:42 / /srv rw - xfs /dev/sd\\134b rw',
        'nonsense',
      ].join('\n'),
    )
    const at = (path: string) => mountOf(mounts, path)
    assert.deepEqual([at('/etc/x')?.fstype, at('/srv/a b/c')?.source, at('/srv/x')?.source, at('/srvx')?.point], ['ext4', 'host:/x', '/dev/sd\\b', '/'])
    assert.equal(at('/')?.device, 254 * 2 ** 20 + 1)
    assert.deepEqual(
      mounts.map(({ readOnly }) => readOnly),
      [false, false, true, false],
    )
  })
})

describe('this process', () => {
  const target = (open: boolean, pid = `${own.pid}.${identityOf(own.pid)?.birth}`) => ({ of: 'process', id: pid, open }) as const
  it('has the first thousand of its open files listed, and all counted', async () => {
    const opened = Array.from({ length: 1100 }, () => openSync('/dev/null', 'r'))
    try {
      const now = await processNow(target(true))
      assert.ok(now.of === 'process' && now.open)
      const { files, count, more } = now.open
      // Among them may be descriptors that only this look, or Node meanwhile, had open and has closed again; those of the test are all there.
      const [last, listed] = [files.at(-1)?.fd ?? -1, new Set(files.map(({ fd }) => fd))]
      assert.ok(files.length <= 1000 && opened.filter((fd) => fd <= last).length >= 900, String(files.length))
      assert.deepEqual(
        opened.filter((fd) => fd <= last && !listed.has(fd)),
        [],
      )
      assert.ok(more || count >= 1100)
      assert.deepEqual(
        files.map(({ fd }) => fd),
        files.map(({ fd }) => fd).sort((a, b) => a - b),
      )
      assert.ok(files.some(({ path, flags, offset }) => path === '/dev/null' && (flags ?? 1) % 4 === 0 && offset === 0))
      assert.equal(now.cwd, own.cwd())
      assert.ok(now.command?.startsWith(own.argv0) && now.command.includes(' '), String(now.command))
    } finally {
      for (const fd of opened) closeSync(fd)
    }
  })
  it('is not taken for another that had its number', async () => {
    assert.deepEqual(await processNow(target(false, `${own.pid}.1`)), { of: 'nothing', why: 'it has ended' })
  })
})

describe('what stands at a path', () => {
  const mount = (fstype: string) => ({ device: 5, fstype })
  it('is the file that was meant, another one, or cannot be told', () => {
    assert.equal(isSame('5:77.1', 77n, mount('ext4')), true)
    assert.equal(isSame('5:18446744073709551615.0', 2n ** 64n - 1n, mount('xfs')), true)
    assert.equal(isSame('5:78.1', 77n, mount('ext4')), false)
    assert.equal(isSame('6:77.1', 77n, mount('ext4')), false, 'the same number on another file system')
    assert.equal(isSame('5:78.1', 77n, mount('overlay')), null, 'overlayfs makes numbers up')
    assert.equal(isSame('5:78.1', 77n, mount('fuse.sshfs')), null)
    assert.equal(isSame('6:77.1', 77n, null), true, 'where mounts cannot be read, the number is all there is')
  })

  it('grows as fast as it was seen to', () => {
    const growth = new Growth()
    assert.equal(growth.add('a', 0, 100), null)
    assert.equal(growth.add('a', 500, 150), null, 'too early')
    assert.equal(growth.add('a', 1000, 200), 100)
    assert.equal(growth.add('a', 2000, 0), -50)
    assert.equal(growth.add('b', 3000, 0), null, 'another file')
    for (let i = 1; i <= 60; i++) growth.add('b', 3000 + i * 1000, i < 40 ? 0 : (i - 40) * 7)
    assert.equal(growth.add('b', 64_000, 21 * 7), 7, 'what was longer than ten seconds ago counts no more')
    assert.equal(growth.add('b', 124_000, 21 * 7 + 600), 10, 'rare looks are looks too')
    assert.equal(growth.add('b', 1, 5), null, 'the clock went back')
  })

  it('fills a disk steadily, though it is written by fits and starts, and says nothing before ten seconds are over', () => {
    const trend = new Trend()
    // A second's megabyte each second, but it reaches the disk each fifth second only.
    const used = (second: number) => Math.floor(second / 5) * 5e6
    const rates = Array.from({ length: 120 }, (_, i) => trend.add('a', i * 1000, used(i)))
    assert.deepEqual(
      rates.slice(0, 10).filter((rate) => rate !== null),
      [],
    )
    assert.ok(rates[10] !== null)
    for (const rate of rates.slice(60)) assert.ok(rate && Math.abs(rate - 1e6) < 0.2e6, String(rate))
    for (let i = 120; i < 180; i++) trend.add('a', i * 1000, used(119))
    assert.ok((trend.add('a', 180_000, used(119)) ?? 1e9) < 0.1e6, 'what was a minute ago is as good as forgotten')
    assert.equal(trend.add('b', 181_000, 0), null, 'another disk')
    assert.equal(trend.add('b', 1, 0), null, 'the clock went back')
  })

  it('is told with its times and its owner', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'now-'))
    const path = join(folder, 'a')
    writeFileSync(path, 'x')
    chmodSync(path, 0o4750)
    utimesSync(path, 1000, 1000)
    const before = Date.now()
    const now = await new PathsNow().file({ of: 'file', id: '1:1.1', path, deleted: false })
    rmSync(folder, { recursive: true })
    assert.ok(now.of === 'file')
    assert.equal(now.mtimeMs, 1_000_000)
    assert.ok(now.ctimeMs >= before - 10_000 && now.askedMs >= before)
    assert.deepEqual([now.mode & 0o7777, now.owner], [0o4750, userInfo().username])
  })

  it('is a rate between the least and the most there was', () => {
    const looks = fc.array(fc.record({ step: fc.integer({ min: 1, max: 5000 }), value: fc.nat(1e9) }), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(looks, (all) => {
        const growth = new Growth()
        let timeMs = 0
        const rates: number[] = []
        let last: { timeMs: number; value: number } | null = null
        for (const { step, value } of all) {
          timeMs += step
          if (last) rates.push(((value - last.value) / step) * 1000)
          last = { timeMs, value }
          const rate = growth.add('x', timeMs, value)
          if (rate !== null) assert.ok(rate >= Math.min(...rates) - 1e-6 && rate <= Math.max(...rates) + 1e-6)
        }
      }),
    )
  })
})

const HOSTILE = 'x\u001b[2J\u202e\n\u009b1m'
const SAFE = /^[^\p{Cc}\p{Cf}]*$/u
const mount: MountNow = { point: '/', fstype: 'ext4', source: '/dev/vda', readOnly: false, space: { total: 100e9, used: 30e9, free: 60e9, growth: 1e6 } }
const MIDDAY = Date.UTC(2026, 10, 30, 12)
const facts = { mode: 0o100640, owner: 'root', group: 'adm', mtimeMs: MIDDAY - 12_000, ctimeMs: MIDDAY - 12_400, askedMs: MIDDAY }
const file: FileNow = { of: 'file', same: true, size: 5_242_880, allocated: 4096, growth: 1024, links: 2, ...facts, mount, alsoAt: [] }
const process: ProcessNow = {
  ...{ of: 'process', cwd: '/srv', command: 'a b', threads: 1, session: { id: 9, comm: 'bash', tty: 'pts3' }, ancestors: [], seconds: 5 },
  open: { files: [], count: 1200, more: true },
}

describe('sentences about it', () => {
  it('say sizes, growth and doubt', () => {
    assert.equal(sizeText(file), '5,242,880 bytes, grows 1.0k/s, 4.0k on the disk, 2 links')
    assert.equal(sizeText({ ...file, size: 1, growth: 0, links: 1, allocated: 0 }), '1 byte, does not grow, nothing on the disk, 1 link')
    assert.equal(sizeText({ ...file, same: false }), 'another file has this name now, of 5,242,880 bytes (e: who touches that)')
    assert.match(sizeText({ ...file, same: null, growth: null }), /^5,242,880 bytes, 4\.0k on the disk, 2 links \(if this is still the file/)
    assert.match(sizeText({ ...file, growth: -2048 }), /shrinks 2\.0k\/s/)
  })

  it('say how full a disk is as df does, and when it will be', () => {
    assert.equal(mountText(file), '56G free of 93G (34 % used), fills 977k/s: full in about 17 h, / (ext4, /dev/vda)')
    const space = (some: object) => mountText({ ...file, mount: { ...mount, space: { total: 10, used: 5, free: 5, growth: 0, ...some } } })
    assert.equal(space({}), '5 free of 10 (50 % used), / (ext4, /dev/vda)')
    assert.match(space({ growth: 1e-9 }), /full in more than 999 days/)
    assert.match(space({ growth: -3 }), /empties 3\/s, /)
    assert.match(space({ used: 10, free: 0, growth: 1 }), /^0 free of 10 \(100 % used\), fills 1\/s: full in less than a minute/)
    assert.equal(mountText({ ...file, mount: { ...mount, space: null, readOnly: true } }), '/ (ext4, /dev/vda, read only)')
    assert.match(mountText({ ...file, mount: null }), /not among those mounted here/)
  })

  it('say when it is full as roughly as that can be known', () => {
    const full = (seconds: number) =>
      /full in ([^,]*),/.exec(mountText({ ...file, mount: { ...mount, space: { total: 1, used: 1, free: seconds, growth: 1 } } }))?.[1]
    assert.deepEqual([1, 59, 100, 9 * 60, 12 * 60, 57 * 60, 59 * 60, 90 * 60, 47 * 3600, 48 * 3600, 998 * 86400].map(full), [
      ...['less than a minute', 'less than a minute', 'about 2 min', 'about 9 min', 'about 10 min', 'about 55 min'],
      ...['about 1 h', 'about 2 h', 'about 47 h', 'about 2 days', 'about 998 days'],
    ])
  })

  it('say when it was changed, whatever times a file has', () => {
    assert.deepEqual(changedTexts(file), ['12s ago (11:59:48), its inode 12s ago (11:59:47)', '12s ago (11:59:48)', '12s ago'])
    const at = (mtimeMs: number) => changedTexts({ ...file, mtimeMs, ctimeMs: mtimeMs })[0]
    assert.equal(at(MIDDAY), '0s ago (12:00:00)')
    assert.equal(at(MIDDAY + 1000), '0s ago (12:00:01)', 'clocks differ a little')
    assert.equal(at(MIDDAY - 13 * 3_600_000), '13h00m ago (2026-11-29 23:00:00)')
    assert.equal(at(MIDDAY + 3_600_000), 'at a time to come (13:00:00)')
    assert.equal(at(-1), '20787d12h ago (1969-12-31 23:59:59)')
    fc.assert(fc.property(fc.double(), (ms) => assert.equal(typeof at(ms), 'string')))
    const by = { id: '1.1', pid: 4711, comm: 'dd' }
    assert.equal(changerTexts({ by, among: false, timeMs: MIDDAY, agoMs: 3000 })[0], 'dd 4711 3s ago (12:00:00)')
    assert.deepEqual(changerTexts({ by, among: true, timeMs: MIDDAY, agoMs: 0 }), ['dd 4711 among others 0s ago (12:00:00)', 'dd 4711 among others 0s ago'])
    assert.equal(ownerText(file), 'root:adm')
  })

  it('say where a process runs and in which session', () => {
    assert.equal(runsText(process), 'at least 1,200 open files, 1 thread, in /srv')
    assert.equal(runsText({ ...process, open: null, cwd: null }), 'its open files may not be read, 1 thread, where may not be read')
    assert.equal(sessionText(process.session), 'bash 9 (pts/3)')
    assert.equal(sessionText({ id: 9, comm: '', tty: '' }), 'session 9')
    assert.deepEqual([sessionName('?', ''), sessionName('0', '\0')], ['?', 'kernel'])
  })

  it('are harmless whatever names they hold', () => {
    const named = { ...process, cwd: HOSTILE, command: HOSTILE, session: { id: 1, comm: HOSTILE, tty: HOSTILE } }
    const texts = [
      commandText(named),
      runsText(named),
      ownerText({ ...file, owner: HOSTILE, group: HOSTILE }),
      sessionText(named.session),
      mountText({ ...file, mount: { ...mount, point: HOSTILE, source: HOSTILE, fstype: HOSTILE } }),
    ]
    for (const text of texts) assert.match(text, SAFE)
  })

  it('say why nothing is said', () => {
    const target = { of: 'file', id: '1:1.1', path: '/x', deleted: false } as const
    const seen = (some: object) => answerOf({ target, now: file, silent: false, ...some }, 'file', true, 'gone')
    assert.equal(seen({}), file)
    assert.equal(seen({ silent: true }), 'the file system does not answer')
    assert.equal(seen({ now: null }), 'asking …')
    assert.equal(seen({ now: { of: 'nothing', why: 'no' } }), 'no')
    assert.equal(seen({ now: process }), 'asking …', 'an answer about something else')
    assert.equal(answerOf(null, 'file', true, 'gone'), 'gone')
    assert.match(String(answerOf(null, 'file', false, 'gone')), /a recording does not tell/)
  })

  it('say what a rule does', () => {
    const said = (text: string) => {
      const parsed = parseRule(text)
      assert.ok(parsed.ok)
      return effectOf(parsed.rule)
    }
    assert.deepEqual(
      ['deny write /a', 'deny:EROFS modify /a', 'kill:TERM open,modify /a', 'freeze write /a', 'ask open /a', 'audit delete /a', 'quota 10G /a'].map(said),
      [
        'refuses write with EPERM',
        'refuses all changes with EROFS',
        'ends who does all changes, open by SIGTERM',
        'stops who does write',
        'holds open until you answer',
        'tells of delete',
        'counts it toward 10G',
      ],
    )
  })
})
