/** Hold and ask, in a guest: what a held process says of itself is read with a limit, and holds up no answer. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answer, arm, asked, at, brake, cleanUp, start, until } from './held.ts'

const bigcmd = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/bigcmd')

/** A process of an unprivileged user with a command line of so many MiB, which then opens the file. */
async function startLarge(mebibytes: number, path: string) {
  const child = spawn('setpriv', ['--reuid', '1000', '--clear-groups', bigcmd, String(mebibytes), path], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  child.stdin.end('go\n')
  return { child, ended }
}

/** Resident memory of a process, MB. */
function residentOf(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
}

describe('a held process with a command line of many MiB', () => {
  cleanUp()

  it('is shown with the beginning of it and answered at once, and takes neither memory nor the rule away', async () => {
    writeFileSync(at('large'), 'l')
    await arm(`ask open ${at('large')}`)
    for (const [mebibytes, verdict, status] of [
      [64, 'allow', 0],
      [400, 'deny', 1],
    ] as const) {
      const before = residentOf(process.pid)
      const begin = performance.now()
      const { child, ended } = await startLarge(mebibytes, at('large'))
      const ask = await asked(({ pid }) => pid === child.pid)
      // A key waits for a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
      const took = performance.now() - begin
      const shown = await until('the command line is there', () => brake.asks().find(({ id, command }) => id === ask.id && command !== ''))
      assert.match(shown.command, /^innocent A{100}.*…$/)
      assert.ok(shown.command.length <= 4097)
      await answer(ask, verdict)
      assert.deepEqual(await ended, [status, null])
      const grown = residentOf(process.pid) - before
      console.log(`${mebibytes} MiB of command line: from answer to the end ${took.toFixed(0)} ms, ${grown.toFixed(0)} MB more`)
      assert.ok(grown < 32, 'it was not read whole')
      assert.ok(took < 20_000, `${took} ms`)
    }
    const { ended } = start('cat', at('large'))
    await answer(await asked(({ comm }) => comm === 'cat'), 'deny')
    assert.equal(await ended, 1, 'the rule is still in force')
  })
})
