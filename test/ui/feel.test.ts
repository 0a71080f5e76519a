/** The mouse, the list of commands and suspending, of the built program in a real terminal under a real shell. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import stringWidth from 'string-width'
import { close, replayed, selectedRow } from './replayed.ts'
import { program, recording, Terminal } from './terminal.ts'

let terminal: Terminal | undefined
afterEach(() => {
  close()
  terminal?.close()
})

const NOTHING = { mouse: false, alternate: false, cursor: true }

/** What is switched on in the terminal. */
function modes(t: Terminal) {
  return { mouse: t.mouseReported(), alternate: t.alternateScreen(), cursor: t.cursorShown() }
}

/** A press and a release on the cell at `x` of line `y`, from 0; `at`: in pieces, cut there. */
function click(t: Terminal, x: number, y: number, at = 0): void {
  const report = `\u001b[<0;${x + 1};${y + 1}M\u001b[<0;${x + 1};${y + 1}m`
  if (at > 0) t.raw(report.slice(0, at))
  t.raw(report.slice(at))
}

/** Clicks on a text. */
function clickOn(t: Terminal, text: string): void {
  const lines = t.lines()
  const y = lines.findIndex((line) => line.includes(text))
  assert.ok(y >= 0, `${text} is not on\n${lines.join('\n')}`)
  click(t, stringWidth(lines[y]?.slice(0, lines[y].indexOf(text)) ?? ''), y)
}

describe('the mouse', () => {
  it('selects, opens, sorts, turns to views, presses what the footer shows, and scrolls', async () => {
    const t = await replayed(120, 30)
    assert.equal(t.mouseReported(), true)
    const third = t.lines()[7]?.trim() ?? ''
    click(t, 50, 7)
    await t.until(() => selectedRow(t) === third, 'the third row')
    // The same report in two readings, as a slow line may bring it.
    click(t, 50, 7, 5)
    await t.untilShown('processes ›')
    clickOn(t, 'processes ›')
    await t.untilShown('1 processes')
    clickOn(t, 'COMM')
    await t.untilShown('COMM▾')
    clickOn(t, 'COMM▾')
    await t.untilShown('COMM▴')
    clickOn(t, '2 files')
    await t.untilShown('1 of 19')
    t.raw('\u001b[<65;5;9M\u001b[<65;5;9M')
    await t.untilShown('7 of 19')
    t.raw('\u001b[<64;5;9M')
    await t.untilShown('4 of 19')
    clickOn(t, '? help')
    await t.untilShown('In the table')
    clickOn(t, 'Esc close')
    await t.untilShown('4 of 19')
  })

  it('leaks nothing into a line that is typed', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    await t.untilShown('filter:')
    t.text('sql')
    // What is clicked is what is on the screen: where the mouse points there is nothing any more.
    await t.until((lines) => lines.includes('filter: sql') && !lines.some((line) => line.includes('big.bin')), 'the filtered table')
    // Cut sooner, what comes first may be a key as well, and is one where the rest comes late: on a busy machine it does (test/unit/mouse.test.ts cuts everywhere).
    for (const at of [3, 6, 9]) {
      click(t, 70, 20, at)
      t.raw('\u001b[<35;9;9M')
    }
    t.text('ite')
    await t.until((lines) => lines.some((line) => line.trimEnd() === 'filter: sqlite'), 'only what was typed')
  })

  it('is the terminal’s own with --no-mouse', async () => {
    const t = await replayed(80, 24, '--no-mouse')
    assert.equal(t.mouseReported(), false)
  })

  for (const [how, end] of [
    ['q', (t: Terminal) => t.keys('q')],
    ['SIGTERM', (t: Terminal) => t.signal('TERM')],
    ['SIGINT', (t: Terminal) => t.signal('INT')],
  ] as const) {
    it(`is the terminal’s again after ${how}`, async () => {
      const t = await replayed(80, 24)
      end(t)
      await t.untilShown('before the program')
      await t.until(() => !t.mouseReported(), 'no mouse')
      assert.deepEqual(modes(t), NOTHING)
    })
  }
})

