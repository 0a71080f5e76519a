/** News on the screen: a long sentence can be read, and what it takes the list gives up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import { width } from '../../src/text/width.ts'
import { RowsMaker } from '../../src/ui/rows.ts'
import { drawScreen, listRows, type ScreenData } from '../../src/ui/screen.ts'
import { initialState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

const ids = Array.from({ length: 80 }, (_, i) => i + 1)
const model = new Model(info)
model.apply(
  batch(1, {
    processes: ids.map((id) => processFact(`${id}.1`, { comm: `process${id}` })),
    files: [fileFact('1:1.1', '/f')],
    counters: ids.map((id) => delta(`${id}.1`, '1:1.1', { writes: 1, writeBytes: 1 })),
  }),
)
const { header } = model
const start = initialState({ sort: 'pid', filterText: '', kinds: 'all' })
const rows = new RowsMaker().rows(model, start, 80).window(0)

function data(some: Partial<ScreenData>): ScreenData {
  return {
    ...{ info, header, rows, count: 80, detail: null, state: start, notes: [], rules: [], preview: null },
    ...{ enforcement: { way: 'idle', why: [], skipped: 0 }, doing: null, toast: null, asks: [], defaultAnswer: 'deny', nowMs: 0, hitPids: new Set<number>() },
    ...some,
  }
}

const texts = (shown: ScreenData, columns: number, height: number) =>
  drawScreen(shown, columns, height).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )

const WHY =
  'rules cannot be enforced on this kernel: lsm: bpf is not among the active LSMs (start the kernel with lsm=…,bpf); fmod_ret: this kernel has no BPF trampolines; override: not configured'

describe('news', () => {
  it('of more than one line are shown whole at 80 columns', () => {
    const lines = texts(data({ toast: WHY }), 80, 24)
    assert.equal(lines.slice(-4, -1).join(' '), WHY)
    assert.ok(lines.at(-1)?.startsWith('Enter look'))
  })

  it('leave the list what listRows says, never more lines than the screen has, and a line for the list', () => {
    const sentence = fc.option(fc.string({ unit: fc.constantFrom('word ', 'x', '文', ' ', 'longer-', '\u001b'), maxLength: 400 }))
    const sizes = fc.record({ columns: fc.integer({ min: 60, max: 120 }), height: fc.integer({ min: 12, max: 40 }) })
    const modes = fc.constantFrom('table', 'filter', 'rule', 'rules', 'asks', 'quotas', 'help')
    fc.assert(
      fc.property(sentence, sentence, sizes, modes, (doing, toast, { columns, height }, mode) => {
        const shown = data({
          doing,
          toast,
          state: { ...data({}).state, mode, ruleText: 'deny' },
          header: { ...header, losses: [{ count: 1, text: 'lost', quietMs: 0 }] },
        })
        const lines = texts(shown, columns, height)
        assert.equal(lines.length, height)
        for (const line of lines) assert.ok(width(line) <= columns)
        const list = listRows(shown, columns, height)
        assert.ok(list >= 1)
        if (mode === 'table') assert.equal(lines.filter((line) => /process\d/.test(line)).length, list)
      }),
      { numRuns: 300 },
    )
  })

  it('give way on the smallest screen, where both are long', () => {
    const state = { ...data({}).state, mode: 'filter' as const, filterText: 'pid:x', filterError: { message: 'no', column: 0 } }
    const lines = texts(data({ state, doing: WHY, toast: WHY, header: { ...header, losses: [{ count: 1, text: 'lost', quietMs: 0 }] } }), 60, 12)
    assert.equal(lines.length, 12)
    assert.ok(lines.some((line) => /process\d/.test(line)))
  })

  it('stand below what is being done', () => {
    const lines = texts(data({ doing: 'arming: deny write /x …', toast: 'rule 1 is disarmed' }), 80, 24)
    assert.deepEqual(lines.slice(-3, -1), ['arming: deny write /x …', 'rule 1 is disarmed'])
  })

  it('that are cut are told whole in the rules view, where no rule can be armed', () => {
    const why = ['lsm: one', `fmod_ret: ${'two '.repeat(30)}end`]
    const state = { ...data({}).state, mode: 'rules' as const }
    const text = texts(data({ state, enforcement: { way: 'none', why, skipped: 0 } }), 80, 24)
      .join(' ')
      .replace(/\s+/g, ' ')
    for (const reason of why) assert.ok(text.includes(`- ${reason}`), reason)
  })
})
