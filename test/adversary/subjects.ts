/**
 * An unprivileged user against subjects and exemptions: run inside a guest by test/guest/adversary.test.ts. Each attempt appends to a file of
 * its own; what became of the file decides.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RunningGuard } from '../brake/running.ts'

const impostor = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/impostor')
/** A tmpfs that every user may write to, as /tmp. */
const folder = '/tmp/adversary'
const cgroups = '/sys/fs/cgroup'
const way = process.env.WAY === undefined ? [] : ['--enforce', process.env.WAY]

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const at = (name: string) => join(folder, name)

/** One attempt to append to a file. */
interface Attempt {
  /** of the file, and of the rule on it */
  file: string
  what: string
  /** as uid 1000, unless it is root's */
  command: string[]
  byRoot?: true
  /** joins this cgroup first */
  cgroup?: string
  passes?: true
}

/** A copy of the impostor under another name. */
function copyOf(name: string, mode = 0o755): string {
  copyFileSync(impostor, at(name))
  chmodSync(at(name), mode)
  return at(name)
}

function attempt({ file, command, byRoot, cgroup }: Attempt): string {
  const before = statSync(at(file)).size
  const as = byRoot ? [] : ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups', '--']
  const join = cgroup === undefined ? '' : `echo 0 > ${cgroups}${cgroup}/cgroup.procs && `
  const { stdout, stderr } = spawnSync('sh', ['-c', `${join}exec "$@"`, 'sh', ...as, ...command, at(file)], { encoding: 'utf8' })
  return statSync(at(file)).size > before ? 'written' : `held: ${stdout.trim()}${stderr.trim()}`
}

/** Makes the attempts on files under their rules, and compares all that came of them at once. */
function judge(attempts: readonly Attempt[]): void {
  const came = attempts.map((one) => [one.what, attempt(one)] as const)
  const wrong = came.filter(([, result], i) => (result === 'written') !== (attempts[i]?.passes === true))
  assert.deepEqual(wrong, [], 'these went otherwise')
  // A program that cannot do what it tries proves nothing: each failed at the file.
  for (const [what, result] of came) assert.match(result, /^written$|^held: .*Operation not permitted/, what)
}

const files = (...names: string[]) => {
  for (const name of names) {
    writeFileSync(at(name), '')
    chmodSync(at(name), 0o666)
  }
}

const cgroup = (path: string, owner = 0) => {
  mkdirSync(cgroups + path, { recursive: true })
  chownSync(cgroups + path, owner, owner)
  for (const name of ['cgroup.procs', 'cgroup.subtree_control']) chownSync(`${cgroups}${path}/${name}`, owner, owner)
}

/** A shell that appends to the files it reads the names of. */
function appender(program: string, options: { argv0?: string; uid?: number }): ChildProcess {
  return spawn(program, ['-c', 'while read file; do echo x >> "$file"; echo done; done'], { stdio: ['pipe', 'pipe', 'ignore'], ...options })
}

