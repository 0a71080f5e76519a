/** Who could write before a rule was armed is told, and can be stopped: stores through an old mapping ask nobody. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { Brake } from '../../src/commands/brake.ts'
import { parseRule } from '../../src/rules/parse.ts'

it('holders of a mapping are listed, stopped and killed, and forgotten when they end', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holders-'))
  const file = join(folder, 'mapped')
  writeFileSync(file, 'x'.repeat(100))
  const program = `import mmap, time\nf = open('${file}', 'r+b')\nm = mmap.mmap(f.fileno(), 0)\nf.close()\nprint('ready', flush=True)\ntime.sleep(600)`
  const holder = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const brake = new Brake({ dryRun: false, protect: [], ways: ['signal'], timeoutMs: 30_000, defaultAnswer: 'deny', recountMs: 600_000 })
  try {
    await once(holder.stdout, 'data')
    const parsed = parseRule(`audit write ${file}`)
    assert.ok(parsed.ok)
    const { id, holders, notes } = await brake.arm(parsed.rule)
    assert.deepEqual(
      holders.map(({ pid, how }) => [pid, how]),
      [[holder.pid, 'mapped']],
    )
    assert.match(notes.join(), /has it mapped writable/)
    assert.match(await brake.signalHolders(id, 'SIGSTOP'), new RegExp(`SIGSTOP was sent to python3[.0-9]* \\(${holder.pid}\\)`))
    const state = () => readFileSync(`/proc/${holder.pid}/stat`, 'latin1').split(') ')[1]?.[0]
    for (let i = 0; i < 100 && state() !== 'T'; i++) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(state(), 'T')
    const ended = once(holder, 'exit')
    await brake.signalHolders(id, 'SIGKILL')
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    await brake.tick()
    assert.deepEqual(brake.states()[0]?.holders, [])
    assert.match(await brake.signalHolders(id, 'SIGKILL'), /nobody who had it mapped lives any more/)
  } finally {
    holder.kill('SIGKILL')
    brake.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
