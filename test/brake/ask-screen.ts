/** Hold and ask, in a guest: the screen shows who waits, and a key answers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Terminal } from '../ui/terminal.ts'
import { at, cleanUp, start, way } from './held.ts'

describe('from the screen', () => {
  cleanUp()

  it('who waits is shown wherever one is, and answered with a key', async () => {
    writeFileSync(at('screen'), 'shown')
    const terminal = new Terminal(100, 24)
    try {
      terminal.start(`--enforce ${way} --rule 'ask open ${at('screen')}'`)
      await terminal.untilShown(`1 rule by ${way}`, 600_000)
      const first = start('cat', at('screen'))
      await terminal.untilShown(`cat (${first.child.pid}) wants to open, read ${at('screen')}`, 60_000)
      await terminal.untilShown('w answers', 5000)
      terminal.keys('w')
      await terminal.untilShown(`command   cat ${at('screen')}`, 60_000)
      terminal.keys('y')
      assert.deepEqual([await first.ended, first.said()], [0, 'shown'])
      await terminal.untilShown('allowed: this call of cat', 60_000)
      const second = start('cat', at('screen'))
      await terminal.untilShown(`cat (${second.child.pid}) wants`, 60_000)
      terminal.keys('E')
      assert.equal(await second.ended, 1)
      assert.equal(await start('cat', at('screen')).ended, 1, 'its program stays denied')
    } finally {
      terminal.close()
    }
  })
})
