/** The events in a real terminal, over a recording of real ones: what they look like, how one reads in them and finds some. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { sameAsGolden } from './golden.ts'
import { recording, Terminal } from './terminal.ts'

let terminal: Terminal | undefined
afterEach(() => terminal?.close())

async function played(columns: number, rows: number, name = 'events.ndjson'): Promise<Terminal> {
  terminal = new Terminal(columns, rows)
  await terminal.untilShown('before the program')
  terminal.start(`--replay ${recording(name)} --speed 0`)
  await terminal.untilShown('recording over')
  terminal.keys('4')
  await terminal.untilShown('TIME ')
  return terminal
}

describe('the events view', () => {
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
  ] as const)
    it(`looks as agreed at ${columns}×${rows}`, async () => {
      const t = await played(columns, rows)
      sameAsGolden(`events-${columns}x${rows}`, await t.untilShown('following'))
      t.keys('PPage')
      sameAsGolden(`events-read-${columns}x${rows}`, await t.untilShown('newer below'))
      t.keys('G')
      await t.untilShown('following')
    })

  it('finds what failed, leads to its process and back to its row', async () => {
    const t = await played(80, 24)
    t.keys('/')
    t.text('ebadf')
    t.keys('Enter')
    await t.untilShown('2 here')
    t.keys('Up')
    await t.untilShown('1 newer below')
    const row = t.lines().find((line) => line.startsWith('>'))
    assert.match(row ?? '', /cat .* EBADF .*app\.conf$/)
    t.keys('Enter')
    await t.untilShown('events › ×cat')
    t.keys('Escape')
    await t.until((lines) => lines.some((line) => line === row), 'the same row')
    t.keys('d')
    await t.untilShown('rule: deny open,read /srv/demo/config/app.conf by comm=cat')
  })

  it('says that a recording holds none', async () => {
    const t = await played(80, 24, 'demo.ndjson')
    await t.untilShown('This recording holds no events: record with --record FILE --events.')
    t.keys('q')
    await t.untilShown('ended with 0')
    t.start(`--replay ${recording('demo.ndjson')} --events`)
    await t.untilShown('--events and --replay do not go together')
  })
})
