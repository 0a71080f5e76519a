/** What a key proposes, and what it says a rule would have hit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { draftRule } from '../../src/ui/draft.ts'
import { previewOf } from '../../src/ui/preview.ts'
import { previewText } from '../../src/ui/rules-view.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

function rule(line: string): Rule {
  const parsed = parseRule(line)
  assert.ok(parsed.ok, line)
  return parsed.rule
}

function model(): Model {
  const made = new Model(info)
  made.apply(
    batch(1, {
      processes: [processFact('10.1', { comm: 'nginx' }), processFact('11.1', { comm: 'bash' })],
      files: [fileFact('1:1.1', '/srv/app/a.log'), fileFact('1:2.1', '/etc/hosts')],
      counters: [
        delta('10.1', '1:1.1', { opens: 1, writes: 200, writeBytes: 4000 }),
        delta('11.1', '1:1.1', { writes: 3, writeBytes: 3 }),
        delta('11.1', '1:2.1', { opens: 2, changes: 1 }),
      ],
    }),
  )
  return made
}

describe('a preview', () => {
  it('counts what the rule names, by process, and leaves the exempt out of the sum', () => {
    const preview = previewOf(rule('deny write /srv/app/**'), model(), (pid) => pid === 11)
    assert.equal(preview.operations, 200)
    assert.deepEqual(preview.processes, [
      { pid: 10, comm: 'nginx', operations: 200, exempt: false },
      { pid: 11, comm: 'bash', operations: 3, exempt: true },
    ])
    assert.match(previewText(preview), /would have hit 200 operations of 1 process in the last \d+ s: nginx 10 200, bash 11 \(exempt\)/)
  })
  it('says up to where changes are not told apart', () => {
    assert.match(previewText(previewOf(rule('deny delete /etc/hosts'), model(), () => false)), /up to 1 operation of 1 process/)
    assert.match(previewText(previewOf(rule('deny write /nowhere'), model(), () => false)), /nothing in the last/)
  })
})

describe('the proposed rule', () => {
  it('is about the hottest file and this process, and is a rule', () => {
    const [row] = model().processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files' }).rows
    assert.ok(row)
    const line = draftRule('kill', { kind: 'process', row, file: row.hottest })
    assert.equal(line, 'kill modify /srv/app/a.log by pid=10')
    rule(line ?? '')
    assert.equal(draftRule('deny', { kind: 'process', row: { ...row, alive: false }, file: null }), 'deny modify /** by comm=nginx')
    const reads = { ...row, total: { ...row.total, writes: 0, mmapPages: 0, changes: 0 } }
    assert.equal(draftRule('deny', { kind: 'process', row: reads, file: row.hottest }), 'deny open,read /srv/app/a.log by pid=10', 'of a reader, what it does')
  })
})
