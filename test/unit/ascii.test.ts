/** Where only ASCII is shown: each of our signs has a stand-in, lines stay as wide as they are, and names keep telling what they are. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { Model } from '../../src/model/model.ts'
import type { Ask } from '../../src/rules/control.ts'
import { inCells, inWords, isUtf8Locale, SIGNS, showOnlyAscii } from '../../src/text/ascii.ts'
import { harmless, literal, printable } from '../../src/text/printable.ts'
import { sparkline } from '../../src/text/units.ts'
import { width } from '../../src/text/width.ts'
import type { Mode } from '../../src/ui/keys.ts'
import { type Line, lineWidth } from '../../src/ui/line.ts'
import { USUAL_LOOK } from '../../src/ui/look.ts'
import { drawScreen } from '../../src/ui/screen.ts'
import { tableData } from '../../src/ui/stage.ts'
import { initialState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven, type Pressed } from './driven.ts'

afterEach(() => showOnlyAscii(false))

const ASCII = /^[\x20-\x7e]*$/

/** The code of a file, without its comments. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
}

describe('the table of signs', () => {
  it('has one cell for each, and ASCII in its place', () => {
    for (const [sign, cell, words] of SIGNS) {
      assert.equal(width(sign), 1, sign)
      assert.match(cell, /^[\x20-\x7e]$/, sign)
      assert.match(words, /^[\x20-\x7e]+$/, sign)
    }
    assert.equal(new Set(SIGNS.map(([sign]) => sign)).size, SIGNS.length)
  })

  it('has every sign that the source says', () => {
    const known = new Set(SIGNS.map(([sign]) => sign))
    const root = join(import.meta.dirname, '../../src')
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /^(ui|text|model|rules|kernel|commands|recording)\/.*\.tsx?$/.test(file),
    )) {
      for (const sign of codeOf(join(root, name)).match(/[^\x00-\x7f]/gu) ?? [])
        assert.ok(known.has(sign), `src/${name} shows ${sign}, which src/text/ascii.ts has no stand-in for`)
    }
  })
})

describe('texts in ASCII', () => {
  it('are as wide as they were, whatever is in them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('…', '×', '文', 'e\u0301', 'a', '👩‍👩‍👧') })), (text) => {
        const shown = inCells(literal(text))
        assert.equal(width(shown), width(literal(text)))
        assert.match(shown, ASCII)
      }),
    )
  })

  it('have words where there is room for them, and escapes for what is not ours', () => {
    showOnlyAscii(true)
    assert.equal(inWords('↑ ↓ choose …'), 'Up Down choose ...')
    assert.equal(harmless('deny:EROFS, … the program’s naïve'), "deny:EROFS, ... the program's na\\u{ef}ve")
    assert.equal(printable('é…\\'), '\\u{e9}\\u{2026}\\\\')
    assert.equal(literal('comm:文'), 'comm:\\u{6587}')
    assert.equal(inCells(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 9)), ' :-=+*%##')
  })

  it('show no two names alike', () => {
    showOnlyAscii(true)
    const name = fc.string({ unit: fc.constantFrom('…', '~', 'é', '\\', 'u', '{', 'e', '9', '}', '文') })
    fc.assert(fc.property(name, name, (a, b) => a === b || printable(a) !== printable(b)))
  })

  it('stay as they are elsewhere', () => {
    assert.equal(harmless('↑ é …'), '↑ é …')
    assert.equal(printable('é文'), 'é文')
  })

  it('are for locales that are not UTF-8', () => {
    for (const [env, utf8] of [
      [{}, false],
      [{ LANG: 'C' }, false],
      [{ LANG: 'de_DE.UTF-8' }, true],
      [{ LANG: 'C.utf8' }, true],
      [{ LANG: 'de_DE.ISO-8859-1' }, false],
      [{ LANG: 'de_DE.UTF-8', LC_CTYPE: 'C' }, false],
      [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
      [{ LANG: 'de_DE.UTF-8', LC_CTYPE: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, false],
      [{ LANG: 'de_DE.UTF-8', LC_ALL: '' }, true],
    ] as [Record<string, string>, boolean][])
      assert.equal(isUtf8Locale(env), utf8, JSON.stringify(env))
  })
})

const model = new Model({ ...info, hostname: 'höst', users: { 0: 'röot' } })
model.apply(
  batch(1, {
    processes: [processFact('1.1', { comm: 'naïve' }), processFact('2.1', { comm: '文字' })],
    files: [fileFact('1:2.3', `/größe/${'文'.repeat(80)}`), fileFact('1:2.4', `/a…b`)],
    counters: [delta('1.1', '1:2.3', { writes: 1, writeBytes: 5000 }), delta('2.1', '1:2.4', { writes: 1, writeBytes: 1 })],
    exits: ['2.1'],
  }),
)
const ask: Ask = {
  ...{ id: 1, rule: 1, pid: 7, comm: 'ä', ops: ['open'], path: '/ß', times: 3, sinceMs: 0, untilMs: 9000 },
  ...{ command: '文', target: null, covers: 'open /ß', exe: '/é', user: 'ü', container: '', parents: ['sh(1)'] },
} as Ask

function drawn(mode: Mode, columns: number, ascii: boolean, keys: readonly Pressed[] = []): Line[] {
  showOnlyAscii(ascii)
  const driven = new Driven(info, model, columns, 40)
  driven.state = initialState({ sort: 'bytes', filterText: mode === 'filter' ? 'comm:文' : '', kinds: 'all' })
  driven.press(...keys)
  const state = { ...driven.state, mode, ask: 1, ruleText: 'deny write /文' }
  const filterError = mode === 'filter' ? { message: 'wrong …', column: 5 } : null
  return drawScreen(
    {
      ...{ info: { ...info, hostname: 'höst' }, header: model.header, state: { ...state, filterError }, notes: ['nöte'], rules: [] },
      ...{ enforcement: { way: 'lsm', why: ['würde …'], skipped: 0 }, preview: null, doing: 'arming …', toast: 'es war ↑ wahr', hitPids: new Set([1]) },
      ...{
        ...tableData({ ...driven.stage(), columns, rows: 40 }, state),
        command: 'größe',
        asks: [ask],
        defaultAnswer: 'deny' as const,
        nowMs: 0,
        look: USUAL_LOOK,
      },
    },
    columns,
    40,
  )
}

describe('the screen in ASCII', () => {
  for (const mode of ['table', 'filter', 'sort', 'rule', 'rules', 'asks', 'quotas', 'help'] as const) {
    it(`shows nothing else, and is no wider: ${mode}`, () => {
      for (const columns of [60, 80, 200]) {
        const lines = drawn(mode, columns, true)
        assert.equal(lines.length, 40)
        for (const line of lines) {
          const text = line.map((segment) => segment.text).join('')
          assert.match(text, ASCII)
          assert.ok(lineWidth(line) <= columns, text)
        }
      }
    })
  }

  for (const keys of [['2'], ['3', 'l'], ['b'], ['b', 'b', 'b', 'l'], ['b', 'b', 'b', 'b', 'b'], ['return'], ['2', 'return', 'return']]) {
    it(`shows nothing else in the view behind ${keys.join(' ')}`, () => {
      for (const columns of [60, 80, 200]) {
        for (const line of drawn('table', columns, true, keys)) {
          const text = line.map((segment) => segment.text).join('')
          assert.match(text, ASCII)
          assert.ok(lineWidth(line) <= columns, text)
        }
      }
    })
  }

  it('tells what is open in a tree from what is not', () => {
    const shown = (keys: readonly Pressed[]) => drawn('table', 80, true, keys).map((line) => line.map(({ text }) => text).join(''))
    assert.ok(shown(['b', 'return']).some((line) => /^>.* - /.test(line)))
    assert.ok(shown(['b']).some((line) => /^>.* \+ /.test(line)))
  })

  it('keeps its numbers under their titles', () => {
    const at = (ascii: boolean) => {
      const lines = drawn('table', 80, ascii).map((line) => line.map(({ text }) => text).join(''))
      return ['HOTTEST', '4.9k'].map((part) => width((lines.find((line) => line.includes(part)) ?? '').split(part)[0] ?? ''))
    }
    assert.deepEqual(at(true), at(false))
  })

  it('tells the size that is too small', () => {
    showOnlyAscii(true)
    assert.match(drawn('table', 40, true)[0]?.[0]?.text ?? '', /^needs 60\*12, has 40\*40/)
  })
})
