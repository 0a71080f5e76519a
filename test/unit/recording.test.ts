import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Batch, Source } from '../../src/batch/batch.ts'
import { Recorder } from '../../src/recording/record.ts'
import { Recording } from '../../src/recording/replay.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

const folder = mkdtempSync(join(tmpdir(), 'recording-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function sourceOf(batches: Batch[]): Source {
  const rest = [...batches]
  return { info, next: async () => rest.shift() ?? null, close: async () => {} }
}

async function record(batches: Batch[]): Promise<string> {
  const path = join(folder, `${files++}.ndjson`)
  const recorder = await Recorder.create(sourceOf(batches), path)
  while (await recorder.next()) {}
  await recorder.close()
  return path
}

async function replay(path: string): Promise<{ batches: Batch[]; warning: string | null }> {
  const recording = await Recording.open(path, 0)
  const batches: Batch[] = []
  for (let next = await recording.next(); next; next = await recording.next()) batches.push(next)
  await recording.close()
  return { batches, warning: recording.warning }
}

const sample = [
  batch(1, {
    processes: [processFact('1.1', { comm: 'a\n\x1b[31m\udcff' })],
    files: [fileFact('1:2.3', '/x/\u202ey', { deleted: true })],
    counters: [delta('1.1', '1:2.3', { opens: 1 })],
  }),
  batch(2, { exits: ['1.1'] }),
]

describe('recordings', () => {
  it('give back exactly what went in, hostile names included', async () => {
    assert.deepEqual(await replay(await record(sample)), { batches: sample, warning: null })
  })
  it('are for their owner only, and overwrite nothing', async () => {
    const path = await record(sample)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await assert.rejects(Recorder.create(sourceOf([]), path), /it exists already/)
  })
  it('that were cut play what is there and say so', async () => {
    const path = await record(sample)
    truncateSync(path, statSync(path).size - 5)
    const { batches, warning } = await replay(path)
    assert.deepEqual(batches, sample)
    assert.match(warning ?? '', /damaged|cut/)
  })
  it('that are none are refused with a sentence', async () => {
    const path = join(folder, 'none')
    for (const [content, wanted] of [
      ['', /it is empty/],
      ['hello\n', /not a recording/],
      ['{"fswatch-tui":"recording","version":99,"info":{}}\n', /version 99/],
      ['{"fswatch-tui":"recording","version":1,"info":{}}\n', /info\.hostname/],
      ['null\n', /does not begin like one/],
    ] as const) {
      writeFileSync(path, content)
      await assert.rejects(Recording.open(path, 0), wanted)
    }
    await assert.rejects(Recording.open(folder, 0), /no regular file/)
    await assert.rejects(Recording.open('/dev/zero', 0), /no regular file/)
    await assert.rejects(Recording.open(join(folder, 'missing'), 0), /does not exist/)
  })
  it('with any damaged byte end in a sentence or equal data, never in a crash', async () => {
    const original = readFileSync(await record(sample))
    const path = join(folder, 'damaged')
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const bytes = Buffer.from(original)
        bytes[at] = byte
        writeFileSync(path, bytes)
        try {
          const { batches } = await replay(path)
          assert.ok(batches.length <= sample.length)
        } catch (error) {
          assert.match((error as Error).message, /is not a recording of fswatch-tui/)
        }
      }),
      { numRuns: 300 },
    )
  })
})
