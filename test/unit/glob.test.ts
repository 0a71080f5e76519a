import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { globMatcher } from '../../src/model/glob.ts'

/** Says what a pattern means, one choice after the other. */
function naive(pattern: string[], path: string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '*' && rest[0] === '*') return path.concat('').some((_, i) => naive(rest.slice(1), path.slice(i)))
  const component = path.includes('/') ? path.indexOf('/') : path.length
  if (first === '*') return Array.from({ length: component + 1 }, (_, i) => i).some((i) => naive(rest, path.slice(i)))
  return path.length > 0 && (first === '?' ? path[0] !== '/' : path[0] === first) && naive(rest, path.slice(1))
}

function naivePath(pattern: string, path: string): boolean {
  const starts = pattern.startsWith('/') ? [0] : [0, ...[...path].flatMap((char, i) => (char === '/' ? [i + 1] : []))]
  return starts.some((start) => naive([...pattern], [...path].slice(start)))
}

describe('globs', () => {
  it('match as the naive reading of them does', () => {
    const pattern = fc.string({ unit: fc.constantFrom('*', '**', '?', '/', 'a', 'b', '文', '😀', '\udcff', '.'), maxLength: 8 })
    const path = fc.string({ unit: fc.constantFrom('/', 'a', 'a', 'b', '文', '😀', '\udcff', '.', '\n'), maxLength: 9 })
    let matched = 0
    const check = fc.property(pattern, fc.array(path, { minLength: 1, maxLength: 4 }), (glob, paths) => {
      const matches = globMatcher(glob)
      for (const one of paths) {
        const wanted = naivePath(glob, one)
        if (wanted) matched++
        assert.equal(matches(one), wanted, `${glob} ${one}`)
      }
    })
    fc.assert(check, { numRuns: 20_000 })
    assert.ok(matched > 1000, `only ${matched} matches`)
  })
  it('of any length match as the naive reading does', () => {
    const piece = fc.constantFrom('abc/', '*', '?', '**/', 'a'.repeat(31), 'a'.repeat(32), 'b'.repeat(33))
    const check = fc.property(fc.array(piece, { maxLength: 7 }), fc.array(fc.constantFrom('x', 'abc/', '/', ''), { maxLength: 7 }), (pieces, fills) => {
      const glob = `/${pieces.join('')}`
      // What stands for the signs makes a path that mostly matches.
      let at = 0
      const path = glob.replace(/\*\*|[*?]/g, () => fills[at++] ?? 'y')
      assert.equal(globMatcher(glob)(path), naivePath(glob, path), `${glob} ${path}`)
    })
    fc.assert(check, { numRuns: 2000 })
  })
  it('are read in steps that no pattern multiplies: what would take forever ends', () => {
    for (const star of ['*', '**', '*?', '**/*', 'a*']) {
      const glob = globMatcher(`/${`${star}a`.repeat(100)}b`)
      assert.equal(glob(`/${'a'.repeat(4000)}`), false)
      assert.equal(glob(`/${'a/'.repeat(2000)}`), false)
    }
    assert.equal(globMatcher(`/${'*a'.repeat(100)}*b`)(`/${'a'.repeat(4000)}b`), true)
  })
})
