/** The quotas on the screen: what their lines say at every fill, that no name breaks out of them, and where their keys lead. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Key } from 'ink'
import type { FileFact } from '../../src/batch/batch.ts'
import { Model } from '../../src/model/model.ts'
import type { QuotaUse, RuleState } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { printRule } from '../../src/rules/print.ts'
import { QUOTA_OPS, type Rule } from '../../src/rules/rule.ts'
import { draftRule } from '../../src/ui/draft.ts'
import { actionFor, KEYS, type Mode } from '../../src/ui/keys.ts'
import { type Line, lineWidth } from '../../src/ui/line.ts'
import { QUOTAS_TITLE, quotaDetailLines, quotaDetailRows, quotasLines } from '../../src/ui/quotas-view.ts'
import { initialState, reduce, settle, type UiState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { listed, screenOf } from './listed.ts'

const GiB = 2 ** 30
const NOW = 1_000_000_000

function use(some: Partial<QuotaUse> = {}): QuotaUse {
  return {
    ...{ bytes: 5 * GiB, inodes: 100, limitBytes: 10 * GiB, limitInodes: null, rate: 0, fullMs: null, uncertain: 0 },
    ...{ countedMs: NOW - 60_000, failed: [], writers: [] },
    ...some,
  }
}

function capped(quota: QuotaUse | null, some: Partial<RuleState> = {}, directory = '/srv/app'): RuleState {
  const rule: Rule = {
    action: { kind: 'quota', bytes: 10 * GiB, inodes: null, warnPercent: 90 },
    ...{ ops: [...QUOTA_OPS], object: { kind: 'tree', text: directory }, conditions: [], ttlMs: null },
  }
  return {
    ...{ id: 7, rule, text: printRule(rule), state: 'armed', hits: 0, exempted: 0, signalsFailed: 0, unsure: 0 },
    ...{ processes: [], holders: [], lastMs: null, expiresMs: null, notes: [], quota },
    ...some,
  }
}

const textOf = (line: Line) => line.map(({ text }) => text).join('')

/** A row's cells, without the blanks around them: the widths are those of the title. */
function cells(text: string): string[] {
  let at = 0
  const out = [5, 8, 5, 5, 10, 4, 6, 7, 7].map((wide) => {
    at += wide + 1
    return text.slice(at - wide - 1, at - 1).trim()
  })
  return [...out, text.slice(at)]
}

/** The line of one that is not selected. */
function row(rule: RuleState, columns = 120): Line {
  const [line] = quotasLines([rule], -1, 0, columns, 5)
  assert.ok(line)
  return line
}
function style(rule: RuleState) {
  const [segment] = row(rule)
  return segment?.role ?? 'plain'
}
const details = (rule: RuleState, room = 20, columns = 160) => quotaDetailLines(rule, NOW, columns, room).map(textOf)

