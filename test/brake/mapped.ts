/** Stores through shared mappings that are older than the rule. Run inside a guest by test/guest/brake.test.ts. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RunningGuard, sh } from './running.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/mapper')
const folder = '/tmp/mapped'
const disk = join(folder, 'disk')
const overlay = join(folder, 'overlay')
const at = (name: string) => join(disk, name)

/** The first byte of each page. */
function letters(path: string): string {
  const bytes = readFileSync(path)
  return String.fromCharCode(bytes[0] as number, bytes[4096] as number)
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(holds(), what)
}

/** A process that has a file of two pages mapped, and has stored into the first. */
class Mapper {
  static readonly #all: Mapper[] = []
  readonly path: string
  readonly child: ChildProcess
  /** what it has written */
  said = ''

  private constructor(path: string, ...how: string[]) {
    this.path = path
    this.child = spawn(program, [path, ...how], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.child.stdout?.on('data', (data: Buffer) => {
      this.said += data.toString()
    })
    Mapper.#all.push(this)
  }

  /** `how`: 'later' maps it read-only. */
  static async start(path: string, ...how: 'later'[]): Promise<Mapper> {
    writeFileSync(path, 'o'.repeat(8192))
    const mapper = new Mapper(path, ...how)
    await until('it is ready', () => mapper.said.includes('ready'))
    return mapper
  }

  static stopAll(): void {
    for (const { child } of Mapper.#all.splice(0)) child.kill('SIGKILL')
  }

  store(letter: string): void {
    this.child.stdin?.write(letter)
  }

  get stores(): number {
    return this.said.split('stored').length - 1
  }

  get state(): string | undefined {
    return readFileSync(`/proc/${this.child.pid}/stat`, 'latin1').split(') ')[1]?.[0]
  }
}

type FourMappers = [Mapper, Mapper, Mapper, Mapper]

/** What became of stores that a rule names, in their order. */
function told(guard: RunningGuard, rule: number): (string | undefined)[] {
  return guard.hits.filter((hit) => hit.rule === rule).map(({ store }) => store)
}

describe('stores through a mapping made before the rule', () => {
  before(() => {
    mkdirSync(disk, { recursive: true })
    assert.equal(sh(`modprobe -a loop ext4; cd ${folder}; truncate -s 64M image; mkfs.ext4 -q image && mount -o loop image disk`), 0)
    const layers = 'lowerdir=lower,upperdir=upper,workdir=work'
    assert.equal(sh(`modprobe overlay; cd ${disk}; mkdir lower upper work ${overlay}; mount -t overlay -o ${layers} overlay ${overlay}`), 0)
  })
  afterEach(() => {
    RunningGuard.stopAll()
    Mapper.stopAll()
  })
  after(() => {
    sh(`umount ${overlay} ${disk}`)
    rmSync(folder, { recursive: true, force: true })
  })

  it('kill, freeze and, by --mapped, deny act before the first store; what is resumed passes, and is told; tmpfs has no store to see', async () => {
    const [killed, frozen, denied, free] = (await Promise.all(['killed', 'frozen', 'denied', 'free'].map((name) => Mapper.start(at(name))))) as FourMappers
    const hidden = await Mapper.start(join(folder, 'hidden'))
    const [stacked, later] = [await Mapper.start(join(overlay, 'stacked')), await Mapper.start(join(overlay, 'later'), 'later')]
    const guard = await RunningGuard.start(
      ...['--mapped', 'freeze', '--rule', `kill write ${killed.path}`, '--rule', `freeze write ${frozen.path}`],
      ...['--rule', `deny write ${denied.path}`, '--rule', `kill write ${hidden.path}`],
      ...['--rule', `kill write ${stacked.path}`, '--rule', `deny write ${later.path}`],
    )
    for (const mapper of [killed, frozen, denied, free, hidden, stacked, later]) mapper.store('B')
    await until('the others store', () => free.stores === 1 && hidden.stores === 1)
    await until('they are killed', () => killed.child.signalCode === 'SIGKILL' && stacked.child.signalCode === 'SIGKILL')
    await until('it must not make its mapping writable', () => later.said.includes('refused'))
    await until('they are stopped', () => frozen.state === 'T' && denied.state === 'T')
    assert.deepEqual(
      [killed, frozen, denied, free, hidden, stacked, later].map(({ path }) => letters(path)),
      ['Ao', 'Ao', 'Ao', 'BB', 'BB', 'Ao', 'oo'],
    )
    // Within 100 ms of the first stop, another one counts as the same.
    await new Promise((resolve) => setTimeout(resolve, 300))
    for (const mapper of [frozen, denied]) mapper.child.kill('SIGCONT')
    await until('they go on', () => frozen.stores === 1 && denied.stores === 1)
    assert.deepEqual(
      [frozen, denied].map(({ path }) => letters(path)),
      ['BB', 'BB'],
    )
    await until('all is told', () => told(guard, 3).length === 2)
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((rule) => told(guard, rule)),
      [['killed'], ['stopped'], ['stopped', 'passed'], [], ['killed'], [undefined]],
    )
    assert.deepEqual(
      guard.hits.filter(({ rule }) => rule === 1).map(({ pid, path }) => [pid, path]),
      [[killed.child.pid, killed.path]],
    )
    assert.notEqual(sh(`echo x >> ${denied.path}`), 0, 'a call is refused all the same')
    const summary = await guard.stop()
    assert.match(summary, new RegExp(`mapper \\(${hidden.child.pid}\\) has it mapped writable: .*not stopped`))
    assert.match(summary, /stores into \S*hidden are not seen: the kernel tells tmpfs of no store/)
    assert.match(summary, new RegExp(`mapper \\(${denied.child.pid}\\) has it mapped writable: its next store stops it`))
  })

  it('--mapped kill; without it, guard reports what deny cannot refuse', async () => {
    const denied = await Mapper.start(at('ended'))
    const killing = await RunningGuard.start('--mapped', 'kill', '--rule', `deny write ${denied.path}`)
    denied.store('B')
    await until('it is killed', () => denied.child.signalCode === 'SIGKILL')
    assert.equal(letters(denied.path), 'Ao')
    await killing.stop()
    const reported = await Mapper.start(at('reported'))
    const guard = await RunningGuard.start('--rule', `deny write ${reported.path}`)
    reported.store('B')
    await until('it stores', () => reported.stores === 1)
    await until('both pages are told', () => guard.hits.length >= 2)
    assert.deepEqual(told(guard, 1), ['passed', 'passed'])
    assert.match(await guard.stop(), /has it mapped writable: .*reported, not stopped/)
  })
})