describe('the list of commands', () => {
  it('finds what is typed and does it; Esc leaves it', async () => {
    const t = await replayed(80, 24)
    t.keys(':')
    await t.untilShown('WHAT IT DOES')
    t.text('group by us')
    const lines = await t.untilShown('>             group by user')
    assert.ok(lines.some((line) => line === ': group by us'))
    t.keys('Enter')
    await t.untilShown('processes by user')
    t.keys(':')
    await t.untilShown('WHAT IT DOES')
    t.keys('Escape')
    await t.until((now) => !now.some((line) => line.includes('WHAT IT DOES')), 'the table')
    t.keys(':')
    t.text('quit')
    await t.untilShown('>q ')
    t.keys('Enter')
    await t.untilShown('ended with 0')
  })
})

describe('suspending', () => {
  async function underBash(columns = 80, rows = 24): Promise<Terminal> {
    terminal = new Terminal(columns, rows)
    await terminal.untilShown('before the program')
    terminal.type('exec bash --norc --noprofile')
    terminal.type("PS1='$ '; stty echo")
    terminal.type(`${program} --no-config --replay ${recording('demo.ndjson')} --speed 0`)
    await terminal.untilShown('recording over')
    return terminal
  }

  it('by Ctrl-Z gives the terminal to the shell, and fg draws the screen anew, in its size of now', async () => {
    const t = await underBash()
    t.keys('Down', 'Down')
    await t.untilShown('3 of 21')
    t.keys('C-z')
    await t.untilShown('is suspended, fg returns')
    await t.untilShown('Stopped')
    assert.deepEqual(modes(t), NOTHING)
    t.type('jobs -p | wc -l; stty -a | grep -o -- "-\\?icanon\\|-\\?isig\\|-\\?echo\\b"')
    await t.until((lines) => ['1', 'isig', 'icanon', 'echo'].every((word) => lines.includes(word)), 'a shell that is usable')
    t.resize(100, 30)
    t.type('fg')
    const lines = await t.until((now) => now[0]?.startsWith('fswatch-tui') === true && (now[29] ?? '').startsWith('Enter look'), 'the whole screen')
    assert.ok(lines.some((line) => line.includes('3 of 21')))
    assert.deepEqual(modes(t), { mouse: true, alternate: true, cursor: false })
    t.keys('Up')
    await t.untilShown('2 of 21')
    t.keys('q')
    await t.until((now) => now.some((line) => line.includes('is suspended')), 'what the shell showed')
    assert.deepEqual(modes(t), NOTHING)
  })

  it('by SIGTSTP does the same, in the background it waits, and kill ends it there', async () => {
    const t = await underBash()
    const pid = t.program()
    process.kill(pid, 'SIGTSTP')
    await t.untilShown('Stopped')
    t.type('bg; sleep 1; jobs')
    await t.until((lines) => lines.filter((line) => line.includes('Stopped')).length > 1, 'a job that does not run in the background')
    assert.deepEqual(modes(t), NOTHING)
    t.type('fg')
    await t.until((lines) => lines[0]?.startsWith('fswatch-tui') === true, 'the screen')
    t.keys('C-z')
    await t.untilShown('Stopped')
    t.type('clear; kill %1; while kill -0 %1 2>/dev/null; do sleep .2; done; jobs')
    await t.untilShown('Terminated')
    assert.deepEqual(modes(t), NOTHING)
  })

  it('comes back from SIGSTOP, which nobody can announce', async () => {
    const t = await underBash()
    process.kill(t.program(), 'SIGSTOP')
    await t.untilShown('Stopped')
    t.type('clear; echo here')
    await t.until((lines) => lines[0] === 'here', 'the shell')
    t.type('fg')
    await t.until((lines) => lines[0]?.startsWith('fswatch-tui') === true && lines.at(-1)?.startsWith('Enter look') === true, 'the screen')
    t.keys('Down')
    await t.untilShown('2 of 21')
    assert.deepEqual(modes(t), { mouse: true, alternate: true, cursor: false })
  })

  it('is refused where no shell could bring it back', async () => {
    terminal = new Terminal(80, 24)
    await terminal.untilShown('before the program')
    terminal.type(`exec ${program} --no-config --replay ${recording('demo.ndjson')} --speed 0`)
    await terminal.untilShown('recording over')
    terminal.keys('C-z')
    await terminal.untilShown('no job control')
    terminal.keys('Down')
    await terminal.untilShown('2 of 21')
  })
})
