/** The events on the screen: they follow until somebody reads, stand still then, and are streamed only while they are looked at. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { render } from 'ink'
import { createElement } from 'react'
import type { EventFact, Source } from '../../src/batch/batch.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { App } from '../../src/ui/App.tsx'
import { lineWidth } from '../../src/ui/line.ts'
import { trailOf } from '../../src/ui/trail.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const some = (from: number, count: number, more: Partial<EventFact> = {}): EventFact[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ timeNs: (from + i / 1000) * 1e9, process: '7.1', pid: 7, tid: 7, uid: 0, comm: 'dd', op: 'write' as const, file: '1:1.1' },
    ...{ result: i + 1, openFlags: 0, path: '', ...more },
  }))

/** The events view with so many events in it. */
function filled(count: number, kind: 'live' | 'recording' = 'live'): Driven {
  const driven = new Driven({ ...info, kind })
  const known = { processes: [processFact('7.1', { comm: 'dd' })], files: [fileFact('1:1.1', '/srv/x')], counters: [delta('7.1', '1:1.1', { writes: 1 })] }
  driven.model.apply(batch(100, { ...known, events: some(100, count) }))
  return driven.press('4').settle()
}

/** The rows on the screen, and the line of the selected one. */
function rowsOf(driven: Driven): { times: string[]; line: number; sign: string } {
  const lines = driven.texts()
  const sign = lines.at(-2) ?? ''
  const rows = lines.slice(5, -2).filter((line) => line !== '')
  return { times: rows.map((row) => row.slice(1, 13)), line: rows.findIndex((row) => row.startsWith('>')), sign }
}

const PAGE = 17

