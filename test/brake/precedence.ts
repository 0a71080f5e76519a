/** Which rule decides: rules of one program, of two at a time, and beside a BPF program of another. In a guest only. */
import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answer, arm, asked, at, brake, cleanUp, folder, sh, sleep, start, startTalking, stateOf, text, until, way } from './held.ts'
import { RunningGuard } from './running.ts'

const bystander = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/bystander')

const fresh = (name: string) => {
  writeFileSync(at(name), 'as it was')
  return at(name)
}

/** Hits by the first word of each rule, after a tick. */
async function hits(): Promise<Record<string, number>> {
  await brake.tick()
  return Object.fromEntries(brake.states().map(({ text: line, hits: count }) => [line.split(/[ :]/)[0], count]))
}

/** Each makes one call, or an open and a write; the errno's number is its exit status. */
const writer = (name: string) =>
  start('python3', '-c', `import os, sys\ntry: os.write(os.open('${at(name)}', os.O_RDWR), b'x')\nexcept OSError as e: sys.exit(e.errno)`)
const remover = (name: string) => start('python3', '-c', `import os, sys\ntry: os.unlink('${at(name)}')\nexcept OSError as e: sys.exit(e.errno)`)
const renamer = (from: string, to: string) =>
  start('python3', '-c', `import os, sys\ntry: os.rename('${at(from)}', '${at(to)}')\nexcept OSError as e: sys.exit(e.errno)`)

const [EPERM, EACCES] = [1, 13]

