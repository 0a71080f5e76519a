/** Events of a live child: they come while somebody looks, and at no other time. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { EventFact } from '../../src/batch/batch.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import { Terminal } from '../ui/terminal.ts'

describe('events', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'events-'))
  const file = join(folder, 'appended')
  let child: ChildProcess
  let terminal: Terminal | undefined
  before(() => {
    child = spawn('sh', ['-c', `while :; do echo line >> ${file}; sleep 0.02; done`], { stdio: 'ignore' })
  })
  afterEach(() => terminal?.close())
  after(() => {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  const pid = () => child.pid as number

  it('come from a source as long as they are wanted, with their names', async () => {
    const source = LiveSource.open({ attach: 'auto', intervalMs: 50, maxEntries: 1024, filter: { pids: [pid()] }, events: false })
    try {
      const paths = new Map<string, string>()
      /** Events of the next ten batches; the child does something in each. */
      const taken = async () => {
        const events: EventFact[] = []
        let writes = 0
        for (let i = 0; i < 10; i++) {
          const batch = await source.next()
          for (const fact of batch?.files ?? []) paths.set(fact.id, fact.path)
          for (const { writes: more } of batch?.counters ?? []) writes += more
          events.push(...(batch?.events ?? []))
          assert.equal(batch?.losses.eventsFull, 0)
        }
        assert.ok(writes > 0, 'the child goes on')
        return events
      }
      assert.deepEqual(await taken(), [])
      assert.equal(source.wantEvents(true), true)
      assert.equal(source.wantEvents(true), false, 'they come already')
      const events = await taken()
      assert.ok(events.some(({ op, file: id, result, pid: of }) => op === 'write' && result === 5 && of === pid() && paths.get(id) === file))
      assert.ok(events.some(({ op, openFlags }) => op === 'open' && (openFlags & 3) === 1))
      assert.equal(source.wantEvents(false), false)
      // What was under way comes still.
      await source.next()
      assert.deepEqual(await taken(), [])
      assert.equal(source.wantEvents(true), true)
      assert.ok((await taken()).length > 0, 'and again')
    } finally {
      await source.close()
    }
  })

  it('are on the screen of one process alone, and lead to its file and who changed it', async () => {
    terminal = new Terminal(120, 30)
    const t = terminal
    await t.untilShown('before the program')
    t.start(`--no-config --interval 0.2 --pid ${pid()}`)
    await t.untilShown('1 of 1')
    t.keys('Enter')
    await t.untilShown(`processes › sh ${pid()}`)
    await t.until((lines) => lines.some((line) => line.startsWith('command  sh -c while')), 'its command line')
    t.keys('e')
    await t.until((lines) => lines.some((line) => / write +5 +5? *.*\/appended$/.test(line)), 'a write of the child')
    await t.untilShown('following')
    t.keys('Up', 'Enter')
    await t.untilShown(`sh ${pid()}: events › `)
    const changed = new RegExp(`^changed  \\ds ago .*; last seen: sh ${pid()} \\ds ago `)
    await t.until((lines) => lines.some((line) => changed.test(line)), 'when and by whom it was changed')
    t.keys('Escape')
    await t.untilShown('newer below')
    t.keys('q')
    await t.untilShown('ended with 0')
  })

  it('are on the screen as long as their view is', async () => {
    terminal = new Terminal(120, 30)
    const t = terminal
    await t.untilShown('before the program')
    t.start(`--no-config --interval 0.2 --pid ${pid()}`)
    await t.untilShown('1 of 1')
    t.keys('4')
    const written = (line: string) => / write +5 +5? *.*\/appended$/.test(line)
    await t.until((lines) => lines.some(written), 'a write of the child')
    const total = (lines: string[]) => Number(/([\d,]+) events: /.exec(lines.join('\n'))?.[1]?.replaceAll(',', '') ?? 0)
    t.keys('1')
    await t.untilShown('HOTTEST FILE')
    // It goes on for so long that its events would be some hundred.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    t.keys(' ')
    await t.untilShown('PAUSED')
    t.keys('4')
    const before = total(await t.untilShown('following'))
    t.keys(' ')
    const lines = await t.until((now) => now.some((line) => line.includes('…')) && total(now) > before, 'a mark where events are missing')
    assert.ok(total(lines) < before + 100, `${before} events, then ${total(lines)}`)
    t.keys('q')
    await t.untilShown('ended with 0')
  })
})
