import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { SIGNS } from '../../src/text/ascii.ts'
import { decodeBytes, encodeBytes } from '../../src/text/bytes.ts'
import fastWidth from '../../src/text/fast-width.ts'
import { harmless, printable } from '../../src/text/printable.ts'
import { bytes, callTime, count, duration, plainTime, sparkline } from '../../src/text/units.ts'
import { fit, fitPath, graphemes, width, wrap } from '../../src/text/width.ts'

/** Anything a file can be called: bytes without NUL and '/'. */
const anyName = fc.uint8Array({ minLength: 0, maxLength: 255 }).map((name) => decodeBytes(name.filter((byte) => byte !== 0 && byte !== 47)))
/** Reads back what printable shows, by the rules it claims to keep. */
function unprintable(shown: string): string {
  return shown.replace(/\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|(.))/gsu, (_, byte?: string, point?: string, short?: string) => {
    if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16) + (byte < '80' ? 0 : 0xdc00))
    if (point !== undefined) return String.fromCodePoint(Number.parseInt(point, 16))
    const plain = { n: '\n', r: '\r', t: '\t', e: '\x1b', '\\': '\\' }[short as string]
    assert.ok(plain !== undefined, shown)
    return plain
  })
}
const anyText = fc.oneof(anyName, fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'grapheme', maxLength: 100 }))

describe('texts of ASCII and of our own signs', () => {
  it('are as wide, and have the graphemes, that the slow way finds', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
    const unit = fc.constantFrom(...SIGNS.map(([sign]) => sign), ...' ~az09_/')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), fc.constantFrom('', '', '\u0301', '\ufe0f', '文', '👍🏽'), (text, end) => {
        const whole = text + end
        assert.equal(width(whole), stringWidth(whole))
        assert.deepEqual(
          graphemes(whole),
          [...segmenter.segment(whole)].map(({ segment }) => segment),
        )
      }),
    )
  })
})

describe('the fast width that the bundle has', () => {
  it('is the slow one, whatever the text', () => {
    const styled = fc.tuple(anyText, fc.constantFrom('', '\u001b[7m', '…▁█')).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.oneof(anyText, styled), (text) => assert.equal(fastWidth(text), stringWidth(text))))
    assert.equal(fastWidth('×', { ambiguousIsNarrow: false }), stringWidth('×', { ambiguousIsNarrow: false }))
  })
})

describe('decodeBytes', () => {
  it('loses nothing of any byte string', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => assert.deepEqual(encodeBytes(decodeBytes(raw)), raw)))
  })
  it('takes for UTF-8 what the platform does, and every other byte for itself', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const valid = (bytes: Uint8Array) => {
      try {
        return strict.decode(bytes)
      } catch {
        return null
      }
    }
    const naive = (bytes: Uint8Array): string => {
      if (bytes.length === 0) return ''
      for (let length = 1; length <= 4 && length <= bytes.length; length++) {
        const char = valid(bytes.subarray(0, length))
        if (char !== null) return char + naive(bytes.subarray(length))
      }
      return String.fromCharCode(0xdc00 + (bytes[0] as number)) + naive(bytes.subarray(1))
    }
    const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...edges), { maxLength: 12 }), (some) =>
        assert.equal(decodeBytes(Uint8Array.from(some)), naive(Uint8Array.from(some))),
      ),
      { numRuns: 5000 },
    )
  })
  it('keeps a byte order mark and shows stray bytes as lone surrogates', () => {
    assert.equal(decodeBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
    assert.equal(decodeBytes(Uint8Array.of(0x61, 0xff, 0xc3, 0xa4)), 'a\udcffä')
  })
})

