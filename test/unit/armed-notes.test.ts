/** What is said of rules that were armed together, by --rule and --policy. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { armedNotes, firstNotes } from '../../src/commands/armed-notes.ts'

const states = (...notes: string[][]) => notes.map((each) => ({ notes: each }))

it('each note is said once, however many rules it is about', () => {
  assert.deepEqual(armedNotes(states(['a', 'b'], [], ['b', 'c'], ['a'])), ['a', 'b', 'c'])
})

it('a screen that starts shows three, and says how many more there are', () => {
  assert.deepEqual(firstNotes(states(['a', 'b'], ['b', 'c'])), ['a', 'b', 'c'])
  assert.deepEqual(firstNotes(states(['a', 'b'], ['c', 'd'], ['e', 'a'])), ['a', 'b', 'c', '2 more notes on rules: fswatch-tui guard prints all'])
  assert.deepEqual(firstNotes([]), [])
})
