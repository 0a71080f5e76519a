/** Close looks of the built program in a real terminal, at the end of the recording. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { sameAsGolden } from './golden.ts'
import { close, replayed } from './replayed.ts'

describe('close looks', () => {
  afterEach(close)
  for (const [columns, rows] of [
    [80, 24],
    [200, 60],
  ] as const)
    it(`look as agreed at ${columns}×${rows}: a directory, and the files in it`, async () => {
      const t = await replayed(columns, rows)
      const size = `${columns}x${rows}`
      const before = t.lines()
      t.keys('Enter')
      await t.untilShown('processes › ')
      t.keys('i')
      await t.untilShown('A recording does not tell which files were open.')
      t.keys('i', 'Enter')
      await t.untilShown('/srv/demo/big.bin')
      await t.untilShown('in all ')
      t.keys('m')
      await t.untilShown(' › /srv/demo/')
      await t.untilShown('quota ')
      sameAsGolden(`closely-directory-${size}`, t.lines())
      t.keys('i')
      await t.untilShown('/srv/demo/: files')
      sameAsGolden(`closely-directory-files-${size}`, t.lines())
      const way = (crumbs: string) => t.until((lines) => lines.includes(crumbs), crumbs)
      t.keys('Escape')
      await way('processes › ×dd 15472 › /srv/demo/big.bin › /srv/demo/')
      t.keys('Escape')
      await way('processes › ×dd 15472 › /srv/demo/big.bin')
      t.keys('Escape')
      await way('processes › ×dd 15472')
      t.keys('Escape')
      assert.deepEqual(await t.until((lines) => lines.join('\n') === before.join('\n'), 'the list as it was'), before)
    })

  it('groups by session, of which an older recording knows none', async () => {
    const t = await replayed(80, 24)
    t.keys('b', 'b', 'b', 'b', 'b', 'b')
    await t.untilShown('1 processes by session')
    await t.untilShown('▸ ?')
  })
})
