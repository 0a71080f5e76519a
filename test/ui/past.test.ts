/** The past in a real terminal, over a recording of real events: what it looks like, that it is left by Esc, and that a rule for who has gone goes by the name. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { sameAsGolden } from './golden.ts'
import { close, replayed, selectedRow } from './replayed.ts'
import type { Terminal } from './terminal.ts'

afterEach(close)

/** Goes back tick by tick to the one in which big.bin was written last. */
async function goBack(t: Terminal): Promise<void> {
  for (const time of ['00:14:42', '00:14:41', '00:14:40', '00:14:39', '00:14:38', '00:14:37']) {
    t.text('[')
    await t.untilShown(time)
  }
}

describe('the past', () => {
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
  ] as const) {
    it(`looks as agreed at ${columns}×${rows}: processes, files, one of them closely`, async () => {
      const t = await replayed(columns, rows)
      await goBack(t)
      sameAsGolden(`past-${columns}x${rows}`, t.lines())
      t.keys('2')
      await t.untilShown('PATH')
      sameAsGolden(`past-files-${columns}x${rows}`, t.lines())
      t.keys('Enter')
      await t.untilShown('this is now')
      sameAsGolden(`past-file-${columns}x${rows}`, t.lines())
    })
  }

  for (const [name, args] of [
    ['ascii', '--ascii'],
    ['spoken', '--screen-reader'],
  ] as const) {
    it(`looks as agreed at 80×24: ${name}`, async () => {
      const t = await replayed(80, 24, args)
      await goBack(t)
      sameAsGolden(`${name}-past-80x24`, t.lines())
    })
  }

  it('stands out by its colours, and the graph marks the place', async () => {
    const t = await replayed(80, 24)
    t.text('[')
    await t.untilShown('as it was')
    const line = t.coloured().split('\n')
    const yellow = /\u001b\[(\d+;)*7?;?m?.*\u001b?\[?33/
    assert.match(line.find((one) => one.includes('as it was')) ?? '', yellow)
    assert.match(line.find((one) => one.includes('ops/s ')) ?? '', /\u001b\[7m/)
  })

  it('is left by Esc, goes by minutes and ticks, and stops at its oldest', async () => {
    const t = await replayed(80, 24)
    const now = t.lines()
    t.text('{')
    await t.untilShown('(the oldest)')
    t.text('[')
    await t.untilShown('00:14:32')
    t.text(']]]')
    await t.untilShown('00:14:35')
    t.text('}')
    await t.until((lines) => lines.join('\n') === now.join('\n'), 'the present again')
    t.text('[[')
    await t.untilShown('00:14:41')
    t.keys('Escape')
    await t.until((lines) => lines.join('\n') === now.join('\n'), 'the present again')
    t.text('[')
    await t.untilShown('00:14:42')
    t.text('\\')
    await t.until((lines) => lines.join('\n') === now.join('\n'), 'the present again')
  })

  it('keeps the selected process, and proposes a rule by the name of one that has ended', async () => {
    const t = await replayed(80, 24)
    t.keys('j')
    await t.untilShown('2 of 21')
    assert.match(selectedRow(t), /^15473 ×cp/)
    t.text('[')
    await t.untilShown('none of 1')
    assert.equal(selectedRow(t), '')
    t.text('\\')
    await t.untilShown('2 of 21')
    await goBack(t)
    assert.match(selectedRow(t), /^15473 /)
    t.keys('k')
    await t.untilShown('1 of 5')
    t.keys('d')
    await t.untilShown('rule: deny modify /srv/demo/big.bin by comm=dd')
    await t.untilShown('as it was 00:14:37')
  })

  it('goes with a pause', async () => {
    const t = await replayed(80, 24)
    t.text(' [')
    await t.untilShown('as it was')
    await t.untilShown('PAUSED')
    t.text(' ')
    await t.until((lines) => !lines.some((line) => line.includes('PAUSED')), 'going on')
    await t.untilShown('as it was')
  })
})
