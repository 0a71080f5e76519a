import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Batch, GroupFact, Source } from '../../src/batch/batch.ts'
import { Model } from '../../src/model/model.ts'
import { batchJson, endJson, headJson, LINE_BYTES, Seal } from '../../src/recording/format.ts'
import { partsOf } from '../../src/recording/parts.ts'
import { Recorder } from '../../src/recording/record.ts'
import { Recording } from '../../src/recording/replay.ts'
import { batch, delta, event, fileFact, info, processFact } from './batches.ts'

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
  it('keep what was known of containers and users', async () => {
    const group: GroupFact = {
      ...{ kind: 'containerd', label: 'web-0/\u202enginx', id: 'a'.repeat(64), name: '\u202enginx' },
      ...{ pod: 'f'.repeat(36), podName: 'shop/web-0', podClass: 'burstable', unit: 'x.service' },
    }
    const known = [
      batch(1, { processes: [processFact('1.1', { group, user: 'postgres' }), processFact('2.1', { group: { kind: 'none', label: '' }, user: '' })] }),
    ]
    assert.deepEqual(await replay(await record(known)), { batches: known, warning: null })
  })
  it('keep how long a call took where that is known, and make nothing up where it is not', async () => {
    const known = [batch(1, { events: [event(1, { durationNs: 3_400_000 }), event(1), event(1, { durationNs: 0 })] })]
    const { batches, warning } = await replay(await record(known))
    assert.equal(warning, null)
    assert.deepEqual(batches, known)
    assert.equal(Object.hasOwn(batches[0]?.events[1] ?? {}, 'durationNs'), false)
    const model = new Model(info)
    for (const one of batches) model.apply(one)
    assert.deepEqual(
      model.events({ filter: null, kinds: 'all' }).rows.map(({ durationNs }) => durationNs),
      [3_400_000, null, 0],
    )
  })
  it('of before those were known play, with nothing made up', async () => {
    const path = join(folder, 'older')
    // As the first version of the program wrote it.
    const fact = '{"id":"1.1","pid":1,"parent":null,"ppid":0,"parentComm":"","uid":5,"gid":5,"cgroup":"77","startNs":0,"comm":"c","exe":"/x","exeFile":"1:1.1"}'
    const json = batchJson(partsOf(batch(1)).next().value as string).replace('"processes":[]', `"processes":[${fact}]`)
    const seal = new Seal()
    writeFileSync(path, `${[headJson(info), json, endJson(1)].map((line) => seal.close(line)).join('\n')}\n`)
    const { batches, warning } = await replay(path)
    assert.equal(warning, null)
    const [old] = batches[0]?.processes ?? []
    assert.equal(old?.cgroup, '77')
    assert.ok(old && !('group' in old) && !('user' in old))
  })
  it('refuse a container that no machine has', async () => {
    const path = join(folder, 'nonsense')
    for (const [wrong, wanted] of [
      [{ group: { kind: 'ship', label: '' } }, /processes\[0\]\.group\.kind is none of docker/],
      [{ group: { kind: 'docker' } }, /group\.label is not a text/],
      [{ group: { kind: 'docker', label: 'x'.repeat(300) } }, /group\.label is not a text of at most 256/],
      [{ group: 'docker' }, /group is not an object/],
      [{ user: 7 }, /user is not a text/],
    ] as const) {
      const seal = new Seal()
      const json = batchJson([...partsOf(batch(1, { processes: [processFact('1.1', wrong as object)] }))][0] as string)
      writeFileSync(path, `${[headJson(info), json].map((line) => seal.close(line)).join('\n')}\n`)
      assert.match((await replay(path)).warning ?? '', wanted)
    }
  })
  it('are for their owner only, and overwrite nothing', async () => {
    const path = await record(sample)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await assert.rejects(Recorder.create(sourceOf([]), path), /it exists already/)
    await assert.rejects(Recorder.create(sourceOf([]), join(folder, 'missing/recording')), /there is no folder .*missing \(ENOENT\): make it first/)
    await assert.rejects(Recorder.create(sourceOf([]), join(path, 'recording')), /is no folder \(ENOTDIR\)/)
  })
  it('that were cut play what is there and say so, wherever they were cut', async () => {
    const whole = readFileSync(await record(sample))
    const head = whole.indexOf(10) + 1
    const path = join(folder, 'cut')
    for (let size = head; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size))
      const { batches, warning } = await replay(path)
      assert.deepEqual(batches, sample.slice(0, batches.length))
      // Only the newline of the last line is missing: nothing is.
      if (size === whole.length - 1) assert.equal(warning, null)
      else assert.match(warning ?? '', /^the recording is cut.*; (what came before is shown|nothing came before)$/)
    }
  })
  it('that are none are refused with a sentence', async () => {
    const path = join(folder, 'none')
    for (const [content, wanted] of [
      ['', /it is empty/],
      ['hello\n', /it does not begin like one/],
      ['{"fswatch-tui":"recording","version":99,"info":{}}\n', /version 99/],
      ['{"fswatch-tui":"recording","version":1,"info":{}}\n', /it has version 1, and this program reads version 2 only/],
      ['{"fswatch-tui":"recording","version":"\\u001b[2J","info":{}}\n', /a version that is no number/],
      ['{"fswatch-tui":"recording","version":2,"info":{}}\n', /checksum/],
      [sealed('{"fswatch-tui":"recording","version":2,"info":{}}'), /info\.hostname/],
      ['null\n', /does not begin like one/],
    ] as const) {
      writeFileSync(path, content)
      await assert.rejects(Recording.open(path, 0), wanted)
    }
    await assert.rejects(Recording.open(folder, 0), /no regular file/)
    await assert.rejects(Recording.open('/dev/zero', 0), /no regular file/)
    await assert.rejects(Recording.open(join(folder, 'missing'), 0), /does not exist/)
    await assert.rejects(Recording.open(join(folder, 'missing\x1b[2J'), 0), /missing\\e\[2J does not exist/)
  })
  it('with bytes changed, cut out or put in end in what came before and a warning, or in a sentence; never in anything else', async () => {
    const many = Array.from({ length: 6 }, (_, i) => sample.map((one) => ({ ...one, timeNs: one.timeNs + i * 2e9 }))).flat()
    const original = readFileSync(await record(many))
    const path = join(folder, 'damaged')
    const damage = fc.record({ at: fc.nat(original.length - 1), drop: fc.nat(300), put: fc.uint8Array({ maxLength: 20 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        let bytes: Buffer = Buffer.from(original)
        for (const { at, drop, put } of damages) bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)])
        writeFileSync(path, bytes)
        const read = await replay(path).catch((error: Error) => error)
        if (read instanceof Error) return assert.match(read.message, /^[ -~]*is not a recording that can be played: [ -~]*$/)
        assert.deepEqual(read.batches, many.slice(0, read.batches.length))
        if (read.batches.length < many.length) assert.match(read.warning ?? '', /^the recording is (damaged|cut)[ -~]*$/)
      }),
      { numRuns: 500 },
    )
  })
  it('notice a line that was lost, doubled or moved', async () => {
    const lines = readFileSync(await record([...sample, batch(3)]), 'utf8')
      .trimEnd()
      .split('\n')
    const path = join(folder, 'moved')
    const [head = '', one = '', two = '', three = '', end = ''] = lines
    for (const order of [
      [head, two, three, end],
      [head, one, one, two, three, end],
      [head, two, one, three, end],
      [head, one, end],
      [head, one, two, three, end, three],
    ]) {
      writeFileSync(path, `${order.join('\n')}\n`)
      assert.match((await replay(path)).warning ?? '', /the recording is damaged/)
    }
  })
})

