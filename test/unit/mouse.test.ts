/** Reports of the mouse among what is typed: none is taken for keys, wherever it is cut, and no key is lost. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import type { ReadStream } from 'node:tty'
import fc from 'fast-check'
import { type Gesture, MouseReader } from '../../src/ui/mouse.ts'
import { TerminalInput } from '../../src/ui/terminal-input.ts'

/** All that came of these pieces, with nothing more to come. */
function readAll(pieces: readonly string[], reader = new MouseReader()): { keys: string; gestures: Gesture[] } {
  let keys = ''
  const gestures: Gesture[] = []
  for (const piece of pieces) {
    const read = reader.read(piece)
    keys += read.keys
    gestures.push(...read.gestures)
  }
  return { keys: keys + reader.settle(), gestures }
}

/** A text in pieces, cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length))
}

/** Keys as terminals send them; none ends in what could begin a report. */
const KEYS = ['j', 'q', '1', ';', '<', '[', 'M', '\u001b[A', '\u001b[5~', '\u001bOP', '\u001b[1;5C', '\r', '\u0003', '\u007f', 'Ã¤', 'ä¸\u00ad']
const key = fc.constantFrom(...KEYS).map((keys) => ({ bytes: keys, keys, gestures: [] as Gesture[] }))
const cell = fc.integer({ min: 1, max: 400 })
const report = fc.oneof(
  fc.tuple(cell, cell).map(([x, y]) => ({ bytes: `\u001b[<0;${x};${y}M`, keys: '', gestures: [{ kind: 'click', x: x - 1, y: y - 1 }] as Gesture[] })),
  fc.tuple(cell, cell).map(([x, y]) => ({ bytes: `\u001b[<0;${x};${y}m`, keys: '', gestures: [] as Gesture[] })),
  fc.boolean().map((up) => ({ bytes: `\u001b[<${up ? 64 : 65};3;4M`, keys: '', gestures: [{ kind: 'wheel', notches: up ? -1 : 1 }] as Gesture[] })),
  fc.tuple(fc.integer({ min: 33, max: 255 }), fc.integer({ min: 33, max: 255 })).map(([x, y]) => ({
    bytes: `\u001b[M ${String.fromCharCode(x, y)}`,
    keys: '',
    gestures: [{ kind: 'click', x: x - 33, y: y - 33 }] as Gesture[],
  })),
  fc.constantFrom('\u001b[<35;1;1M', '\u001b[<128;1;1M', '\u001b[<2;9;9M', '\u001b[<66;9;9M').map((bytes) => ({ bytes, keys: '', gestures: [] as Gesture[] })),
)

describe('the mouse', () => {
  it('is told from keys wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(key, report), { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (parts, places) => {
        const pieces = cut(parts.map(({ bytes }) => bytes).join(''), places)
        assert.deepEqual(readAll(pieces), { keys: parts.map(({ keys }) => keys).join(''), gestures: parts.flatMap(({ gestures }) => gestures) })
      }),
      { numRuns: 3000 },
    )
  })

  it('leaves any bytes that hold no report as they are, and is never at a loss', () => {
    const byte = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...'\u001b[<M;019m ') },
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
        const text = bytes.join('')
        const { keys } = readAll(cut(text, places))
        // Bytes are taken out only where a report or a paste began.
        if (!/\u001b\[[<M2]/.test(text)) assert.equal(keys, text)
        else assert.ok(keys.length < text.length || keys === text)
      }),
      { numRuns: 3000 },
    )
  })

  it('takes a report that begins late for one, though its Esc was a key already', () => {
    const reader = new MouseReader()
    assert.deepEqual(reader.read('\u001b'), { keys: '', gestures: [], paste: null })
    assert.equal(reader.held, 'key')
    assert.equal(reader.settle(), '\u001b')
    assert.deepEqual(reader.read('[<0;3;4Mj'), { keys: 'j', gestures: [{ kind: 'click', x: 2, y: 3 }], paste: null })
    // Only what follows at once.
    assert.deepEqual(readAll(['[<0;3;4M'], reader).keys, '[<0;3;4M')
  })

  it('drops what began as a report and never became one', () => {
    for (const broken of ['\u001b[<0;1;', '\u001b[<0;1\u001b[A', `\u001b[<${'1'.repeat(500)}M`, '\u001b[<0;1;1;1;1M', '\u001b[M !', '\u001b[<u']) {
      const { keys, gestures } = readAll([...broken])
      assert.deepEqual({ keys, gestures }, { keys: broken.includes('[A') ? '\u001b[A' : '', gestures: [] }, JSON.stringify(broken))
    }
  })

  it('hands keys on as the terminal would, and soon an Esc that nothing follows', async () => {
    const terminal = Object.assign(new PassThrough(), { setRawMode: () => terminal, ref: () => terminal, unref: () => terminal })
    const input = new TerminalInput(terminal as unknown as ReadStream)
    input.setEncoding('utf8')
    const [keys, gestures]: [string[], Gesture[]] = [[], []]
    input.on('data', (text: string) => void keys.push(text))
    input.onGestures = (some) => void gestures.push(...some)
    input.setRawMode(true)
    for (const piece of ['a\u001b[<0;1', ';2Mb', '\u001b']) {
      terminal.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    // Half of a character, and then the other.
    const [first, ...rest] = Buffer.from('ä')
    terminal.write(Buffer.from([first ?? 0]))
    terminal.write(Buffer.from(rest))
    terminal.write('\u001b')
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(keys.join(''), 'ab\u001bä\u001b')
    assert.deepEqual(gestures, [{ kind: 'click', x: 0, y: 1 }])
    input.setRawMode(false)
    terminal.write('the shell’s')
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(keys.join(''), 'ab\u001bä\u001b')
    input.destroy()
  })
})
