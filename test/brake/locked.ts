/**
 * Rules that lock the machine, in a guest: no program starts while they are armed, and the program that armed them can always be ended.
 * `npm run guest -- --kernel 6.12 node --test test/brake/locked.ts`
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { PseudoTerminal } from '../ui/pty.ts'
import { program, programEnv } from '../ui/terminal.ts'

if (!existsSync('/run/guest')) throw new Error('this runs in a guest only')

const mapped = (name: RegExp) => realpathSync(name.exec(readFileSync('/proc/self/maps', 'latin1'))?.[1] ?? '')
const [loader, libc] = [mapped(/\s(\/\S*\/ld-[^/\s]*)$/m), mapped(/\s(\/\S*\/libc\.so[^/\s]*)$/m)]

/** What a new program meets. Freeze and ask are on libc: at the loader exec itself would wait, and with it whoever starts the program. */
const LOCKS = {
  deny: ['deny all /proc/**', 'deny all /dev/**', 'deny all /sys/fs/bpf/**', `deny open,exec ${loader}`],
  freeze: [`freeze open ${libc}`],
  ask: [`ask open ${libc}`],
}
type Lock = keyof typeof LOCKS

/** An emulated machine on a busy host takes minutes to load the programs. */
const PATIENCE_MS = 600_000

/** The state letter of a process. */
function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] ?? ''
  } catch {
    return ''
  }
}

/** Starts a program that is not exempt: 'works', 'refused', or 'held' inside a call. */
async function tried(): Promise<'works' | 'refused' | 'held'> {
  const child: ChildProcess = spawn('/bin/cat', ['/proc/version'], { stdio: 'ignore' })
  let ended: 'works' | 'refused' | null = null
  child.once('error', () => (ended = 'refused'))
  child.once('exit', (code) => (ended = code === 0 ? 'works' : 'refused'))
  const deadline = Date.now() + PATIENCE_MS
  try {
    for (;;) {
      if (ended !== null) return ended
      if (child.pid !== undefined && stateOf(child.pid) === 'T') return 'held'
      if (Date.now() > deadline) throw new Error('a program neither runs nor is refused nor held')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    child.kill('SIGKILL')
  }
}

/** How the program is ended; each leaves the status that the shell tells, or none where the terminal is gone. */
const ENDS: Record<string, (t: PseudoTerminal) => Promise<string | null>> = {
  'u for each rule, then q': async (t) => {
    for (let text = ''; text !== 'no rule is armed'; ) {
      t.taken()
      t.send('u')
      text = await t.untilOneOf([/rule \d+ is disarmed/, /no rule is armed/], PATIENCE_MS)
      await t.quiet()
    }
    assert.equal(await tried(), 'works', 'while the program lives on')
    t.send('q')
    return 'over: 0'
  },
  q: async (t) => {
    t.send('q')
    return 'over: 0'
  },
  'Ctrl-C': async (t) => {
    t.send('\u0003')
    return 'over: 0'
  },
  SIGTERM: async (t) => {
    process.kill(t.programPid() ?? 0, 'SIGTERM')
    return 'over: 143'
  },
  'the end of the terminal': async (t) => {
    const pid = t.programPid() ?? 0
    t.kill()
    const deadline = Date.now() + PATIENCE_MS
    while (stateOf(pid) !== '' && stateOf(pid) !== 'Z') {
      assert.ok(Date.now() < deadline, 'the program lives on')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return null
  },
}

/** In BRIEF each way to end once, and each lock. */
const BRIEF: [Lock, string][] = [
  ['deny', 'u for each rule, then q'],
  ['deny', 'the end of the terminal'],
  ['freeze', 'Ctrl-C'],
  ['ask', 'SIGTERM'],
]
const ALL = (Object.keys(LOCKS) as Lock[]).flatMap((lock) => Object.keys(ENDS).map((end): [Lock, string] => [lock, end]))

describe('a rule that locks the machine', () => {
  before(() => {
    if (spawnSync('mountpoint', ['-q', '/sys/fs/bpf']).status !== 0) execFileSync('mount', ['-t', 'bpf', 'bpf', '/sys/fs/bpf'])
  })

  it('is refused without --force', () => {
    const rules = ['deny open /**', 'deny exec /**', 'freeze open /**', 'ask open /usr/**', 'kill modify /** by uid=0', ...LOCKS.deny, ...LOCKS.ask]
    const { status, stderr } = spawnSync('fswatch-tui', ['guard', '--no-config', '--for', '1', ...rules.flatMap((rule) => ['--rule', rule])], {
      encoding: 'utf8',
    })
    assert.equal(status, 2, stderr)
    assert.match(stderr, /nothing is armed: 10 rules can stop the machine/)
    for (const rule of rules) assert.ok(stderr.includes(`\n  ${rule}: `), `${rule}\n${stderr}`)
  })

  for (const [lock, end] of process.env.BRIEF === undefined ? ALL : BRIEF)
    it(`${lock}: ${end} ends the program, and nothing stays armed`, async () => {
      const rules = LOCKS[lock].map((rule) => `--rule '${rule}'`).join(' ')
      const t = new PseudoTerminal(`${program} --no-config --force --ask-timeout 1h ${rules}; echo "over: $?"`, 110, 30, programEnv)
      try {
        await t.untilOneOf([/\d rules? by \w+/], PATIENCE_MS)
        assert.equal(await tried(), lock === 'deny' ? 'refused' : 'held')
        await t.quiet()
        const told = await (ENDS[end] as (typeof ENDS)[string])(t)
        if (told !== null) await t.until(told, PATIENCE_MS)
        // The kernel detaches programs in the background.
        const deadline = Date.now() + PATIENCE_MS
        while ((await tried()) !== 'works') assert.ok(Date.now() < deadline, 'rules stay armed')
      } finally {
        t.kill()
      }
    })
})