describe('rules that contradict each other', () => {
  cleanUp()
  afterEach(() => RunningGuard.stopAll())

  it('kill counts before deny, freeze and ask, in whatever order they came; all but ask act', async () => {
    fresh('all')
    for (const action of ['audit', 'ask', 'freeze', 'deny:EACCES', 'kill']) await arm(`${action} write ${at('all')}`)
    const write = writer('all')
    assert.equal(await write.ended, 'SIGKILL')
    assert.equal(text('all'), 'as it was')
    assert.deepEqual(await hits(), { audit: 1, ask: 0, freeze: 1, deny: 1, kill: 1 })
  })

  it('deny counts before freeze: the process stops, and the call has failed when it is continued', async () => {
    fresh('frozen')
    for (const action of ['freeze', 'deny:EACCES']) await arm(`${action} write ${at('frozen')}`)
    const write = writer('frozen')
    await until('it is stopped', () => stateOf(write.child.pid) === 'T')
    await sleep(300)
    write.child.kill('SIGCONT')
    assert.equal(await write.ended, EACCES)
    assert.equal(text('frozen'), 'as it was')
    // Made again, the call would be refused twice.
    assert.deepEqual(await hits(), { freeze: 1, deny: 1 })
  })

  it('a rule that kills counts before one that refuses the other side of a rename', async () => {
    fresh('from')
    fresh('to')
    await arm(`deny:EACCES rename ${at('from')}`)
    await arm(`kill modify ${at('to')}`)
    assert.equal(await renamer('from', 'to').ended, 'SIGKILL')
    assert.ok(existsSync(at('from')))
    assert.deepEqual(await hits(), { deny: 1, kill: 1 })
  })

  it('nothing is asked about a rename that the rules of its target refuse', async () => {
    fresh('from')
    fresh('to')
    await arm(`ask rename ${at('from')}`)
    await arm(`deny:EACCES modify ${at('to')}`)
    assert.equal(await renamer('from', 'to').ended, EACCES)
    assert.deepEqual(await hits(), { ask: 0, deny: 1 })
  })

  it('of two programs: the one that loaded last decides first, and what it refuses the other does not see; each tells of the other', async () => {
    for (const name of ['killed', 'denied', 'asked', 'plain']) fresh(name)
    await arm(`kill write ${at('killed')}`)
    await arm(`deny:EACCES write ${at('denied')}`)
    await arm(`ask delete ${at('asked')}`)
    const second = await RunningGuard.start(
      ...['--enforce', way, '--rule', `deny write ${at('killed')}`],
      ...['--rule', `kill write ${at('denied')}`, '--rule', `deny delete ${at('asked')}`],
    )
    assert.equal(await writer('killed').ended, EPERM)
    assert.equal(await writer('denied').ended, 'SIGKILL')
    assert.equal(await remover('asked').ended, EPERM)
    assert.equal(await writer('plain').ended, 0)
    assert.deepEqual(await hits(), { kill: 0, deny: 0, ask: 0 })
    await until('the first tells of the second', async () => {
      await brake.tick()
      return brake.enforcement.others?.some(({ isFswatch, pid }) => isFswatch && pid === second.child.pid)
    })
    assert.match(brake.news().join('\n'), new RegExp(`another fswatch-tui \\(pid ${second.child.pid}\\) enforces rules`))
    const summary = await second.stop()
    assert.match(summary, new RegExp(`another fswatch-tui \\(pid ${process.pid}\\) enforces rules`))

    // The rules of the first hold as soon as the second has gone.
    assert.equal(await writer('killed').ended, 'SIGKILL')
    assert.equal(await writer('denied').ended, EACCES)
    const held = remover('asked')
    await answer(await asked(), 'allow')
    assert.equal(await held.ended, 0)
  })

  it('of two programs: a call that one of them lets pass is refused by the other; two questions about one call have two answers', async () => {
    for (const name of ['one', 'two']) fresh(name)
    const second = await RunningGuard.start(
      ...['--enforce', way, '--ask-timeout', '5s', '--ask-default', 'allow'],
      ...['--rule', `ask delete ${at('one')}`, '--rule', `ask delete ${at('two')}`],
    )
    await arm(`deny:EACCES delete ${at('one')}`)
    await arm(`ask delete ${at('two')}`)
    assert.equal(await remover('one').ended, EACCES)
    const both = remover('two')
    await answer(await asked(), 'allow')
    assert.equal(await both.ended, 0)
    assert.ok(!existsSync(at('two')) && existsSync(at('one')))
    const summary = await second.stop()
    assert.match(summary, /rule 2: 1 hit:/, 'it is asked once')
  })

  it('of a BPF program of another: what the other refuses fails, rules hold beside it, and it is told of by name', async () => {
    fresh('plain')
    await arm(`deny:EACCES create,delete ${folder}/made`)
    await arm(`audit create ${folder}/other`)
    // The errno of the one that is asked first.
    const other = startTalking(bystander, ...(way === 'lsm' ? ['lsm', 'bpf_lsm_inode_mkdir', '-17'] : ['fmod_ret', 'security_inode_mkdir', '-17']))
    await until('it is attached', () => other.said() === 'attached\n')
    const mkdir = (name: string) => start('python3', '-c', `import os, sys\ntry: os.mkdir('${at(name)}')\nexcept OSError as e: sys.exit(e.errno)`).ended
    assert.equal(await mkdir('made'), 17, 'attached last, it is asked first')
    assert.equal(await mkdir('other'), 17)
    assert.equal(await sh(`echo x > ${at('made')}`).ended, 2, 'a rule holds beside it')
    assert.deepEqual(await hits(), { deny: 1, audit: 0 })
    const found = await until('it is told of', async () => {
      await brake.tick()
      return brake.enforcement.others?.find(({ name }) => name === 'bystander')
    })
    const tells = way === 'lsm'
    assert.deepEqual(found, {
      ...{ name: 'bystander', kind: way, isFswatch: false, pid: other.child.pid, comm: 'bystander' },
      hook: tells ? 'bpf_lsm_inode_mkdir' : null,
    })
    assert.match(brake.news().join('\n'), /another BPF program can refuse the same calls: bystander/)
    // It says so before it tries ways to stop, which takes minutes in a guest.
    const doctor = start('fswatch-tui', 'doctor')
    await until('doctor tells of both', () => /another fswatch-tui/.test(doctor.said()) && /bystander/.test(doctor.said()), 240_000)
    doctor.child.kill('SIGKILL')
    assert.match(doctor.said(), /another BPF program can refuse the same calls: bystander \(\w+\) of bystander/)
    assert.match(doctor.said(), /another fswatch-tui \(pid \d+\) enforces rules/)
    other.tell('')
    await other.ended
    await until('it is told of no more', async () => {
      await brake.tick()
      return brake.enforcement.others?.length === 0
    })
    assert.equal(await mkdir('other'), 0)
    rmSync(at('other'), { recursive: true })
  })
})
