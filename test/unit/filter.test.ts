import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { GroupFact } from '../../src/batch/batch.ts'
import { type Filter, NUMBER_KEYS, parseFilter, printFilter, TEXT_KEYS } from '../../src/model/filter.ts'
import { matcher, pathPattern, type Subject } from '../../src/model/match.ts'
import { OP_NAMES } from '../../src/model/op-names.ts'

const subject: Subject = {
  pid: 4711,
  comm: 'nginx',
  user: 'www-data',
  uid: 33,
  exe: '/usr/sbin/nginx',
  hostUser: 'www-data',
  cgroup: '12345',
  group: null,
  rates: { bytes: 2 << 20, writes: 10, opens: 0, reads: 0, errors: 1, files: 3 },
  total: { opens: 1, reads: 0, writes: 5, mmapPages: 0, changes: 0, errors: 1 },
  descendsFrom: (pid) => pid === 4711 || pid === 1,
  touches: (passes) => ['/var/log/nginx/access.log', '/etc/hosts'].some(passes),
}

function matches(text: string): boolean {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok, text)
  return matcher(parsed.filter)(subject)
}

describe('container:', () => {
  const group: GroupFact = {
    ...{ kind: 'containerd', label: 'web-0/nginx', id: '3f4e8a1c9b7d'.padEnd(64, '0'), name: 'nginx' },
    ...{ pod: '0f2d0f9e-5a51-4c5e-9a53-1d2c3b4a5f60', podName: 'shop/web-0', unit: 'foo.service' },
  }
  const inside = (text: string, some: Partial<Subject> = { group }) => {
    const parsed = parseFilter(text)
    assert.ok(parsed.ok, text)
    return matcher(parsed.filter)({ ...subject, ...some })
  }
  it('knows id, name, pod, unit and label, by what people remember of them', () => {
    for (const text of ['3f4e8a1c', 'nginx', 'NGINX', 'web-0', 'shop/web', '0f2d0f9e', 'foo.service', 'web-0/nginx'])
      assert.ok(inside(`container:${text}`), text)
  })
  it('knows no other', () => {
    for (const text of ['f4e8a1c9', 'apache', '5a51-4c5e', 'other/web']) assert.ok(!inside(`container:${text}`), text)
  })
  it('knows the number of the cgroup, whole', () => {
    assert.ok(inside('container:12345', { group: null }))
    assert.ok(!inside('container:1234', { group: null }))
    assert.ok(!inside('container:nginx', { group: null }))
  })
})

describe('user:', () => {
  it('knows the name inside, the name here, and the number', () => {
    const inside = { ...subject, user: '~postgres', hostUser: 'systemd-coredump', uid: 999 }
    for (const [text, wanted] of [
      ...([
        ['postgres', true],
        ['~postgres', true],
        ['systemd-coredump', true],
      ] as const),
      ...([
        ['999', true],
        ['postgre', false],
        ['root', false],
      ] as const),
    ] as const) {
      const parsed = parseFilter(`user:${text}`)
      assert.ok(parsed.ok)
      assert.equal(matcher(parsed.filter)(inside), wanted, text)
    }
  })
})