describe('the list of quotas', () => {
  it('says where to begin when there is none', () => {
    const lines = quotasLines([], 0, 0, 120, 10)
    assert.equal(lines.length, 1)
    assert.match(textOf(lines[0] ?? []), /^No quotas\. .* c on a process/)
  })

  for (const [name, rule, wanted, look] of [
    ['normal', capped(use()), '7|armed|5.0G|10G|#####.....|50||||/srv/app', 'plain'],
    ['before the count begins', capped(null, { state: 'counting' }), '7|counting||||||||/srv/app', 'dim'],
    ['counting', capped(use({ bytes: 4096, countedMs: null }), { state: 'counting' }), '7|counting|4.0k|10G|..........|0||||/srv/app', 'dim'],
    [
      'filling, and refusing',
      capped(use({ rate: 3 * 2 ** 20, fullMs: 754_000 }), { hits: 12 }),
      '7|armed|5.0G|10G|#####.....|50|3.0M|12m34s|12|/srv/app',
      'plain',
    ],
    ['nearly full', capped(use({ bytes: 9.5 * GiB })), '7|armed|9.5G|10G|##########|95||||/srv/app', 'warn'],
    ['one byte short of full', capped(use({ bytes: 10 * GiB - 1 })), '7|armed|10G|10G|##########|99||||/srv/app', 'warn'],
    ['full', capped(use({ bytes: 10 * GiB })), '7|armed|10G|10G|##########|100||||/srv/app', 'alert'],
    ['over full', capped(use({ bytes: 25 * GiB })), '7|armed|25G|10G|##########|250||||/srv/app', 'alert'],
    ['fuller of inodes than of bytes', capped(use({ inodes: 93, limitInodes: 100 })), '7|armed|5.0G|10G|#########.|93||||/srv/app', 'warn'],
    ['full of inodes', capped(use({ inodes: 100, limitInodes: 100 })), '7|armed|5.0G|10G|##########|100||||/srv/app', 'alert'],
    ['fuller of bytes than of inodes', capped(use({ inodes: 1, limitInodes: 100 })), '7|armed|5.0G|10G|#####.....|50||||/srv/app', 'plain'],
    ['shrinking', capped(use({ rate: -1023 * 2 ** 20 })), '7|armed|5.0G|10G|#####.....|50|-1.0G|||/srv/app', 'plain'],
    ['a limit of nothing', capped(use({ bytes: 0, limitBytes: 0 })), '7|armed|0|0|##########|100||||/srv/app', 'alert'],
    ['no inodes allowed', capped(use({ inodes: 0, limitInodes: 0 })), '7|armed|5.0G|10G|##########|100||||/srv/app', 'alert'],
    ['less than nothing', capped(use({ bytes: -4096 })), '7|armed|0|10G|..........|0||||/srv/app', 'plain'],
    ['disarmed, and full', capped(use({ bytes: 10 * GiB }), { state: 'disarmed' }), '7|disarmed|10G|10G|##########|100||||/srv/app', 'dim'],
  ] as const)
    it(name, () => {
      assert.equal(cells(textOf(row(rule))).join('|'), wanted)
      assert.equal(style(rule), look)
    })

  it('cells stand below their titles', () => {
    assert.deepEqual(cells(QUOTAS_TITLE), ['#', 'STATE', 'USED', 'LIMIT', '', '%', 'RATE/s', 'FULL IN', 'REFUSED', 'DIRECTORY'])
    const figures = fc.record({
      bytes: fc.integer({ min: -(2 ** 53), max: 2 ** 53 }),
      limitBytes: fc.integer({ min: 2 ** 47, max: 2 ** 53 }),
      rate: fc.double({ min: -(2 ** 50), max: 2 ** 50, noNaN: true }),
      fullMs: fc.option(fc.nat(86_400_000 * 999)),
    })
    fc.assert(
      fc.property(figures, fc.nat(10_000), fc.nat(), fc.boolean(), (some, id, hits, known) => {
        const text = textOf(row(capped(known ? use(some) : null, { id, hits })))
        assert.equal(text.indexOf('/srv/app'), QUOTAS_TITLE.indexOf('DIRECTORY'), text)
      }),
    )
  })

  for (const [name, some] of Object.entries({
    'a limit far below what is there': { bytes: 500 * GiB, limitBytes: 2 ** 20 },
    'full in years': { fullMs: 1234.5 * 86_400_000 },
  }))
    it(`cells stand below their titles: ${name}`, () => {
      const text = textOf(row(capped(use(some))))
      assert.equal(text.indexOf('/srv/app'), QUOTAS_TITLE.indexOf('DIRECTORY'), text)
    })

  it('marks the selected one by a sign and inverse, over the whole line', () => {
    const rules = [1, 2, 3, 4].map((id) => capped(use({ bytes: 10 * GiB }), { id }))
    const lines = quotasLines(rules, 2, 1, 100, 2)
    assert.deepEqual(
      lines.map((line) => [textOf(line).slice(0, 6), line[0]?.inverse ?? false]),
      [
        ['    2 ', false],
        ['>   3 ', true],
      ],
    )
    assert.equal(lineWidth(lines[1] ?? []), 100)
  })

  it('leaves the list the larger part', () => {
    for (let room = 1; room < 60; room++) assert.ok(quotaDetailRows(room) <= room / 2, String(room))
  })
})

