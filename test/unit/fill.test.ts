/** How full a quota is: of what is fuller, and from when on it is said. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fillLevel, fillOf } from '../../src/rules/fill.ts'

for (const [name, use, fill] of [
  ['half full of bytes', { bytes: 5, limitBytes: 10, inodes: 1, limitInodes: 100 }, 0.5],
  ['fuller of inodes', { bytes: 5, limitBytes: 10, inodes: 9, limitInodes: 10 }, 0.9],
  ['any number of inodes', { bytes: 5, limitBytes: 10, inodes: 1e12, limitInodes: null }, 0.5],
  ['beyond a limit that came later', { bytes: 30, limitBytes: 10, inodes: 0, limitInodes: null }, 3],
  ['nothing of nothing is full', { bytes: 0, limitBytes: 0, inodes: 0, limitInodes: null }, 1],
  ['no inodes allowed', { bytes: 0, limitBytes: 10, inodes: 0, limitInodes: 0 }, 1],
] as const)
  it(name, () => assert.equal(fillOf(use), fill))

it('is nearly full from its warning on, and full at its limit, not a byte before', () => {
  for (const [fill, level] of [
    [0, 'nothing'],
    [0.799999, 'nothing'],
    [0.8, 'warned'],
    [0.999999, 'warned'],
    [1, 'full'],
    [3, 'full'],
  ] as const)
    assert.equal(fillLevel(fill, 80), level, String(fill))
  assert.equal(fillLevel(0.999999, 100), 'nothing')
})