describe('an unprivileged user', () => {
  const children: ChildProcess[] = []
  let guard: RunningGuard
  /** a program of root's whose name is protected, and one whose path is */
  const daemon = '/usr/local/sbin/guarded'
  let program = ''
  let [allowed, refused, suid] = ['', '', '']

  before(async () => {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o777)
    copyFileSync('/bin/dash', daemon)
    chmodSync(daemon, 0o755)
    children.push(appender(daemon, {}), appender('/bin/dash', { argv0: 'guarded', uid: 1000 }))
    cgroup('/system.slice/real.service')
    cgroup('/user.slice/user@1000.service', 1000)
    cgroup('/user.slice/user@1000.service/real.service', 1000)
    for (const path of ['/jail', '/jail/sub', '/outside']) cgroup(path)
    program = copyOf('protected')
    ;[allowed, refused, suid] = [copyOf('allowed'), copyOf('refused'), copyOf('suid', 0o4755)]
    const subjects: Record<string, string> = {
      ...{ name: '', program: '', unit: '', running: '' },
      ...{ uid0: ' by uid=0', uid: ' by uid=1000', nuid: ' by !uid=1000', cgroup: ' by cgroup=/jail', ncgroup: ' by !cgroup=/jail' },
      ...{ exe: ` by exe=${refused}`, nexe: ` by !exe=${allowed}`, comm: ' by comm=refused', ncomm: ' by !comm=allowed' },
    }
    files(...Object.keys(subjects))
    guard = await RunningGuard.start(
      ...way,
      ...['guarded', program, 'unit=real', `pid=${children[1]?.pid}`].flatMap((text) => ['--protect', text]),
      ...Object.entries(subjects).flatMap(([name, by]) => ['--rule', `deny write ${at(name)}${by}`]),
    )
  })
  after(() => {
    for (const child of children) child.kill('SIGKILL')
    RunningGuard.stopAll()
    rmSync(folder, { recursive: true, force: true })
  })

  it('becomes no protected process, by no name, program or cgroup', async () => {
    judge([
      { file: 'name', what: 'as itself', command: [impostor, 'plain'] },
      { file: 'name', what: 'called so', command: [impostor, 'name', 'guarded'] },
      { file: 'name', what: 'a copy called so', command: [copyOf('guarded'), 'plain'] },
      { file: 'name', what: 'the program of that name', command: [daemon, '-c', 'echo x >> "$0"'] },
      { file: 'name', what: 'the program of that name, by root', command: [daemon, '-c', 'echo x >> "$0"'], byRoot: true, passes: true },
      { file: 'name', what: 'called so, by root', command: [impostor, 'name', 'guarded'], byRoot: true },
      { file: 'program', what: 'the program', command: [program, 'plain'] },
      { file: 'program', what: 'the program, by root', command: [program, 'plain'], byRoot: true, passes: true },
      { file: 'program', what: 'the program, with another effective user', command: [program, 'effective', '1000'], byRoot: true },
      { file: 'program', what: 'its exe link leads there', command: [impostor, 'exe', program] },
      { file: 'unit', what: 'in the unit', command: [impostor, 'plain'], cgroup: '/system.slice/real.service', passes: true },
      { file: 'unit', what: 'in a cgroup of that name that a user made', command: [impostor, 'plain'], cgroup: '/user.slice/user@1000.service/real.service' },
    ])
    for (const child of children) {
      const before = statSync(at('running')).size
      child.stdin?.write(`${at('running')}\n`)
      await new Promise((resolve) => child.stdout?.once('data', resolve))
      assert.equal(statSync(at('running')).size, before + 2, 'a process that ran when it was named')
    }
  })

  it('is what a rule says it is, whatever ids, cgroup, program or name it takes', () => {
    judge([
      { file: 'uid0', what: 'uid=0: root', command: [impostor, 'plain'], byRoot: true },
      { file: 'uid0', what: 'uid=0: another user', command: [impostor, 'plain'], passes: true },
      { file: 'uid0', what: 'uid=0: a set-user-ID program', command: [suid, 'plain'] },
      { file: 'uid', what: 'uid=1000: that user', command: [impostor, 'plain'] },
      { file: 'uid', what: 'uid=1000: root', command: [impostor, 'plain'], byRoot: true, passes: true },
      { file: 'uid', what: 'uid=1000: a set-user-ID program', command: [suid, 'plain'] },
      { file: 'uid', what: 'uid=1000: effective alone', command: [impostor, 'effective', '1000'], byRoot: true },
      { file: 'uid', what: 'uid=1000: a subordinate id', command: [impostor, 'subordinate'], byRoot: true },
      { file: 'uid', what: 'uid=1000: a worker of io_uring', command: [impostor, 'uring'] },
      { file: 'uid0', what: 'uid=0: a worker of io_uring of another user', command: [impostor, 'uring'], passes: true },
      { file: 'nuid', what: '!uid=1000: that user', command: [impostor, 'plain'], passes: true },
      { file: 'nuid', what: '!uid=1000: root', command: [impostor, 'plain'], byRoot: true },
      { file: 'nuid', what: '!uid=1000: effective alone', command: [impostor, 'effective', '1000'], byRoot: true },
      { file: 'nuid', what: '!uid=1000: a set-user-ID program', command: [suid, 'plain'] },
      { file: 'cgroup', what: 'cgroup=: in it', command: [impostor, 'plain'], cgroup: '/jail' },
      { file: 'cgroup', what: 'cgroup=: below it', command: [impostor, 'plain'], cgroup: '/jail/sub' },
      { file: 'cgroup', what: 'cgroup=: by io_uring below it', command: [impostor, 'uring'], cgroup: '/jail/sub' },
      { file: 'cgroup', what: 'cgroup=: elsewhere', command: [impostor, 'plain'], cgroup: '/outside', passes: true },
      { file: 'ncgroup', what: '!cgroup=: in it', command: [impostor, 'plain'], cgroup: '/jail', passes: true },
      { file: 'ncgroup', what: '!cgroup=: below it', command: [impostor, 'plain'], cgroup: '/jail/sub', passes: true },
      { file: 'ncgroup', what: '!cgroup=: elsewhere', command: [impostor, 'plain'], cgroup: '/outside' },
      { file: 'exe', what: 'exe=: the program', command: [refused, 'plain'] },
      { file: 'exe', what: 'exe=: another program', command: [impostor, 'plain'], passes: true },
      { file: 'exe', what: 'exe=: the program, its exe link leads elsewhere', command: [refused, 'exe', allowed] },
      { file: 'nexe', what: '!exe=: the program', command: [allowed, 'plain'], passes: true },
      { file: 'nexe', what: '!exe=: another program', command: [impostor, 'plain'] },
      { file: 'nexe', what: '!exe=: another program, its exe link leads to it', command: [impostor, 'exe', allowed] },
      { file: 'nexe', what: '!exe=: another program, its exe link set from a user namespace', command: [impostor, 'borrowed-exe', allowed] },
      { file: 'comm', what: 'comm=: the name', command: [impostor, 'name', 'refused'] },
      { file: 'comm', what: 'comm=: the program, called otherwise', command: [refused, 'name', 'other'] },
      { file: 'comm', what: 'comm=: the program, called otherwise, its exe link leads elsewhere', command: [refused, 'exe', allowed] },
      { file: 'comm', what: 'comm=: another', command: [impostor, 'plain'], passes: true },
      // Names are the process's own choice: documented, and said when such a rule is armed.
      { file: 'ncomm', what: '!comm=: called so', command: [impostor, 'name', 'allowed'], passes: true },
      { file: 'ncomm', what: '!comm=: another', command: [impostor, 'plain'] },
    ])
  })

  it('is not promised more than holds: arming says what names and programs stand for', async () => {
    const summary = await guard.stop()
    assert.match(summary, /--protect guarded: protects guarded \(\d+\), and \/usr\/local\/sbin\/guarded while root runs it/)
    assert.match(summary, /--protect unit=real: protects all processes of real\.service/)
    assert.match(summary, /!comm=allowed: any process can take this name; use !exe=PATH/)
    assert.match(summary, /!exe=.*: code that is loaded into the program passes too/)
  })
})
