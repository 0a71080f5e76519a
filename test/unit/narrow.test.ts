/** What of a filter the kernel decides: never more is left out than the filter leaves out, and it is told when and what. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type EventFact, type Narrowing, NO_FILE, OPS } from '../../src/batch/batch.ts'
import { limits, narrowingFlags, narrowing as narrowingLayout } from '../../src/kernel/layout.gen.ts'
import { narrowingBytes } from '../../src/kernel/narrow.ts'
import { EventLog } from '../../src/model/event-log.ts'
import { type Filter, NUMBER_KEYS, parseFilter, TEXT_KEYS, type Term } from '../../src/model/filter.ts'
import { narrowingOf, pushedNext } from '../../src/model/narrow.ts'
import { OP_NAMES } from '../../src/model/op-names.ts'
import type { World } from '../../src/model/world.ts'
import { Recorder } from '../../src/recording/record.ts'
import { tailLine } from '../../src/ui/tail-line.ts'
import { down, grouped, type Place } from '../../src/ui/trail.ts'
import { askedOf } from '../../src/ui/use-stream.ts'
import { batch, event, info } from './batches.ts'
import { Driven } from './driven.ts'
import { streams } from './streams.ts'

function filter(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok, text)
  return parsed.filter
}

const world = { info, processes: { find: () => undefined }, names: { get: () => undefined } } as unknown as World

function shows(asked: Filter | null, kinds: 'files' | 'all', one: EventFact): boolean {
  const log = new EventLog(world)
  log.add(batch(1, { events: [one] }))
  return log.view({ filter: asked, kinds }).count === 1
}

const comms = fc.constantFrom('dd', 'cat', 'DD', 'a b', 'fifteen-letters', 'more-than-fifteen-letters', 'ä', '\udcff')
const comparison = fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const, '=' as const)
const negate = fc.boolean()
const number = fc.record({
  negate,
  kind: fc.constant('number' as const),
  key: fc.constantFrom(...NUMBER_KEYS),
  comparison,
  value: fc.constantFrom(0, 0.5, 1, 2),
})
const term: fc.Arbitrary<Term> = fc.oneof(
  { weight: 3, arbitrary: number },
  fc.record({ negate, kind: fc.constant('word' as const), text: fc.constantFrom('dd', 'read', 'ENOENT') }),
  fc.record({ negate, kind: fc.constant('text' as const), key: fc.constantFrom(...TEXT_KEYS.filter((key) => key !== 'op')), text: comms }),
  fc.record({ negate, kind: fc.constant('text' as const), key: fc.constant('op' as const), text: fc.constantFrom(...OP_NAMES) }),
  fc.record({ negate, kind: fc.constant('text' as const), key: fc.constant('user' as const), text: fc.constantFrom('0', 'root', '33') }),
  fc.record({ negate, kind: fc.constant('exact' as const), key: fc.constantFrom('comm' as const, 'path' as const), text: comms }),
  fc.record({ negate, kind: fc.constant('pid' as const), pid: fc.nat(3), descendants: fc.boolean() }),
  fc.record({ negate, kind: fc.constant('took' as const), comparison, value: fc.oneof(fc.nat(3), fc.constantFrom(0.5, 1.5, 1e300, 2 ** 53)) }),
)
const happened: fc.Arbitrary<EventFact> = fc
  .record({
    pid: fc.nat(3),
    uid: fc.constantFrom(0, 33),
    comm: comms,
    op: fc.constantFrom(...OPS),
    openFlags: fc.constantFrom(0, 1, 2, 0o10000000),
    result: fc.constantFrom(-2, 0, 1, 4096),
    file: fc.constantFrom('1:1.1', '8:0.0', NO_FILE),
    path: fc.constantFrom('', 'dd', '/srv/read'),
    took: fc.option(fc.nat(4)),
  })
  .map(({ took, ...some }) => event(1, { ...some, process: `${some.pid}.1`, ...(took !== null && { durationNs: took }) }))

describe('what the kernel leaves out', () => {
  it('the filter would have left out too', () => {
    let hidden = 0
    fc.assert(
      fc.property(
        fc.array(term, { maxLength: 3 }),
        fc.constantFrom('files' as const, 'all' as const),
        fc.array(happened, { minLength: 5, maxLength: 15 }),
        (terms, kinds, events) => {
          const asked = terms.length === 0 ? null : { terms }
          const narrowing = narrowingOf(asked, kinds)
          if (!narrowing) return
          for (const one of events) {
            if (streams(narrowing, one)) continue
            hidden++
            assert.equal(shows(asked, kinds, one), false, `${narrowing.text}: ${JSON.stringify(one)}`)
          }
        },
      ),
      { numRuns: 3000 },
    )
    assert.ok(hidden > 5000, `only ${hidden} were left out`)
  })

  it('is all of these terms, in these words', () => {
    const text = (typed: string, kinds: 'files' | 'all' = 'all') => narrowingOf(filter(typed), kinds)?.text
    assert.equal(
      text('comm=dd pid:7 op:write took>10ms -pid:8 -comm=cat errors>0 -op:read'),
      'comm=dd pid:7 op:write took>10ms -pid:8 -comm=cat errors>0 -op:read',
    )
    assert.equal(text('comm:dd /srv pid:7+ user:root user:33 exe:/bin/dd container:x dir:/srv path=/x bytes>1M -took>1s'), undefined, 'and none of these')
    assert.equal(text('comm:dd pid:7 /srv'), 'pid:7')
    assert.equal(text('comm=more-than-fifteen'), undefined)
    assert.equal(text('-pid:1 -pid:2 -pid:3 -pid:4 -pid:5'), '-pid:1 -pid:2 -pid:3 -pid:4', 'the kernel has room for four')
    assert.equal(text('pid:1 pid:2'), 'pid:1')
    assert.equal(text('', 'files'), 'files')
    assert.equal(text('comm=dd', 'files'), 'comm=dd, files')
    const one = narrowingOf(filter('op:write took>10ms took<=20.5ms'), 'all')
    assert.deepEqual([one?.done, one?.failed, one?.took], [['write'], ['write'], [10_000_001, 20_500_000]])
    const failed = narrowingOf(filter('errors>0'), 'all')
    assert.deepEqual([failed?.done, failed?.failed], [[], [...OPS]])
  })

  it('is told as the kernel reads it, and put in force last', () => {
    const made = narrowingOf(filter('comm=dd pid:7 op:read took>=2us -pid:8 -comm=ä'), 'files') as Narrowing
    const bytes = narrowingBytes(made, true)
    const view = new DataView(bytes.buffer)
    const { NARROW_ON, NARROW_PID, NARROW_COMM, NARROW_TOOK, NARROW_FILES } = narrowingFlags
    assert.equal(view.getUint32(narrowingLayout.flags, true), NARROW_ON | NARROW_PID | NARROW_COMM | NARROW_TOOK | NARROW_FILES)
    assert.equal(view.getUint32(narrowingLayout.tgid, true), 7)
    assert.equal(view.getUint32(narrowingLayout.doneOps, true), 1 << OPS.indexOf('read'))
    assert.equal(view.getBigInt64(narrowingLayout.leastNs, true), 2000n)
    assert.equal(view.getBigInt64(narrowingLayout.mostNs, true), BigInt(Number.MAX_SAFE_INTEGER))
    assert.equal(view.getUint32(narrowingLayout.otherTgids, true), 8)
    const comm = (at: number) =>
      Buffer.from(bytes.subarray(at, at + limits.COMM_LEN))
        .toString()
        .replace(/\0+$/, '')
    assert.deepEqual([comm(narrowingLayout.comm), comm(narrowingLayout.otherComms)], ['dd', 'ä'])
    assert.equal(new DataView(narrowingBytes(made, false).buffer).getUint32(narrowingLayout.flags, true), 0)
    assert.ok(narrowingBytes(null, true).every((byte) => byte === 0))
  })
})

describe('the kernel is asked to leave out', () => {
  const asked = (text: string, typing = false) => ({ filter: filter(text), kinds: 'files' as const, typing })
  it('nothing while events come slowly, what is not looked for once they flood, and that until the filter is another', () => {
    const dd = asked('comm=dd')
    assert.equal(pushedNext(null, dd, false), null)
    const pushed = pushedNext(null, dd, true)
    assert.equal(pushed?.narrowing.text, 'comm=dd, files')
    assert.equal(pushedNext(pushed, dd, false), pushed, 'though they come slowly now: those that are left out')
    assert.equal(pushedNext(pushed, { ...dd, kinds: 'all' }, false), null)
    assert.equal(pushedNext(pushed, asked('comm=cat'), false), null)
    assert.equal(pushedNext(pushed, asked('comm=cat'), true)?.narrowing.text, 'comm=cat, files')
    assert.equal(pushedNext(null, asked('comm=c', true), true), null, 'not while it is typed')
    assert.equal(pushedNext(null, { ...asked('/srv'), kinds: 'all' }, true), null, 'nor what it cannot decide')
  })

  it('in a close look what that is about, not what the list below it was filtered by', () => {
    const other = filter('comm=other')
    const trails = new Driven(info).press('4').state.trails
    const closely = (place: Place) => askedOf({ filter: other, trails: grouped(down(trails, place), 'events') })
    const text = (place: Place) => narrowingOf(closely(place), 'all')?.text
    assert.equal(text({ kind: 'process', id: '4711.9', title: 'x 4711' }), 'pid:4711')
    assert.equal(text({ kind: 'file', id: '1:2.3', title: '/x' }), undefined)
    assert.equal(askedOf({ filter: other, trails }), other)
  })

  it('nothing while it is recorded', () => {
    // What records passes no wish of that kind on.
    assert.equal('wantEvents' in Recorder.prototype, true)
    assert.equal('narrowEvents' in Recorder.prototype, false)
  })
})

describe('a log of events that the kernel leaves some of out', () => {
  const some = (second: number, count: number, comm: string) => Array.from({ length: count }, () => event(second, { comm, pid: 7 }))
  it('says how many, and where they may be missing', () => {
    const log = new EventLog(world)
    const dd = filter('comm=dd')
    const seen = (asked: Filter | null) => {
      const { counts, rows } = log.view({ filter: asked, kinds: 'files', limit: 100 })
      const { sinceMs: _, ...all } = counts
      return { ...all, gaps: rows.filter(({ gap }) => gap).length }
    }
    seen(dd)
    log.add(batch(1, { events: [...some(1, 3, 'dd'), ...some(1, 4, 'cat')] }))
    assert.equal(log.floods, false)
    log.add(batch(2, { events: some(2, 2, 'dd'), leftOut: { text: 'comm=dd, files', now: 5000, before: 0 } }))
    assert.equal(log.floods, true)
    assert.deepEqual(seen(dd), { produced: 5009, here: 5, hidden: 5004, forgotten: 0, lost: 0, byKernel: 'comm=dd, files', gaps: 0 })
    // For another filter they may be what is looked for.
    assert.deepEqual(seen(null), { produced: 5009, here: 9, hidden: 0, forgotten: 5000, lost: 0, gaps: 2 })
    log.add(batch(3, { events: some(3, 2, 'cat'), leftOut: { text: '', now: 0, before: 5100 } }))
    assert.deepEqual(seen(null), { produced: 5111, here: 11, hidden: 0, forgotten: 5100, lost: 0, gaps: 4 })
    log.add(batch(4, { events: some(4, 1, 'cat'), leftOut: { text: '', now: 0, before: 5100 } }))
    assert.deepEqual(seen(null), { produced: 5112, here: 12, hidden: 0, forgotten: 5100, lost: 0, gaps: 4 })
    assert.equal(log.floods, false)
    log.add(batch(5, { losses: { ...batch(5).losses, eventsFull: 1 }, leftOut: { text: '', now: 0, before: 5100 } }))
    assert.equal(log.floods, true, 'what is lost is a flood')
  })

  it('says in the line below what the kernel leaves out, in fewer words where there is less room', () => {
    const counts = { produced: 5009, here: 5, hidden: 5004, forgotten: 0, lost: 0, sinceMs: null, byKernel: 'comm=dd, files' }
    const text = (columns: number) =>
      tailLine(counts, { selected: null, selectedIndex: 4 }, 5, columns)
        .map((part) => part.text)
        .join('')
    assert.match(text(80), /^following +5,009 events: 5 here, 5,004 hidden \(kernel: comm=dd, files\), 0 lost$/)
    assert.match(text(60), /^following +5.0k events: 5 here, 5.0k hidden \(kernel\), 0 lost$/)
    assert.match(text(20), /^following +0 lost$/)
  })
})
