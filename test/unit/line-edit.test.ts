/** Typing a line: edits against a line kept as a list of characters, and a cursor that is always in view. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { graphemes } from '../../src/text/width.ts'
import { type Edit, type EditedLine, edited, isEdit, lineOf } from '../../src/ui/line-edit.ts'
import { promptLines } from '../../src/ui/prompt.ts'

const SIMPLE = ['erase', 'eraseNext', 'eraseWord', 'clear', 'left', 'right', 'wordLeft', 'wordRight', 'lineStart', 'lineEnd'] as const
const WORDS = /[\p{L}\p{N}_]/u

/** The same, on a list of characters that never join: as slow and plain as can be. */
class Naive {
  before: string[] = []
  after: string[] = []
  #move(from: string[], to: string[], passes: (char: string) => boolean): void {
    while (from.length > 0 && passes(from.at(-1) as string)) to.push(from.pop() as string)
  }
  do(edit: Edit): void {
    // What follows the cursor is kept the wrong way round, so that both ends at the cursor are the lists' ends.
    switch (edit.do) {
      case 'type':
        this.before.push(...edit.text)
        break
      case 'erase':
        this.before.pop()
        break
      case 'eraseNext':
        this.after.pop()
        break
      case 'eraseWord':
        this.#move(this.before, [], (char) => char === ' ')
        this.#move(this.before, [], (char) => char !== ' ')
        break
      case 'clear':
        this.before = []
        this.after = []
        break
      case 'left':
        this.after.push(...this.before.splice(-1))
        break
      case 'right':
        this.before.push(...this.after.splice(-1))
        break
      case 'wordLeft':
        this.#move(this.before, this.after, (char) => !WORDS.test(char))
        this.#move(this.before, this.after, (char) => WORDS.test(char))
        break
      case 'wordRight':
        this.#move(this.after, this.before, (char) => !WORDS.test(char))
        this.#move(this.after, this.before, (char) => WORDS.test(char))
        break
      case 'lineStart':
        this.after.push(...this.before.splice(0).reverse())
        break
      case 'lineEnd':
        this.before.push(...this.after.splice(0).reverse())
    }
  }
  get line(): EditedLine {
    const before = this.before.join('')
    return { text: before + this.after.toReversed().join(''), cursor: before.length }
  }
}

const simple = fc.constantFrom(...SIMPLE).map((what): Edit => ({ do: what }))
const typedFrom = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    simple,
    text.map((typed): Edit => ({ do: 'type', text: typed })),
  )
const plainEdits = fc.array(typedFrom(fc.string({ unit: fc.constantFrom('a', 'Z', '7', '_', ' ', '/', '=', 'ä', '文', '😀'), maxLength: 6 })), {
  maxLength: 40,
})
const anyEdits = fc.array(typedFrom(fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }))), { maxLength: 30 })
const lineAfter = (edits: readonly Edit[]) => edits.reduce(edited, lineOf(''))

function draw(line: EditedLine, columns: number, column: number | null = null) {
  const [first = [], second] = promptLines('rule: ', line, column === null ? null : { message: 'wrong', column }, columns)
  const before = first.slice(
    0,
    first.findIndex(({ inverse }) => inverse === true),
  )
  const text = (segments: readonly { text: string }[]) => segments.map((segment) => segment.text).join('')
  return { first, text: text(first), below: second ? text(second) : '', before: text(before), cursors: first.filter(({ inverse }) => inverse === true) }
}