describe('what there is to know of a quota', () => {
  it('everything, exactly', () => {
    const quota = use({
      ...{ bytes: 1_234_567_890, inodes: 4321, limitInodes: 1_000_000, uncertain: 8192, failed: ['/srv/app/locked: EACCES'] },
      writers: [
        { pid: 5, comm: 'dd', processes: 1, bytes: 3 * GiB },
        { pid: 6, comm: 'tar', processes: 1, bytes: 4096 },
      ],
    })
    assert.deepEqual(
      details(capped(quota, { exempted: 1234 })),
      [
        'rule 7: quota 10G /srv/app',
        '1,234,567,890 of 10,737,418,240 bytes, 4,321 of 1,000,000 files and directories; counted 1m00s ago, while 8.0k came or went: up to so much may be wrong until the next count',
        'grown by dd 5: 3.0G, tar 6: 4.0k',
        'let pass 1,234 calls beyond the limit by this program, its ancestors or what is protected',
        'not counted: /srv/app/locked: EACCES',
      ].map((line) => (line.length > 160 ? `${line.slice(0, 159)}…` : line)),
    )
  })

  it('little where there is little', () => {
    assert.deepEqual(details(capped(use())), [
      'rule 7: quota 10G /srv/app',
      '5,368,709,120 of 10,737,418,240 bytes, 100 files and directories; counted 1m00s ago, exactly',
      'nobody has made it grow yet',
    ])
    assert.deepEqual(details(capped(null)), ['rule 7: quota 10G /srv/app'])
    assert.deepEqual(details(capped(null), 0), [])
  })

  it('that it refuses nothing while it is counted', () => {
    assert.match(details(capped(use({ countedMs: null }), { state: 'counting' }))[1] ?? '', /; being counted: nothing is refused yet \(x stops it\)$/)
  })

  it('no more lines than there is room for', () => {
    const failed = Array.from({ length: 10 }, (_, i) => `/x/${i}: EACCES`)
    for (let room = 0; room < 16; room++) assert.equal(details(capped(use({ failed }), { exempted: 1 }), room).length, Math.min(room, 14))
  })
})

describe('the width of the screen', () => {
  const hostile = ['\x1b[2J', '\n', '\x9b31m', '\u202e', '\u200b', '\udcff', '漢字', '😀', 'e\u0301', '\\', '"', ' ', 'x'.repeat(50), '\u{e0041}', '\ufe0f']
  const name = fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 10 })), { minLength: 1, maxLength: 30 }).map((parts) => parts.join(''))

  for (const columns of [80, 200])
    it(`nothing goes beyond ${columns} columns, and no name acts on the terminal`, () => {
      fc.assert(
        fc.property(name, name, name, fc.boolean(), fc.boolean(), (directory, comm, path, known, selected) => {
          const writers = Array.from({ length: 8 }, (_, i) => ({ pid: 4_000_000 + i, comm, processes: 1, bytes: GiB }))
          const rule = capped(known ? use({ writers, failed: [path], limitInodes: 10 ** 12 }) : null, {}, `/${directory}`)
          const lines = [...quotasLines([rule, rule], selected ? 0 : -1, 0, columns, 5), ...quotaDetailLines(rule, NOW, columns, 20)]
          for (const line of lines) {
            assert.ok(lineWidth(line) <= columns, `${lineWidth(line)}: ${textOf(line)}`)
            assert.doesNotMatch(textOf(line), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
          }
        }),
        { numRuns: 300 },
      )
    })

  it('two names that differ only in what cannot be shown are shown differently', () => {
    const shown = ['a\nb', 'a\\nb', 'a\udcffb', 'a\\xffb'].map((directory) => textOf(row(capped(use(), {}, `/${directory}`))))
    assert.equal(new Set(shown).size, 4, shown.join('\n'))
  })
})

const NO_KEY: Key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false, home: false, end: false },
  ...{ return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false, delete: false, meta: false },
  ...{ super: false, hyper: false, capsLock: false, numLock: false },
}

const rules = [
  { id: 7, text: 'quota 10G /srv/app', holders: [] },
  { id: 9, text: 'quota 1G /home', holders: [] },
]
const around = screenOf({ rows: listed(['1.1']), helpLines: 100, draft: (action) => (action === 'quota' ? 'quota 10G /var' : 'no'), rules })
const start = initialState({ sort: 'writes', filterText: '', kinds: 'files' })

/** The state after some keys: characters, or names of Ink's keys. */
function after(state: UiState, ...keys: (string | { key: keyof Key })[]): UiState {
  return keys.reduce<UiState>((before, pressed) => {
    const [input, key] =
      typeof pressed === 'string' ? [pressed, { ...NO_KEY, shift: pressed !== pressed.toLowerCase() }] : ['', { ...NO_KEY, [pressed.key]: true }]
    const action = actionFor(before.mode, input, key)
    assert.ok(action, `${before.mode}: ${JSON.stringify(pressed)} means nothing`)
    return reduce(before, action, around)
  }, state)
}
const [esc, enter, down, tab] = [{ key: 'escape' }, { key: 'return' }, { key: 'downArrow' }, { key: 'tab' }] as const
const begun = (state: UiState) => [state.mode, state.ruleText, state.ruleReplaces, state.ruleFrom]

