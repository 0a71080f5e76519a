/** Rules to table entries: equal sets share a chain, every place holds the rules anchored there and no others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hashName } from '../../src/kernel/guard/name-hash.ts'
import { type Anchoring, Chains, devicesOf, inodeId, NOWHERE, tablesOf } from '../../src/kernel/guard/tables.ts'

const inode = (ino: number) => ({ dev: 1, ino: BigInt(ino), generation: 7, subvolume: 0 })

describe('tablesOf', () => {
  it('refuses more rules on one object than the kernel side goes through', () => {
    const on = (count: number, where: Partial<Anchoring>) =>
      tablesOf(Array.from({ length: count }, (_, i): [number, Anchoring] => [i + 1, { ...NOWHERE, ...where }]))
    for (const where of [{ files: [inode(2)] }, { trees: [inode(2)] }, { names: [Buffer.from('x')] }, { suffixes: [Buffer.from('.log')] }]) {
      assert.doesNotThrow(() => on(64, where))
      assert.throws(() => on(65, where), /at most 64 rules/)
    }
  })

  it('holds at each inode exactly the rules anchored there', () => {
    const anchoring = fc.record({ files: fc.uniqueArray(fc.integer({ min: 1, max: 9 })), trees: fc.uniqueArray(fc.integer({ min: 1, max: 9 })) })
    fc.assert(
      fc.property(fc.array(anchoring, { maxLength: 12 }), (rules) => {
        const anchored = rules.map(({ files, trees }, i): [number, Anchoring] => [i + 1, { ...NOWHERE, files: files.map(inode), trees: trees.map(inode) }])
        const tables = tablesOf(anchored)
        for (let ino = 1; ino <= 9; ino++) {
          const entry = tables.inodes.get(inodeId(inode(ino)))
          const of = (kind: 'files' | 'trees') => rules.flatMap((rule, i) => (rule[kind].includes(ino) ? [i + 1] : []))
          assert.deepEqual(entry?.files ?? [], of('files'))
          assert.deepEqual(entry?.trees ?? [], of('trees'))
        }
        assert.deepEqual(
          tables.devices.get(1) ?? [],
          rules.flatMap(({ trees }, i) => (trees.length > 0 ? [i + 1] : [])),
        )
      }),
    )
  })
  it('holds at both of two inodes with one number, as overlayfs has them', () => {
    const inode = (generation: number) => ({ dev: 1, ino: 257n, generation, subvolume: 0 })
    const tables = tablesOf([
      [1, { ...NOWHERE, files: [inode(10)] }],
      [2, { ...NOWHERE, trees: [inode(11)] }],
    ])
    assert.deepEqual([...tables.inodes.values()], [{ inode: { dev: 1, ino: 257n, generation: null, subvolume: 0 }, files: [1], trees: [2], named: false }])
  })

  it('tells the subvolumes of btrfs apart', () => {
    const inode = (subvolume: number) => ({ dev: 1, ino: 257n, generation: 10, subvolume })
    const tables = tablesOf([
      [1, { ...NOWHERE, files: [inode(256)] }],
      [2, { ...NOWHERE, files: [inode(257)] }],
    ])
    assert.deepEqual(
      [...tables.inodes.values()].map(({ files }) => files),
      [[1], [2]],
    )
  })

  it('marks the directory of a named file, so that the name is looked up there', () => {
    const name = hashName(Buffer.from('hosts'), new BigUint64Array([1n, 3n, 5n, 7n]))
    const tables = tablesOf([[4, { ...NOWHERE, named: [{ parent: inode(2), name, leadsTo: 0n }] }]])
    assert.equal(tables.inodes.get(inodeId(inode(2)))?.named, true)
    assert.deepEqual(
      [...tables.named.values()].map(({ rules }) => rules),
      [[4]],
    )
  })
})

describe('devicesOf', () => {
  const on = (dev: number) => ({ ...inode(1), dev })
  const bit = (dev: number) => 1n << BigInt(dev & 63)
  it('has a bit for each device a rule is anchored on, and no other', () => {
    const tables = tablesOf([
      [1, { ...NOWHERE, files: [on(0x700001)] }],
      [2, { ...NOWHERE, trees: [on(0x80003)] }],
      [3, { ...NOWHERE, named: [{ parent: on(0x2e), name: Uint8Array.of(1), leadsTo: 0n }] }],
    ])
    assert.equal(devicesOf(tables), bit(0x700001) | bit(0x80003) | bit(0x2e))
    assert.equal(devicesOf(tablesOf([])), 0n)
  })
  it('has all where a rule names a file wherever it is', () => {
    for (const anywhere of [{ names: [Uint8Array.of(1)] }, { suffixes: [Uint8Array.of(1)] }])
      assert.equal(devicesOf(tablesOf([[1, { ...NOWHERE, ...anywhere }]])), 0xffff_ffff_ffff_ffffn)
  })
})

describe('Chains', () => {
  it('gives equal sets one number, and the empty set 0', () => {
    const chains = new Chains(100, 2)
    assert.deepEqual([chains.of([]), chains.of([2, 1]), chains.of([1, 2, 2]), chains.of([3])], [0, 100, 100, 101])
    assert.throws(() => chains.of([4]), /more than 2 different sets/)
  })
})

describe('hashName', () => {
  const secrets = new BigUint64Array([0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n, 1n, 1n])
  it('tells names apart, also those that differ by length or by padding only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        assert.equal(Buffer.compare(hashName(a, secrets), hashName(b, secrets)) === 0, Buffer.compare(a, b) === 0)
      }),
    )
    assert.notDeepEqual(hashName(Uint8Array.of(1), secrets), hashName(Uint8Array.of(1, 0), secrets))
  })
})
