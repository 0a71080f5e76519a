/** File systems on which exchanges of contents are refused: those that have a quota which refuses, and no others. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Volumes } from '../../src/kernel/quota/volumes.ts'

function kernel() {
  const map = new Map<number, number>()
  /** as many as were written or deleted */
  const calls: string[] = []
  const number = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const object = {
    update: (name: string, key: Uint8Array, value: Uint8Array) => {
      assert.equal(name, 'quota_volumes')
      calls.push(`${number(key)} = ${number(value)}`)
      map.set(number(key), number(value))
    },
    delete: (_: string, key: Uint8Array) => {
      calls.push(`no ${number(key)}`)
      return map.delete(number(key))
    },
  }
  return { volumes: new Volumes(object), map, calls }
}

/** 8:1, and one whose number ends in the same six bits. */
const [DISK, ALIKE] = [(8 << 20) | 1, (9 << 20) | 65]

it('devices are told apart by their whole number, and one with a dry run alone is left out', () => {
  const { volumes, map } = kernel()
  volumes.set([
    { index: 0, dev: DISK, refuses: true },
    { index: 1, dev: ALIKE, refuses: false },
  ])
  assert.deepEqual([...map], [[DISK, 1]])
})

it('a device stays as long as one quota there refuses, and is never missing meanwhile', () => {
  const { volumes, map, calls } = kernel()
  const [first, second] = [
    { index: 0, dev: DISK, refuses: true },
    { index: 3, dev: DISK, refuses: true },
  ]
  const dry = { index: 7, dev: ALIKE, refuses: false }
  volumes.set([first, second])
  volumes.set([first, second])
  volumes.set([second, dry])
  assert.deepEqual(calls, [`${DISK} = 1`, `${DISK} = 4`])
  volumes.set([dry])
  assert.deepEqual([calls.at(-1), map.size], [`no ${DISK}`, 0])
})