describe('parseFilter', () => {
  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const parsed = parseFilter(text)
        if (!parsed.ok) assert.ok(parsed.column >= 0 && parsed.column <= text.length && parsed.message.length > 0)
      }),
    )
  })
  it('reads what it printed as the same filter', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 }).filter((s) => s.trim() === s && s !== '')
    const term = fc.oneof(
      fc.record({ negate: fc.boolean(), kind: fc.constant('word' as const), text }),
      fc.record({ negate: fc.boolean(), kind: fc.constant('text' as const), key: fc.constantFrom(...TEXT_KEYS.filter((key) => key !== 'op')), text }),
      fc.record({ negate: fc.boolean(), kind: fc.constant('text' as const), key: fc.constant('op' as const), text: fc.constantFrom(...OP_NAMES) }),
      fc.record({ negate: fc.boolean(), kind: fc.constant('pid' as const), pid: fc.nat(), descendants: fc.boolean() }),
      fc.record({
        negate: fc.boolean(),
        kind: fc.constant('number' as const),
        key: fc.constantFrom(...NUMBER_KEYS),
        comparison: fc.constantFrom('>' as const, '<=' as const, '=' as const),
        value: fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs)),
      }),
    )
    const took = fc.record({
      negate: fc.boolean(),
      kind: fc.constant('took' as const),
      comparison: fc.constantFrom('>' as const, '<=' as const, '=' as const),
      value: fc.oneof(
        fc.nat(),
        fc.nat().map((n) => n * 1e6),
        fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs),
      ),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof({ arbitrary: term, weight: 4 }, took), { minLength: 1, maxLength: 4 }), (terms) => {
        // fast-check's records have no prototype; a plain copy compares.
        const filter = JSON.parse(JSON.stringify({ terms })) as Filter
        assert.deepEqual(parseFilter(printFilter(filter)), { ok: true, filter })
      }),
      { numRuns: 2000 },
    )
  })
  it('reads again as the same what it read once, however it was typed', () => {
    const digits = fc.oneof(
      fc.stringMatching(/^\d{1,30}$/),
      fc.stringMatching(/^\d{1,4}\.\d{1,30}$/),
      fc.nat({ max: 400 }).map((n) => `1${'0'.repeat(n)}`),
    )
    const number = fc.tuple(fc.constantFrom(...NUMBER_KEYS), fc.constantFrom('>', '>=', '<', '<=', '='), digits, fc.constantFrom('', 'k', 'M', 'G', 'Tb'))
    const noise = fc.string({
      unit: fc.constantFrom('-', '!', '"', '\\', ':', '=', '>', ' ', '\t', 'a', 'comm:', 'pid:', '1', '+', 'bytes', 'x', '\u00a0'),
      maxLength: 10,
    })
    let read = 0
    const check = fc.property(
      fc.array(
        fc.oneof(
          number.map((parts) => parts.join('')),
          noise,
        ),
        { maxLength: 3 },
      ),
      fc.constantFrom(' ', '  -', ''),
      (pieces, between) => {
        const parsed = parseFilter(pieces.join(between))
        if (!parsed.ok) return
        read++
        assert.deepEqual(parseFilter(printFilter(parsed.filter)), parsed)
      },
    )
    fc.assert(check, { numRuns: 5000 })
    assert.ok(read > 1000, `only ${read} were filters`)
  })
  it('prints small and large numbers in digits, and takes none that is endless', () => {
    for (const [typed, printed] of [
      ['bytes>0.0000001', 'bytes>0.0000001'],
      ['bytes>1000000000000000000000', 'bytes>1000000000000000000000'],
      ['bytes>1.50k', 'bytes>1536'],
      ['errors=0.00000012345', 'errors=0.00000012345'],
    ] as const) {
      const parsed = parseFilter(typed)
      assert.ok(parsed.ok)
      assert.equal(printFilter(parsed.filter), printed)
    }
    assert.equal(parseFilter(`bytes>${'9'.repeat(310)}`).ok, false)
  })
  it('reads how long a call took in any unit, and wants one', () => {
    for (const [typed, printed] of [
      ['took>10ms', 'took>10ms'],
      ['TOOK>=1.5MS', 'took>=1500us'],
      ['-took<2s', '-took<2s'],
      ['took<=30us', 'took<=30us'],
      ['took=850ns', 'took=850ns'],
    ] as const) {
      const parsed = parseFilter(typed)
      assert.ok(parsed.ok, typed)
      assert.equal(printFilter(parsed.filter), printed)
    }
    for (const wrong of ['took>10', 'took:10ms', 'took=', 'took>1h', `took>${'9'.repeat(310)}s`]) {
      const parsed = parseFilter(wrong)
      assert.ok(!parsed.ok && parsed.column === 4, wrong)
      assert.match(parsed.message, /took is compared with a time|no such long time/)
    }
    assert.deepEqual(parseFilter('took'), { ok: true, filter: { terms: [{ negate: false, kind: 'word', text: 'took' }] } })
  })
  it('says where and what is wrong', () => {
    assert.deepEqual(parseFilter('comm:x pid:abc'), {
      ok: false,
      column: 11,
      message: 'pid: wants a number, with + for its descendants: pid:4711 or pid:4711+',
    })
    assert.equal((parseFilter('color:red') as { column: number }).column, 0)
    assert.equal((parseFilter('bytes>lots') as { ok: boolean }).ok, false)
    assert.equal((parseFilter('a "b') as { column: number }).column, 2)
    assert.equal((parseFilter('op:fly') as { ok: boolean }).ok, false)
  })
})

describe('matching', () => {
  it('does what the help says', () => {
    for (const text of [
      'nginx',
      'NGI',
      'access',
      'comm:ngin',
      'pid:4711',
      'pid:1+',
      'path:/var/log/**',
      'path:/etc',
      'user:33',
      'user:www-data',
      'op:write',
      'bytes>1M',
      'errors=1',
      '-apache',
      '!comm:apache',
      'exe:/usr/sbin/*',
    ]) {
      assert.equal(matches(text), true, text)
    }
    assert.deepEqual([matches('took>1ms'), matches('took<1s'), matches('-took>1ms')], [false, false, true], 'of a process no such thing is known')
    for (const text of ['apache', '-nginx', 'pid:1', 'path:/home', 'path:/var/*.log', 'user:root', 'op:read', 'bytes>3M', 'nginx apache'])
      assert.equal(matches(text), false, text)
  })
  it('treats every character of a pattern but * and ? as itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (tail) => {
        const plain = tail.replace(/[*?]/g, '')
        assert.equal(pathPattern(`/a*/${plain}`)(`/abc/${plain}`), true)
      }),
    )
  })
})
