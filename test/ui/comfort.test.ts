/** Choosing columns, filtering by a row, completing, recalling and saving filters in a real terminal; and what the next run still knows. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { sameAsGolden } from './golden.ts'
import { close, replayed, selectedRow } from './replayed.ts'
import { recording, type Terminal } from './terminal.ts'

afterEach(close)

/** Quits, and plays the recording again. */
async function again(t: Terminal, args = '', shows = 'recording over'): Promise<void> {
  t.keys('q')
  await t.untilShown('ended with 0')
  t.type('clear')
  t.start(`--replay ${recording('demo.ndjson')} --speed 0 ${args}`)
  await t.untilShown(shows)
}

const titles = (t: Terminal) => t.lines().find((line) => /BYTES|HOTTEST/.test(line)) ?? ''
const remembered = (t: Terminal) => JSON.parse(readFileSync(join(t.state, 'fswatch-tui/state.json'), 'utf8')) as Record<string, unknown>

describe('the column picker', () => {
  for (const [columns, rows] of [
    [80, 24],
    [200, 60],
  ] as const)
    it(`looks as agreed at ${columns}×${rows}`, async () => {
      const t = await replayed(columns, rows)
      t.keys('o')
      await t.untilShown('Columns, from left to right')
      t.keys('Down', 'Space')
      sameAsGolden(`columns-${columns}x${rows}`, await t.until((lines) => lines.some((line) => line.startsWith('>[ ] READ/s')), 'READ/s hidden'))
    })

  it('is remembered by the next run, less than the settings, and not with --no-config', async () => {
    const t = await replayed(80, 24)
    t.keys('o')
    await t.untilShown('Columns, from left')
    t.keys('g', 'Space', 'G', 'K', 'Enter')
    await t.until((lines) => lines.some((line) => /^ COMM .*HOTTEST FILE *$/.test(line) || /^ COMM /.test(line)), 'no PID')
    await again(t)
    assert.match(titles(t), /^ COMM /)
    await again(t, '--columns pid,comm,file')
    assert.match(titles(t), /^ +PID COMM/)
    await again(t, '--no-config')
    assert.match(titles(t), /^ +PID COMM/)
    assert.deepEqual(Object.keys(remembered(t).columns as object), ['processes'])
  })
})

describe('filtering by a row', () => {
  it('chooses one of its values and adds that to the filter', async () => {
    const t = await replayed(80, 24)
    t.keys('Down', '=')
    sameAsGolden('cell-80x24', await t.untilShown('filter by: comm=cp'))
    t.keys('Enter')
    await t.untilShown('filter: comm=cp')
    t.keys('-')
    await t.untilShown('leave out: -comm=cp')
    t.keys('d')
    await t.untilShown('-dir:/srv/demo/very')
    t.keys('Enter')
    await t.until((lines) => lines.some((line) => /^filter: comm=cp -dir:\/srv\/demo\/very/.test(line)), 'both terms')
    assert.doesNotMatch(selectedRow(t), /screen/)
  })
})

describe('the filter line', () => {
  it('completes, recalls and saves; the next run knows it', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    t.text('comm:')
    t.keys('Tab')
    sameAsGolden('completion-80x24', await t.untilShown('filter: comm:cat'))
    t.keys('Tab', 'Tab')
    await t.untilShown('filter: comm:dd')
    t.keys('C-s')
    await t.untilShown('save as:')
    t.text('only dd')
    t.keys('Enter')
    await t.untilShown('saved as only dd')
    t.keys('Enter')
    await t.untilShown('Enter look')
    await again(t)
    t.keys('F')
    sameAsGolden('saved-80x24', await t.untilShown('only dd  comm:dd'))
    t.keys('Enter')
    await t.untilShown('filter: comm:dd')
    t.keys('Escape')
    await t.until((lines) => !lines.some((line) => line.startsWith('filter: ')), 'no filter')
    t.keys('/', 'Up')
    await t.untilShown('filter: comm:dd')
    assert.deepEqual(remembered(t).filters, ['comm:dd'])
  })

  it('has the filters of the config file', async () => {
    const t = await replayed(80, 24)
    const path = join(t.state, 'config.toml')
    writeFileSync(path, "[filters]\ncopies = 'comm:cp'\nwrong = 'color:red'\n")
    await again(t, `--config ${path}`, 'config wrong in line 3')
    await t.untilShown(':3:1: filters.wrong color:red')
    t.keys('F')
    await t.untilShown('>copies  comm:cp  (config file)')
  })
})

describe('a state file that is broken', () => {
  it('is told of in one line and hurts nothing', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    t.text('x')
    t.keys('Enter')
    await t.untilShown('filter: x')
    t.keys('q')
    await t.untilShown('ended with 0')
    writeFileSync(join(t.state, 'fswatch-tui/state.json'), '{"version":')
    t.type('clear')
    t.start(`--replay ${recording('demo.ndjson')} --speed 0`)
    await t.untilShown('state.json is not taken: it is no JSON')
    t.keys('/')
    t.text('comm:dd')
    t.keys('Enter')
    await t.untilShown('filter: comm:dd')
    t.keys('q')
    await t.untilShown('ended with 0')
    assert.deepEqual(remembered(t).filters, ['comm:dd'])
  })
})
