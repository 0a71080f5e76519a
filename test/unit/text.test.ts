import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { decodeBytes, encodeBytes } from '../../src/text/bytes.ts'
import { printable } from '../../src/text/printable.ts'
import { bytes, count, duration, sparkline } from '../../src/text/units.ts'
import { fit, fitPath } from '../../src/text/width.ts'

/** Anything a file can be called: bytes without NUL and '/'. */
const anyName = fc.uint8Array({ minLength: 0, maxLength: 255 }).map((name) => decodeBytes(name.filter((byte) => byte !== 0 && byte !== 47)))
const anyText = fc.oneof(anyName, fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'grapheme', maxLength: 100 }))

describe('decodeBytes', () => {
  it('loses nothing of any byte string', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => assert.deepEqual(encodeBytes(decodeBytes(raw)), raw)))
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
    assert.equal(printable('a\nb\x1b[31m\x9b\u202e\udcff'), 'a\\nb\\e[31m\\x9b\\u{202e}\\xff')
    assert.equal(printable('größe 文件'), 'größe 文件')
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
  it('draw a sparkline of the width asked', () => {
    assert.equal(sparkline([0, 1, 4, 8], 6), '   ▂▅█')
  })
})
