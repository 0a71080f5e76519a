/** Hits until they are taken: beyond the limit they are counted by rule, but for calls that are held. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { BpfObject } from '../../src/kernel/addon.ts'
import { HitQueue } from '../../src/kernel/guard/hit-queue.ts'
import { hitRecord } from '../../src/kernel/guard/layout.gen.ts'

/** A record as the addon gives it: its length and 4 bytes more, then struct hit_record. */
function record(serial: number, result: number): Uint8Array {
  const bytes = new Uint8Array(8 + hitRecord.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, hitRecord.size, true)
  view.setUint32(8 + hitRecord.serial, serial, true)
  view.setInt32(8 + hitRecord.result, result, true)
  return bytes
}

it('beyond the limit hits are counted by rule, and held calls are told all the same', () => {
  let give: (batch: Uint8Array) => void = () => {}
  const object = {
    openRing: (_: string, callback: typeof give) => {
      give = callback
    },
    drainRing: () => {},
  }
  const queue = new HitQueue(object as unknown as BpfObject, 2)
  const heard: number[] = []
  queue.onHit = ({ serial }) => heard.push(serial)
  queue.begin()
  for (const [serial, result] of [
    [1, 0],
    [2, -1],
    [1, -1],
    [1, 0],
    [2, 0],
    [3, -513],
  ] as const)
    give(record(serial, result))
  assert.deepEqual(heard, [1, 2, 3])
  assert.deepEqual(
    queue.take().map(({ serial, result }) => [serial, result]),
    [
      [1, 0],
      [2, -1],
      [3, -513],
    ],
  )
  assert.deepEqual([queue.leftOut(1), queue.leftOut(2), queue.leftOut(3)], [2, 1, 0])
  give(record(1, 0))
  assert.equal(queue.take().length, 1, 'there is room again')
  queue.forget(1)
  assert.deepEqual([queue.leftOut(1), queue.leftOut(2)], [0, 1])
})
