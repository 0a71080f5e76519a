/** --on-exit: how it is written, how kept rules are found and ended, and what the watchdog process makes of its pipe and socket. No BPF. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { onExitOf, UsageError } from '../../src/commands/checks.ts'
import { parseConfig } from '../../src/commands/config.ts'
import { keepSentence, onExitOptionsOf } from '../../src/commands/guard.ts'
import { keptSentence, keptSentenceNow } from '../../src/commands/release.ts'
import { settled } from '../../src/commands/settings.ts'
import { refuseStrangers } from '../../src/commands/strangers.ts'
import { packageRoot } from '../../src/kernel/addon.ts'
import { keptRules, newSocketPath, releaseKept, untilListening } from '../../src/kernel/guard/kept-rules.ts'

const base = mkdtempSync(join(tmpdir(), 'kept-'))
after(() => rmSync(base, { recursive: true }))

describe('--on-exit', () => {
  it('keeps nothing of a dry run, and says so', () => {
    assert.deepEqual(onExitOptionsOf({ onExit: 'keep', dryRun: true }), { keepMs: 0 })
    assert.equal(keepSentence({ onExit: 'keep', dryRun: true }), 'a dry run keeps no rules: --on-exit keep does nothing')
    assert.equal(keepSentence({ onExit: 'release', dryRun: true }), null)
    assert.throws(() => onExitOptionsOf({ onExit: 'kep', dryRun: true }), UsageError)
  })

  it('is release, keep, or keep with a time of at most an hour', () => {
    for (const [text, ms] of [
      ['release', 0],
      ['keep', 60_000],
      ['keep:1', 1000],
      ['keep:90s', 90_000],
      ['keep:60m', 3_600_000],
      ['keep:1h', 3_600_000],
    ] as const)
      assert.equal(onExitOf('--on-exit', text), ms, text)
    assert.deepEqual(onExitOptionsOf({ onExit: 'keep:2m', dryRun: false }), { keepMs: 120_000 })
    assert.match(keepSentence({ onExit: 'keep:2m', dryRun: false }) ?? '', /^if this program is killed or crashes, .* hold for 120 s more; /)
    assert.equal(keepSentence({ onExit: 'release', dryRun: false }), null)
  })

  it('is refused otherwise, with what would be right', () => {
    const refused = (text: string, message: RegExp) =>
      assert.throws(
        () => onExitOf('--on-exit', text),
        (error) => error instanceof UsageError && message.test(error.message),
        text,
      )
    refused('kep', /^--on-exit kep: choose release, keep or keep:TIME \(did you mean keep\?\)$/)
    refused('', /choose release/)
    refused('release:5s', /choose release/)
    for (const text of ['keep:', 'keep:0', 'keep:61m', 'keep:2h', 'keep:3601', 'keep:-1s', 'keep:1d', 'keep: 5s', 'keep:5s:5s'])
      refused(text, /^--on-exit keep:.*: from 1s to 1h, such as keep:30s or keep:2m$/)
  })

  it('is a setting too, weaker than the flag, and release without either', () => {
    const { settings, mistakes } = parseConfig("on-exit = 'keep:5m'", () => true)
    assert.deepEqual([settings, mistakes], [{ onExit: 'keep:5m' }, []])
    assert.equal(settled({}, settings).onExit, 'keep:5m')
    assert.equal(settled({ onExit: 'release' }, settings).onExit, 'release')
    assert.equal(settled({}, {}).onExit, 'release')
    const wrong = parseConfig("on-exit = 'keep:2h'", () => true).mistakes
    assert.deepEqual(
      wrong.map(({ message }) => message),
      ['on-exit keep:2h: from 1s to 1h, such as keep:30s or keep:2m'],
    )
  })

  it('belongs to the screen and to guard; release takes no flags', () => {
    refuseStrangers('', ['--on-exit', 'keep'])
    refuseStrangers('guard', ['guard', '--on-exit=keep:5s', '--rule', 'deny open /x'])
    assert.throws(() => refuseStrangers('batch', ['batch', '--on-exit', 'keep']), /batch takes no --on-exit/)
    assert.throws(() => refuseStrangers('guard', ['guard', '--on-exti', 'keep']), /did you mean --on-exit\?/)
    assert.throws(() => refuseStrangers('guard', ['guard', '--on-exit']), /--on-exit wants a value/)
    refuseStrangers('release', ['release'])
    assert.throws(() => refuseStrangers('release', ['release', '--rule', 'x']), /release takes no --rule/)
  })
})

describe('what the next start says', () => {
  it('is nothing, or for how long, of which program, and what ends it', () => {
    assert.equal(keptSentence([]), null)
    const socket = ''
    assert.equal(
      keptSentence([{ socket, pid: 12, leftMs: 41_500 }]),
      'rules of an earlier run hold for 42 s more (process 12 died); fswatch-tui release ends them',
    )
    assert.equal(
      keptSentence([
        { socket, pid: 12, leftMs: 1000 },
        { socket, pid: 13, leftMs: null },
      ]),
      'rules of an earlier run hold for 1 s more (process 12 died); rules of process 13 may hold (the watchdog process does not answer); fswatch-tui release ends them',
    )
  })
})

describe('kept rules', () => {
  const folder = join(base, 'sockets')
  const servers: Server[] = []
  const serve = (name: string, answer: string | null) =>
    new Promise<void>((resolve) => {
      const server = createServer((client) => client.once('data', () => answer !== null && client.end(answer)))
      servers.push(server.listen(join(folder, name), resolve))
    })
  after(() => {
    for (const server of servers) server.close()
  })

  it('have sockets in a folder that no other user enters', () => {
    const path = newSocketPath(folder)
    assert.ok(path.startsWith(`${folder}/${process.pid}-`))
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.notEqual(newSocketPath(folder), path)
    chmodSync(folder, 0o755)
    assert.throws(() => newSocketPath(folder), /--on-exit keep needs a place.*not root's alone: remove it/)
    chmodSync(folder, 0o700)
  })

  it('are waited for at a start for a second at most', async () => {
    const silent = newSocketPath(join(base, 'silent'))
    const server = createServer(() => {})
    servers.push(server)
    await new Promise<void>((resolve) => void server.listen(silent, resolve))
    const began = performance.now()
    assert.match(
      (await keptSentenceNow(join(base, 'silent'))) ?? '',
      /^rules of process \d+ may hold \(the watchdog process does not answer\); fswatch-tui release/,
    )
    assert.ok(performance.now() - began < 5000)
  })

  it('are those whose program died; a socket that nothing listens at goes', async () => {
    assert.deepEqual(await keptRules(join(base, 'nowhere')), [])
    await serve('21-a.socket', 'armed 21\n')
    await serve('22-b.socket', 'kept 22 4200\n')
    await serve('23-c.socket', null)
    await serve('24-d.socket.new', 'kept 24 4200\n')
    const [unfinished, old] = [join(folder, '24-d.socket.new'), join(folder, '26-f.socket.new')]
    await serve('26-f.socket.new', '')
    utimesSync(old, Date.now() / 1000 - 60, Date.now() / 1000 - 60)
    const gone = join(folder, '25-e.socket')
    const child = spawn(process.execPath, ['-e', `require('net').createServer().listen('${gone}', () => process.kill(process.pid, 'SIGKILL'))`])
    await once(child, 'close')
    assert.ok(existsSync(gone))
    const found = await keptRules(folder, 500)
    assert.deepEqual(
      found.map(({ pid, leftMs }) => [pid, leftMs]),
      [
        [22, 4200],
        [23, null],
      ],
    )
    assert.deepEqual([gone, old, unfinished].map(existsSync), [false, false, true], 'one that starts just now stays')
    await assert.rejects(releaseKept({ socket: join(folder, '23-c.socket'), pid: 23, leftMs: null }, 200), /process 23 left were not released.*does not answer/)
    await assert.rejects(releaseKept({ socket: join(folder, '21-a.socket'), pid: 21, leftMs: 1 }), /answered armed/)
    await releaseKept({ socket: gone, pid: 25, leftMs: 1 })
  })
})

/** The watchdog process with pipes where its maps would be: it has no rules, and behaves all the same. */
describe('the watchdog process', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const folder = join(base, 'watchdog')

  async function watchdog(keepSeconds: number) {
    const socket = newSocketPath(folder)
    const path = ['build/Release/fswatch-keeper', 'prebuilds/linux-x64/fswatch-keeper'].map((one) => join(packageRoot(), one)).find((one) => existsSync(one))
    const child = spawn(path as string, ['2', '32', 'watchdog', String(keepSeconds), socket], { stdio: Array(8).fill('pipe') })
    const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
    await untilListening(socket, () => child.exitCode !== null)
    return { socket, ended, pipe: child.stdin as Writable }
  }

  it('keeps rules after a death, until it is told to release them', async () => {
    const { socket, ended, pipe } = await watchdog(3600)
    pipe.write('k')
    assert.deepEqual(await keptRules(folder), [], 'its program lives')
    pipe.destroy()
    const [kept] = await keptRules(folder)
    assert.ok(kept && kept.pid === process.pid && (kept.leftMs ?? 0) > 3_500_000 && (kept.leftMs ?? 0) <= 3_600_000, JSON.stringify(kept))
    await releaseKept(kept)
    assert.equal(await ended, 0)
    assert.ok(!existsSync(socket))
  })

  it('keeps them for its time', async () => {
    const { ended, pipe } = await watchdog(2)
    pipe.write('k')
    const begin = performance.now()
    pipe.destroy()
    assert.equal((await keptRules(folder)).length, 1)
    assert.equal(await ended, 0)
    assert.ok(performance.now() - begin >= 2000)
  })

  it('keeps none where its program ended by itself, or was not ready', async () => {
    for (const said of ['kr', '', 'krkr']) {
      const { socket, ended, pipe } = await watchdog(3600)
      if (said !== '') pipe.write(said)
      pipe.destroy()
      assert.equal(await ended, 0, said)
      assert.ok(!existsSync(socket))
    }
  })
})
