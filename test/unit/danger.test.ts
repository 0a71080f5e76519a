/** Rules that can stop the machine: which they are, how the command line refuses them, and the word that arms them on the screen. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { parseConfig } from '../../src/commands/config.ts'
import { checkDangers, dangerLines } from '../../src/commands/dangers.ts'
import { MACHINE } from '../../src/commands/machine-facts.ts'
import { interpreterOf, VitalFiles } from '../../src/kernel/guard/vital-files.ts'
import { dangersOf, type MachineFacts, previewDangers } from '../../src/rules/danger.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { printRule } from '../../src/rules/print.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { armed, controlWith, shown, unmount } from './shown.ts'

function ruleOf(line: string): Rule {
  const parsed = parseRule(line)
  assert.ok(parsed.ok, line)
  return parsed.rule
}

const folder = mkdtempSync(join(tmpdir(), 'danger-'))
after(() => rmSync(folder, { recursive: true, force: true }))
afterEach(unmount)

/** Facts that are made up: only /vital is vital. */
const FACTS: MachineFacts = {
  vitalIn: ({ text }) => (text === '/vital' || text === '/' ? 'a shell' : null),
  includesSystem: (condition) => (condition.key === 'uid' && condition.uid === 0) || (condition.key === 'cgroup' && condition.text === '/init.scope'),
}
const kinds = (line: string) => dangersOf(ruleOf(line), FACTS).map((danger) => (danger.includes('covers') ? 'object' : 'subject'))

describe('a rule that can stop the machine', () => {
  it('covers a vital file, and keeps a process from opening, reading or executing it', () => {
    for (const op of ['open', 'read', 'exec', 'all', 'modify,open'])
      for (const action of ['deny', 'kill', 'freeze', 'ask']) assert.ok(kinds(`${action} ${op} /vital`).includes('object'), `${action} ${op}`)
    assert.deepEqual(kinds('deny open /vital by comm=x'), ['object'], 'whatever its subject')
    for (const line of ['audit all /**', 'deny modify /vital', 'deny open /other', 'quota 1G /vital']) assert.deepEqual(kinds(line), [], line)
  })

  it('kills or freezes on a tree, by a subject that leaves processes of the system in', () => {
    for (const by of ['', ' by uid=0', ' by cgroup=/init.scope', ' by !comm=x', ' by !uid=1000', ' by !uid=0', ' by uid=0 !comm=x'])
      for (const action of ['kill', 'freeze']) assert.deepEqual(kinds(`${action} write /srv/**${by}`), ['subject'], `${action}${by}`)
    for (const line of [
      'kill write /srv/** by uid=1000',
      'kill write /srv/** by uid=0 comm=x',
      'kill write /srv/** by pid=7',
      'deny write /srv/**',
      'kill write /srv/a',
    ])
      assert.deepEqual(kinds(line), [], line)
  })

  it('would have hit init, the system’s services, the own session or many', () => {
    const told = (line: string, ...processes: [number, string, boolean?][]) =>
      previewDangers(
        ruleOf(line),
        processes.map(([pid, comm, exempt = false]) => ({ pid, comm, exempt })),
        (pid) => pid === 77,
      )
    for (const [pid, comm] of [
      [1, 'init'],
      [50, 'systemd-journal'],
      [51, 'dbus-daemon'],
      [52, 'sshd'],
      [77, 'vim'],
    ] as const) {
      assert.equal(told('deny write /srv/a', [10, 'nginx'], [pid, comm]).length, 1, comm)
      assert.deepEqual(told('audit write /srv/a', [pid, comm]), [])
    }
    assert.deepEqual(told('deny write /srv/a', [10, 'nginx'], [52, 'sshd', true]), [], 'what is exempt is not hit')
    assert.equal(told('deny write /srv/a', [1, 'systemd', true]).length, 1, 'but such a rule is too wide')
    const many = (count: number) => Array.from({ length: count }, (_, i): [number, string] => [100 + i, 'worker'])
    assert.deepEqual(told('deny write /srv/a', ...many(20)), [])
    assert.deepEqual(told('deny write /srv/a', ...many(21)), ['it would have hit 21 processes, more than 20'])
  })
})

describe('the vital files of this machine', () => {
  const loader = realpathSync(interpreterOf(process.execPath) ?? '')

  it('are found by every name and inode: loader, libc, shells, devices, and whole file systems', () => {
    const libc = realpathSync(/\s(\/\S*\/libc[.-]\S*)$/m.exec(execFileSync('cat', ['/proc/self/maps'], { encoding: 'utf8' }))?.[1] ?? '')
    for (const line of [
      ...[
        '/**',
        '/proc/**',
        '/proc',
        '/proc/1/status',
        '/sys/**',
        '/dev/**',
        '/dev',
        '/dev/pts/**',
        '/dev/null',
        '/usr/**',
        '/bin/**',
        '/bin/sh',
        '/lib/**',
        '/lib64/**',
      ],
      ...[loader, libc, `**/${loader.slice(loader.lastIndexOf('/') + 1)}`, '**/sh', '**/*sh', `**/*${libc.slice(-5)}`],
    ])
      assert.notEqual(MACHINE.vitalIn(ruleOf(`deny open ${line}`).object), null, line)
    for (const line of ['/srv/**', '/tmp/**', '/home/**', '/dev/shm/**', '/var/log/**', '/etc/hosts', '**/*.log', '**/secret.key', '/nowhere/**'])
      assert.equal(MACHINE.vitalIn(ruleOf(`deny open ${line}`).object), null, line)
  })

  it('are recognized behind links: a symbolic one to a directory, a hard one to a file', () => {
    const vital = new VitalFiles()
    symlinkSync('/usr', join(folder, 'usr'))
    assert.notEqual(vital.in({ kind: 'tree', text: join(folder, 'usr') }), null)
    symlinkSync('/bin/sh', join(folder, 'mysh'))
    assert.notEqual(vital.in({ kind: 'file', text: join(folder, 'mysh') }), null)
    mkdirSync(join(folder, 'plain'))
    assert.equal(vital.in({ kind: 'tree', text: join(folder, 'plain') }), null)
    // Another name of the same inode needs the same file system.
    try {
      linkSync(realpathSync('/bin/sh'), join(folder, 'hard'))
    } catch {
      return
    }
    assert.notEqual(vital.in({ kind: 'file', text: join(folder, 'hard') }), null)
  })

  it('go with subjects of the system: uid 0 by number and name, the root group; a user or group that is not found', () => {
    const broad = (by: string) => dangerLines([ruleOf(`kill write /srv/** by ${by}`)]).length > 0
    for (const by of [
      'uid=0',
      'user=root',
      'user=0',
      'user=nosuchuser',
      'cgroup=1',
      'cgroup=/',
      'cgroup=/no/such/group',
      'pid=1',
      'pid=1+',
      '!uid=1000',
      '!user=root',
    ])
      assert.ok(broad(by), by)
    for (const by of ['uid=65534', 'comm=nginx', `pid=${process.pid}`]) assert.ok(!broad(by), by)
  })
})