describe('printable', () => {
  it('lets no control, bidirectional or invisible character through', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
  it('shows what was there', () => {
    assert.equal(printable('a\nb\x1b[31m\x9b\u202e\udcff'), 'a\\nb\\e[31m\\u{9b}\\u{202e}\\xff')
    assert.equal(printable('größe 文件'), 'größe 文件')
  })
  it('shows no two names alike: what is shown reads back as the name', () => {
    const tricky = fc.string({
      unit: fc.constantFrom('\\', 'n', 'x', '9', 'b', 'u', '{', '}', 'e', '\n', '\x1b', '\x9b', '\udc9b', '\ud800', 'ä'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(fc.oneof(tricky, anyText), (name) => assert.equal(unprintable(printable(name)), name)),
      { numRuns: 2000 },
    )
    assert.notEqual(printable('a\\nb'), printable('a\nb'))
    assert.notEqual(printable('\x9b'), printable('\udc9b'))
  })
  it('leaves the backslashes of a sentence alone', () => {
    assert.equal(harmless('deny write "/a\\n"\x1b'), 'deny write "/a\\n"\\e')
  })
})

describe('fit', () => {
  it('is exactly as wide as asked, for any text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 80 }), fc.constantFrom('left' as const, 'right' as const), (text, cells, align) =>
        assert.equal(stringWidth(fit(printable(text), cells, align)), cells),
      ),
    )
  })
  it('cuts wide characters whole', () => {
    assert.equal(fit('文件名', 4), '文… ')
    assert.equal(fit('abc', 5, 'right'), '  abc')
  })
})

describe('fitPath', () => {
  it('is never wider than asked, for any text', () => {
    fc.assert(fc.property(anyText, fc.integer({ min: 0, max: 80 }), (text, cells) => assert.ok(stringWidth(fitPath(printable(`/${text}`), cells)) <= cells)))
  })
  it('keeps the file name', () => {
    assert.match(fitPath('/var/lib/very/long/way/to/the/file.log', 20), /^\/var\/….*file\.log$/)
  })
})

describe('wrap', () => {
  it('is never wider nor longer than asked, for any text, and loses nothing before it cuts', () => {
    fc.assert(
      fc.property(anyText.map(harmless), fc.integer({ min: 8, max: 60 }), fc.integer({ min: 1, max: 5 }), (text, cells, most) => {
        const lines = wrap(text, cells, most)
        assert.ok(lines.length >= 1 && lines.length <= most)
        for (const line of lines) assert.ok(stringWidth(line) <= cells, JSON.stringify(line))
        const kept = lines.join('').replaceAll(' ', '')
        const whole = text.replaceAll(' ', '')
        if (kept !== whole) assert.ok(kept.endsWith('…') && whole.startsWith(kept.slice(0, -1)), JSON.stringify(lines))
      }),
      { numRuns: 1000 },
    )
  })
  it('breaks at blanks, and long words where the line ends', () => {
    assert.deepEqual(wrap('one two three', 7, 3), ['one two', 'three'])
    assert.deepEqual(wrap('one two three', 8, 2), ['one two', 'three'])
    assert.deepEqual(wrap('a /very/long/path', 8, 9), ['a /very/', 'long/pat', 'h'])
    assert.deepEqual(wrap('one two three four', 7, 2), ['one two', 'three …'])
    assert.deepEqual(wrap('', 10, 3), [''])
  })
})

describe('units', () => {
  it('never need more than five characters', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e17, noNaN: true }), (n) => {
        assert.ok(count(n).length <= 5, count(n))
        assert.ok(bytes(n).length <= 5, bytes(n))
      }),
    )
  })
  it('say what people say', () => {
    assert.deepEqual([count(0), count(0.04), count(12), count(1234), count(999_600)], ['', '0.1', '12', '1.2k', '1.0M'])
    assert.deepEqual([bytes(1024), bytes(5_000_000)], ['1.0k', '4.8M'])
    assert.deepEqual([duration(4000), duration(192_000), duration(7_500_000)], ['4s', '3m12s', '2h05m'])
  })
  it('say how long a call took in six characters', () => {
    assert.deepEqual([0, 1, 850, 999.5, 12_345, 3_400_000, 999_400_000, 999_500_000, 1.2e9, 59e9].map(callTime), [
      ...['0ns', '1ns', '850ns', '1.0us', '12us', '3.4ms', '999ms', '1.0s', '1.2s', '59s'],
    ])
    assert.deepEqual([59.6e9, 125e9, 7.5e12].map(callTime), ['59s', '2m05s', '2h05m'])
    fc.assert(fc.property(fc.double({ min: 0, max: 9e15, noNaN: true }), (ns) => assert.ok(callTime(ns).length <= 6, callTime(ns))))
  })
  it('print a time so that it is the same when it is read', () => {
    assert.deepEqual([0, 850, 1500, 1_500_000, 1e7, 3e9, 0.5].map(plainTime), ['0ns', '850ns', '1500ns', '1500us', '10ms', '3s', '0.5ns'])
  })
  it('draw a sparkline of the width asked', () => {
    assert.equal(sparkline([0, 1, 4, 8], 6), '   ▂▅█')
  })
})
