/** Which file is the config file, and which is not taken. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { UsageError } from '../../src/commands/checks.ts'
import { LARGEST, loadConfig, placeOfConfig, type Runner, refuseToArm } from '../../src/commands/config-file.ts'

const passwd = ['root:x:0:0:root:/root:/bin/sh', 'ann:x:1001:1001::/home/ann:/bin/sh', 'also:x:1001:1001::/home/also:/bin/sh', 'bad line', ''].join('\n')
const runner = (env: Runner['env'], uid: number): Runner => ({ env, uid, passwd })

describe('the place of the config file', () => {
  for (const [what, who, wanted] of [
    ['a user', runner({ HOME: '/home/ann' }, 1001), { path: '/home/ann/.config/fswatch-tui/config.toml', owner: 1001 }],
    ['XDG_CONFIG_HOME', runner({ HOME: '/home/ann', XDG_CONFIG_HOME: '/c' }, 1001), { path: '/c/fswatch-tui/config.toml', owner: 1001 }],
    ['one that is not absolute', runner({ HOME: '/home/ann', XDG_CONFIG_HOME: 'c' }, 1001), { path: '/home/ann/.config/fswatch-tui/config.toml', owner: 1001 }],
    ['root', runner({ HOME: '/root' }, 0), { path: '/root/.config/fswatch-tui/config.toml', owner: 0 }],
    ['sudo', runner({ HOME: '/root', SUDO_UID: '1001', SUDO_USER: 'ann' }, 0), { path: '/home/ann/.config/fswatch-tui/config.toml', owner: 1001 }],
    [
      'sudo by the second name of a number',
      runner({ HOME: '/root', SUDO_UID: '1001', SUDO_USER: 'also' }, 0),
      { path: '/home/also/.config/fswatch-tui/config.toml', owner: 1001 },
    ],
    ['sudo by nobody known', runner({ HOME: '/root', SUDO_UID: '7777', SUDO_USER: 'x' }, 0), null],
    ['sudo with a name of another', runner({ HOME: '/root', SUDO_UID: '7777', SUDO_USER: 'ann' }, 0), null],
    ['sudo that is none: not root', runner({ HOME: '/home/eve', SUDO_UID: '1001' }, 666), { path: '/home/eve/.config/fswatch-tui/config.toml', owner: 666 }],
    ['sudo with XDG_CONFIG_HOME kept', runner({ XDG_CONFIG_HOME: '/c', SUDO_UID: '1001' }, 0), { path: '/c/fswatch-tui/config.toml', owner: 1001 }],
    ['no home', runner({}, 1001), null],
  ] as const)
    it(what, () => assert.deepEqual(placeOfConfig(who), wanted))
})

describe('a file in the usual place', () => {
  const root = mkdtempSync(join(tmpdir(), 'config-'))
  const uid = process.getuid?.() ?? 0
  const path = join(root, 'fswatch-tui/config.toml')
  const me = (env: Runner['env'] = {}) => runner({ XDG_CONFIG_HOME: root, ...env }, uid)
  const sentence = (who = me()) => loadConfig(undefined, who).news?.sentence.replace(path, 'F') ?? ''
  after(() => rmSync(root, { recursive: true }))
  beforeEach(() => {
    rmSync(join(root, 'fswatch-tui'), { recursive: true, force: true })
    mkdirSync(join(root, 'fswatch-tui'))
  })

  it('need not be there', () => assert.deepEqual(loadConfig(undefined, me()), { settings: {}, news: null }))

  it('is read, unless --no-config says not to', () => {
    writeFileSync(path, 'interval = 2')
    assert.deepEqual(loadConfig(undefined, me()), { settings: { interval: 2 }, news: null })
    assert.deepEqual(loadConfig(false, me()), { settings: {}, news: null })
  })

  it('is told its first mistake, with how many there are more', () => {
    writeFileSync(path, 'a = 1\nsort = 1\n')
    assert.equal(sentence(), 'F:1:1: there is no setting a (and 1 more): what is wrong stays at its default')
    assert.equal(loadConfig(undefined, me()).news?.short, 'config wrong in line 1')
  })

  it('is not taken where it is no regular file, and opening it does not wait', () => {
    execFileSync('mkfifo', [path])
    assert.equal(sentence(), 'F is not taken: it is no regular file')
    rmSync(path)
    mkdirSync(path)
    assert.equal(sentence(), 'F is not taken: it is no regular file')
    rmSync(path, { recursive: true })
    symlinkSync('/dev/zero', path)
    assert.equal(sentence(), 'F is not taken: it is no regular file')
  })

  it('is not taken where it is huge, also where it does not say so', () => {
    writeFileSync(path, '#'.repeat(LARGEST))
    assert.equal(sentence(), '')
    writeFileSync(path, '#'.repeat(LARGEST + 1))
    assert.equal(sentence(), `F is not taken: it has ${(LARGEST + 1).toLocaleString('en-US')} bytes, and at most ${LARGEST.toLocaleString('en-US')} are read`)
  })

  it('is not taken where it is not UTF-8, may be written by everybody, or links to itself', () => {
    writeFileSync(path, Buffer.from([0x23, 0xff]))
    assert.equal(sentence(), 'F is not taken: it is not UTF-8')
    writeFileSync(path, '')
    chmodSync(path, 0o666)
    assert.equal(sentence(), 'F is not taken: everybody may write it')
    rmSync(path)
    symlinkSync('config.toml', path)
    assert.equal(sentence(), 'F is not taken: its links go in a circle')
  })

  it("is not taken where it is another user's", { skip: uid !== 0 && 'only root can give files away' }, () => {
    const ann = me({ SUDO_UID: '1001' })
    writeFileSync(path, 'interval = 2')
    assert.deepEqual(loadConfig(undefined, ann).settings, { interval: 2 }, "root's own")
    chmodSync(path, 0o600)
    assert.equal(sentence(ann), 'F is not taken: it belongs to root, and user 1001 may not read it')
    chownSync(path, 1001, 1001)
    assert.deepEqual(loadConfig(undefined, ann).settings, { interval: 2 })
    chownSync(path, 1002, 1002)
    assert.equal(sentence(ann), 'F is not taken: it belongs to user 1002, not to user 1001 or root')
    assert.deepEqual(loadConfig(path, ann).settings, { interval: 2 }, 'but where it is named, it is')
  })

  it('must be there where it is named', () => {
    assert.throws(
      () => loadConfig(path, me()),
      (error: Error) => error instanceof UsageError && error.message === `--config ${path}: it does not exist`,
    )
    assert.throws(() => loadConfig(root, me()), { message: `--config ${root}: it is no regular file` })
  })
})

it('rules are not armed at the start beside a file with a mistake: it may have protected somebody', () => {
  assert.doesNotThrow(() => refuseToArm(null))
  const refusal = (error: unknown) => error instanceof UsageError && /^\/c:1:1: .*; nothing is armed.*--no-config$/.test(error.message)
  assert.throws(() => refuseToArm({ sentence: '/c:1:1: there is no setting protct', short: '' }), refusal)
})
