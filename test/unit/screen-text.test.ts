/** Whatever text there is anywhere on the screen, nothing of it acts on the terminal. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import type { RuleState } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { printRule } from '../../src/rules/print.ts'
import { RowsMaker } from '../../src/ui/rows.ts'
import { drawScreen } from '../../src/ui/screen.ts'
import { initialState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const EVIL = '\x1b[2J\n\x9b2J\u202e\\n'

const source = { ...info, hostname: EVIL, kernel: EVIL, limits: [EVIL], users: { 0: EVIL } }
const model = new Model(source)
model.apply(
  batch(1, {
    processes: [processFact('1.1', { comm: EVIL, exe: EVIL, parentComm: EVIL })],
    files: [fileFact('1:2.3', `/${EVIL}`)],
    counters: [delta('1.1', '1:2.3', { writes: 1, writeBytes: 1 })],
  }),
)
const parsed = parseRule('deny write "/a\\e\\\\b"')
assert.ok(parsed.ok)
const ruled: RuleState = {
  id: 1,
  rule: parsed.rule,
  text: printRule(parsed.rule),
  state: 'armed',
  hits: 1,
  exempted: 0,
  signalsFailed: 0,
  unsure: 0,
  processes: [{ pid: 1, comm: EVIL, hits: 1 }],
  holders: [{ pid: 1, comm: EVIL, how: 'mapped' }],
  lastMs: 0,
  expiresMs: null,
  notes: [EVIL],
  quota: null,
}
const cap = parseRule(`quota 1G "/a\\e\\xff"`)
assert.ok(cap.ok)
const capped: RuleState = {
  ...{ ...ruled, id: 2, rule: { ...cap.rule, object: { kind: 'tree', text: `/${EVIL}` } }, text: printRule(cap.rule) },
  quota: {
    ...{ bytes: 1, inodes: 1, limitBytes: 1, limitInodes: null, rate: 0, fullMs: null, uncertain: 0, countedMs: 0 },
    ...{ failed: [EVIL], writers: [{ pid: 1, comm: EVIL, processes: 1, bytes: 1 }] },
  },
}

function screen(mode: 'table' | 'filter' | 'rule' | 'rules' | 'quotas' | 'help', scroll = 0): string[] {
  const state = {
    ...initialState({ sort: 'bytes', filterText: '', kinds: 'all' }),
    mode,
    scroll,
    ruleText: `deny:\x1b[2J\u202e x`,
    filterText: mode === 'filter' ? EVIL : '',
  }
  const filterError = { message: EVIL, column: 0 }
  const lines = drawScreen(
    {
      info: source,
      header: model.header,
      rows: new RowsMaker().rows(model, { ...state, mode: 'table' }, 40).window(0),
      count: 1,
      detail: null,
      state: { ...state, filterError: mode === 'filter' ? filterError : null },
      notes: [EVIL],
      rules: [ruled, capped],
      enforcement: { way: 'lsm', why: ['why'], skipped: 0 },
      preview: {
        operations: 1,
        processes: [{ pid: 1, comm: EVIL, operations: 1, exempt: false }],
        seconds: 60,
        upTo: false,
        anybody: true,
        forgotten: 2,
        forgottenUpTo: false,
        unnamed: 3,
        guess: null,
      },
      doing: EVIL,
      toast: EVIL,
      asks: [],
      defaultAnswer: 'deny' as const,
      nowMs: 0,
      hitPids: new Set(),
    },
    200,
    40,
  )
  return lines.map((line) => line.map(({ text }) => text).join(''))
}

describe('the screen', () => {
  for (const mode of ['table', 'filter', 'rule', 'rules', 'quotas', 'help'] as const) {
    it(`shows hostile text as text: ${mode}`, () => {
      for (let scroll = 0; scroll < (mode === 'help' ? 100 : 1); scroll += 20) {
        const lines = screen(mode, scroll)
        for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }
    })
  }
  it('shows a newline and a backslash with an n differently, and a rule as it is written', () => {
    assert.ok(screen('table').some((line) => line.includes('\\e[2J\\n\\u{9b}2J\\u{202e}\\\\n')))
    assert.ok(screen('rules').some((line) => line.includes('rule 1: deny write "/a\\e\\\\b"')))
    assert.ok(
      screen('quotas').some((line) => line.includes('rule 2: quota 1G "/a\\e\\xff"')),
      'and the list is of quotas only',
    )
    assert.ok(screen('quotas').some((line) => line.includes('not counted: \\e[2J\\n')))
  })
})

describe('every view', () => {
  const WAYS: Record<string, string[]> = {
    files: ['2'],
    directories: ['3', 'rightArrow'],
    'by name': ['b', 'rightArrow'],
    'by program': ['b', 'b', 'rightArrow'],
    'by user': ['b', 'b', 'b', 'rightArrow'],
    'files by name': ['2', 'b', 'rightArrow'],
    tree: ['b', 'b', 'b', 'b', 'b'],
    process: ['return'],
    file: ['return', 'return'],
    'a rule from there': ['return', 'return', 'd'],
  }
  for (const [name, keys] of Object.entries(WAYS)) {
    it(`shows hostile text as text: ${name}`, () => {
      for (const [columns, rows] of [
        [80, 24],
        [60, 12],
        [200, 60],
      ] as const) {
        const driven = new Driven(source, model, columns, rows)
        driven.rules = [{ ...ruled, text: EVIL, processes: [{ pid: 1, comm: EVIL, hits: 1 }] }]
        const lines = driven.press(...keys).texts()
        assert.ok(
          lines.some((line) => line.includes('\\e[2J') || line.includes('2J\\u{202e}')),
          lines.join('\n'),
        )
        for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }
    })
  }
})
