/** The brake as its users have it: run inside a guest by test/guest/brake.test.ts. Arms real rules, so never on a machine that matters. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../ui/terminal.ts'
import { RunningGuard, sh } from './running.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const racers = join(project, 'dist/test-programs/racers')
const folder = '/tmp/brake'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const at = (name: string) => join(folder, name)
const fresh = (name: string) => {
  writeFileSync(at(name), 'as it was')
  return at(name)
}
const text = (name: string) => readFileSync(at(name), 'utf8')

/** Rules that stand beside each other in one guard: loading its programs takes an emulated machine longer than all that is done under them. */
describe('the brake, by rules of one program', () => {
  /** by the name of its file */
  const lines: Record<string, string> = {
    comm: `deny write ${at('comm')} by comm=dd`,
    exe: `deny write ${at('exe')} by exe=${execFileSync('readlink', ['-f', '/bin/dd'], { encoding: 'utf8' }).trim()}`,
    uid: `deny write ${at('uid')} by uid=65534`,
    others: `deny write ${at('others')} by !comm=dd`,
    both: `deny write ${at('both')} by comm=dd uid=65534`,
    killed: `kill write ${at('killed')}`,
    raced: `kill write ${at('raced')} by comm=racers`,
    open: `kill write ${at('open')} by comm=racers`,
    mapped: `deny write ${at('mapped')}`,
    frozen: `freeze write ${at('frozen')}`,
    exempt: `deny write ${at('exempt')}`,
    replaced: `deny write ${at('replaced')} by !comm=mv`,
  }
  let guard: RunningGuard
  let family: ChildProcess
  let writers: ChildProcess
  let holder: ChildProcess
  let number = 0
  /** the number of a file's rule */
  const ruleOf = (name: string) => Object.keys(lines).indexOf(name) + 1
  const hitsOf = (name: string) => guard.hits.filter(({ rule }) => rule === ruleOf(name)).length

  /** Waits for something that is told a tick later, or for a process to come so far. */
  async function until(what: string, look: () => boolean): Promise<void> {
    for (let i = 0; i < 600 && !look(); i++) await new Promise((resolve) => setTimeout(resolve, 100))
    assert.ok(look(), `${what}\n${guard.summary}`)
  }

  before(async () => {
    mkdirSync(folder, { recursive: true })
    for (const name of [...Object.keys(lines), 'family']) fresh(name)
    // A family with a child born before the rule and one born after.
    family = spawn(
      'sh',
      [
        '-c',
        `(while [ ! -e ${at('go')} ]; do sleep 0.1; done; echo early >> ${at('family')}) & while [ ! -e ${at('go')} ]; do sleep 0.1; done; sh -c 'echo late >> ${at('family')}'; wait`,
      ],
      { stdio: 'ignore' },
    )
    writers = spawn('sh', ['-c', `exec 9<>${at('open')}; echo; read go; exec ${racers} ${at('open2')} 1000`], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(writers.stdout as NodeJS.ReadableStream, 'data')
    execFileSync('ln', [at('open'), at('open2')])
    const program = `import mmap, time\nf = open('${at('mapped')}', 'r+b')\nm = mmap.mmap(f.fileno(), 0)\nf.close()\nprint('ready', flush=True)\ntime.sleep(3600)`
    holder = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout as NodeJS.ReadableStream, 'data')
    mkdirSync(at('ext4'))
    assert.equal(sh(`modprobe -a loop ext4; cd ${folder}; truncate -s 64M image; mkfs.ext4 -q image && mount -o loop image ext4; echo x > ext4/reused`), 0)
    number = statSync(at('ext4/reused')).ino
    lines.family = `deny write ${at('family')} by pid=${family.pid}+`
    lines.reused = `deny write ${at('ext4/reused')}`
    lines.unborn = `deny create ${at('unborn')}`
    lines.secret = 'deny:EACCES open **/secret.key'
    lines.locked = 'deny modify **/*.locked'
    guard = await RunningGuard.start('--protect', 'tee', ...Object.values(lines).flatMap((line) => ['--rule', line]))
  })
  after(() => {
    RunningGuard.stopAll()
    // Where the test of the family was left out, it still waits.
    writeFileSync(at('go'), '')
    sh('sleep 1')
    for (const child of [family, writers, holder]) child?.kill('SIGKILL')
    sh(`umount ${at('ext4')}`)
    rmSync(folder, { recursive: true, force: true })
  })

  it('names subjects: comm, exe, uid, pid with descendants, and all others', async () => {
    const dd = (name: string) => sh(`dd if=/dev/zero of=${at(name)} bs=1 count=1 conv=notrunc`)
    assert.deepEqual([dd('comm'), sh(`echo x >> ${at('comm')}`)], [1, 0], 'by comm')
    assert.deepEqual(
      [dd('exe'), sh(`echo x >> ${at('exe')}`), sh(`cp /bin/dd ${at('mydd')} && ${at('mydd')} if=/dev/zero of=${at('exe')} count=1`)],
      [1, 0, 0],
      'by exe',
    )
    sh(`chmod 666 ${at('uid')} ${at('both')}`)
    assert.notEqual(sh(`setpriv --reuid 65534 --clear-groups sh -c 'echo x >> ${at('uid')}'`), 0)
    assert.equal(sh(`echo x >> ${at('uid')}`), 0, 'by uid')
    assert.deepEqual([dd('others'), sh(`echo x >> ${at('others')}`)], [0, 2], 'by all others')
    assert.deepEqual([dd('both'), sh(`setpriv --reuid 65534 --clear-groups sh -c 'echo x >> ${at('both')}'`)], [0, 0], 'both must hold')
    const ended = once(family, 'exit')
    writeFileSync(at('go'), '')
    await ended
    assert.equal(text('family'), 'as it was', 'children born before and after')
    assert.equal(sh(`echo stranger >> ${at('family')}`), 0)
    await until('both children are told', () => hitsOf('family') >= 2)
    assert.equal(hitsOf('family'), 2)
  })

  it('kills and refuses: of a thousand racing writers none slips a byte through', () => {
    // The file is opened before the rule names it: only the write itself is left to stop.
    assert.equal(sh(`exec dd if=/dev/zero of=${at('killed')} count=1 conv=notrunc`), 'SIGKILL')
    const run = spawnSync('sh', ['-c', `exec 9<>${at('raced')}; exec ${racers} /proc/self/fd/9 1000`], { encoding: 'utf8' })
    assert.equal(text('killed'), 'as it was')
    assert.equal(text('raced'), 'as it was')
    assert.ok(run.signal === 'SIGKILL' || run.stdout.startsWith('1000 0'), `${run.signal} ${run.stdout}`)
  })

  it('a thousand that have the file open already', async () => {
    const ended = once(writers, 'exit')
    writers.stdin?.end('go\n')
    await ended
    assert.equal(text('open'), 'as it was', 'by its second name too, linked before the rule')
    await until('hits are told', () => hitsOf('open') > 0)
    await until('who has it open is told', () => /sh \(\d+\) has it open for writing/.test(guard.summary))
  })

  it('tells who has it mapped, which it cannot stop', () =>
    until('the holder is told', () => new RegExp(`python3[.0-9]* \\(${holder.pid}\\) has it mapped writable`).test(guard.summary)))

  it('freezes inside the call, and passes when resumed', async () => {
    const writer = spawn('sh', ['-c', `echo thawed > ${at('frozen')}`])
    const state = () => readFileSync(`/proc/${writer.pid}/stat`, 'latin1').split(') ')[1]?.[0]
    await until('it is stopped', () => state() === 'T')
    assert.equal(text('frozen'), 'as it was')
    await new Promise((resolve) => setTimeout(resolve, 300))
    process.kill(writer.pid as number, 'SIGCONT')
    assert.deepEqual(await once(writer, 'exit'), [0, null])
    assert.equal(text('frozen'), 'thawed\n')
  })

  it('never hits its ancestors, nor what is protected', () => {
    writeFileSync(at('exempt'), 'by its parent')
    assert.equal(sh(`echo protected | tee ${at('exempt')}`), 0)
    assert.equal(sh(`echo x > ${at('exempt')}`), 2)
  })

  it('covers a file that is replaced, one that does not exist yet, and names anywhere', () => {
    writeFileSync(at('other'), 'another')
    assert.equal(sh(`mv ${at('other')} ${at('replaced')}`), 0)
    assert.equal(sh(`echo x >> ${at('replaced')}`), 2, 'another inode under the same name')
    assert.equal(sh(`cd ${at('ext4')}; rm reused; touch new; mv new reused`), 0)
    assert.equal(statSync(at('ext4/reused')).ino, number)
    assert.equal(sh(`echo x >> ${at('ext4/reused')}`), 2, 'another inode under the same name, and by the same number')
    assert.deepEqual([sh(`touch ${at('unborn')}`), sh(`touch ${at('unborn2')}`)], [1, 0])
    mkdirSync(at('deep/er'), { recursive: true })
    writeFileSync(at('deep/er/secret.key'), 'k')
    assert.notEqual(sh(`cat ${at('deep/er/secret.key')}`), 0)
    assert.deepEqual([sh(`touch ${at('a.locked')}`), sh(`touch ${at('a.lock')}`)], [1, 0])
  })

  it('says in the end what each rule did, and its files are free', async () => {
    const summary = await guard.stop()
    assert.match(summary, new RegExp(`rule ${ruleOf('family')}: 2 hits`))
    assert.match(summary, new RegExp(`rule ${ruleOf('open')}: [1-9]`))
    assert.match(summary, new RegExp(`rule ${ruleOf('exempt')}: 1 hit, \\d+ exempt`))
    for (const name of ['comm', 'exempt', 'replaced', 'ext4/reused']) assert.equal(sh(`dd if=/dev/zero of=${at(name)} bs=1 count=1 conv=notrunc`), 0, name)
  })
})

