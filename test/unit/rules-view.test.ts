/** The rules view: what it tells of a rule, and keys that must be pressed twice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Enforcement, RuleState } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { detailLines, detailRows } from '../../src/ui/rule-detail.ts'
import { hitText } from '../../src/ui/rules-view.ts'
import { initialState, reduce } from '../../src/ui/state.ts'
import { screenOf } from './listed.ts'

function rule(id: number, line: string, more: Partial<RuleState> = {}): RuleState {
  const parsed = parseRule(line)
  assert.ok(parsed.ok)
  return {
    ...{ id, rule: parsed.rule, text: line, state: 'armed', hits: 0, exempted: 0, signalsFailed: 0, unsure: 0 },
    ...{ processes: [], holders: [], lastMs: null, expiresMs: null, notes: [], quota: null },
    ...more,
  }
}

const BY_SIGNAL: Enforcement = { way: 'signal', why: ['lsm: not here', 'nothing can be refused'], skipped: 0 }
const mapped = rule(7, 'deny write /data', { holders: [{ pid: 12, comm: 'writer', how: 'mapped' }] })
const texts = (state: RuleState, room = 20) => detailLines(state, BY_SIGNAL, null, 120, room).map((line) => line.map(({ text }) => text).join(''))

describe('the rules view', () => {
  it('tells who was hit, who could write before, and why there is no better way', () => {
    const hit = rule(3, 'deny write /data', {
      ...{
        hits: 9,
        exempted: 2,
        unsure: 1,
        processes: [
          { pid: 5, comm: 'a\u001b[31m', hits: 8 },
          { pid: 6, comm: 'b', hits: 1 },
        ],
      },
      holders: [
        { pid: 12, comm: 'writer', how: 'mapped' },
        { pid: 13, comm: 'tail', how: 'open' },
      ],
    })
    assert.deepEqual(texts(hit), [
      'rule 3: deny write /data',
      'hit a\\e[31m 5: 8, b 6: 1',
      'mapped it before the rule, and can still store into it: writer 12 (K kills, Z stops)',
      'had it open for writing: tail 13',
      'let pass 2 touches by this program, its ancestors or what is protected',
      '1 of the hits on the safe side: the way up, or the arguments, did not tell',
      'enforced by signal:',
      '- lsm: not here',
      '- nothing can be refused',
    ])
    assert.equal(texts(hit, 4).length, 4)
    assert.equal(texts(rule(1, 'audit open /x'))[1], 'hit nobody yet')
  })

  it('tells a store through a mapping from a call', () => {
    const hit = { rule: mapped, timeMs: 0, pid: 12, comm: 'writer', path: '/data', ops: ['write' as const], refused: '', held: false }
    assert.match(hitText({ ...hit, store: 'stopped' }, 2), /^rule 7 stopped writer 12 before a store through its old mapping of \/data; .*K.*, and 2 more$/)
    assert.equal(hitText({ ...hit, store: 'killed' }, 0), 'rule 7 killed writer 12 before a store through its old mapping of /data')
    assert.equal(hitText({ ...hit, store: 'passed' }, 0), 'rule 7 could not refuse a store of writer 12 through its mapping of /data')
    assert.equal(hitText({ ...hit, rule: rule(8, 'audit write /data'), store: 'passed' }, 0), 'rule 8 saw a store of writer 12 through its mapping of /data')
    const seen = rule(7, 'deny write /data', { holders: [{ pid: 12, comm: 'writer', how: 'mapped', storesSeen: true }] })
    assert.equal(texts(seen)[2], 'mapped it before the rule, and its stores are seen, but cannot be refused: writer 12 (K kills, Z stops)')
  })

  it('leaves the list the larger part', () => {
    for (let room = 1; room < 60; room++) assert.ok(detailRows(room) <= room / 2, String(room))
  })

  it('signals who has the file mapped at the second press of the same key only', () => {
    const around = screenOf({ rules: [mapped, rule(8, 'audit open /y')] })
    const start = { ...initialState({ sort: 'writes', filterText: '', kinds: 'files' as const }), mode: 'rules' as const }
    const kill = { do: 'killHolders' } as const
    const stop = { do: 'stopHolders' } as const
    const once = reduce(start, kill, around)
    assert.deepEqual([once.request, once.confirm], [null, { id: 7, signal: 'SIGKILL' }])
    assert.deepEqual(reduce(once, kill, around).request, { do: 'signal', id: 7, signal: 'SIGKILL' })
    assert.equal(reduce(once, stop, around).request, null, 'another key asks again')
    const moved = reduce(reduce(once, { do: 'move', by: 1 }, around), { do: 'move', by: -1 }, around)
    assert.equal(moved.confirm, null, 'moving forgets')
    assert.equal(reduce(moved, kill, around).request, null)
    assert.equal(reduce({ ...start, ruleIndex: 1 }, kill, around).confirm, null, 'nobody has that one mapped')
  })
})
