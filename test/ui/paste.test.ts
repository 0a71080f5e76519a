/** Pastes in a real terminal, with brackets and without: text into a line that is edited, never an armed rule; and mode 2004 is switched off again. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { PseudoTerminal } from './pty.ts'
import { close, replayed } from './replayed.ts'
import { program, programEnv, recording, type Terminal } from './terminal.ts'

afterEach(close)

const [START, END] = ['\u001b[200~', '\u001b[201~']
/** Long enough for a frame that must not come. */
const still = () => new Promise((resolve) => setTimeout(resolve, 300))
const shows = (t: Terminal, text: string) => t.lines().some((line) => line.includes(text))

describe('a paste with brackets', () => {
  it('over a list does nothing, and that is said', async () => {
    const t = await replayed(80, 24)
    t.paste('dx\nq\n', true)
    await t.untilShown('paste ignored: no line is being edited')
    assert.ok(!shows(t, 'rule:'))
  })

  it('goes into the filter as one line', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    await t.untilShown('filter:')
    t.paste('sh\nx\n', true)
    await t.untilShown('filter: shx')
  })

  it('goes into the rule line and arms nothing; the Enter that follows is heard', async () => {
    const t = await replayed(80, 24)
    t.keys('x')
    await t.untilShown('rule: kill')
    t.paste(' for 1h\n', true)
    await t.until((lines) => lines.some((line) => /^rule: kill.* for 1h$/.test(line)), 'the pasted text')
    await still()
    assert.ok(shows(t, 'rule: kill'))
    t.keys('Enter')
    await t.until((lines) => !lines.some((line) => line.startsWith('rule:')), 'the line accepted')
  })

  it('is text as a whole where an end marker is in it, and where it comes in pieces', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    await t.untilShown('filter:')
    t.raw(`${START}a${END}\rdx\r${END}`)
    await t.untilShown('filter: a[201~dx')
    t.keys('C-u')
    for (const piece of ['\u001b[20', '0~b', '\rd', '\r\u001b[2', '01~']) t.raw(piece)
    await t.untilShown('filter: bd')
    await still()
    assert.ok(!shows(t, 'rule:'))
  })
})

describe('a paste without brackets', () => {
  it('opens a rule line at most: Enter in it arms nothing, and that is said', async () => {
    const t = await replayed(80, 24)
    t.paste('x\n', false)
    await t.untilShown('press Enter again to arm: the line changed in the same input')
    assert.ok(shows(t, 'rule: kill'))
    t.keys('Enter')
    await t.until((lines) => !lines.some((line) => line.startsWith('rule:')), 'the line accepted')
  })

  it('out of the filter arms nothing', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    await t.untilShown('filter:')
    t.paste('sh\nx\n', false)
    await t.untilShown('press Enter again to arm')
  })
})

describe('mode 2004 of the terminal', () => {
  for (const [how, end] of [
    ['q', (t: PseudoTerminal) => t.send('q')],
    ['Ctrl-C', (t: PseudoTerminal) => t.send('\u0003')],
  ] as const) {
    it(`is on while the screen is there, and off after ${how}`, async () => {
      const t = new PseudoTerminal(`${program} --replay ${recording('demo.ndjson')} --speed 0; echo "over: $?"`, 80, 24, {
        ...programEnv,
        XDG_STATE_HOME: '/nonexistent',
      })
      try {
        await t.until('recording over')
        await t.quiet()
        assert.ok(t.stuck().includes('bracketed paste'))
        end(t)
        await t.until('over: 0')
        await t.quiet()
        assert.deepEqual(t.stuck(), [])
      } finally {
        t.kill()
      }
    })
  }

  it('is off while the program is suspended, and on again when it goes on', async () => {
    const t = await replayed(80, 24)
    t.keys('C-z')
    await t.untilShown('is suspended')
    // tmux adds brackets only where they were asked for.
    t.type('cat -v')
    t.paste('text\n', true)
    await t.untilShown('text')
    assert.ok(!shows(t, '200~'))
    t.keys('C-c')
    t.type('fg')
    await t.untilShown('HOTTEST FILE')
    t.paste('q\n', true)
    await t.untilShown('paste ignored')
  })
})