describe('the brake', () => {
  before(() => mkdirSync(folder, { recursive: true }))
  afterEach(() => RunningGuard.stopAll())
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('holds nothing after the program, however it ends; nor a rule whose time is over', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      fresh('after')
      fresh('timed')
      const guard = await RunningGuard.start('--rule', `deny write ${at('after')}`, '--rule', `deny write ${at('timed')} for 8s`)
      assert.equal(sh(`echo x > ${at('timed')}`), 2)
      assert.equal(sh(`echo x > ${at('after')}`), 2)
      if (signal === 'SIGTERM') {
        await new Promise((resolve) => setTimeout(resolve, 8500))
        assert.equal(sh(`echo x > ${at('timed')}`), 0, 'its time is over')
      }
      await guard.stop(signal)
      assert.equal(sh(`echo x > ${at('after')}`), 0, signal)
    }
  })

  it('leaves nothing when it is killed in the middle of arming', async () => {
    fresh('half')
    const rule = ['--rule', `deny write ${at('half')}`]
    // In a guest nobody else hooks any.
    const hooked = () => readFileSync('/sys/kernel/tracing/enabled_functions', 'utf8')
    const began = Date.now()
    await (await RunningGuard.start(...rule)).stop()
    const whole = Date.now() - began
    for (const part of [0.3, 0.7]) {
      const guard = RunningGuard.start(...rule).then(
        () => 'armed',
        () => 'killed',
      )
      await new Promise((resolve) => setTimeout(resolve, whole * part))
      RunningGuard.stopAll()
      await guard
      let written = sh(`echo x > ${at('half')}`)
      for (let i = 0; i < 20 && written !== 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        written = sh(`echo x > ${at('half')}`)
      }
      assert.equal(written, 0, `after ${part} of ${whole} ms`)
      const gone = () => hooked() === '' && sh("pgrep -x 'fswatch-keeper|fswatch-standby'") === 1
      for (let i = 0; i < 150 && !gone(); i++) await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal(hooked(), '', `after ${part} of ${whole} ms`)
      assert.equal(sh("pgrep -x 'fswatch-keeper|fswatch-standby'"), 1, 'no watchdog process is left')
    }
  })

  it('only tells in a dry run', async () => {
    fresh('dry')
    const dry = await RunningGuard.start('--dry-run', '--rule', `kill write ${at('dry')}`)
    assert.equal(sh(`echo x > ${at('dry')}`), 0)
    for (let i = 0; i < 100 && dry.hits.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(dry.hits.map(({ comm, path, refused }) => [comm, path, refused])[0], ['sh', at('dry'), ''])
    await dry.stop()
  })

  it('denies nothing it does not name: real work under a thousand rules', async () => {
    mkdirSync(at('rules'))
    const policy = Array.from({ length: 1000 }, (_, i) => `deny all ${at(`rules/${i}`)}${i % 3 === 0 ? ' by comm=nobody' : ''}`)
    writeFileSync(at('policy'), policy.join('\n'))
    const guard = await RunningGuard.start('--policy', at('policy'))
    const work = `set -e; cd ${folder}; rm -rf work; mkdir work; cd work
      git init -q .; git config user.email a@b; git config user.name a; for i in 1 2 3; do echo $i > f$i; git add .; git commit -qm $i; done; git clone -q . clone; git gc -q
      sqlite3 db 'create table t(a); insert into t values (1); insert into t select a from t; vacuum; select count(*) from t' | grep -q 2
      tar cf a.tar clone; mkdir out; tar xf a.tar -C out; cp -a out copy; diff -r out copy; find . -type f | xargs chmod 600; ln f1 hard; ln -s f1 soft; mv f2 f4; rm -rf copy; dd if=/dev/zero of=big bs=64k count=16 conv=fsync`
    const run = spawnSync('sh', ['-c', work], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    assert.notEqual(sh(`touch ${at('rules/1')}`), 0, 'and they are armed')
    assert.match(await guard.stop(), /1000 rules are armed/)
  })

  it('is armed, watched and undone from the screen', async () => {
    fresh('screen')
    const writer = spawn('sh', ['-c', `while :; do echo x >> ${at('screen')} && echo ok || echo refused; sleep 0.3; done`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let said = ''
    writer.stdout.on('data', (data: Buffer) => {
      said = data.toString()
    })
    const untilSaid = async (word: string) => {
      for (let i = 0; i < 6000 && !said.includes(word); i++) await new Promise((resolve) => setTimeout(resolve, 100))
      assert.ok(said.includes(word), `the writer says ${said}`)
    }
    const terminal = new Terminal(110, 30)
    const patience = 600_000
    try {
      terminal.start(`--pid ${writer.pid} --interval 2`)
      await terminal.untilShown(at('screen'), patience)
      terminal.keys('d')
      await terminal.untilShown(`rule: deny modify ${at('screen')} by pid=${writer.pid}`, patience)
      await terminal.untilShown('would have hit', patience)
      terminal.keys('Enter')
      await untilSaid('refused')
      await terminal.untilShown('rule 1 refused sh', patience)
      await terminal.until((lines) => lines.some((line) => /\d+ root +!sh/.test(line)), 'the mark of a row that was hit', patience)
      terminal.keys('5')
      await terminal.until((lines) => lines.some((line) => /1 armed +\d+/.test(line)), 'the rule in its view', patience)
      terminal.keys('Space')
      await untilSaid('ok')
      terminal.keys('1', 'x')
      await terminal.untilShown('rule: kill modify', patience)
      terminal.keys('Enter')
      await once(writer, 'exit')
      assert.equal(writer.signalCode, 'SIGKILL')
    } finally {
      terminal.close()
      writer.kill('SIGKILL')
    }
  })

  it('arms nothing from the screen by a paste, an Enter by hand does; a rule that can stop the machine needs the word', async () => {
    fresh('pasted')
    fresh('word')
    const writer = spawn('sh', ['-c', `while :; do echo x >> ${at('pasted')}; sleep 0.3; done`], { stdio: 'ignore' })
    let second: ReturnType<typeof spawn> | undefined
    const terminal = new Terminal(110, 30)
    const patience = 600_000
    try {
      terminal.start(`--path ${folder} --interval 2`)
      await terminal.untilShown(at('pasted'), patience)
      terminal.keys('/')
      await terminal.untilShown('filter:', patience)
      terminal.paste('sh\nx\n', true)
      await terminal.untilShown('filter: shx', patience)
      terminal.keys('C-u')
      terminal.paste('sh\nx\n', false)
      await terminal.untilShown('press Enter again to arm: the line changed in the same input', patience)
      await terminal.untilShown(`rule: kill modify ${at('pasted')} by pid=${writer.pid}`, patience)
      // Arming takes seconds: long enough for a writer that must not die.
      await new Promise((resolve) => setTimeout(resolve, 3000))
      assert.equal(writer.signalCode, null)
      assert.ok(!terminal.lines().some((line) => /arming:|\d rules? by/.test(line)))
      terminal.keys('Enter')
      await once(writer, 'exit')
      assert.equal(writer.signalCode, 'SIGKILL')
      second = spawn('sh', ['-c', `while :; do echo x >> ${at('word')}; sleep 0.3; done`], { stdio: 'ignore' })
      const broad = `kill modify ${folder}/** by uid=0`
      terminal.keys('5')
      await terminal.until((lines) => lines.some((line) => /1 armed/.test(line)), 'the rule in its view', patience)
      terminal.keys('e')
      await terminal.untilShown('rule: kill modify', patience)
      terminal.keys('C-u')
      terminal.text(broad)
      await terminal.untilShown(`rule: ${broad}`, patience)
      terminal.keys('Enter')
      await terminal.untilShown('type yes to arm it:', patience)
      await terminal.untilShown(`it kills on a whole tree (${folder}/**) by uid=0`, patience)
      terminal.keys('Enter')
      await new Promise((resolve) => setTimeout(resolve, 3000))
      assert.equal(second.signalCode, null)
      terminal.text('yes')
      await terminal.untilShown('type yes to arm it: yes', patience)
      terminal.keys('Enter')
      await once(second, 'exit')
      assert.equal(second.signalCode, 'SIGKILL')
      // The rule would kill this process too, which deletes the folder.
      terminal.keys('u')
      await terminal.untilShown('is disarmed', patience)
    } finally {
      terminal.close()
      writer.kill('SIGKILL')
      second?.kill('SIGKILL')
    }
  })
})