describe('the keys of quotas', () => {
  it('no key means two things', () => {
    const seen = KEYS.flatMap(({ mode, match }) => match.map((pressed) => `${mode} ${pressed}`))
    assert.deepEqual(
      seen.filter((key, i) => seen.indexOf(key) !== i),
      [],
    )
  })

  it('c proposes one for the selected row; Enter arms it, and the table is back', () => {
    const written = after(start, 'c')
    assert.deepEqual(begun(written), ['rule', 'quota 10G /var', null, 'table'])
    const parsed = parseRule('quota 10G /var')
    assert.ok(parsed.ok)
    const armed = after(written, enter)
    assert.deepEqual([armed.mode, armed.request], ['table', { do: 'arm', rule: parsed.rule, replaces: null }])
    assert.deepEqual([after(written, esc).mode, after(written, esc).request], ['table', null])
    assert.equal(reduce(start, { do: 'rule', action: 'quota' }, { ...around, draft: () => null }), start, 'there is no row')
  })

  it('Tab makes no other rule of it, and what is no quota stays', () => {
    assert.equal(after(start, 'c', tab).ruleText, 'quota 10G /var')
    const wrong = after(start, 'c', ' ', 'b', 'y')
    assert.deepEqual([after(wrong, enter).mode, after(wrong, enter).request], ['rule', null])
  })

  it('C opens the quotas from the top, and Esc or C goes back', () => {
    for (const from of ['table', 'rules'] as const) {
      const opened = after({ ...start, mode: from, scroll: 3, ruleIndex: 5 }, 'C')
      assert.deepEqual([opened.mode, opened.scroll, opened.ruleIndex], ['quotas', 0, 0])
      assert.deepEqual([after(opened, esc).mode, after(opened, 'C').mode], ['table', 'table'])
    }
  })

  it('e edits the selected one and comes back to the quotas', () => {
    const written = after(start, 'C', down, 'e')
    assert.deepEqual(begun(written), ['rule', 'quota 1G /home', 9, 'quotas'])
    assert.deepEqual([after(written, esc).mode, after(written, esc).request], ['quotas', null])
    const armed = after(written, ' ', 'warn 70', enter)
    assert.equal(armed.mode, 'quotas')
    assert.ok(armed.request?.do === 'arm' && armed.request.replaces === 9)
    assert.equal(printRule(armed.request.rule), 'quota 1G /home warn 70%')
    assert.equal(armed.ruleIndex, 1)
  })

  it('Space and x are for the selected one, and for nobody where there is none', () => {
    const opened = after(start, 'C', down)
    assert.deepEqual(after(opened, ' ').request, { do: 'toggle', id: 9 })
    assert.deepEqual(after(opened, 'x').request, { do: 'remove', id: 9 })
    for (const action of ['toggle', 'remove', 'edit'] as const) {
      const state = reduce({ ...opened, ruleIndex: 0 }, { do: action }, { ...around, rules: [] })
      assert.deepEqual([state.mode, state.request], ['quotas', null])
    }
  })

  it('the selection stays in the list, also when the list gets shorter', () => {
    assert.equal(after(start, 'C', down, down, down).ruleIndex, 1)
    assert.equal(settle(after(start, 'C', down), { ...around, rules: rules.slice(0, 1) }).ruleIndex, 0)
    assert.equal(settle(after(start, 'C', down), { ...around, rules: [] }).ruleIndex, 0)
  })

  it('help and rules are a key away, and help leads back', () => {
    assert.equal(after(start, 'C', '?').mode, 'help' satisfies Mode)
    assert.equal(after(start, 'C', '?', esc).mode, 'quotas')
    assert.equal(after(start, 'C', tab).mode, 'rules')
    assert.equal(after(start, 'C', 'q').quit, true)
  })
})

describe('the quota that c proposes', () => {
  function proposed(path: string, some: Partial<FileFact> = {}): string | null {
    const model = new Model(info)
    model.apply(
      batch(1, { processes: [processFact('1.1')], files: [fileFact('1:2.3', path, some)], counters: [delta('1.1', '1:2.3', { writes: 1, writeBytes: 9 })] }),
    )
    const [first] = model.processes({ sort: 'writes', reverse: false, filter: null, kinds: 'all' }).rows
    assert.ok(first)
    return draftRule('quota', { kind: 'process', row: first, file: first.hottest })
  }
  it('is for the directory of the hottest file', () => {
    assert.equal(proposed('/srv/app/data/a.log'), 'quota 10G /srv/app/data')
    assert.equal(proposed('/srv/my app/a'), 'quota 10G "/srv/my app"')
    assert.equal(proposed('/a'), 'quota 10G /')
  })
  it('is for none where the path is not known', () => {
    for (const some of [{ cut: true }, { deleted: true }, { noMount: true }] as Partial<FileFact>[])
      assert.equal(proposed('/srv/app/a', some), null, JSON.stringify(some))
  })
})
