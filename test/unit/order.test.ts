/** Slots, orders and the first few of many, compared with plain sorting. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { below, columnOf, Leading, Picker, type SortColumn, sorted } from '../../src/model/order.ts'
import { grown, type Handle, Slots, slotOf } from '../../src/model/slots.ts'
import { type Growing, Standing } from '../../src/model/standing.ts'

interface Row {
  id: number
  key: number
  text: string
  sum: number
}

const COLUMNS: SortColumn<Row>[] = [
  { id: 'most', first: 'most', value: (row) => row.key, next: (row) => row.sum },
  { id: 'least', first: 'least', value: (row) => row.key },
  { id: 'text', first: 'least', value: (row) => row.text, next: (row) => row.sum },
  { id: 'length', first: 'most', value: (row) => row.text, compare: (a, b) => a.length - b.length },
]

/** The same in words of their own. */
const ORDERS: Record<string, (a: Row, b: Row) => number> = {
  most: (a, b) => b.key - a.key || b.sum - a.sum,
  least: (a, b) => a.key - b.key,
  text: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : b.sum - a.sum),
  length: (a, b) => b.text.length - a.text.length,
}

const byId = (a: Row, b: Row) => a.id - b.id
const rows: fc.Arbitrary<Row[]> = fc
  .array(fc.record({ key: fc.integer({ min: 0, max: 3 }), text: fc.constantFrom('', 'a', 'b', 'ab'), sum: fc.nat(2) }), { maxLength: 150, size: 'max' })
  .map((some) => some.map((row, id) => ({ ...row, id })))

describe('order', () => {
  it('is the same whether rows are sorted, or the first ones picked from many', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...COLUMNS), fc.boolean(), fc.nat(20), (some, column, reverse, most) => {
        const right = [...some].sort((a, b) => (reverse ? -1 : 1) * (ORDERS[column.id] as (a: Row, b: Row) => number)(a, b) || byId(a, b))
        assert.deepEqual(sorted(some, column, reverse, byId), right)
        const pickerOf = () =>
          new Picker<Row>(
            column,
            reverse,
            most,
            (i) => some[i] as Row,
            (a, b) => a - b,
          )
        const ids = right.slice(0, most).map(({ id }) => id)
        assert.deepEqual(pickerOf().pick(below(some.length), -1), { first: ids, at: -1 })
        for (const [at, { id }] of right.entries()) if (at % 7 === 0) assert.equal(pickerOf().pick(below(some.length), id).at, at)
        const compare = pickerOf().comparer()
        assert.deepEqual(
          some.map(({ id }) => id).sort(compare),
          right.map(({ id }) => id),
        )
        const leading = new Leading<Row>(most, (a, b) => right.indexOf(a) - right.indexOf(b))
        for (const row of some) leading.offer(row)
        assert.deepEqual(leading.take(), right.slice(0, most))
      }),
      { numRuns: 150 },
    )
  })
  it('names the columns there are where one is asked for that is none', () => {
    assert.throws(() => columnOf(COLUMNS, 'size'), /no column size: choose one of most, least, text, length/)
  })
})

describe('Slots', () => {
  it('gives each a slot of its own, uses them again, and knows an old handle', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(20)), { maxLength: 100 }), (steps) => {
        const slots = new Slots()
        let held: Handle[] = []
        const old: Handle[] = []
        for (const give of steps) {
          const gone = give === null ? undefined : held[give]
          if (gone !== undefined) {
            slots.release(gone)
            slots.release(gone)
            held = held.filter((handle) => handle !== gone)
            old.push(gone)
          } else held.push(slots.take())
          assert.equal(new Set(held.map(slotOf)).size, held.length)
          assert.equal(slots.size, held.length)
          for (const handle of held) assert.deepEqual([slots.has(handle), slots.at(slotOf(handle)), slotOf(handle) < slots.end], [true, handle, true])
          for (const handle of old) assert.equal(slots.has(handle), false)
          assert.equal(slots.has(0), false)
          assert.ok(slots.end <= held.length + old.length)
        }
      }),
    )
  })
  it('tells handles apart after millions', () => {
    const slots = new Slots()
    let last = slots.take()
    for (let i = 0; i < 3_000_000; i++) {
      slots.release(last)
      const next = slots.take()
      if (next <= last || slotOf(next) !== 0) assert.fail(`${next} after ${last}`)
      last = next
    }
  })
  it('lets arrays grow with what is in them', () => {
    const array = grown(Int32Array.from([1, 2, 3]), 1000)
    assert.ok(array.length >= 1000)
    assert.deepEqual([...array.subarray(0, 5)], [1, 2, 3, 0, 0])
    assert.equal(grown(array, 1000), array)
  })
})

describe('Standing', () => {
  it('has the first ones of those whose values grow, whoever goes and comes', () => {
    // So few spare ones that some have to be looked for again.
    const step = fc.record({
      grow: fc.array(fc.tuple(fc.nat(60), fc.nat(3)), { maxLength: 20 }),
      go: fc.array(fc.nat(60), { maxLength: 12 }),
      ask: fc.constantFrom(0, 1, 3, 5),
      turn: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const slots = new Slots()
        const things = new Map<number, { handle: Handle; value: number }>()
        const standing = new Standing(4)
        let [tick, membership] = [0, 0]
        let belongs = (slot: number) => slot >= 0
        let [active, before]: Set<number>[] = [new Set<number>(), new Set<number>()] as const
        for (const { grow, go, ask, turn } of steps) {
          tick++
          ;[before, active] = [active, new Set()]
          for (const index of go) {
            const thing = things.get(index)
            if (!thing) continue
            slots.release(thing.handle)
            things.delete(index)
          }
          for (const [index, more] of grow) {
            const thing = things.get(index) ?? { handle: slots.take(), value: 0 }
            things.set(index, thing)
            thing.value += more
            active.add(slotOf(thing.handle))
          }
          if (turn && ask === 3) {
            membership++
            belongs = membership % 2 === 1 ? (slot) => slot % 2 === 0 : (slot) => slot >= 0
          }
          if (ask === 0) continue
          const bySlot = new Map([...things.values()].map(({ handle, value }) => [slotOf(handle), value]))
          const order = (a: number, b: number) => (bySlot.get(b) as number) - (bySlot.get(a) as number) || a - b
          const growing: Growing = { end: slots.end, handle: (slot) => slots.at(slot), belongs, order, membership, tick, changed: [...active, ...before] }
          const right = [...bySlot.keys()].filter(belongs).sort(order)
          assert.deepEqual(standing.first(growing, ask, slotOf), right.slice(0, ask))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
