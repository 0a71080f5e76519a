/** What stands above every view: the clock, PAUSED, what is lost, and which kinds of files are shown. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Losses } from '../../src/batch/batch.ts'
import { emptyHeader } from '../../src/model/headline.ts'
import { LossLog } from '../../src/model/losses.ts'
import { headerLines } from '../../src/ui/header.ts'
import type { Line } from '../../src/ui/line.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { lostLine } from '../../src/ui/lost-line.ts'
import { initialState, type UiState } from '../../src/ui/state.ts'
import type { PausedFor } from '../../src/ui/waiting.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

const textOf = (line: Line | undefined) => (line ?? []).map(({ text }) => text).join('')
const AT = Date.UTC(2026, 0, 2, 3, 4, 5)

function title(columns: number, some: Partial<UiState>, paused: PausedFor | null = null, notes: string[] = []): Line {
  const lines = headerLines(
    {
      ...{ info: { ...info, hostname: 'database-17.example', kernel: '6.12.0-amd64-with-a-long-name' }, header: emptyHeader(AT), rules: [], count: 0, notes },
      enforcement: { way: 'lsm', why: [], skipped: 0 },
      state: { ...initialState({ sort: 'bytes', filterText: '', kinds: 'files' }), ...some },
      time: { moments: [], past: null, paused },
    },
    columns,
    24,
  )
  assert.ok(lineWidth(lines[0] ?? []) <= columns)
  return lines[0] ?? []
}

describe('the first line', () => {
  const waits: PausedFor = { batches: 60, merged: 243, timeNs: 0, seconds: 303 } as PausedFor
  it('has the clock on any screen, whatever else there is to say', () => {
    for (let columns = 60; columns <= 200; columns++) {
      for (const paused of [false, true]) {
        const text = textOf(title(columns, { paused }, paused ? waits : null, ['recording to /var/tmp/a-long-name.ndjson']))
        assert.match(text, /03:04:05( UTC)?$/, `at ${columns}: ${text}`)
        if (paused) assert.match(text, /PAUSED 5m03s/, `at ${columns}: ${text}`)
      }
    }
  })
  it('says of a screen that stands still that its clock does too', () => {
    const loud = (line: Line) => line.some(({ text, inverse }) => inverse && text.startsWith('03:04:05'))
    for (const columns of [80, 200]) {
      assert.ok(loud(title(columns, { paused: true }, waits)))
      assert.match(textOf(title(columns, { paused: true }, waits)), /PAUSED 5m03s: 60 ticks wait, 243 merged/)
      assert.ok(!loud(title(columns, {})))
    }
    assert.match(textOf(title(200, {})), /database-17\.example {2}6\.12\.0-amd64-with-a-long-name/)
  })
})

describe('what is lost', () => {
  const none: Losses = batch(0).losses
  const SECOND = 1000
  it('is loud for a minute after the last of it, then dimmed with how long ago, and never gone', () => {
    const log = new LossLog()
    const at = (seconds: number, pathCut: number) => lostLine(log.take({ ...none, pathCut }, seconds * SECOND), 80)
    assert.deepEqual(at(0, 0), [])
    assert.deepEqual(at(1, 1)[1], { text: '1 paths cut', role: 'alert', bold: true })
    assert.equal(at(60, 1)[0]?.role, 'alert')
    assert.deepEqual(at(61, 1), [
      { text: 'LOST: ', role: 'dim' },
      { text: '1 paths cut (last 1m ago)', role: 'dim' },
    ])
    assert.match(textOf(at(61 + 7200, 1)), /1 paths cut \(last 2h01m ago\)/)
    assert.equal(at(7300, 2)[1]?.role, 'alert', 'another one is loud again')
  })
  it('has what goes on before what is over', () => {
    const log = new LossLog()
    log.take({ ...none, recursionMisses: 7 }, 0)
    const line = lostLine(log.take({ ...none, recursionMisses: 7, scratchBusy: 3 }, 600 * SECOND), 100)
    assert.equal(textOf(line), 'LOST: 3 names late (buffers busy), 7 operations not seen (a BPF program was busy) (last 10m ago)')
    assert.deepEqual(
      line.map(({ role }) => role),
      ['alert', 'alert', 'dim'],
    )
  })
})

describe('that all kinds are shown', () => {
  it('is said in each view and close look, at 60 cells too', () => {
    const driven = new Driven(info)
    driven.model.apply(
      batch(1, {
        processes: [processFact('10.1', {})],
        files: [fileFact('1:1.1', `/srv/${'a'.repeat(300)}`)],
        counters: [delta('10.1', '1:1.1', { writes: 1, writeBytes: 1 })],
      }),
    )
    for (const columns of [60, 80, 200]) {
      driven.columns = columns
      const marked = () => driven.texts().some((line, i) => i < 6 && / all kinds( {2}\d+ of \d+)?$/.test(line))
      for (const view of ['1', '2', '3', '4', '2']) {
        driven.press(view)
        assert.ok(!marked())
        driven.press('.')
        assert.ok(marked(), driven.texts().join('\n'))
        driven.press('.')
      }
      driven.press('return', '.')
      assert.ok(marked(), driven.texts().join('\n'))
      driven.press('.', 'escape')
    }
  })
})
