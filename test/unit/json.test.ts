/** JSON with names that are not UTF-8. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf } from '../../src/commands/json.ts'
import { decodeBytes } from '../../src/text/bytes.ts'

const name = Buffer.from([0x2f, 0x61, 0xff, 0xc3, 0xa4, 0x80])

test('a name that is not UTF-8 has its bytes beside it, however deep it lies', () => {
  const parsed = JSON.parse(jsonOf({ pid: 1, comm: 'x', files: [{ path: decodeBytes(name) }], target: decodeBytes(name) }))
  assert.deepEqual(Object.keys(parsed), ['pid', 'comm', 'files', 'target', 'targetBase64'])
  assert.deepEqual(Buffer.from(parsed.targetBase64, 'base64'), name)
  assert.deepEqual(Buffer.from(parsed.files[0].pathBase64, 'base64'), name)
  assert.equal(parsed.target, '/a\udcffä\udc80')
})

test('all else is as JSON has it', () => {
  for (const value of [{ path: '/ä/😀' }, { path: 'back\\udc00slash', list: ['a', null, 1] }, {}]) assert.equal(jsonOf(value), JSON.stringify(value))
})
