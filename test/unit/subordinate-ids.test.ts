/** /etc/subuid as rules about users read it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subordinateIdsIn } from '../../src/kernel/users.ts'

test('a user has the largest of its ranges, by name or number', () => {
  const text = 'ann:100000:65536\nbob:165536:65536\n1000:300000:100\nann:400000:70000\n'
  assert.deepEqual(subordinateIdsIn(text, 1000, 'ann'), { first: 400_000, count: 70_000 })
  assert.deepEqual(subordinateIdsIn(text, 1001, 'bob'), { first: 165_536, count: 65_536 })
  assert.deepEqual(subordinateIdsIn(text, 1000, undefined), { first: 300_000, count: 100 })
  assert.equal(subordinateIdsIn(text, 1002, 'eve'), null)
})

test('lines without a valid range are left out', () => {
  assert.equal(subordinateIdsIn('ann\nann:\nann::5\nann:x:y\nann:-1:5\n#ann:1:2\nann:99999999999:1\n', 1000, 'ann'), null)
})
