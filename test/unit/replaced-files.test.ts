/** Files that replaced those of rules: which rules a round looks at, and which files stay covered. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Inode } from '../../src/kernel/guard/bytes.ts'
import { type PlacedRule, ReplacedFiles } from '../../src/kernel/guard/replaced-files.ts'
import { NOWHERE } from '../../src/kernel/guard/tables.ts'

const inode = (ino: number): Inode => ({ dev: 1, ino: BigInt(ino), generation: 0, subvolume: 0 })
const slices = { rest: async () => {} }

/** A rule on the file with this inode number. */
function ruleOn(ino: number, kind: 'file' | 'tree' = 'file'): PlacedRule {
  const anchoring = { ...NOWHERE, files: [inode(ino)] }
  const anchored = { anchoring, places: [{ directory: '/d', name: String(ino) }], notes: [], search: [], mountPoints: new Set<string>() }
  return { rule: { object: { kind, text: `/d/${ino}` } } as PlacedRule['rule'], anchored }
}

const filesOf = ({ anchored }: PlacedRule) => anchored.anchoring.files.map(({ ino }) => Number(ino))

it('rules on files are looked at 500 at a time, in turn, and others not at all', async () => {
  const asked: string[] = []
  const findAgain = ([place]: readonly { name: string }[]) => {
    asked.push(place?.name ?? '')
    return { files: [], named: [] }
  }
  const replaced = new ReplacedFiles({ findAgain }, slices)
  const rules = [ruleOn(9999, 'tree'), ...Array.from({ length: 700 }, (_, i) => ruleOn(i))]
  assert.equal(await replaced.findNext(rules), false)
  assert.deepEqual([asked.length, asked[0], asked.at(-1)], [500, '0', '499'])
  asked.length = 0
  await replaced.findNext(rules)
  assert.deepEqual([asked.length, asked[0], asked.at(-1)], [500, '500', '299'])
})

it('the file that a rule was armed for stays covered, and of those that came later the last 100', async () => {
  let now = 1
  const replaced = new ReplacedFiles({ findAgain: () => ({ files: [inode(now)], named: [] }) }, slices)
  const rule = ruleOn(1)
  assert.equal(await replaced.find([rule]), false, 'it is what it was')
  for (now = 2; now <= 151; now++) assert.equal(await replaced.find([rule]), true)
  assert.deepEqual(filesOf(rule), [1, ...Array.from({ length: 100 }, (_, i) => i + 52)])
})

it('a rule whose directory is gone keeps its files, and the next rules are looked at', async () => {
  const findAgain = ([place]: readonly { name: string }[]) => {
    if (place?.name === '1') throw new Error('ENOENT')
    return { files: [inode(7)], named: [] }
  }
  const rules = [ruleOn(1), ruleOn(2)]
  assert.equal(await new ReplacedFiles({ findAgain }, slices).find(rules), true)
  assert.deepEqual(rules.map(filesOf), [[1], [2, 7]])
})

it('a file with the number of the one that it replaced, and a directory that is put back, are found', async () => {
  const named = (parent: number) => ({ parent: inode(parent), name: new Uint8Array(16), leadsTo: 0n })
  let again = { files: [inode(1)], named: [named(10)] }
  const replaced = new ReplacedFiles({ findAgain: () => again }, slices)
  const rule = ruleOn(1)
  rule.anchored.anchoring = { ...rule.anchored.anchoring, named: [named(10)] }
  assert.equal(await replaced.find([rule]), false)
  again = { ...again, files: [{ ...inode(1), generation: 5 }] }
  assert.equal(await replaced.find([rule]), true, 'another generation')
  const parents = () => rule.anchored.anchoring.named.map(({ parent }) => Number(parent.ino))
  for (const directory of [11, 10]) {
    again = { ...again, named: [named(directory)] }
    assert.equal(await replaced.find([rule]), true)
    assert.deepEqual(parents(), [directory])
  }
})
