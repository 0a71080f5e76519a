/**
 * Rules that lock the machine, in a guest: no program starts while they are armed, and the program that armed them can always be ended.
 * `npm run guest -- --kernel 6.12 node --test test/brake/locked.ts`
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
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

/** Pids that carry the output of a guest's command out of it (test/vm/init.sh). They are no ancestors of the program: rules on /dev would stop them. */
function carriers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(Number(name)).includes('cat\0./run/guest/'))
    .map(Number)
}

/** The arguments of a process, each with a NUL after it; empty where it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/** An emulated machine on a busy host takes minutes to load the programs. */
const PATIENCE_MS = 600_000

/** ms after which a key that had no effect is pressed again. */
const AGAIN_MS = 30_000

/** How many rules are armed, by the screen's first line. (Of a line that changes, the terminal gets only the new letters.) */
function armedRules(t: PseudoTerminal): number {
  return Number(/(\d+) rules? by \w+/.exec(t.lines()[0] ?? '')?.[1] ?? 0)
}

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
  let child: ChildProcess
  try {
    child = spawn('/bin/cat', ['/proc/version'], { stdio: 'ignore' })
  } catch (error) {
    // Node throws EPERM of exec instead of emitting it.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return 'refused'
    throw error
  }
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
    const deadline = Date.now() + PATIENCE_MS
    for (let count = armedRules(t); count > 0; count = armedRules(t)) {
      assert.ok(Date.now() < deadline, t.lines().join('\n'))
      await t.quiet()
      t.send('u')
      // A slow machine takes two keys that came apart for a paste, and asks for the key again.
      for (const again = Date.now() + AGAIN_MS; armedRules(t) === count && Date.now() < again; ) await new Promise((resolve) => setTimeout(resolve, 50))
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

  for (const [lock, end] of ALL)
    it(`${lock}: ${end} ends the program, and nothing stays armed`, async () => {
      const rules = LOCKS[lock].map((rule) => `--rule '${rule}'`).join(' ')
      const protect = carriers().map((pid) => `--protect pid=${pid}`)
      assert.equal(protect.length, 2, 'standard output and error')
      const t = new PseudoTerminal(`${program} --no-config --force --ask-timeout 1h ${protect.join(' ')} ${rules}; echo "over: $?"`, 110, 30, programEnv)
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
