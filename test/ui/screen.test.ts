/** The built program in a real terminal, over a recording of real events: what each key does, and what the screen looks like. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import stringWidth from 'string-width'
import { sameAsGolden } from './golden.ts'
import { close, replayed, selectedRow } from './replayed.ts'
import { recording, Terminal } from './terminal.ts'

let terminal: Terminal | undefined
afterEach(() => {
  close()
  terminal?.close()
})

/** Waits until the selected row passes: under load a key takes its time. */
async function untilSelected(t: Terminal, passes: (row: string) => boolean): Promise<string> {
  await t.until(() => passes(selectedRow(t)), 'another selection')
  return selectedRow(t)
}

const bodyOf = (lines: string[]) => lines.slice(5, -1).filter((line) => line !== '')
const settle = () => new Promise((resolve) => setTimeout(resolve, 250))

describe('the screen', () => {
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
  ] as const) {
    it(`looks as agreed at ${columns}×${rows}`, async () => {
      const t = await replayed(columns, rows)
      const lines = t.lines()
      sameAsGolden(`table-${columns}x${rows}`, lines)
      for (const line of lines) assert.ok(stringWidth(line) <= columns, `too wide: ${line}`)
    })
  }

  it('draws hostile names harmlessly and aligned', async () => {
    const t = await replayed(200, 60, '--sort pid')
    const coloured = t.coloured()
    assert.doesNotMatch(coloured.replace(/\u001b\[[0-9;]*m/g, ''), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    const text = t.lines().join('\n')
    for (const shown of ['\\e[2Jvil\\nco', '\\n']) assert.ok(text.includes(shown), `${shown} is missing from\n${text}`)
  })

  it('moves the selection, scrolls, and keeps it on its process through a new order', async () => {
    const t = await replayed(80, 24)
    const first = await untilSelected(t, (row) => row !== '')
    const third = bodyOf(t.lines())[2]?.trim() ?? ''
    t.keys('Down', 'j', 'j', 'Up')
    const chosen = await untilSelected(t, (row) => row === third)
    assert.notEqual(chosen, first)
    const pid = chosen.split(/\s+/)[0]
    t.keys('r')
    await untilSelected(t, (row) => row.startsWith(`${pid} `) && t.lines().some((line) => line.includes('▴')))
    t.keys('G')
    const last = await untilSelected(t, (row) => !row.startsWith(`${pid} `))
    t.keys('g')
    await untilSelected(t, (row) => row !== last)
    t.keys('NPage', 'PPage')
    await settle()
    assert.notEqual(selectedRow(t), '')
  })

  it('filters while it is typed, says what is wrong, keeps on Enter and restores on Esc', async () => {
    const t = await replayed(80, 24)
    const all = bodyOf(t.lines()).length
    t.keys('/')
    t.text('comm:sqlite')
    const lines = await t.untilShown('filter: comm:sqlite')
    await settle()
    assert.ok(bodyOf(lines).length < all)
    t.text(' pid:x')
    await t.untilShown('pid: wants a number')
    t.keys('Enter')
    await settle()
    assert.ok(
      t.lines().some((line) => line.includes('pid: wants a number')),
      'a text that is no filter is not kept',
    )
    t.keys('C-w')
    await settle()
    t.keys('Enter')
    await t.untilShown('sort')
    assert.ok(t.lines().some((line) => line.startsWith('filter: comm:sqlite')))
    t.keys('/')
    t.text('zzz')
    await t.untilShown('No process matches')
    t.keys('Escape')
    await t.until((now) => now.some((line) => line.trim() === 'filter: comm:sqlite'), 'the filter before')
    t.keys('Escape')
    await t.until((now) => bodyOf(now).length === all, 'all rows again')
  })

  it('edits the filter at its cursor, which is drawn inverse', async () => {
    const t = await replayed(80, 24)
    const shows = (text: string) => t.untilShown(`filter: ${text}`)
    /** The text before the cursor's cell, and what is in it: tmux writes the inverse cell as ESC [7m. */
    const cursor = () => {
      const line =
        t
          .coloured()
          .split('\n')
          .find((each) => each.includes('filter: ')) ?? ''
      const found = /^(.*?)\u001b\[7m(.)/u.exec(line)
      return found ? [(found[1] ?? '').replace(/\u001b\[[0-9;]*m/g, '').slice('filter: '.length), found[2]] : []
    }
    t.keys('/')
    t.text('comm:sqite path:/srv')
    await shows('comm:sqite path:/srv')
    t.keys('C-Left', 'C-Left', 'Left', 'Left', 'Left', 'Left')
    t.text('l')
    await shows('comm:sqlite path:/srv')
    await t.until(() => cursor().join('|') === 'comm:sql|i', 'the cursor behind what was typed')
    t.keys('Home', 'DC')
    await shows('omm:sqlite path:/srv')
    t.keys('BSpace')
    t.text('c')
    await shows('comm:sqlite path:/srv')
    t.keys('End', 'BSpace', 'BSpace', 'BSpace')
    await shows('comm:sqlite path:/')
    t.keys('C-a', 'C-Right', 'DC', 'C-e')
    t.text('文x')
    t.keys('Left')
    await shows('commsqlite path:/文x')
    await t.until(() => cursor().join('|') === 'commsqlite path:/文|x', 'the cursor behind a wide character')
  })

  it('keeps the cursor of a long filter in view', async () => {
    const t = await replayed(80, 24)
    t.keys('/')
    t.text(`begin${'-'.repeat(100)}end`)
    await t.until((lines) => lines[4]?.startsWith('filter: …--') === true && lines[4].endsWith('-end'), 'the end of the line')
    t.keys('Home')
    await t.until((lines) => lines[4]?.startsWith('filter: begin--') === true && lines[4].endsWith('-…'), 'its beginning')
  })

  it('opens a rule over a recording for what it would have hit, says that none can be armed, and offers none', async () => {
    const t = await replayed(80, 24)
    t.keys('d')
    const lines = await t.untilShown('a recording cannot be stopped')
    assert.ok(lines.some((line) => line.startsWith('rule: deny modify /srv/demo/big.bin by')))
    assert.ok(lines.some((line) => line.startsWith('would have hit')))
    sameAsGolden('rule-80x24', lines)
    t.keys('Enter')
    await t.untilShown('HOTTEST FILE')
    t.keys('5')
    await settle()
    assert.ok(!t.lines().some((line) => line.includes('No rules')))
  })

  it('sorts by the column chosen and back again', async () => {
    const t = await replayed(120, 30)
    t.keys('s')
    await t.untilShown('choose')
    t.keys('Left', 'Left', 'Left')
    await t.untilShown('COMM▾')
    const names = bodyOf(t.lines()).map((line) => line.replace(/^>/, ' ').split(/\s+/).filter(Boolean)[2]?.replace('×', '') ?? '')
    assert.deepEqual(names, [...names].sort(new Intl.Collator('en', { numeric: true }).compare))
    t.keys('Escape')
    await t.untilShown('BYTES▾')
  })

  it('shows its help from the key table, and closes it', async () => {
    const t = await replayed(80, 24)
    t.keys('?')
    const lines = await t.untilShown('In the table')
    sameAsGolden('help-80x24', lines)
    t.keys('NPage')
    await t.until((now) => !now.some((line) => line.includes('In the table')), 'the next page')
    t.keys('G')
    await t.untilShown('A recording cannot be stopped')
    t.keys('g')
    await t.untilShown('In the table')
    t.keys('Escape')
    await t.untilShown('HOTTEST FILE')
  })

  it('draws everything anew on Ctrl-L, whatever another program wrote over it', async () => {
    const t = await replayed(80, 24)
    const before = t.lines()
    t.scribble()
    await t.untilShown('SCRIBBLE')
    t.keys('C-l')
    await t.until((lines) => lines.join('\n') === before.join('\n'), 'the same screen again')
  })

  it('pauses and says so', async () => {
    const t = await replayed(80, 24)
    t.keys('Space')
    await t.untilShown('PAUSED')
    t.keys('Space')
    await t.until((lines) => !lines.some((line) => line.includes('PAUSED')), 'going on')
  })

  it('follows every size of the terminal', async () => {
    const t = await replayed(200, 60)
    for (const [columns, rows] of [
      [80, 24],
      [40, 10],
      [100, 30],
      [200, 60],
    ] as const) {
      t.resize(columns, rows)
      const drawn = (lines: string[]) =>
        columns < 60
          ? lines[0] === `needs 60×12, has ${columns}×${rows}; Ctrl-C quits`
          : stringWidth(lines[0] ?? '') > columns - 10 && (lines[rows - 1] ?? '').startsWith('Enter look')
      for (const line of await t.until(drawn, `${columns}×${rows}`)) assert.ok(stringWidth(line) <= columns)
      // Nobody could see what it does.
      if (columns < 60) t.keys('2')
    }
    sameAsGolden('table-200x60', t.lines())
  })

  for (const [how, end, status] of [
    ['q', (t: Terminal) => t.keys('q'), 0],
    ['Ctrl-C', (t: Terminal) => t.keys('C-c'), 0],
    ['SIGTERM', (t: Terminal) => t.signal('TERM'), 143],
    ['SIGHUP', (t: Terminal) => t.signal('HUP'), 129],
  ] as const) {
    it(`gives the terminal back as it was after ${how}`, async () => {
      const t = await replayed(80, 24)
      assert.equal(t.alternateScreen(), true)
      end(t)
      const lines = await t.untilShown(`ended with ${status}`)
      assert.equal(lines[0], 'before the program')
      assert.equal(t.alternateScreen(), false)
      assert.equal(t.cursorShown(), true)
      t.type('stty -a | grep -o -- "-\\?icanon\\|-\\?isig"')
      await t.until((now) => /\bisig\b[\s\S]*\bicanon\b/.test(now.join('\n')) && !/-(isig|icanon)/.test(now.join('\n')), 'a cooked terminal')
    })
  }

  it('stops at a damaged recording with what came before, and says why', async () => {
    const path = `${process.env.TMPDIR ?? '/tmp'}/damaged-${process.pid}.ndjson`
    writeFileSync(path, readFileSync(recording('demo.ndjson')).subarray(0, 12_000))
    terminal = new Terminal(200, 30)
    terminal.start(`--replay ${path} --speed 0`)
    const lines = await terminal.untilShown('the recording is cut in line')
    assert.ok(bodyOf(lines).length > 1)
  })

  it('refuses to start without a terminal, and says what to use', async () => {
    terminal = new Terminal(120, 24)
    terminal.start(`--replay ${recording('demo.ndjson')} < /dev/null`)
    await terminal.untilShown('fswatch-tui batch')
    await terminal.untilShown('ended with 2')
  })

  it('survives random keys without a row too wide or a mode without a way out', async () => {
    const t = await replayed(80, 24)
    const keys = [
      'Up',
      'Down',
      'Left',
      'Right',
      'PPage',
      'NPage',
      'Home',
      'End',
      'Enter',
      'Escape',
      'BSpace',
      'Space',
      'Tab',
      'BTab',
      '1',
      '2',
      '3',
      'b',
      'h',
      'l',
      'd',
      'c',
      'F5',
      'C-w',
      'C-u',
      'C-l',
      '/',
      's',
      'r',
      '?',
      '.',
      'g',
      'G',
      'a',
      ':',
      '"',
      '-',
      '9',
      'ä',
      '文',
    ]
    let seed = Number(process.env.FUZZ_SEED ?? 1)
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed
    }
    const deadline = Date.now() + Number(process.env.FUZZ_SECONDS ?? 8) * 1000
    while (Date.now() < deadline) {
      t.keys(...Array.from({ length: 10 }, () => keys[random() % keys.length] as string))
      for (const line of t.lines()) assert.ok(stringWidth(line) <= 80, line)
    }
    t.keys('Escape')
    await settle()
    t.keys('Escape')
    await settle()
    t.keys('q')
    await t.untilShown('ended with 0')
  })
})
