/** The time scrubber: its keys, what stays, what it says, and whom the brakes then act on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Batch } from '../../src/batch/batch.ts'
import type { Moment } from '../../src/model/past-view.ts'
import { selectedRow } from '../../src/ui/in-table.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { goneNews, presentSubject } from '../../src/ui/present.ts'
import { placeOf, scrubbed, scrubTrouble, settlePast } from '../../src/ui/scrub.ts'
import { around, presentOf } from '../../src/ui/stage.ts'
import { initialState } from '../../src/ui/state.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const start = initialState({ sort: 'bytes', filterText: '', kinds: 'files' })
const moment = (tick: number, seconds: number): Moment => ({
  ...{ tick, seconds, timeMs: seconds * 1000, lasts: 1, ops: 0, opens: 0, writes: 0, writeBytes: 0, readBytes: 0, errors: 0 },
})
const step = (past: number | null, by: -1 | 1, unit: 'tick' | 'minute', moments: Moment[]) =>
  scrubbed({ ...start, past }, { do: 'scrub', by, unit }, { moments }).past

/** Who wrote so much, to a file of the same number. */
const wrote = (seconds: number, bytes: Record<string, number>, some: Partial<Batch> = {}) =>
  batch(seconds, {
    processes: Object.keys(bytes).map((id) => processFact(id)),
    files: Object.keys(bytes).map((id) => fileFact(`1:${id}`, `/f/${id}`)),
    counters: Object.entries(bytes).map(([id, writeBytes]) => delta(id, `1:${id}`, { writes: 1, writeBytes })),
    ...some,
  })

const line = (screen: Driven, text: string) => screen.texts().find((one) => one.includes(text))

describe('keys of the time scrubber', () => {
  const moments = Array.from({ length: 200 }, (_, i) => moment(i + 10, i))
  it('step a tick and a minute, and stop at both ends', () => {
    assert.equal(step(null, -1, 'tick', moments), 208)
    assert.equal(step(208, -1, 'tick', moments), 207)
    assert.equal(step(207, 1, 'tick', moments), 208)
    assert.equal(step(208, 1, 'tick', moments), null, 'the last is now')
    assert.equal(step(null, 1, 'tick', moments), null)
    assert.equal(step(null, -1, 'minute', moments), 149)
    assert.equal(step(149, 1, 'minute', moments), null)
    assert.equal(step(148, 1, 'minute', moments), 208)
    assert.equal(step(40, -1, 'minute', moments), 10, 'where the memory begins')
    assert.equal(step(10, -1, 'tick', moments), 10)
    assert.equal(step(null, -1, 'tick', []), null)
    assert.equal(step(null, -1, 'tick', [moment(1, 0)]), null)
  })
  it('go by time where ticks are long, and not by nothing', () => {
    const slow = [moment(1, 0), moment(2, 90), moment(3, 180), moment(4, 270)]
    assert.deepEqual([step(null, -1, 'minute', slow), step(3, -1, 'minute', slow), step(1, 1, 'minute', slow)], [3, 2, 2])
  })
  it('find a tick that is kept no more at the oldest, and now where only now is kept', () => {
    assert.equal(placeOf(moments, 3), 0)
    assert.equal(settlePast({ ...start, past: 3 }, { moments }).past, 10)
    assert.equal(settlePast({ ...start, past: 3 }, { moments: [moment(5, 1)] }).past, null)
    assert.equal(settlePast({ ...start, past: 3 }, { moments: [] }).past, null)
  })
  it('say why they do nothing', () => {
    const said = (past: number | null, by: -1 | 1, some: Moment[]) => scrubTrouble({ ...start, past }, { do: 'scrub', by, unit: 'tick' }, { moments: some })
    assert.match(said(null, -1, [moment(1, 0)]) ?? '', /nothing before this/)
    assert.match(said(null, 1, moments) ?? '', /this is now/)
    assert.deepEqual([said(null, -1, moments), said(10, -1, moments), said(12, 1, moments)], [null, null, null])
    const grouped = new Driven(info).press('b').state
    assert.match(scrubTrouble(grouped, { do: 'scrub', by: -1, unit: 'tick' }, { moments }) ?? '', /no past/)
  })
})

