/** Any keys on any screen over what was really recorded: nothing breaks, no line is too wide, and Esc leads out of everything. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { KEYS } from '../../src/ui/keys.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { trailOf } from '../../src/ui/trail.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

const { info, batches } = await recorded()
const known = [...new Set(KEYS.flatMap(({ match }) => match))].filter((key) => !/^(ctrl|meta)\+/.test(key) && key !== 'q')
const moving = ['downArrow', 'upArrow', 'pageDown', 'G', 'g', 'return', 'return', 'rightArrow', 'leftArrow', 'b', 'i', 'm', '1', '2', '3', 'tab', 'escape']

type Step = { kind: 'key'; key: string } | { kind: 'tick' } | { kind: 'size'; columns: number; rows: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...moving).map((key) => ({ kind: 'key' as const, key })) },
  { weight: 4, arbitrary: fc.constantFrom(...known, 'ä', '文', '"', ':').map((key) => ({ kind: 'key' as const, key })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'tick' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('size' as const), columns: fc.integer({ min: 20, max: 210 }), rows: fc.integer({ min: 3, max: 60 }) }),
  },
)

const parsed = parseRule('deny write /srv/demo/**')
assert.ok(parsed.ok)
const rule = {
  ...{ id: 1, rule: parsed.rule, text: 'deny write /srv/demo/**', state: 'armed' as const, hits: 1, exempted: 0, signalsFailed: 0, unsure: 0 },
  ...{ processes: [{ pid: 15472, comm: 'dd', hits: 1 }], holders: [], lastMs: null, expiresMs: null, notes: [], quota: null },
}

function check(screen: Driven): void {
  const lines = screen.settle().lines()
  assert.ok(lines.length <= screen.rows, `${lines.length} lines on ${screen.rows}`)
  for (const line of lines) assert.ok(lineWidth(line) <= screen.columns, `too wide for ${screen.columns}: ${line.map(({ text }) => text).join('')}`)
  const large = screen.columns >= 60 && screen.rows >= 12
  if (large) assert.equal(lines.length, screen.rows)
  if (large && screen.state.mode === 'table' && screen.model.processes({ sort: 'pid', reverse: false, filter: null, kinds: 'files' }).count > 0) {
    const marked = lines.filter((line) => line[0]?.inverse && !line[0].role && line.length === 1).length
    assert.ok(marked <= 1, 'one row is selected')
  }
}

describe('random keys', () => {
  for (const kind of ['live', 'recording'] as const) {
    it(`break nothing: ${kind}`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
          const screen = new Driven({ ...info, kind }, new Model({ ...info, kind }, { files: 12, pairs: 20, processes: 15 }))
          screen.rules = kind === 'live' ? [rule] : []
          screen.hitPids = new Set([15472])
          let next = 0
          for (const one of steps) {
            if (one.kind === 'key') screen.press(one.key)
            else if (one.kind === 'size') [screen.columns, screen.rows] = [one.columns, one.rows]
            else {
              const batch = batches[next++ % batches.length]
              if (batch) screen.model.apply({ ...batch, timeNs: batch.timeNs + Math.floor(next / batches.length) * 60e9 })
            }
            check(screen)
          }
          for (let i = 0; i < 2 * steps.length + 2; i++) screen.press('escape')
          check(screen)
          assert.equal(screen.state.mode, 'table')
          assert.equal(trailOf(screen.state.trails).length, 1)
          assert.equal(screen.state.filterText, '')
        }),
        { seed: Number(process.env.FUZZ_SEED ?? 7), numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
      )
    })
  }
})
