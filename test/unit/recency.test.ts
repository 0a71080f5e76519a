/** What was used longest ago goes first, as in a Map whose keys are moved to its end at each use. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Recency } from '../../src/model/recency.ts'

const step = fc.oneof(
  fc.record({ do: fc.constantFrom('use', 'set'), key: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ do: fc.constant('trim'), key: fc.integer({ min: 0, max: 8 }) }),
)

test('keys go in the order of their last use, and keep their place until they go', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const recency = new Recency<number, number>()
      const naive = new Map<number, number>()
      const places = new Map<number, number>()
      for (const [value, { do: what, key }] of steps.entries()) {
        const place = recency.place(key)
        assert.equal(place, places.get(key) ?? 0)
        if (what === 'trim') {
          recency.trim(key)
          for (const old of [...naive.keys()].slice(0, Math.max(0, naive.size - key))) {
            naive.delete(old)
            places.delete(old)
          }
        } else if (what === 'set' && place === 0) {
          places.set(key, recency.add(key, value))
          naive.set(key, value)
        } else if (place !== 0) {
          if (what === 'set') recency.put(place, value)
          recency.use(place)
          const now = what === 'set' ? value : (naive.get(key) as number)
          naive.delete(key)
          naive.set(key, now)
        }
        assert.equal(recency.size, naive.size)
        for (const [known, held] of naive) assert.equal(recency.at(recency.place(known)), held)
      }
    }),
  )
})
