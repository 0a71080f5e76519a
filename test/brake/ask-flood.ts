/** Hold and ask, in a guest: thousands of pending requests hold up neither a key nor the end of the program. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../ui/terminal.ts'
import { at, cleanUp, sleep, start, until, way } from './held.ts'

const openers = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/openers')

/** Pending at a time. */
const PENDING = 3000

/** Ten times what is promised on a machine that is not emulated: ms to an answer on the screen, and to the end. */
const [KEY_MS, END_MS] = [20_000, 20_000]

/** Presses a key that acts until all have their answer: one that comes before its request is on the screen has none, and the screen asks for it again. */
async function pressUntilEnded(terminal: Terminal, key: string, ended: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 6 * KEY_MS
  while (performance.now() < deadline) {
    terminal.keys(key)
    if (await Promise.race([ended.then(() => true), sleep(KEY_MS).then(() => false)])) return
    console.log(terminal.lines().join('\n'))
  }
}

describe(`${PENDING} pending requests`, () => {
  cleanUp()

  it('are shown and answered by keys, and let go when the program is ended', async () => {
    writeFileSync(at('flood'), 'f')
    const terminal = new Terminal(100, 24)
    try {
      terminal.start(`--no-config --enforce ${way} --ask-timeout 30m --rule 'ask open ${at('flood')}'`)
      await terminal.untilShown(`1 rule by ${way}`, 300_000)
      const first = start(openers, at('flood'), String(PENDING))
      await terminal.untilShown(`${PENDING - 1} more`, 180_000)
      const took = async (what: string, patience: number, act: () => void, done: () => Promise<unknown>) => {
        const begin = performance.now()
        act()
        await done()
        const ms = performance.now() - begin
        console.log(`${PENDING} pending requests: from answer to ${what}: ${ms.toFixed(0)} ms`)
        assert.ok(ms < patience, `${what}: ${ms} ms`)
      }
      await took(
        'the list',
        KEY_MS,
        () => terminal.keys('w'),
        () => terminal.untilShown('ASKED', KEY_MS),
      )
      await took(
        'another view',
        KEY_MS,
        () => terminal.keys('Escape'),
        () => terminal.untilShown('HOTTEST FILE', KEY_MS),
      )
      await took(
        'the rules',
        KEY_MS,
        () => terminal.keys('5'),
        () => terminal.untilShown('# STATE', KEY_MS),
      )
      // Each key apart: Esc and a digit in one read are Alt and that digit, and w closes the list that it opened.
      terminal.keys('w')
      await terminal.untilShown('ASKED', KEY_MS)
      await took(
        'the end of all by one key',
        6 * KEY_MS,
        () => {},
        () => pressUntilEnded(terminal, 'E', first.ended),
      )
      assert.equal(first.said(), `0 opened, ${PENDING} refused, 0 other\n`)

      const second = start(openers, at('flood'), '1')
      await second.ended
      assert.equal(second.said(), '0 opened, 1 refused, 0 other\n', 'the answer stands for the program')
    } finally {
      terminal.close()
    }
  })

  it('have the default answer when the program is told to end, and no rule is left', async () => {
    const terminal = new Terminal(100, 24)
    try {
      terminal.start(`--no-config --enforce ${way} --ask-timeout 30m --rule 'ask open ${at('flood')}'`)
      await terminal.untilShown(`1 rule by ${way}`, 300_000)
      const all = start(openers, at('flood'), String(PENDING))
      await terminal.untilShown(`${PENDING - 1} more`, 180_000)
      const begin = performance.now()
      terminal.signal('TERM')
      await terminal.untilShown('ended with', END_MS)
      console.log(`${PENDING} pending requests: from answer to the end of the program: ${(performance.now() - begin).toFixed(0)} ms`)
      await all.ended
      assert.equal(all.said(), `0 opened, ${PENDING} refused, 0 other\n`)
      await until('no rule is left', async () => (await start('cat', at('flood')).ended) === 0, 30_000)
    } finally {
      terminal.close()
    }
  })
})
