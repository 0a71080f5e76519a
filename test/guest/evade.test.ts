/** Every way around a rule, judged by the file: each works with no rule armed, none with one, but for stores through old mappings. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileEvade, type Outcome } from '../evade/evade.ts'
import { runGuest } from '../vm/guest.ts'
import type { KernelName } from '../vm/kernels.ts'

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** On 5.10 Debian's kernel does not have bpf among its LSMs. */
const MODES: Record<KernelName, string[]> = {
  '5.10': ['free', 'fmod_ret'],
  '6.1': ['free', 'lsm', 'fmod_ret'],
  '6.12': ['free', 'lsm', 'fmod_ret'],
  '7.2': ['free', 'lsm', 'fmod_ret'],
}

describe('ways around a rule, in guests', { concurrency: 2 }, () => {
  before(() => void compileEvade())
  for (const [kernel, modes] of Object.entries(MODES) as [KernelName, string[]][]) {
    it(`kernel ${kernel}: ${modes.join(', ')}`, async () => {
      const result = await runGuest({ kernel, command: ['node', join(project, 'test/evade/evade.ts'), ...modes], timeoutSeconds: 420 })
      assert.equal(result.status, 0, `${result.stderr.toString()}\n${result.console.slice(-2000)}`)
      const outcomes = result.stdout
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Outcome)
      mkdirSync(join(project, 'dist/reports'), { recursive: true })
      writeFileSync(join(project, `dist/reports/evade-${kernel}.jsonl`), result.stdout)
      const of = (mode: string) => outcomes.filter((outcome) => outcome.mode === mode)
      const possible = new Set(of('free').flatMap(({ way, skipped }) => (skipped ? [] : [way])))
      console.log(`${kernel}: ${possible.size} ways, ${of('free').length - possible.size} not possible there`)
      assert.deepEqual(
        of('free').filter(({ effect, skipped }) => !effect && !skipped),
        [],
        'with no rule armed, every way has its effect',
      )
      assert.ok(possible.size >= 60)
      for (const mode of modes.filter((mode) => mode !== 'free')) {
        assert.deepEqual(
          of(mode).filter((outcome) => outcome.effect && outcome.class !== 'mapped before'),
          [],
          `by ${mode}, none gets around`,
        )
        assert.equal(of(mode).length, of('free').length)
      }
    })
  }
})