describe('a table of the past', () => {
  const filled = () => {
    const screen = new Driven(info, undefined, 120, 24)
    for (let t = 1; t <= 5; t++) {
      const totals = { ...batch(t).totals, writeBytes: t * t * 10 }
      screen.model.apply(wrote(t, { '1.1': t * 100, ...(t === 3 ? {} : { '2.1': 250 }), ...(t === 2 ? { '3.1': 9 } : {}) }, { totals }))
    }
    return screen
  }
  it('is as it was, says when, has the rates of then, and goes back to now', () => {
    const screen = filled()
    screen.press('[', '[', '[')
    assert.match(line(screen, 'as it was') ?? '', /^as it was 00:00:02, 3s ago: Esc for now; all that was active in that second/)
    assert.match(screen.selected(), /^2 root +c2\.1 +1 +250 .*\/f\/2\.1/)
    assert.ok(line(screen, 'c3.1'))
    assert.match(screen.texts()[1] ?? '', /written 30\/s/)
    assert.match(line(screen, '1 of 3') ?? '', /1 processes/)
    screen.press(']', ']', ']')
    assert.equal(screen.state.past, null)
    assert.equal(line(screen, 'as it was'), undefined)
    assert.match(screen.texts()[1] ?? '', /written 90\/s/)
    screen.press('{').press('\\')
    assert.equal(screen.state.past, null)
  })
  it('stays at its tick while counting goes on, and gives way to the oldest when it is forgotten', () => {
    const screen = filled().press('[', '[')
    assert.match(line(screen, 'as it was') ?? '', /00:00:03, 2s ago/)
    screen.model.apply(wrote(65, { '1.1': 1 }))
    assert.match(line(screen, 'as it was') ?? '', /00:00:03, 1m02s ago:/)
    for (let t = 66; t < 700; t++) screen.model.apply(wrote(t, { '1.1': 1 }))
    assert.match(line(screen, 'as it was') ?? '', /00:01:39, 10m00s ago \(the oldest\)/)
  })
  it('keeps the selection on its process, also through ticks in which it did nothing, and lets nobody take its place', () => {
    const screen = filled().press('downArrow')
    assert.match(screen.selected(), /c2\.1/)
    screen.press('[')
    assert.match(screen.selected(), /c2\.1/)
    screen.press('[')
    assert.equal(screen.selected(), '')
    assert.match(line(screen, 'none of 1') ?? '', /1 processes/)
    assert.equal(around(screen.stage(), screen.state).draft('deny'), null)
    screen.press('[')
    assert.match(screen.selected(), /c2\.1/)
    screen.press('[', 'downArrow', 'downArrow', '\\')
    assert.match(screen.selected(), /c1\.1/)
    screen.press('[', '[', '[', 'G', '[', 'upArrow')
    assert.match(screen.selected(), /c2\.1/, 'from nobody an arrow leads to the first')
  })
  it('has the filter and the order of now; Esc leads to now before it drops the filter', () => {
    const screen = filled().press('[', '[', '[', '/', ...'comm:c1', 'return')
    assert.ok(line(screen, '1 of 1'))
    assert.equal(line(screen, 'c2.1'), undefined)
    screen.press('escape')
    assert.deepEqual([screen.state.past, screen.state.filterText], [null, 'comm:c1'])
    screen.press('escape', '[', '[', '[', 's', 'leftArrow', 'leftArrow', 'return', 'r')
    assert.notEqual(screen.state.past, null)
    assert.ok(line(screen, '▴'))
    screen.press('/', ...'zzz', 'return')
    assert.ok(line(screen, 'No process that was active then matches the filter.'))
  })
  it('says that it holds only those that did most', () => {
    const screen = new Driven(info, undefined, 120, 24)
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${i + 1}.1`, i + 1]))
    for (let t = 1; t <= 3; t++) screen.model.apply(wrote(t, t === 2 ? many : { '1.1': 5 }))
    screen.press('[')
    assert.match(line(screen, 'as it was') ?? '', /; the 40 most active of that second$/)
    assert.ok(line(screen, '1 of 40'))
    for (const columns of [60, 70, 80]) {
      screen.columns = columns
      const banner = line(screen, 'as it was') ?? ''
      assert.match(banner, /40/, `${columns}: ${banner}`)
      assert.match(banner, /Esc for now/)
    }
    screen.press('/', ...'comm:zzz', 'return')
    assert.ok(line(screen, 'No process of the 40 most active then matches the filter.'))
    screen.press('escape', 'escape', '2', '[')
    assert.match(line(screen, 'as it was') ?? '', /40/)
  })
  it('says how long a tick was that was no second', () => {
    const screen = new Driven(info, undefined, 120, 24)
    for (const t of [1, 6, 11]) screen.model.apply(wrote(t, { '1.1': 5 }))
    assert.match(line(screen.press('['), 'as it was') ?? '', /5s ago: Esc for now; all that was active in those 5s/)
  })
  it('is none of views without a past: they say that they show now, and the place is kept', () => {
    const screen = filled().press('[', '[', '[', 'return')
    assert.match(line(screen, 'this is now') ?? '', /no past; processes and files are at 00:00:02/)
    screen.press('escape')
    assert.match(line(screen, 'as it was') ?? '', /00:00:02/)
    screen.press('3')
    assert.ok(line(screen, 'this is now'))
    const before = screen.state.past
    screen.press('[')
    assert.equal(screen.state.past, before)
    screen.press('2')
    assert.match(line(screen, 'as it was') ?? '', /00:00:02/)
    screen.press('1', 'b')
    assert.ok(line(screen, 'this is now'))
    screen.press('\\')
    assert.equal(screen.state.past, null)
  })
  it('counts what waits into how long ago it was, where the screen stands still', () => {
    const screen = filled().press('[', '[', ' ')
    screen.paused = { batches: 60, merged: 243, timeNs: 0, seconds: 303 }
    assert.match(line(screen, 'as it was') ?? '', /00:00:03, 5m05s ago/)
    assert.match(screen.texts()[0] ?? '', /^fswatch-tui {2}PAUSED 5m03s: 60 ticks wait, 243 merged/)
    screen.columns = 60
    assert.match(screen.texts()[0] ?? '', /^fswatch-tui {2}PAUSED 5m03s +00:00:03 UTC$/, 'the clock is what is read first')
    screen.press('[')
    assert.match(line(screen, 'as it was') ?? '', /00:00:02, 5m06s ago/)
    screen.press(' ', '\\')
    assert.equal(screen.state.paused, false)
  })
})

describe('acting on a row of the past', () => {
  /** 7.1 is alive, 8.1 ended and its number is 8.2's, 9.1 is forgotten: ten seconds are over; all looked at as they were. */
  const filled = () => {
    const screen = new Driven(info, undefined, 120, 24)
    screen.model.apply(wrote(1, { '7.1': 300, '8.1': 200, '9.1': 100 }))
    screen.model.apply(wrote(2, { '7.1': 3 }, { exits: ['9.1'] }))
    for (let t = 3; t < 20; t++) screen.model.apply(wrote(t, { '7.1': 3, ...(t > 17 ? { '8.2': 5 } : {}) }, { exits: t === 17 ? ['8.1'] : [] }))
    return screen.press('{')
  }
  const draft = (screen: Driven) => around(screen.stage(), screen.state).draft('deny')
  const news = (screen: Driven) => {
    const row = selectedRow(screen.state, around(screen.stage(), screen.state))
    return row && goneNews(row.subject, presentOf(screen.stage()))
  }
  it('shows of a process that is forgotten what it was and did then', () => {
    const screen = filled().press('downArrow', 'downArrow')
    assert.match(screen.selected(), /c9\.1/)
    const text = screen.press('return').texts().join('\n')
    assert.match(text, /processes › c9\.1 9\n/)
    assert.match(text, /^This process is remembered no more\. Here is how it was 00:00:01\. Esc goes back\.$/m)
    assert.match(text, /^program {2}\/bin\/x {2}user root$/m)
    assert.match(text, /^from {5}init 1$/m)
    assert.match(text, /^did then open 0\/s {2}write 1\/s {2}written 100\/s {2}read 0\/s {2}err 0\/s$/m)
    assert.match(text, /^in all {3}0 opens, 1 writes, 0 reads, 0 errors; 100 written, 0 read, 1 file$/m)
    assert.match(text, /^hottest {2}\/f\/9\.1$/m)
    assert.match(text, /Nothing else of it is remembered\./)
    assert.match(screen.press('escape').selected(), /c9\.1/)
    const lives = filled().press('return').texts().join('\n')
    assert.doesNotMatch(lives, /remembered no more/, 'of others the page is that of now')
  })
  it('goes by the number only where the same process is still there', () => {
    const screen = filled()
    assert.match(line(screen, 'as it was') ?? '', /00:00:01/)
    assert.equal(draft(screen.press('g', 'downArrow', 'upArrow')), 'deny modify /f/7.1 by pid=7')
    assert.equal(news(screen), null)
    assert.equal(draft(screen.press('downArrow')), 'deny modify /f/8.1 by comm=c8.1', 'its number is another’s')
    assert.match(news(screen) ?? '', /^c8\.1 8 has ended since: /)
    assert.equal(draft(screen.press('downArrow')), 'deny modify /f/9.1 by comm=c9.1')
    assert.match(news(screen) ?? '', /^c9\.1 9 has ended since, or is remembered no more: /)
  })
  it('knows who ended in what waits while the screen stands still', () => {
    const screen = filled()
    screen.hasEnded = (id) => id === '7.1'
    assert.equal(draft(screen), 'deny modify /f/7.1 by comm=c7.1')
    assert.equal(draft(screen.press('\\')), 'deny modify /f/8.2 by pid=8')
  })
  it('never goes by the number of one that is not there, whoever that is', () => {
    fc.assert(
      fc.property(fc.constantFrom('alive', 'ended', 'unknown'), fc.boolean(), fc.boolean(), (life, waits, wasAlive) => {
        const screen = filled()
        const row = selectedRow(screen.state, around(screen.stage(), screen.state))
        assert.ok(row?.subject.kind === 'process')
        const subject = { ...row.subject, row: { ...row.subject.row, alive: wasAlive } }
        const present = presentSubject(subject, { model: { lifeOf: () => life, file: () => undefined }, hasEnded: () => waits })
        assert.ok(present.kind === 'process')
        assert.equal(present.row.alive, life === 'alive' && !waits)
      }),
    )
  })
  it('goes by the name that a file has now, and proposes nothing for one that is gone', () => {
    const screen = filled()
    screen.model.apply(batch(20, { files: [fileFact('1:7.1', '/f/renamed')] }))
    assert.equal(draft(screen), 'deny modify /f/renamed by pid=7')
    screen.model.apply(batch(21, { files: [fileFact('1:7.1', '/f/renamed', { deleted: true })] }))
    assert.equal(draft(screen.press('2')), null)
  })
  it('marks as hit by a rule only those whose number is known to be theirs', () => {
    const screen = filled()
    screen.hitPids = new Set([7, 9])
    assert.ok(line(screen, '!c7.1'))
    assert.ok(line(screen, ' c9.1'))
  })
  it('opens the line for the selected process', () => {
    const screen = filled().press('downArrow', 'd')
    assert.equal(screen.state.mode, 'rule')
    assert.equal(screen.state.ruleText, 'deny modify /f/8.1 by comm=c8.1')
    assert.ok(line(screen, 'as it was'), 'the table stays where it was')
  })
})

describe('any keys and ticks', () => {
  const keys = ['[', '[', '[', ']', '{', '}', '\\', 'escape', ' ', '1', '2', '3', 'b', 'return', 'downArrow', 'G', '.', 's', 'd', '?']
  const anything = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...keys).map((key) => ({ key, step: 0, ids: [] as number[] })) },
    {
      weight: 2,
      arbitrary: fc.record({
        key: fc.constant(''),
        step: fc.constantFrom(0, 0.1, 0.5, 1, 1, 1, 7, 61, 200, 700),
        ids: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 }),
      }),
    },
  )
  it('never leave what is kept, and the header has the time that the line says', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 5, maxLength: 80 }), (steps) => {
        const screen = new Driven(info, undefined, 80, 24)
        let now = 100
        for (const { key, step: seconds, ids } of steps) {
          if (key !== '') screen.press(key)
          now += seconds
          if (key === '') screen.model.apply(wrote(now, Object.fromEntries(ids.map((id) => [`${id}.1`, id]))))
          const texts = screen.texts()
          for (const one of screen.lines()) assert.ok(lineWidth(one) <= 80)
          const { past } = screen.state
          const moments = screen.model.moments()
          if (past === null) continue
          const at = moments.findIndex((one) => one.tick === past)
          assert.ok(at >= 0 && at < moments.length - 1, `tick ${past} is place ${at} of ${moments.length}`)
          const said = texts.find((text) => text.startsWith('as it was '))
          if (!said) continue
          const time = new Date(moments[at]?.timeMs ?? 0).toISOString().slice(11, 19)
          assert.equal(said.slice(10, 18), time)
          assert.equal(texts[0]?.endsWith(`${time} UTC`), true)
        }
      }),
      { numRuns: 150 },
    )
  })
})