/** Lines as a recording has them, with the checksums they should have. */
function sealed(...contents: string[]): string {
  const seal = new Seal()
  return contents.map((json) => `${seal.close(json)}\n`).join('')
}

describe('recordings written to do harm', () => {
  const head = headJson(info)
  const path = join(folder, 'hostile')
  async function played(content: string | Buffer): Promise<{ batches: Batch[]; warning: string | null }> {
    writeFileSync(path, content)
    return replay(path)
  }
  const warned = async (...contents: string[]) => (await played(sealed(head, ...contents))).warning ?? ''

  it('put no text of theirs into a warning', async () => {
    for (const evil of [
      '\x1b[2J',
      '"\x1b]0;x\x07"',
      '{"end":"\\u001b[2J"}',
      '{"batch":{"timeMs":"\\u001b[2J"}}',
      '{"batch":{"\\u001b[2J":1}}',
      '{"\\u001b[2J":1}',
    ])
      assert.match(await warned(evil), /^the recording is damaged at line 2: [ -~]+$/)
    writeFileSync(path, sealed(JSON.stringify({ 'fswatch-tui': 'recording', version: 2, info: { ...info, users: { '\x1b[2J': 'x' } } })))
    await assert.rejects(Recording.open(path, 0), /: info\.users has a key that is no number\. [ -~]*$/)
  })
  it('give no number, text or time that the live source could not', async () => {
    const wrong: [string, unknown][] = [
      ['timeMs', 1e300],
      ['timeMs', -1],
      ['timeNs', 1.5],
      ['totals', { calls: new Array(65).fill(0), errors: [], readBytes: 0, writeBytes: 0 }],
      ['counters', [delta('1.1', '1:2.3', { writeBytes: 1e308 })]],
      ['counters', [delta('1.1', '1:2.3', { opens: -1 })]],
      ['counters', [delta('nobody', '1:2.3', {})]],
      ['processes', [processFact('1.1', { pid: 2 ** 32 })]],
      ['processes', [processFact('1.1', { comm: 'x'.repeat(65) })]],
      ['files', [fileFact('1:2.3', 'x'.repeat(4098))]],
      ['files', [fileFact('x'.repeat(100), '/x')]],
      ['files', {}],
      ['exits', [1]],
      ['events', [null]],
      ['events', [event(1, { durationNs: -1 })]],
      ['events', [event(1, { durationNs: 1.5 })]],
    ]
    for (const [key, value] of wrong) {
      const json = batchJson(JSON.stringify({ ...batch(1), [key]: value }))
      assert.match(await warned(json), new RegExp(`^the recording is damaged at line 2: batch\\.${key}`))
    }
    for (const [key, value] of [
      ['startedMs', 1e300],
      ['hostname', 'x'.repeat(257)],
      ['attach', 'magic'],
    ] as const) {
      writeFileSync(path, sealed(JSON.stringify({ 'fswatch-tui': 'recording', version: 2, info: { ...info, [key]: value } })))
      await assert.rejects(Recording.open(path, 0), new RegExp(`: info\\.${key} `))
    }
  })
  it('keep nothing in memory that is not asked for', async () => {
    const json = batchJson(
      JSON.stringify({ ...batch(1), files: [{ ...fileFact('1:2.3', '/x'), junk: 'x'.repeat(1000) }], junk: 1 }).replace('{', '{"__proto__":{"exits":[]},'),
    )
    const { batches } = await played(sealed(head, json, endJson(1)))
    assert.deepEqual(batches, [batch(1, { files: [fileFact('1:2.3', '/x')] })])
  })
  it('with lines that explode when parsed, or never end, stay within 400 MB of heap', () => {
    const room = LINE_BYTES - 100
    const hostile = {
      'nested.ndjson': sealed(head, `{"batch":${'['.repeat(room / 2)}${']'.repeat(room / 2)}}`),
      'objects.ndjson': sealed(head, `{"batch":[${'{},'.repeat(room / 3 - 20)}{}]}`),
      'keys.ndjson': sealed(head, `{"batch":{${Array.from({ length: room / 12 }, (_, i) => `"${i.toString(36)}":{}`).join(',')}}}`),
      'endless.ndjson': `${sealed(head)}${' '.repeat(64 << 20)}`,
      'headless.ndjson': '['.repeat(64 << 20),
    }
    const program = join(import.meta.dirname, 'fixtures/replay.ts')
    for (const [name, content] of Object.entries(hostile)) {
      writeFileSync(join(folder, name), content)
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=400', '--import', 'tsx', program, join(folder, name)], {
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /the recording is damaged at line 2|is not a recording that can be played/)
    }
  })
  it('do not keep who quits waiting for their next batch', async () => {
    const late = batch(2, { timeNs: 1e18 })
    writeFileSync(path, sealed(head, batchJson(JSON.stringify(batch(1))), batchJson(JSON.stringify(late)), endJson(2)))
    // The second speed makes a time that no timer takes: it would be over at once.
    for (const speed of [1, 1e-9]) {
      const recording = await Recording.open(path, speed)
      await recording.next()
      const next = recording.next()
      const first = () => Promise.race([next.then(() => 'given'), new Promise((resolve) => setTimeout(resolve, 100, 'waiting'))])
      assert.equal(await first(), 'waiting')
      await recording.close()
      assert.equal(await first(), 'given')
      assert.equal(await recording.next(), null)
    }
  })
})

