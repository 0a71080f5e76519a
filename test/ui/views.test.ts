/** The views in a real terminal, over a recording of real events: what each looks like, and that each stays as it was left. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { sameAsGolden } from './golden.ts'
import { close, replayed, selectedRow } from './replayed.ts'

afterEach(close)

const settle = () => new Promise((resolve) => setTimeout(resolve, 300))

/** Presses keys one after the other, each after the screen shows what the one before did. */
const VIEWS: [name: string, keys: [key: string, shows: string][]][] = [
  ['files', [['2', 'PATH']]],
  ['directories', [['3', '▾ /srv/demo/']]],
  [
    'directories-open',
    [
      ['3', '▾ /srv/demo/'],
      ['Down', '2 of'],
      ['Down', '3 of'],
      ['Right', 'copy.bin'],
    ],
  ],
  [
    'groups',
    [
      ['b', 'by name'],
      ['Down', '2 of'],
      ['Right', '▾ dd'],
    ],
  ],
  [
    'groups-files',
    [
      ['2', '1 of 19'],
      ['b', 'by name'],
      ['b', 'by program'],
      ['Right', 'copy.bin'],
    ],
  ],
  [
    'tree',
    [
      ['b', 'by name'],
      ['b', 'by program'],
      ['b', 'by user'],
      ['b', 'by container'],
      ['b', '▾ bash'],
    ],
  ],
  [
    'process',
    [
      ['Down', '2 of'],
      ['Enter', 'processes › ×cp 15473'],
    ],
  ],
  [
    'file',
    [
      ['Enter', 'processes › ×dd 15472'],
      ['Enter', '› /srv/demo/big.bin'],
    ],
  ],
  [
    'deep',
    [
      ['3', '▾ /srv/demo/'],
      ['Down', '2 of'],
      ['Enter', 'directories › /srv/demo/big.bin'],
      ['Down', '>'],
      ['Enter', '› ×dd 15455'],
      ['d', 'rule: deny modify /srv/demo/big.bin by comm=dd'],
    ],
  ],
]

describe('the views', () => {
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
  ] as const) {
    for (const [name, keys] of VIEWS) {
      it(`look as agreed at ${columns}×${rows}: ${name}`, async () => {
        const t = await replayed(columns, rows)
        for (const [key, shows] of keys) {
          t.keys(key)
          await t.untilShown(shows)
        }
        sameAsGolden(`${name}-${columns}x${rows}`, t.lines())
      })
    }
  }

  it('stay as they were left, by number and by Tab', async () => {
    const t = await replayed(80, 24)
    t.keys('j', 'j')
    await t.untilShown('3 of 21')
    const process = selectedRow(t)
    t.keys('Tab')
    await t.untilShown('1 of 19')
    t.keys('s')
    await t.untilShown('choose')
    t.keys('Right', 'Enter')
    await t.untilShown('READ▾')
    t.keys('G')
    await t.untilShown('19 of 19')
    const file = selectedRow(t)
    t.keys('3')
    await t.untilShown('▾ /srv/demo/')
    t.keys('Left')
    await t.untilShown('▸ /srv/demo/')
    t.keys('Tab')
    await t.untilShown('TIME ')
    t.keys('Tab')
    await t.untilShown('3 of 21')
    assert.equal(selectedRow(t), process)
    t.keys('BTab')
    await t.untilShown('TIME ')
    t.keys('BTab')
    await t.untilShown('▸ /srv/demo/')
    t.keys('2')
    await t.untilShown('READ▾')
    assert.equal(selectedRow(t), file)
  })

  it('lead down by Enter and back by Esc to exactly where one was', async () => {
    const t = await replayed(80, 24)
    t.keys('s')
    await t.untilShown('choose')
    t.keys('Left', 'Left', 'Left', 'Left', 'Enter')
    await t.untilShown('PID▾')
    t.keys('r')
    await t.untilShown('PID▴')
    t.keys('G')
    await t.untilShown('21 of 21')
    t.keys('Up', 'Up')
    const list = await t.untilShown('19 of 21')
    t.keys('Enter')
    await t.untilShown('processes › ')
    t.keys('G')
    await settle()
    const process = t.lines()
    t.keys('Enter')
    await t.untilShown('none is about it')
    t.keys('r')
    await t.untilShown('BYTES▴')
    t.keys('Escape')
    await t.until((lines) => lines.join('\n') === process.join('\n'), 'the process again')
    t.keys('BSpace')
    await t.until((lines) => lines.join('\n') === list.join('\n'), 'the list again')
  })

  it('go back to the list by its number, and each list keeps its way down', async () => {
    const t = await replayed(80, 24)
    t.keys('Enter')
    await t.untilShown('processes › ')
    t.keys('2')
    await t.untilShown('1 of 19')
    t.keys('1')
    await t.untilShown('processes › ')
    t.keys('1')
    await t.untilShown('1 of 21')
  })

  it('have the same filter', async () => {
    const t = await replayed(80, 24)
    t.keys('2')
    await t.untilShown('1 of 19')
    t.keys('/')
    t.text('path:**/database/**')
    t.keys('Enter')
    await t.until((lines) => lines.some((line) => /1 of [67]$/.test(line)), 'fewer files')
    t.keys('3')
    await t.untilShown('/srv/demo/database/')
    t.keys('1')
    await t.until((lines) => lines.some((line) => /1 of 5$/.test(line)), 'fewer processes')
  })
})
