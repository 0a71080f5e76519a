/** Times in local time, and in UTC. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { dateOf, exactTimeOfDay, showUtc, timeOfDay, zoneOf } from '../../src/text/time-of-day.ts'

const zone = process.env.TZ
after(() => {
  showUtc(false)
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const [winter, summer] = [Date.UTC(2026, 0, 15, 23, 30, 5, 42), Date.UTC(2026, 6, 15, 23, 30, 5, 42)]
const shown = (timeMs: number) => `${dateOf(timeMs)} ${timeOfDay(timeMs)} ${exactTimeOfDay(timeMs).slice(-4)} ${zoneOf(timeMs)}`

test('times are in the zone of TZ, as it was at that time', () => {
  process.env.TZ = 'Europe/Berlin'
  assert.equal(shown(winter), '2026-01-16 00:30:05 .042 +01:00')
  assert.equal(shown(summer), '2026-07-16 01:30:05 .042 +02:00')
  process.env.TZ = 'America/St_Johns'
  assert.equal(shown(winter), '2026-01-15 20:00:05 .042 -03:30')
  process.env.TZ = 'UTC'
  assert.equal(shown(winter), '2026-01-15 23:30:05 .042 UTC')
})

test('times are in UTC where that is asked for', () => {
  process.env.TZ = 'Europe/Berlin'
  showUtc(true)
  assert.equal(shown(summer), '2026-07-15 23:30:05 .042 UTC')
  showUtc(false)
  assert.equal(zoneOf(summer), '+02:00')
})
