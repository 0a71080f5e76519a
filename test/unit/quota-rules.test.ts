/** Quotas as rule lines: what a line means, how it is printed, and where what is wrong with it stands. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileRule } from '../../src/rules/compile.ts'
import { parsePolicy } from '../../src/rules/policy.ts'
import { printRule } from '../../src/rules/print.ts'
import { printSize } from '../../src/rules/quota.ts'
import { QUOTA_OPS } from '../../src/rules/rule.ts'
import { parsed, saysWhatIsWrong } from './rule-lines.ts'

function action(line: string) {
  const { action: own } = parsed(line)
  assert.ok(own.kind === 'quota')
  return own
}

describe('a quota as a line', () => {
  it('says how much, of what, from when on it warns, and for how long', () => {
    assert.deepEqual(parsed('quota 50G,1000000 /mnt/pv1 warn 80% for 2h'), {
      action: { kind: 'quota', bytes: 50 * 2 ** 30, inodes: 1_000_000, warnPercent: 80 },
      ops: [...QUOTA_OPS],
      object: { kind: 'tree', text: '/mnt/pv1' },
      conditions: [],
      ttlMs: 7_200_000,
    })
    assert.deepEqual(parsed('quota 512M /x'), {
      action: { kind: 'quota', bytes: 512 * 2 ** 20, inodes: null, warnPercent: 90 },
      ops: [...QUOTA_OPS],
      object: { kind: 'tree', text: '/x' },
      conditions: [],
      ttlMs: null,
    })
  })

  for (const [text, bytes] of [
    ['0', 0],
    ['1', 1],
    ['100000', 100_000],
    ['999999999999999', 999_999_999_999_999],
    ['3K', 3072],
    ['50G', 50 * 2 ** 30],
    ['50g', 50 * 2 ** 30],
    ['50GB', 50 * 2 ** 30],
    ['50GiB', 50 * 2 ** 30],
    ['1.5T', 1.5 * 2 ** 40],
    ['0.125M', 2 ** 17],
    ['8P', 2 ** 53],
  ] as const)
    it(`${text} is ${bytes} bytes`, () => assert.equal(action(`quota ${text} /x`).bytes, bytes))

  it('limits inodes too, and none is a limit', () => {
    assert.equal(action('quota 1G,0 /x').inodes, 0)
    assert.equal(action('quota 1G,999999999999 /x').inodes, 999_999_999_999)
    assert.equal(action('quota 1G /x').inodes, null)
  })

  it('takes percents with their sign and without', () => {
    for (const [text, percent] of Object.entries({ 'warn 80%': 80, 'warn 80': 80, 'warn 1%': 1, 'warn 100%': 100, '': 90 }))
      assert.equal(action(`quota 1G /x ${text}`).warnPercent, percent, text)
  })

  it('the directory is a tree, however it is written', () => {
    for (const [text, directory] of [
      ['/srv/app', '/srv/app'],
      ['/srv/app/', '/srv/app'],
      ['//srv/./app', '/srv/app'],
      ['/srv/app/**', '/srv/app'],
      ['"/srv/my app"', '/srv/my app'],
      ['"/srv/my app"/**', '/srv/my app'],
      ['/srv/"my app"', '/srv/my app'],
      ['"/srv/a*b"', '/srv/a*b'],
      ['"/srv/\\xff"', '/srv/\udcff'],
      ['"/srv/warn 80%"', '/srv/warn 80%'],
      ['/', '/'],
      ['/**', '/'],
    ] as const)
      assert.deepEqual(parsed(`quota 1G ${text} warn 70`).object, { kind: 'tree', text: directory }, text)
  })

  saysWhatIsWrong([
    ['quota', 5, 'how much? quota 50G /mnt/pv1'],
    ['quota ', 6, 'how much?'],
    ['quota /x', 6, 'how much? 50G, 1.5T, 512M, or bytes'],
    ['quota  ten /x', 7, 'how much?'],
    ['quota 50X /x', 6, 'how much?'],
    ['quota -1 /x', 6, 'how much?'],
    ['quota 1e5 /x', 6, 'how much?'],
    ['quota 1.G /x', 6, 'how much?'],
    ['quota .5G /x', 6, 'how much?'],
    ['quota ,5 /x', 6, 'how much?'],
    ['quota 50 G /x', 9, 'whole path'],
    ['quota 9P /x', 6, 'more than any disk holds'],
    ['quota 8.001P /x', 6, 'more than any disk holds'],
    ['quota 1G, /x', 9, 'how many files?'],
    ['quota 1.5T,many /x', 11, 'how many files?'],
    ['quota 1G,-1 /x', 9, 'how many files?'],
    ['quota 1G,5K /x', 9, 'how many files?'],
    ['quota 1G,1,2 /x', 9, 'how many files?'],
    ['quota 1G,1000000000000 /x', 9, 'how many files?'],
    ['quota 50G', 9, 'of which directory?'],
    ['quota 50G,10', 12, 'of which directory?'],
    ['quota 50G srv/app', 10, 'whole path'],
    ['quota 50G **/app', 10, 'one directory'],
    ['quota 50G **/*.log', 10, 'one directory'],
    ['quota 50G /srv/*/x', 15, 'a rule names one file'],
    ['quota 50G /srv/../x', 10, '.. is not followed'],
    ['quota 50G "/srv', 10, 'never closed'],
    ['quota 1G /x warn', 16, 'warn 80%'],
    ['quota 1G /x warn 0', 17, 'warn 80%'],
    ['quota 1G /x warn 0%', 17, 'warn 80%'],
    ['quota 1G /x warn 101', 17, 'warn 80%'],
    ['quota 1G /x warn 80%%', 17, 'warn 80%'],
    ['quota 1G /x warn most', 17, 'warn 80%'],
    ['quota 1G /x warn for 1h', 17, 'warn 80%'],
    ['quota 1G /x "warn" 80', 12, 'too much'],
    ['quota 1G /x warn 80 warn 90', 20, 'too much'],
    ['quota 1G /x for 1h warn 80', 19, 'too much'],
    ['quota 1G /x by pid=1', 12, 'it takes no by'],
    ['quota 1G /x warn 80% by uid=0 for 1h', 21, 'it takes no by'],
    ['quota 1G /x by', 12, 'it takes no by'],
    ['quota 1G /x for', 15, 'for how long?'],
    ['quota 1G /x for 10', 16, 'for how long?'],
    ['quota 1G /x /y', 12, 'too much'],
    ['quota 1G /x for 1h more', 19, 'too much'],
    ['quota:1 1G /x', 5, 'takes nothing'],
  ])
})

