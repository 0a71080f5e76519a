/** Pastes in a terminal's input: nothing of one is ever a key, wherever the bytes are cut and whatever they hold; and keys that came alone. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import type { ReadStream } from 'node:tty'
import fc from 'fast-check'
import { InputReader } from '../../src/ui/input-reader.ts'
import { MAX_PASTE_BYTES, oneLine, PASTE_END, PASTE_START } from '../../src/ui/paste.ts'
import { TerminalInput } from '../../src/ui/terminal-input.ts'

/** The keys that come of these pieces, with nothing more to come. */
function keysOf(pieces: readonly string[], reader = new InputReader()): string {
  const keys = pieces.map((piece) => reader.read(piece).keys)
  return keys.join('') + (reader.waitMs === null ? '' : reader.settle().keys)
}

/** A text in pieces, cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length))
}

const pasted = (text: string) => PASTE_START + Buffer.from(text).toString('latin1') + PASTE_END

describe('a paste', () => {
  it('is one line: tabs are blanks, line ends and control characters are dropped', () => {
    assert.equal(oneLine('sh\nx\r\n\ty\u001b[A\u0003\u0000\u009b\u2028z'), 'shx y[Az')
    assert.equal(keysOf([pasted('sh\rx\r')]), pasted('shx'))
  })

  it('holds no key, wherever it is cut and whatever it holds, an end marker too', () => {
    const part = fc.oneof(
      fc.constantFrom('q', '\r', '\n', 'x', 'ä', '文', '\u0003', '\u001b', '\u001b[A', '\u001b[<0;1;1M', PASTE_END, PASTE_START, 'yes\r'),
      fc.string({ maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (parts, places) => {
        const text = parts.join('')
        const pieces = cut(pasted(text), places).filter((piece) => piece !== '\u0003')
        const whole = Buffer.from(pieces.join(''), 'latin1').toString()
        const inside = oneLine(whole.slice(PASTE_START.length, whole.endsWith(PASTE_END) ? -PASTE_END.length : undefined))
        assert.equal(keysOf(pieces), inside === '' ? '' : pasted(inside))
      }),
      { numRuns: 3000 },
    )
  })

  it('goes on behind an end marker in it for as long as more comes at once; then keys are keys again', () => {
    const reader = new InputReader()
    assert.deepEqual(reader.read(`j${PASTE_START}sh${PASTE_END}`), { keys: 'j', gestures: [], isSingle: false })
    assert.equal(reader.waitMs, 30)
    assert.equal(reader.read(`\rx\r${PASTE_END}`).keys, '')
    assert.equal(reader.settle().keys, pasted('sh[201~x'))
    assert.deepEqual(reader.read('\r'), { keys: '\r', gestures: [], isSingle: true })
  })

  it('without its end is over after two seconds, and Ctrl-C is heard in it at once', () => {
    const reader = new InputReader()
    assert.equal(reader.read(`${PASTE_START}sh\r`).keys, '')
    assert.equal(reader.waitMs, 2000)
    assert.equal(reader.settle().keys, pasted('sh'))
    reader.read(`${PASTE_START}sh`)
    assert.equal(reader.read('\u0003').keys, '\u0003')
  })

  it('takes no more memory than its longest line', () => {
    const reader = new InputReader()
    reader.read(PASTE_START)
    for (let i = 0; i < 1000; i++) reader.read('x'.repeat(1000))
    reader.read(PASTE_END)
    assert.equal(reader.settle().keys.length, MAX_PASTE_BYTES + PASTE_START.length + PASTE_END.length)
  })

  it('that starts late is none of keys, though its Esc was a key already', () => {
    const reader = new InputReader()
    reader.read('\u001b')
    assert.equal(reader.settle().keys, '\u001b')
    assert.equal(keysOf([`[200~q\r${PASTE_END}`], reader), pasted('q'))
  })
})

describe('a key alone', () => {
  const isSingle = (bytes: string) => new InputReader().read(bytes).isSingle
  it('is one in a read of its own, or a held one that repeats', () => {
    for (const bytes of ['\r', 'y', 'yy', ' ', '\u0003', '\u001b[A', '\u001bOP', '\u001b[3~', '\u001b[1;5C', 'Ã¤', '\u001b[<0;3;4M'])
      assert.ok(isSingle(bytes), bytes)
    for (const bytes of ['x\r', 'ye', '\u001b\r', '\u001by', '\u001b[A\r', '\u001b[<0;3;4M\r', '\u001b[<0;3;4M\u001b[<0;3;4M', `${PASTE_START}\r`])
      assert.ok(!isSingle(bytes), JSON.stringify(bytes))
  })

  it('is told with the keys that Ink reads, and is none right after other input', async () => {
    const terminal = Object.assign(new PassThrough(), { setRawMode: () => terminal, ref: () => terminal, unref: () => terminal })
    const input = new TerminalInput(terminal as unknown as ReadStream)
    input.setEncoding('utf8')
    const seen: unknown[] = []
    input.on('readable', () => {
      for (let chunk = input.read(); chunk !== null; chunk = input.read()) seen.push([chunk, input.arrival.isSingle && input.arrival.isQuiet])
    })
    input.setRawMode(true)
    const until = async (count: number) => {
      for (let i = 0; seen.length < count && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    terminal.write('x')
    await until(1)
    terminal.write('\r')
    await until(2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    terminal.write('\r')
    await until(3)
    assert.deepEqual(seen[0], ['x', true])
    assert.equal((seen[1] as unknown[])[0], '\r')
    assert.deepEqual(seen[2], ['\r', true])
    await new Promise((resolve) => setTimeout(resolve, 100))
    terminal.write('x\r')
    await until(4)
    assert.deepEqual(seen[3], ['x\r', false])
    input.spend()
    assert.deepEqual(input.arrival, { isSingle: false, isQuiet: false })
    // Two reads that Ink takes as one.
    await new Promise((resolve) => setTimeout(resolve, 100))
    input.removeAllListeners('readable')
    terminal.write('a')
    await new Promise((resolve) => setTimeout(resolve, 50))
    terminal.write('\r')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const chunk = input.read()
    assert.deepEqual([chunk, input.arrival.isSingle], ['a\r', false])
    input.setRawMode(false)
    input.destroy()
  })
})