describe('such a rule without a screen', () => {
  // Were the check not there, this would still stop the program before it arms anything on the machine that runs the tests.
  const NEVER_ARMED = ['--enforce', 'nothing']
  const program = [join(import.meta.dirname, '../../src/cli.ts')]
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...program, ...args, ...NEVER_ARMED, '--no-config'], { encoding: 'utf8' })
    return { status, stderr }
  }

  it('is refused by guard, --rule and --policy, with the reason and what to do', () => {
    const { status, stderr } = run('guard', '--rule', 'kill modify /srv/** by uid=0')
    assert.equal(status, 2)
    assert.match(
      stderr,
      /nothing is armed: this rule can stop the machine\n {2}kill modify \/srv\/\*\* by uid=0: it kills on a whole tree .*\n {2}Name a narrower object or subject; or arm it with --force/,
    )
    const policy = join(folder, 'policy')
    writeFileSync(policy, `deny write /srv/a\n${Array.from({ length: 12 }, (_, i) => `deny open /**  by pid=${i + 1}`).join('\n')}\n`)
    const second = run('guard', '--policy', policy)
    assert.equal(second.status, 2)
    assert.match(second.stderr, /12 rules can stop the machine\n[\s\S]*and 2 more/)
  })

  it('is armed by --force, and tells in a dry run; no config file can force', () => {
    const rule = ruleOf('deny open /**')
    assert.throws(() => checkDangers([rule], { force: false, dryRun: false }), /nothing is armed/)
    assert.equal(checkDangers([rule], { force: true, dryRun: false }).length, 1)
    assert.deepEqual(checkDangers([rule], { force: false, dryRun: true }), [])
    assert.match(parseConfig('force = true', () => true).mistakes[0]?.message ?? '', /there is no setting force/)
  })
})

describe('such a rule on the screen', () => {
  it('is armed by the word alone, typed, and an Enter after it', async () => {
    const done: string[] = []
    const control = controlWith(
      async (rule) => {
        done.push(printRule(rule))
        return armed(rule)
      },
      { dangers: (rule) => dangersOf(rule, FACTS) },
    )
    const t = await shown(control)
    t.press('x')
    await t.until('rule: kill')
    t.press('\u0015')
    t.press('kill modify /srv/** by uid=0')
    await t.until('by uid=0')
    await t.pressByHand('\r')
    const asked = await t.until('type yes to arm it')
    assert.match(asked, /it kills on a whole tree \(\/srv\/\*\*\) by uid=0/)
    assert.match(asked, /would have hit/)
    for (const keys of ['\r', 'no', '\r', '\u0015', 'y', '\r']) await t.pressByHand(keys)
    // A pasted word is none that was typed.
    t.press('\u0015')
    t.press('\u001b[200~yes\u001b[201~')
    await t.until('paste ignored')
    await t.pressByHand('\r')
    t.press('yes\r')
    await t.until('press Enter again to arm')
    assert.deepEqual(done, [])
    await t.pressByHand('\r')
    await t.until('rule 1 is armed')
    assert.deepEqual(done, ['kill modify /srv/** by uid=0'])
  })

  it('is not armed by Esc, which leads back to its line, nor again by Space', async () => {
    const done: string[] = []
    const rule = ruleOf('freeze open /vital')
    const control = controlWith(
      async (one) => {
        done.push(printRule(one))
        return armed(one)
      },
      { dangers: (one) => dangersOf(one, FACTS), states: () => [{ ...armed(rule), state: 'disarmed' }], remove: async () => {} },
    )
    const t = await shown(control)
    t.press('d')
    await t.until('rule: deny')
    t.press('\u0015')
    t.press('deny open /vital')
    await t.until('/vital')
    await t.pressByHand('\r')
    await t.until('type yes to arm it')
    await t.pressByHand('\u001b')
    await t.until('rule: deny open /vital')
    await t.pressByHand('\u001b')
    await t.pressByHand('5')
    await t.until('disarmed')
    await t.pressByHand(' ')
    await t.until('type yes to arm it')
    for (const key of ['y', 'e', 's', '\r']) await t.pressByHand(key)
    await t.until('armed again')
    assert.deepEqual(done, ['freeze open /vital'])
  })
})