describe('the events view', () => {
  it('follows what comes, newest last', () => {
    const driven = filled(100)
    assert.deepEqual(rowsOf(driven).line, PAGE - 1)
    assert.equal(rowsOf(driven).times.at(-1), '00:01:40.099')
    assert.match(rowsOf(driven).sign, /^following +100 events: 100 here, 0 lost$/)
    driven.model.apply(batch(101, { events: some(101, 3) }))
    assert.equal(rowsOf(driven).times.at(-1), '00:01:41.002')
    assert.equal(rowsOf(driven).line, PAGE - 1)
  })

  it('stands still as soon as one moves up, says how many are below, and follows again from the end', () => {
    const driven = filled(100).press('upArrow')
    const before = rowsOf(driven)
    assert.match(before.sign, /^1 newer below: G follows +100 events/)
    assert.equal(before.line, PAGE - 2)
    driven.model.apply(batch(101, { events: some(101, 300) }))
    assert.deepEqual({ ...rowsOf(driven), sign: '' }, { ...before, sign: '' })
    assert.match(rowsOf(driven).sign, /^301 newer below: G follows/)
    for (const key of ['G', 'end', 'downArrow']) {
      driven.press('pageUp')
      assert.match(rowsOf(driven).sign, /newer below/)
      driven.press(...(key === 'downArrow' ? Array(PAGE).fill(key) : [key]))
      assert.match(rowsOf(driven).sign, /^following/, key)
    }
    driven.press('g')
    assert.equal(rowsOf(driven).times[0], '00:01:40.000', 'g: the oldest')
    assert.match(rowsOf(driven).sign, /^399 newer below/)
  })

  it('keeps what is read on its lines, however much comes, and scrolls through it', () => {
    const driven = filled(9_990).press('pageUp', 'pageUp', 'upArrow')
    const before = rowsOf(driven)
    for (let second = 200; second < 230; second++) {
      driven.model.apply(batch(second, { events: some(second, 2_000) }))
      assert.deepEqual({ ...rowsOf(driven), sign: '' }, { ...before, sign: '' })
    }
    assert.match(
      rowsOf(driven).sign,
      /newer below.* 69,990 events: 19,990 here, 50,000 forgotten, 0 lost|newer below.*70k events: 20k here, 50k forgotten, 0 lost/,
    )
    driven.press('pageDown', 'pageUp')
    assert.deepEqual(rowsOf(driven).times, before.times)
    driven.press('G')
    assert.match(rowsOf(driven).sign, /10,000 here, 59,990 forgotten/)
  })

  it('keeps the row in its place where older ones are let go', () => {
    const driven = filled(10_000).press('upArrow', 'upArrow', 'pageUp')
    driven.press('G', 'upArrow', 'upArrow', 'upArrow')
    const before = rowsOf(driven)
    driven.press('/', 'd', 'd', 'return')
    assert.deepEqual(rowsOf(driven).times[rowsOf(driven).line], before.times[before.line])
    driven.press('escape')
    assert.deepEqual(rowsOf(driven).times[rowsOf(driven).line], before.times[before.line])
  })

  it('keeps the row in its line when the filter takes others away', () => {
    const driven = filled(0)
    driven.model.apply(batch(101, { events: some(101, 400).map((event, i) => ({ ...event, comm: i % 4 === 0 ? 'dd' : 'odd' })) }))
    driven.press('pageUp', 'pageUp', 'pageUp', 'pageUp', 'pageDown', 'upArrow', 'upArrow', 'upArrow')
    while (!/ dd /.test(driven.selected())) driven.press('upArrow')
    const [{ line }, selected] = [rowsOf(driven), driven.selected()]
    assert.ok(line > 2 && line < PAGE - 3)
    driven.press('/', 'd', 'd', ' ', '-', 'o', 'return')
    // One line is the filter's now.
    assert.deepEqual([rowsOf(driven).line - 1, driven.selected()], [line, selected])
    assert.match(rowsOf(driven).sign, /100 here, 300 hidden/)
  })

  it('leads to the process of a row and back to exactly that row, though it followed', () => {
    const driven = filled(50)
    const before = rowsOf(driven)
    driven.press('return')
    assert.match(driven.texts()[3] ?? '', /^events › dd 7/)
    driven.model.apply(batch(101, { events: some(101, 30_000) }))
    driven.press('escape')
    assert.deepEqual({ ...rowsOf(driven), sign: '' }, { ...before, sign: '' })
    assert.match(rowsOf(driven).sign, /10,000 newer below/)
  })

  it('takes the nearest row where the filter leaves the selected one out', () => {
    const driven = filled(60)
    driven.model.apply(batch(101, { events: some(101, 1, { comm: 'other' }) }))
    driven.model.apply(batch(102, { events: some(102, 40) }))
    driven.press(...Array(40).fill('upArrow'))
    assert.match(driven.selected(), /other/)
    driven.press('/', ...'comm:dd', 'return')
    assert.match(driven.selected(), /^00:01:42.000/)
    driven.press('escape')
    assert.match(driven.selected(), /other/, 'it is still meant')
    driven.press('/', ...'comm:dd nobody', 'return')
    assert.match(driven.texts().join('\n'), /\nNo event matches the filter: 101 came, the newest at 00:01:42\. Esc drops it\.\n/)
    assert.match(driven.texts().at(-2) ?? '', /101 events: 0 here, 101 hidden, 0 lost/)
  })

  it('proposes rules about the file by the process, and none for what has no whole path', () => {
    const drafted = (more: Partial<EventFact>, key: string): string | null => {
      const driven = filled(1)
      driven.model.apply(batch(101, { events: some(101, 1, more) }))
      const { mode, ruleText } = driven.press(key).state
      if (mode !== 'rule') return null
      assert.ok(parseRule(ruleText).ok, ruleText)
      return ruleText
    }
    assert.equal(drafted({}, 'd'), 'deny modify /srv/x by pid=7')
    assert.equal(drafted({}, 'c'), 'quota 10G /srv')
    assert.equal(drafted({ op: 'read' }, 'x'), 'kill open,read /srv/x by pid=7')
    assert.equal(drafted({ op: 'open', result: 0, openFlags: 0o101 }, 'f'), 'freeze modify /srv/x by pid=7')
    assert.equal(drafted({ op: 'open', result: 0 }, 'a'), 'ask open,read /srv/x by pid=7')
    assert.equal(drafted({ process: '9.1', pid: 9, comm: 'gone' }, 'd'), 'deny modify /srv/x by comm=gone', 'its number may be another’s by now')
    assert.equal(drafted({ path: '/srv/y', asGiven: true, file: '0:0.0' }, 'd'), null)
  })

  it('shows how long calls took, finds what waited, and says in other views that they know nothing of that', () => {
    const driven = filled(0)
    const long = some(101, 3).map((event, i) => ({ ...event, ...(i < 2 && { durationNs: [12_345, 1_200_000_000][i] as number }) }))
    driven.model.apply(batch(101, { events: long }))
    driven.columns = 110
    driven.settle()
    const took = () =>
      driven
        .texts()
        .slice(5, -2)
        .filter((line) => line !== '')
        .map((line) => / (\S+) +\/srv\/x/.exec(line)?.[1])
    assert.deepEqual(took(), ['12us', '1.2s', '3'], 'nothing where that is not known')
    driven.press('/', ...'took>10ms', 'return')
    assert.match(driven.texts().at(-2) ?? '', /1 here, 2 hidden/)
    driven.press('1')
    assert.ok(driven.texts().includes('How long a call took is known of events only: 4 shows them. Esc drops the filter.'))
    driven.columns = 80
    driven.press('4', 'escape').settle()
    assert.equal(driven.texts().join('\n').includes('TOOK'), false, 'it gives way where there is no room')
  })

  it('has no other order', () => {
    const driven = filled(30)
    const before = driven.texts()
    assert.equal(driven.press('r').state.trails.stops.events[0]?.look.reverse, false)
    driven.press('s')
    assert.equal(driven.state.mode, 'table')
    assert.deepEqual(driven.press('r').texts(), before)
    assert.doesNotMatch(before.at(-1) ?? '', / sort| reverse/)
  })

  it('marks the operation that a rule hit', () => {
    const driven = filled(1)
    driven.columns = 120
    driven.model.apply(batch(101, { events: some(100.051, 1, { result: -1 }) }))
    driven.hitPids = new Set([7])
    driven.model.noteHits([{ rule: 12, timeMs: 100_050.9, pid: 7, path: '/srv/x', refused: 'EPERM', held: false }])
    const rows = driven.texts().filter((line) => /dd/.test(line))
    assert.match(rows[1] ?? '', /!dd .* 12 \/srv\/x/)
    assert.doesNotMatch(rows[0] ?? '', /!/)
  })

  it('says what failed, and what was moved', () => {
    const driven = filled(0)
    driven.columns = 130
    const ops: Partial<EventFact>[] = [
      { op: 'open', openFlags: 0, result: 0 },
      { op: 'open', openFlags: 1, result: -13 },
      { op: 'open', openFlags: 2, result: 0 },
      { op: 'open', openFlags: 0o10000000, result: 0 },
      { op: 'read', result: 0 },
      { op: 'write', result: 5000 },
      { op: 'mmap_write', result: 3 },
      { op: 'truncate', result: -9999 },
      { op: 'unlink', result: 0 },
    ]
    driven.model.apply(batch(101, { events: ops.flatMap((op) => some(101, 1, op)) }))
    assert.deepEqual(
      driven
        .texts()
        .filter((line) => /dd/.test(line))
        .map((line) => line.slice(45).replace('/srv/x', '').trim().replace(/ {2,}/g, ' | ')),
      ['open r', 'open w | EACCES', 'open rw', 'open', 'read | 0 | 0', 'write | 4.9k | 5,000', 'map | 3 pg', 'trunc | -9999'.replace('-', ''), 'unlink'],
    )
  })

  it('tells what is left out from what never came', () => {
    const none = filled(0).press('/', ...'comm:dd', 'return')
    assert.match(none.texts().join('\n'), /\nNo event since 00:01:40, not even one that the filter leaves out\.\n/)
    const others = filled(0)
    others.model.apply(batch(101, { events: some(101, 3, { file: '8:0.0' }) }))
    assert.match(others.texts().join('\n'), /\nOnly sockets, pipes and the like: 3 came, the newest at 00:01:41; \. shows them\.\n/)
    assert.doesNotMatch(others.press('.').texts().join('\n'), /Only sockets/)
  })

  it('says in a line that a recording holds none, and fits every screen', () => {
    const driven = filled(0, 'recording')
    assert.match(driven.texts().join('\n'), /This recording holds no events: record with --record FILE --events\./)
    assert.match(filled(0).texts().join('\n'), /\nNo event since 00:01:40: waiting for a process to touch a file\.\n/)
    for (const [columns, rows] of [
      [60, 12],
      [80, 24],
      [100, 30],
      [120, 30],
      [200, 60],
    ] as const)
      for (const keys of [[], ['upArrow'], ['pageUp', 'd'], ['/', 'x']]) {
        const screen = filled(40_000)
        ;[screen.columns, screen.rows] = [columns, rows]
        screen.model.apply(batch(101, { events: some(101, 5), losses: { ...batch(0).losses, eventsFull: 1_234_567 } }))
        screen.press(...keys).settle()
        const lines = screen.lines()
        assert.equal(lines.length, rows)
        for (const line of lines) assert.ok(lineWidth(line) <= columns, `${columns}: ${line.map(({ text }) => text).join('')}`)
        assert.match(screen.texts().join('\n'), /1,234,567 lost/)
      }
  })
})

