/** The rule language: what is printed parses back, what is wrong is said where it is, what matches is what is meant. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileRule } from '../../src/rules/compile.ts'
import { matchRule, ruleOpsOf, type Toucher } from '../../src/rules/match.ts'
import { ERRNO_NAMES, SIGNAL_NAMES } from '../../src/rules/names.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { parsePolicy } from '../../src/rules/policy.ts'
import { printRule } from '../../src/rules/print.ts'
import { type Condition, QUOTA_OPS, RULE_OPS, type Rule, type RuleObject } from '../../src/rules/rule.ts'
import { encodeBytes } from '../../src/text/bytes.ts'
import { harmless } from '../../src/text/printable.ts'
import { parsed, saysWhatIsWrong } from './rule-lines.ts'

/** Names as Linux allows them: any bytes but NUL and '/', odd ones on purpose. */
const nameText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...' "\\*?[]#=!+:,\n\t\x1b\x07\x7f\x9b', '\u202e', '\u200b', 'é', '漢', '😀', '\udc80', '\udcff', '-', '~'),
      fc.constantFrom(...'abcXYZ019._'),
    ),
    { minLength: 1, maxLength: 20 },
  )
  .map((chars) => chars.join(''))
  .filter((name) => name !== '.' && name !== '..')
const path = fc.array(nameText, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`)

const object: fc.Arbitrary<RuleObject> = fc.oneof(
  path.map((text): RuleObject => ({ kind: 'file', text })),
  fc.oneof(path, fc.constant('/')).map((text): RuleObject => ({ kind: 'tree', text })),
  nameText.map((text): RuleObject => ({ kind: 'name', text })),
  nameText.filter((text) => encodeBytes(text).length <= 31).map((text): RuleObject => ({ kind: 'suffix', text })),
)

const subject: fc.Arbitrary<Condition[]> = fc
  .tuple(
    fc.option(
      fc.record(
        { key: fc.constant('pid' as const), pid: fc.integer({ min: 1, max: 4_194_304 }), descendants: fc.boolean(), negate: fc.boolean() },
        { noNullPrototype: true },
      ),
    ),
    fc.option(
      fc.record(
        { key: fc.constant('comm' as const), text: nameText.filter((text) => encodeBytes(text).length <= 15), negate: fc.boolean() },
        { noNullPrototype: true },
      ),
    ),
    fc.option(fc.record({ key: fc.constant('exe' as const), text: path, negate: fc.boolean() }, { noNullPrototype: true })),
    fc.option(
      fc.oneof(
        fc.record({ key: fc.constant('uid' as const), uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }), negate: fc.boolean() }, { noNullPrototype: true }),
        fc.record({ key: fc.constant('user' as const), text: nameText, negate: fc.boolean() }, { noNullPrototype: true }),
      ),
    ),
    fc.option(fc.record({ key: fc.constantFrom('cgroup' as const, 'container' as const), text: nameText, negate: fc.boolean() }, { noNullPrototype: true })),
  )
  .map((conditions) => conditions.filter((condition) => condition !== null) as Condition[])

const ttlMs = fc.option(fc.integer({ min: 1, max: 365 * 86_400 }).map((seconds) => seconds * 1000))

const matching: fc.Arbitrary<Rule> = fc.record(
  {
    action: fc.oneof(
      fc.constantFrom({ kind: 'audit' as const }, { kind: 'freeze' as const }, { kind: 'ask' as const }),
      fc.constantFrom(...ERRNO_NAMES).map((errno) => ({ kind: 'deny' as const, errno })),
      fc.constantFrom(...SIGNAL_NAMES).map((signal) => ({ kind: 'kill' as const, signal })),
    ),
    ops: fc.subarray([...RULE_OPS], { minLength: 1 }),
    object,
    conditions: subject,
    ttlMs,
  },
  { noNullPrototype: true },
)

/** Sizes of all magnitudes up to the largest there may be, 8P: plain bytes, and whole units. */
const size = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.maxSafeNat(),
  fc.tuple(fc.integer({ min: 1, max: 2048 }), fc.constantFrom(10, 20, 30, 40)).map(([units, power]) => units * 2 ** power),
  fc.constantFrom(2 ** 53, 2 ** 53 - 1, 2 ** 50),
)

const quota: fc.Arbitrary<Rule> = fc.record(
  {
    action: fc.record(
      {
        kind: fc.constant('quota' as const),
        bytes: size,
        inodes: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 999_999_999_999 })),
        warnPercent: fc.integer({ min: 1, max: 100 }),
      },
      { noNullPrototype: true },
    ),
    ops: fc.constant([...QUOTA_OPS]),
    object: fc.oneof(path, fc.constant('/')).map((text): RuleObject => ({ kind: 'tree', text })),
    conditions: fc.constant([]),
    ttlMs,
  },
  { noNullPrototype: true },
)

describe('the rule language', () => {
  it('tells a file that is called ** from a tree', () => {
    for (const [line, kind, text] of [
      ['deny write /a/**', 'tree', '/a'],
      ['deny write "/a b/**"', 'tree', '/a b'],
      ['deny write "/a b"/**', 'tree', '/a b'],
      ['deny write /a/"**"', 'file', '/a/**'],
      ['deny write "/a b/""**"', 'file', '/a b/**'],
    ] as const)
      assert.deepEqual(parsed(line).object, { kind, text }, line)
  })

  for (const [kind, rules] of Object.entries({ matching, quota })) {
    it(`parses what it prints, and prints nothing a terminal would act on: ${kind}`, () => {
      fc.assert(
        fc.property(rules, (wanted) => {
          const line = printRule(wanted)
          assert.deepEqual(parsed(line), wanted)
          assert.equal(harmless(line), line)
        }),
        { numRuns: 2000 },
      )
    })
  }
  it('never throws, and points into the line', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'deny',
        'kill:',
        'quota ',
        '50G ',
        'warn ',
        '80%',
        'write',
        ',',
        ' ',
        '"',
        '\\',
        '/etc',
        '/**',
        '**/',
        '*',
        'by',
        'pid=',
        '!',
        '+',
        'for',
        '10m',
        '\\x',
        '\\u{',
        '=',
        '\udc80',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join('')
        const result = parseRule(line)
        if (!result.ok) assert.ok(result.column >= 0 && result.column <= line.length && result.message.length > 10)
      }),
      { numRuns: 3000 },
    )
  })
  it('reads the examples of the manual', () => {
    assert.deepEqual(parsed('deny write,delete /etc/hosts').ops, ['write', 'delete'])
    assert.deepEqual(parsed('deny modify /srv/app/** by comm=nginx').object, { kind: 'tree', text: '/srv/app' })
    assert.deepEqual(parsed('kill open **/block_test.c by uid=1000').action, { kind: 'kill', signal: 'SIGKILL' })
    assert.deepEqual(parsed('kill:TERM write /var/log/** by pid=4711+').conditions, [{ key: 'pid', pid: 4711, descendants: true, negate: false }])
    assert.equal(parsed('audit write /usr/** for 1h30m').ttlMs, 5_400_000)
    assert.deepEqual(parsed('deny all /root/.ssh/** by !exe=/usr/bin/ssh').conditions, [{ key: 'exe', text: '/usr/bin/ssh', negate: true }])
    assert.deepEqual(parsed('deny write //etc/./hosts/').object, { kind: 'file', text: '/etc/hosts' })
    assert.deepEqual(parsed('deny write "/tmp/a*b"').object, { kind: 'file', text: '/tmp/a*b' })
  })
  saysWhatIsWrong([
    ['', 0, 'a rule is wanted'],
    ['dney write /x', 0, 'did you mean deny?'],
    ['quoat 1G /x', 0, 'did you mean quota?'],
    ['deny:EACESS write /x', 5, 'did you mean EACCES?'],
    ['deny:13 write /x', 5, 'no error name'],
    ['kill:TREM write /x', 5, 'did you mean SIGTERM?'],
    ['freeze:1 write /x', 6, 'takes nothing'],
    ['deny', 4, 'what is to be stopped?'],
    ['deny wriet /x', 5, 'did you mean write?'],
    ['deny write,,read /x', 11, 'joined by commas'],
    ['deny write', 10, 'on which file?'],
    ['deny write etc/hosts', 11, 'whole path'],
    ['deny write /srv/../etc', 11, '.. is not followed'],
    ['deny write /srv/*/x', 16, 'a rule names one file'],
    ['deny write **/*', 11, 'every file there is'],
    ['deny write **/a/b', 14, 'no / in it'],
    ['deny write /x "y', 14, 'never closed'],
    ['deny write /x bi pid=1', 14, 'did you mean by?'],
    ['deny write /x by', 16, 'by whom?'],
    ['deny write /x by pdi=1', 17, 'did you mean pid?'],
    ['deny write /x by pid=0', 21, 'process number'],
    ['deny write /x by uid=1 user=root', 23, 'said twice'],
    ['deny write /x by comm=0123456789abcdef', 22, '15 bytes'],
    ['deny write /x by exe=ssh', 21, 'whole path'],
    ['deny write /x for', 17, 'for how long?'],
    ['deny write /x for 10', 18, 'for how long?'],
    ['deny write /x for 999d', 18, 'from 1s to 365d'],
    ['deny write "/a\\q"', 14, 'after a backslash'],
    [`deny write /${'x'.repeat(256)}`, 11, '255 bytes'],
  ])
  it('reads a file of rules and gives every error', () => {
    const { rules, errors } = parsePolicy('# ours\n\ndeny write /a\n  deny write /b\nnonsense\ndeny write /a\nkill open x\n')
    assert.deepEqual(
      rules.map(({ line }) => line),
      [3, 4],
    )
    assert.deepEqual(
      errors.map(({ line, column }) => [line, column]),
      [
        [5, 0],
        [6, 0],
        [7, 10],
      ],
    )
  })
})

const nobody: Toucher = { pid: 10, ancestors: [5, 1], comm: 'cp', exe: '/bin/cp', uid: 1000, user: 'eve', cgroup: '77' }

describe('matching', () => {
  const touches = (line: string, path: string, process: Partial<Toucher> = {}) =>
    matchRule(parsed(line), { ops: ['write'], path, process: { ...nobody, ...process } })
  it('a tree is its directory and all below, not its neighbours', () => {
    assert.ok(touches('deny write /srv/app/**', '/srv/app') && touches('deny write /srv/app/**', '/srv/app/a/b') && touches('deny write /**', '/x'))
    assert.ok(!touches('deny write /srv/app/**', '/srv/app2') && !touches('deny write /srv/app/**', '/srv'))
  })
  it('names and ends of names, wherever they are', () => {
    assert.ok(touches('deny write **/id_rsa', '/home/x/id_rsa') && touches('deny write **/*.log', '/var/a.log'))
    assert.ok(!touches('deny write **/id_rsa', '/home/id_rsa/x') && !touches('deny write **/*.log', '/var/x.log/a'))
  })
  it('all conditions hold, and ! turns one around', () => {
    assert.ok(touches('deny write /x by comm=cp uid=1000', '/x') && touches('deny write /x by !pid=11', '/x') && touches('deny write /x by pid=5+', '/x'))
    assert.ok(!touches('deny write /x by comm=cp uid=0', '/x') && !touches('deny write /x by !comm=cp', '/x') && !touches('deny write /x by pid=5', '/x'))
    assert.ok(touches('deny write /x by comm=cp', '/x', { comm: 'renamed' }), 'the program keeps its name')
  })
  it('events amount to what they do', () => {
    assert.deepEqual(ruleOpsOf({ op: 'open', openFlags: 0 }), ['open', 'read'])
    assert.deepEqual(ruleOpsOf({ op: 'open', openFlags: 1 }), ['open', 'write'])
    assert.deepEqual(ruleOpsOf({ op: 'open', openFlags: 0o1000 }), ['open', 'read', 'write'])
    assert.deepEqual(ruleOpsOf({ op: 'mmap_write', openFlags: 0 }), ['write'])
  })
})

describe('compiling', () => {
  it('gives the numbers of the kernel side', () => {
    const { action, errno, signal, ops } = compileRule(parsed('kill:TERM write,exec /x'))
    assert.deepEqual([action, errno, signal, ops], [2, 1, 15, (1 << 2) | (1 << 8)])
    assert.equal(compileRule(parsed('deny:EROFS write /x')).errno, 30)
    assert.deepEqual([compileRule(parsed('kill write /x'), true).action, compileRule(parsed('kill write /x'), true).signal], [0, 0])
  })
})
