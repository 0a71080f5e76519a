/** More hits of a rule than anybody can read: keys are answered, and a signal ends the program and its rule. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { compileProgram } from '../programs/compile.ts'
import { Terminal } from '../ui/terminal.ts'

/** Ten times what is promised: ms to the answer to a key, and to the end. */
const [KEY_MS, END_MS] = [10_000, 20_000]

/** Hits that there must have been before keys are pressed. */
const HITS = 70_000

describe('a flood of hits', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hits-'))
  const writers: ChildProcess[] = []
  before(() => {
    const flood = compileProgram('flood')
    for (const name of ['a', 'b']) writers.push(spawn(flood, [join(folder, name), '0', '600'], { stdio: 'ignore' }))
  })
  after(() => {
    for (const writer of writers) writer.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('holds up neither a key nor the end', async () => {
    const terminal = new Terminal(120, 30)
    const took = async (what: string, limit: number, act: () => void, shows: RegExp) => {
      const begin = performance.now()
      act()
      await terminal.until((lines) => lines.some((line) => shows.test(line)), what, limit)
      console.log(`${what}: ${Math.round(performance.now() - begin)} ms`)
    }
    try {
      // By signal an audit rule stops nothing.
      terminal.start(`--no-config --enforce signal --rule 'audit write ${folder}/**'`)
      await terminal.untilShown('1 rule by signal', 60_000)
      terminal.keys('5')
      const hits = () =>
        Number(
          /1 armed +([\d.]+)([kM]?)/
            .exec(terminal.lines().join('\\n'))
            ?.slice(1)
            .reduce((n, unit) => `${Number(n) * ({ k: 1e3, M: 1e6 }[unit] ?? 1)}`) ?? 0,
        )
      await terminal.until(() => hits() > HITS, `${HITS} hits`, 60_000)
      // News name the last hit, and how many more there were: no more than are worth a turn.
      const lines = await terminal.until((shown) => shown.some((line) => /and [\d,]+ more/.test(line)), 'the news', 60_000)
      const more = Number(/and ([\d,]+) more/.exec(lines.join('\n'))?.[1]?.replaceAll(',', ''))
      assert.ok(more <= 10_000, `${more} hits at once`)
      await terminal.until((shown) => shown.some((line) => /[\d,]+ of the hits were too many at a time/.test(line)), 'those that are counted only', 60_000)
      const [before, beganMs] = [hits(), performance.now()]
      await took('the processes', KEY_MS, () => terminal.keys('1'), /HOTTEST FILE/)
      await took('the filter', KEY_MS, () => terminal.keys('/'), /filter:/)
      await took('a letter', KEY_MS, () => terminal.keys('z'), /filter: z/)
      terminal.keys('Escape')
      await terminal.until((lines) => !lines.some((line) => line.includes('filter: z')), 'no filter', KEY_MS)
      await took('the rules', KEY_MS, () => terminal.keys('5'), /1 armed/)
      await terminal.until(() => hits() > before, 'more hits', 30_000)
      console.log(`${Math.round((hits() - before) / ((performance.now() - beganMs) / 1000))} hits/s`)
      await took('the end', END_MS, () => terminal.signal('TERM'), /ended with 143/)
    } finally {
      terminal.close()
    }
  })
})