describe('large batches', () => {
  it('are recorded in parts that are together what they were', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 60 }), fc.integer({ min: 1, max: 3000 }), (paths, most) => {
        const whole = batch(1, {
          files: paths.map((path, i) => fileFact(`1:${i}.1`, path)),
          counters: paths.map((_, i) => delta('1.1', `1:${i}.1`, { opens: 1 })),
          exits: ['1.1', '2.2'],
        })
        const parts = [...partsOf(whole, most)].map((part) => JSON.parse(part) as Batch)
        const { files, counters, exits, ...rest } = whole
        for (const part of parts) assert.deepEqual({ ...part, files: [], counters: [], exits: [] }, { ...rest, files: [], counters: [], exits: [] })
        assert.deepEqual(
          parts.flatMap((part) => part.files),
          files,
        )
        assert.deepEqual(
          parts.flatMap((part) => part.counters),
          counters,
        )
        assert.deepEqual(
          parts.flatMap((part) => part.exits),
          exits,
        )
      }),
    )
  })
  it('of long hostile paths are read again', async () => {
    const files = Array.from({ length: 500 }, (_, i) => fileFact(`1:${i}.1`, `/${'\udcff'.repeat(4096)}`))
    const path = await record([batch(1, { files: [...files, fileFact('1:9.9', `/mnt${'/x'.repeat(4000)}`)] })])
    const { batches, warning } = await replay(path)
    assert.equal(warning, null)
    const read = batches.flatMap((one) => one.files)
    assert.deepEqual(read.slice(0, -1), files)
    assert.deepEqual(read.at(-1), fileFact('1:9.9', '/x'.repeat(4000).slice(-4097), { cut: true }))
    assert.ok(batches.length > 1)
  })
  it('come to the same in the model', async () => {
    const one = batch(2, {
      files: Array.from({ length: 9000 }, (_, i) => fileFact(`1:${i}.1`, `/${'x'.repeat(60)}${i}`)),
      processes: [processFact('1.1')],
      counters: Array.from({ length: 9000 }, (_, i) => delta('1.1', `1:${i}.1`, { opens: 1, writes: 2, writeBytes: i })),
    })
    const { batches } = await replay(await record([batch(1), one]))
    assert.ok(batches.length > 2)
    const view = (applied: Batch[]) => {
      const model = new Model(info, { filesPerProcess: 10_000 })
      for (const each of applied) model.apply(each)
      return model.processes({ sort: 'bytes', reverse: false, filter: null, kinds: 'all' })
    }
    assert.deepEqual(view(batches), view([batch(1), one]))
  })
})
