/** A flood of events beside a slow process that is looked for: the kernel leaves the flood out, and all of the slow one is there. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { EventFact, LeftOut, Narrowing } from '../../src/batch/batch.ts'
import { LiveSource } from '../../src/kernel/live.ts'
import { parseFilter } from '../../src/model/filter.ts'
import { narrowingOf } from '../../src/model/narrow.ts'
import { compileProgram } from '../programs/compile.ts'
import { Terminal } from '../ui/terminal.ts'
import { streams } from '../unit/streams.ts'

describe('a flood of events, and a filter', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'narrow-'))
  const [flood, slow] = [join(folder, 'flood'), join(folder, 'slow')]
  let terminal: Terminal | undefined
  let child: ChildProcess | undefined
  before(() => {
    for (const program of [flood, slow]) copyFileSync(compileProgram('flood'), program)
  })
  afterEach(() => {
    terminal?.close()
    child?.kill()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Both, for some seconds, as soon as a line comes; what the slow one says it wrote. */
  function started(seconds: number): { pid: number; go(): void; written: Promise<number> } {
    const script = `read go; ${flood} ${folder}/much 0 ${seconds} > /dev/null & ${slow} ${folder}/little 50 ${seconds}; wait`
    const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    child = shell
    const written = new Promise<number>((resolve) => {
      let said = ''
      shell.stdout.on('data', (text) => {
        said += text
      })
      shell.on('close', () => resolve(Number(said)))
    })
    return { pid: shell.pid as number, go: () => shell.stdin.end('\n'), written }
  }

  it('loses nothing that is looked for, and what was done is what came, was left out or was lost', async () => {
    const { pid, go, written } = started(6)
    // So slow a reader holds no flood for long: where all of it is streamed, some is lost.
    const source = LiveSource.open({ attach: 'auto', intervalMs: 5000, maxEntries: 4096, filter: { pids: [pid], descendants: true }, events: false })
    try {
      const parsed = parseFilter('comm=slow op:write')
      assert.ok(parsed.ok)
      source.narrowEvents(narrowingOf(parsed.filter, 'files'))
      source.wantEvents(true)
      go()
      let events = 0
      const slowWrites: EventFact[] = []
      let [over, done, lost, leftOut]: [boolean, number, number, LeftOut | undefined] = [false, 0, 0, undefined]
      written.then(() => {
        over = true
      })
      for (let last = false; !last; ) {
        last = over
        const batch = await source.next()
        assert.ok(batch)
        const { totals } = batch
        done = [...totals.calls, ...totals.errors].reduce((sum, count) => sum + count, 0)
        ;[lost, leftOut] = [batch.losses.eventsFull, batch.leftOut]
        events += batch.events.length
        for (const event of batch.events) if (event.comm === 'slow' && event.op === 'write' && event.result === 1) slowWrites.push(event)
      }
      console.log(`${done} done: ${events} came, ${leftOut?.now ?? 0} left out, ${lost} lost; ${slowWrites.length} writes of the slow one of ${await written}`)
      assert.ok(done > 100_000)
      // The last write is the one that says how many there were, which goes elsewhere.
      assert.equal(slowWrites.length, await written, 'all of the slow one')
      assert.equal(events + lost + (leftOut?.now ?? 0), done)
      assert.equal(leftOut?.before, 0)
      assert.equal(lost, 0)
      source.narrowEvents(null)
      const { leftOut: then } = await source.collect()
      assert.deepEqual(then, { text: '', now: 0, before: leftOut?.now })
    } finally {
      await source.close()
    }
  })

  it('by each term that is decided in the kernel, as it is decided here', async () => {
    const script = 'read go; cd "$0"; echo 1 > a; cat a | cat > b; cat missing 2> /dev/null; rm b; dd if=a of=c bs=1 status=none; mkdir d; rmdir d'
    /** What the same work gives as events. */
    const worked = async (typed: (pid: number) => string) => {
      const work = mkdtempSync(join(folder, 'work-'))
      const shell = spawn('sh', ['-c', script, work], { stdio: ['pipe', 'ignore', 'inherit'] })
      const pid = shell.pid as number
      const source = LiveSource.open({ attach: 'auto', intervalMs: 50, maxEntries: 4096, filter: { pids: [pid], descendants: true }, events: false })
      try {
        const parsed = parseFilter(typed(pid))
        assert.ok(parsed.ok)
        // Pipes are read too: once they are to be left out.
        const narrowing = parsed.filter && narrowingOf(parsed.filter, typed(pid) === 'op:read' ? 'files' : 'all')
        source.narrowEvents(narrowing)
        source.wantEvents(true)
        shell.stdin.end('\n')
        await once(shell, 'close')
        const { events, leftOut, losses, totals } = await source.collect()
        assert.equal(losses.eventsFull, 0)
        const all = [...totals.calls, ...totals.errors].reduce((sum, count) => sum + count, 0)
        assert.equal(events.length + (leftOut?.now ?? 0), all, `${typed(pid)}: each is told or counted`)
        return { pid, events, narrowing }
      } finally {
        await source.close()
      }
    }
    const whole = await worked(() => '')
    const here = (wanted: Narrowing, pid: number) => whole.events.filter((event) => streams(wanted, { ...event, pid: event.pid === whole.pid ? pid : -1 }))
    const terms = ['comm=cat', '-comm=cat -comm=dd', 'op:read', 'op:change', '-op:open', 'errors>0', 'pid:PID', '-pid:PID', 'took<=100s', 'took>100s']
    for (const term of terms) {
      const { pid, events, narrowing } = await worked((of) => term.replace('PID', String(of)))
      assert.ok(narrowing, term)
      const wanted = here(narrowing, pid)
      const what = (some: EventFact[]) => some.map(({ comm, op, result }) => `${comm} ${op} ${result}`).sort()
      assert.deepEqual(what(events), what(wanted), term)
      assert.ok(events.length < whole.events.length || term === 'took<=100s', `${term} leaves out nothing`)
      assert.ok(events.length > 0 || term === 'took>100s', `${term} leaves nothing`)
    }
  })

  it('is left out once it is one, as the line below says, until the filter is another', async () => {
    const { pid, go } = started(40)
    terminal = new Terminal(120, 30)
    const t = terminal
    await t.untilShown('before the program')
    t.start(`--no-config --interval 0.5 --pid ${pid}+`)
    await t.untilShown('procs')
    t.keys('4')
    await t.untilShown('TIME ')
    t.keys('/')
    t.text('comm=slow op:write')
    t.keys('Enter')
    await t.untilShown('0 events: 0 here, 0 lost')
    go()
    const pushed = 'hidden (kernel: comm=slow op:write, files)'
    const shown = await t.untilShown(pushed)
    assert.ok(shown.some((line) => / slow +write +1 .*\/little$/.test(line)))
    const numbers = (lines: string[]) => {
      const line = lines.find((one) => one.includes(' events: ')) ?? ''
      const [all = 0, ...parts] = [...line.matchAll(/([\d,]+) (?:events|here|hidden|forgotten|lost)/g)].map(([, digits = '']) =>
        Number(digits.replaceAll(',', '')),
      )
      return { all, sum: parts.reduce((sum, part) => sum + part, 0), lost: parts.at(-1) ?? 0 }
    }
    const before = numbers(shown)
    assert.equal(before.all, before.sum)
    const later = numbers(await t.until((lines) => numbers(lines).all > before.all + 100_000, 'more of the flood'))
    assert.deepEqual([later.all, later.lost], [later.sum, before.lost], 'none is lost any more')
    t.keys('Escape')
    await t.until((lines) => !lines.join('\n').includes(pushed) && lines.some((line) => / flood +write /.test(line)), 'the flood')
    t.keys('q')
    await t.untilShown('ended with 0')
  })
})
