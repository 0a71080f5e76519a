/** The lines above every view: on a narrow screen a figure is whole or it is not there. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { HeaderStats } from '../../src/model/model.ts'
import { width } from '../../src/text/width.ts'
import { headerLines, headerRows } from '../../src/ui/header.ts'
import { initialState } from '../../src/ui/state.ts'
import { info } from './batches.ts'
import { Driven } from './driven.ts'

const state = initialState({ sort: 'bytes', filterText: '', kinds: 'files' })
const { header } = new Driven(info).model

describe('the figures above every view', () => {
  const figure = fc.oneof(fc.nat(2_000), fc.double({ min: 0, max: 1e15, noNaN: true }))
  const figures = fc.record({ opens: figure, writes: figure, writeBytes: figure, readBytes: figure, errors: figure, processes: fc.nat(4_000_000) })
  const losses = fc.constantFrom<HeaderStats['losses']>([], [{ count: 123_456_789, text: 'operations not counted by file', quietMs: 0 }])
  const notes = ['kernel: pid 4711+ and comm postgres', 'recording to /var/tmp/x.ndjson', 'dry run: rules only tell']

  it('are never cut in the middle, however large, whatever else there is to say', () => {
    fc.assert(
      fc.property(figures, losses, fc.integer({ min: 60, max: 200 }), fc.constantFrom(12, 24, 60), (some, lost, columns, rows) => {
        const full = { ...header, ...some, losses: lost }
        const data = { info, header: full, notes, state, rules: [], enforcement: { way: 'idle' as const, why: [], skipped: 0 }, count: 1 }
        const lines = headerLines(data, columns, rows).map((line) => line.map(({ text }) => text).join(''))
        assert.equal(lines.length, headerRows(data, rows))
        for (const line of lines) assert.ok(width(line) <= columns, line)
        const parts = (lines[1] ?? '').split('  ')
        for (const part of parts) assert.match(part, /^((open|write|written|read|err) [\d.]+[kMGTP]?\/s|procs \d+)$/)
        assert.ok(parts.length >= 4, lines[1])
        if (columns >= 80) assert.equal(parts.length, 6, lines[1])
      }),
    )
  })
})