describe('random keys among events', () => {
  const keys = [
    '4',
    '4',
    'upArrow',
    'upArrow',
    'downArrow',
    'pageUp',
    'pageDown',
    'g',
    'G',
    'return',
    'escape',
    '/',
    'd',
    'o',
    '.',
    ' ',
    's',
    'r',
    '1',
    'tab',
    'x',
    '?',
  ]
  type Step = { key: string } | { came: number } | { columns: number; rows: number }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ key: fc.constantFrom(...keys) }) },
    { weight: 2, arbitrary: fc.record({ came: fc.constantFrom(0, 1, 5, 200, 6_000) }) },
    { weight: 1, arbitrary: fc.record({ columns: fc.integer({ min: 60, max: 200 }), rows: fc.integer({ min: 12, max: 60 }) }) },
  )
  it('break nothing, keep who reads on his row, and Esc leads out', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const driven = filled(20)
        let second = 200
        for (const one of steps) {
          const before = driven.selected()
          const reads = driven.state.mode === 'table' && driven.state.trails.stops.events[0]?.look.selected !== null && driven.state.trails.list === 'events'
          if ('key' in one) driven.press(one.key)
          else if ('columns' in one) [driven.columns, driven.rows] = [one.columns, one.rows]
          else {
            second++
            const events = some(second, one.came).map((event, i) => ({
              ...event,
              comm: i % 2 === 0 ? 'dd' : 'odd',
              op: i % 3 === 0 ? ('open' as const) : ('write' as const),
            }))
            driven.model.apply(batch(second, { events, losses: { ...batch(0).losses, eventsFull: second % 5 } }))
            if (reads && trailOf(driven.state.trails).length === 1) assert.equal(driven.selected(), before)
          }
          const lines = driven.settle().lines()
          assert.equal(lines.length, driven.rows)
          for (const line of lines) assert.ok(lineWidth(line) <= driven.columns, line.map(({ text }) => text).join(''))
        }
        for (let i = 0; i < 2 * steps.length + 2; i++) driven.press('escape')
        assert.deepEqual([driven.state.mode, trailOf(driven.state.trails).length, driven.state.filterText], ['table', 1, ''])
      }),
      { seed: Number(process.env.FUZZ_SEED ?? 7), numRuns: Number(process.env.FUZZ_RUNS ?? 40) },
    )
  })
})