describe('a quota as it is printed', () => {
  for (const [given, wanted] of [
    ['quota 1024M,5 /x/** warn 90% for 3600s', 'quota 1G,5 /x for 1h'],
    ['quota 1.5T "/a b" warn 80', 'quota 1536G "/a b" warn 80%'],
    ['quota 1025 /', 'quota 1025 /'],
    ['quota 0,0 /x', 'quota 0,0 /x'],
  ] as const)
    it(given, () => assert.equal(printRule(parsed(given)), wanted))

  it('sizes are exact, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat(5000)), (bytes) => {
        assert.equal(action(`quota ${printSize(bytes)} /x`).bytes, bytes)
      }),
    )
    // Sixteen digits come of a fraction of a large unit.
    const line = printRule(parsed('quota 7.999P /x'))
    assert.equal(printRule(parsed(line)), line)
  })

  it('a directory that is called ** is not the tree it is in', () => {
    const rule = parsed('quota 1G /a/"**"')
    assert.equal(rule.object.text, '/a/**')
    assert.deepEqual(parsed(printRule(rule)), rule)
  })
})

it('a file of rules may hold quotas, and the same one twice is said', () => {
  const { rules, errors } = parsePolicy('quota 1G /a\nquota 1024M /a/**\nquota 2G /a\nquota 1G\n')
  assert.deepEqual(
    rules.map(({ line }) => line),
    [1, 3],
  )
  assert.deepEqual(
    errors.map(({ line, column }) => [line, column]),
    [
      [2, 0],
      [4, 8],
    ],
  )
})

it('a quota is never matched as other rules are; in a dry run too it is no audit of everything', () => {
  assert.throws(() => compileRule(parsed('quota 1G /x')), /kept by counting/)
})
