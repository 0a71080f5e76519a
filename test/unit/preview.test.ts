/** What a key proposes, and what it says a rule would have hit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { draftRule } from '../../src/ui/draft.ts'
import { previewOf } from '../../src/ui/preview.ts'
import { forgottenText, previewLines, previewText } from '../../src/ui/rules-view.ts'
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
    assert.match(previewText(preview), /would have hit 200 operations of 1 process, whoever it is, in the last \d+ s: nginx 10: 200, bash 11 \(exempt\)/)
  })
  it('says up to where changes are not told apart', () => {
    assert.match(previewText(previewOf(rule('deny delete /etc/hosts'), model(), () => false)), /up to 1 operation of 1 process/)
    assert.match(previewText(previewOf(rule('deny write /nowhere'), model(), () => false)), /would have hit nobody in the last/)
  })
})

describe('the preview of a rule that kills or freezes', () => {
  it('lists the processes in as many lines as it has, and how many more there are', () => {
    const processes = Array.from({ length: 30 }, (_, i) => ({ pid: 100 + i, comm: `worker-${i}`, operations: 1, exempt: false }))
    const preview = { operations: 30, processes, seconds: 60, upTo: false, anybody: false, forgotten: 0, forgottenUpTo: false, unnamed: 0 }
    const texts = (line: string, columns: number) =>
      previewLines(line, preview, columns).map((parts) =>
        parts
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      )
    for (const kind of ['kill', 'kill:TERM', 'freeze']) {
      assert.deepEqual(texts(`${kind} write /data`, 80), [
        'would have hit 30 operations of 30 processes in the last 60 s: worker-0 100: 1,',
        'worker-1 101: 1, worker-2 102: 1, worker-3 103: 1, worker-4 104: 1, worker-5',
        '105: 1, worker-6 106: 1, worker-7 107: 1, worker-8 108: 1, and 21 more',
      ])
    }
    assert.match(texts('kill write /data', 200).join(' '), /worker-11 111: 1, and 18 more$/)
    assert.equal(texts('deny write /data', 80).length, 1)
  })
})

describe('what a preview cannot tell', () => {
  /** 1,900 writes of a process that is remembered no more, some of a file that is not, and 3 of one that is. */
  function forgetful(): Model {
    const made = new Model(info, { files: 2 })
    made.apply(
      batch(1, {
        processes: [processFact('10.1', { comm: 'nginx' }), processFact('11.1', { comm: 'bash' })],
        files: [fileFact('1:9.1', '/srv/app/old'), fileFact('1:1.1', '/srv/app/a.log')],
        counters: [
          delta('10.1', '1:9.1', { opens: 5, writes: 50 }),
          delta('10.1', '1:1.1', { opens: 20, writes: 1900, changes: 7 }),
          delta('11.1', '1:1.1', { writes: 3 }),
        ],
        exits: ['10.1'],
      }),
    )
    made.apply(batch(13, { files: [fileFact('1:2.1', '/etc/hosts')], counters: [delta('11.1', '1:1.1', { opens: 1 }), delta('11.1', '1:2.1', { opens: 2 })] }))
    return made
  }
  const told = (line: string) => {
    const preview = previewOf(rule(line), forgetful(), () => false)
    return [previewText(preview, line.startsWith('quota ')), forgottenText(preview)]
  }

  it('is told beside it: whom it would have hit is not known of those that are remembered no more', () => {
    const unnamed = '50 operations on files that are remembered no more may be meant too'
    assert.deepEqual(told('deny write /srv/app/a.log'), [
      'would have hit 3 operations of 1 process, whoever it is, in the last 12 s: bash 11: 3',
      `and 1,900 more by processes that are remembered no more; ${unnamed}`,
    ])
    assert.deepEqual(told('deny write /srv/app/a.log by comm=nginx'), [
      'would have hit nobody that is remembered in the last 12 s',
      `and up to 1,900 more by processes that are remembered no more; ${unnamed}`,
    ])
    assert.equal(told('deny delete /srv/app/a.log')[1], 'and up to 7 more by processes that are remembered no more')
    assert.deepEqual(told('deny write /elsewhere'), ['would have hit nobody that is remembered in the last 12 s', unnamed])
    assert.equal(told('quota 1G /srv/app')[0], 'counts what is there first; 3 operations there in the last 12 s: bash 11: 3')
    assert.equal(told('quota 1G /srv/app')[1], `and up to 1,907 more by processes that are remembered no more; ${unnamed}`)
  })

  it('has lines of its own, whole at 80 cells', () => {
    const lines = previewLines(
      'deny write /srv/app/a.log',
      previewOf(rule('deny write /srv/app/a.log by comm=nginx'), forgetful(), () => false),
      80,
    )
    assert.deepEqual(
      lines.map((line) => line.map(({ text }) => text).join('')),
      [
        'would have hit nobody that is remembered in the last 12 s',
        'and up to 1,900 more by processes that are remembered no more; 50 operations on',
        'files that are remembered no more may be meant too',
      ],
    )
  })
})

describe('the proposed rule', () => {
  it('is about the hottest file and this process, and is a rule', () => {
    const [row] = model().processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'files' }).rows
    assert.ok(row)
    const line = draftRule('kill', { kind: 'process', row, file: row.hottest })
    assert.equal(line, 'kill modify /srv/app/a.log by pid=10')
    rule(line ?? '')
    const reads = { ...row, total: { ...row.total, writes: 0, mmapPages: 0, changes: 0 } }
    assert.equal(draftRule('deny', { kind: 'process', row: reads, file: row.hottest }), 'deny open,read /srv/app/a.log by pid=10', 'of a reader, what it does')
  })
})