describe('events are streamed', () => {
  let unmount: (() => void) | null = null
  afterEach(() => unmount?.())

  it('only while somebody looks', async () => {
    const asked: boolean[] = []
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} })
    const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true })
    stdout.resume()
    const wantEvents = (on: boolean) => {
      if (on === (asked.at(-1) ?? false)) return false
      asked.push(on)
      return on
    }
    let given = false
    const first = () => {
      given = true
      return batch(1, { events: some(1, 3), processes: [processFact('7.1')] })
    }
    const source: Source = { info, next: async () => (given ? new Promise(() => {}) : first()), close: async () => {}, wantEvents }
    const props = { source, notes: [], redraw: () => {}, ending: () => null, control: null, bell: false }
    const start = { sort: 'pid', filterText: '', kinds: 'all' } as const
    const options = { stdin: stdin as never, stdout: stdout as never, patchConsole: false, exitOnCtrlC: false, interactive: true }
    unmount = render(createElement(App, { ...props, start }), options).unmount
    const settle = () => new Promise((resolve) => setTimeout(resolve, 150))
    await settle()
    assert.deepEqual(asked, [])
    for (const [key, last] of [
      ['4', true],
      ['?', true],
      ['?', true],
      ['/', true],
      ['\r', true],
      ['\r', true],
      ['2', false],
      ['4', true],
      ['1', false],
    ] as const) {
      stdin.write(key)
      await settle()
      assert.equal(asked.at(-1), last, key)
    }
  })
})
