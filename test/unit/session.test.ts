/** Sessions of processes: in recordings, those of before they were told too, and in the kernel's records. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { processFact as decoded } from '../../src/kernel/decode.ts'
import { processRecord } from '../../src/kernel/layout.gen.ts'
import { sessionLabel, sessionName } from '../../src/model/session.ts'
import { readBatch } from '../../src/recording/facts.ts'
import { batch, processFact } from './batches.ts'

describe('the session of a process', () => {
  it('is in the record of the kernel, texts up to their end', () => {
    const bytes = new Uint8Array(processRecord.size).fill(0x78, processRecord.comm)
    const view = new DataView(bytes.buffer)
    view.setUint32(processRecord.session, 4711, true)
    const write = (at: number, text: string) => Buffer.from(`${text}\0`, 'latin1').copy(bytes, at)
    write(processRecord.sessionComm, 'ba\xffsh')
    write(processRecord.tty, '')
    assert.deepEqual(decoded(view, bytes).session, { id: 4711, comm: 'ba\udcffsh', tty: '' })
  })

  it('is recorded, and may be missing, but not be nonsense', () => {
    const session = { id: 1, comm: 'x\u001b\udcff', tty: 'pts0' }
    const read = (some: object) => readBatch(JSON.parse(JSON.stringify(batch(1, { processes: [processFact('1.1', some)] })))).processes[0]
    assert.deepEqual(read({ session })?.session, session)
    assert.ok(!('session' in (read({}) ?? {})))
    for (const wrong of [{ session: 1 }, { session: { id: -1, comm: '', tty: '' } }, { session: { id: 1, comm: 'x'.repeat(65), tty: '' } }]) {
      assert.throws(() => read(wrong), /session/)
    }
  })

  it('keeps number, name and terminal apart, whatever the leader is called', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 16 }), fc.constantFrom('', '(pts0)', 'x 1 (tty1)'))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), text, fc.constantFrom('', 'pts12', 'tty1'), (id, comm, tty) => {
        const name = sessionName(String(id), sessionLabel({ comm, tty }))
        assert.equal(name, `${comm === '' ? 'session' : comm} ${id}${tty === '' ? '' : ` (${tty.replace('pts', 'pts/')})`}`)
      }),
    )
  })
})