describe('editing a line', () => {
  it('does what a list of characters does', () => {
    fc.assert(
      fc.property(plainEdits, (edits) => {
        const naive = new Naive()
        let line = lineOf('')
        for (const edit of edits) {
          naive.do(edit)
          line = edited(line, edit)
          assert.deepEqual(line, naive.line, edit.do)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps the cursor between characters whatever they are made of, and moving changes nothing else', () => {
    fc.assert(
      fc.property(anyEdits, (edits) => {
        let line = lineOf('')
        for (const edit of edits) {
          const next = edited(line, edit)
          const ends = [0]
          for (const grapheme of graphemes(next.text)) ends.push((ends.at(-1) ?? 0) + grapheme.length)
          assert.ok(ends.includes(next.cursor), `${JSON.stringify(next)} after ${edit.do}`)
          if (!['type', 'erase', 'eraseNext', 'eraseWord', 'clear'].includes(edit.do)) assert.equal(next.text, line.text)
          if (edit.do === 'type') assert.equal(next.text, line.text.slice(0, line.cursor) + edit.text + line.text.slice(line.cursor))
          line = next
        }
      }),
    )
  })

  it('erases a character with its accent and a family as one', () => {
    for (const whole of ['e\u0301', '👩\u200d👧', '🇩🇪']) {
      assert.deepEqual(edited(lineOf(`a${whole}`), { do: 'erase' }), lineOf('a'))
      assert.deepEqual(edited({ text: `${whole}a`, cursor: 0 }, { do: 'eraseNext' }), { text: 'a', cursor: 0 })
      assert.deepEqual(edited(lineOf(`a${whole}`), { do: 'left' }), { text: `a${whole}`, cursor: 1 })
    }
  })

  it('stands behind what became one character when something between went', () => {
    assert.deepEqual(edited({ text: 'a\u200b\u0301b', cursor: 2 }, { do: 'erase' }), { text: 'a\u0301b', cursor: 2 })
    assert.deepEqual(edited({ text: 'a\u200b\u0301b', cursor: 1 }, { do: 'eraseNext' }), { text: 'a\u0301b', cursor: 2 })
  })

  it('moves by the parts of a path, as shells do, and erases back to a blank', () => {
    const line = lineOf('deny write /srv/app.log')
    const left = edited(edited(line, { do: 'wordLeft' }), { do: 'wordLeft' })
    assert.equal(line.text.slice(left.cursor), 'app.log')
    assert.equal(edited(left, { do: 'eraseWord' }).text, 'deny write app.log')
    assert.equal(edited(left, { do: 'wordRight' }).cursor, line.text.indexOf('.log'))
  })

  it('knows its own actions from others', () => {
    for (const what of [...SIMPLE, 'type']) assert.ok(isEdit({ do: what }), what)
    for (const what of ['accept', 'back', 'move', 'first', 'toggle']) assert.ok(!isEdit({ do: what }), what)
  })
})

describe('the line that is typed', () => {
  it('is never wider than the screen, and the cursor is one cell or character of it', () => {
    fc.assert(
      fc.property(anyEdits, fc.integer({ min: 60, max: 90 }), (edits, columns) => {
        const { text, cursors } = draw(lineAfter(edits), columns)
        assert.ok(stringWidth(text) <= columns, JSON.stringify(text))
        assert.equal(cursors.length, 1)
        assert.ok(stringWidth(cursors[0]?.text ?? '') >= 1)
      }),
    )
  })

  it('keeps the cursor in view in a long line, on the character it is on', () => {
    const long = fc.array(fc.constantFrom('a', 'b', '/', ' ', '文', '😀', 'é'), { minLength: 60, maxLength: 200 })
    fc.assert(
      fc.property(long, fc.nat(), fc.integer({ min: 60, max: 90 }), (characters, anywhere, columns) => {
        const at = anywhere % (characters.length + 1)
        const cursor = characters.slice(0, at).join('').length
        const { first, text, before, cursors } = draw({ text: characters.join(''), cursor }, columns)
        assert.equal(cursors[0]?.text, characters[at] ?? ' ')
        assert.ok(stringWidth(text) <= columns)
        const shown = before.slice('rule: '.length).replace(/^…/, '')
        assert.ok(characters.slice(0, at).join('').endsWith(shown), 'what is before the cursor is what is there')
        const whole = characters.slice(at + 1).join('')
        const after = text.slice(before.length + (cursors[0]?.text ?? '').length)
        if (after.trimEnd() !== whole.trimEnd()) assert.ok(after.endsWith('…') && whole.startsWith(after.slice(0, -1)), JSON.stringify(after))
        // Full but for the cell that a wide character had no room for.
        if (stringWidth(characters.join('')) > columns) assert.ok(stringWidth(text) >= columns - 2, `${stringWidth(text)} of ${columns}`)
        assert.equal(first[0]?.text, 'rule: ')
      }),
      { numRuns: 500 },
    )
  })

  it('shows a mark that stands alone, which has no cell of its own', () => {
    assert.deepEqual(
      draw({ text: '\u0301', cursor: 0 }, 80).cursors.map(({ text }) => text),
      ['\u25cc\u0301'],
    )
  })

  it('points at what is wrong, where it is shown', () => {
    const text = `${'文'.repeat(5)}${'x'.repeat(100)}`
    assert.equal(draw({ text, cursor: 0 }, 80, 5).below, `${' '.repeat(6 + 10)}↑ wrong`)
    assert.equal(draw(lineOf(text), 80, text.length).below, `${' '.repeat(79 - 6)}wrong ↑`, 'the sentence stands where there is room')
    assert.equal(draw({ text, cursor: 0 }, 80, text.length).below.length, 80, 'what is out of view is at the edge')
    assert.equal(draw(lineOf(text), 80, 0).below, `${' '.repeat(7)}↑ wrong`)
    const message = 'a sentence that has more words than '.repeat(3).trim()
    const below = promptLines('rule: ', lineOf('deny'), { message, column: 4 }, 80).slice(1)
    const [arrow, ...sentence] = below.map((line) => line.map((segment) => segment.text).join(''))
    assert.deepEqual([arrow, sentence.join(' ')], [`${' '.repeat(10)}↑`, message], 'a sentence too long for a line stands below')
  })
})
