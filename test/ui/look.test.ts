/** The built program in a real terminal, as its user has set it: themes, ASCII, a screen reader, a config file. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import stringWidth from 'string-width'
import { sameAsGolden } from './golden.ts'
import { recording, Terminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'look-'))
let terminal: Terminal | undefined
afterEach(() => terminal?.close())
after(() => rmSync(folder, { recursive: true }))

/** Plays the recording to its end and holds there. */
async function replayed(columns: number, rows: number, args = '', env = ''): Promise<Terminal> {
  terminal = new Terminal(columns, rows)
  await terminal.untilShown('before the program')
  terminal.start(`--replay ${recording('demo.ndjson')} --speed 0 ${args}`, env)
  await terminal.untilShown('open 0/s')
  await terminal.untilShown('big.bin')
  return terminal
}

function config(text: string): string {
  const path = join(folder, 'config.toml')
  writeFileSync(path, text)
  return path
}

/** The colours on the screen: what comes between ESC [ and m. */
const styles = (t: Terminal) =>
  new Set(
    [...t.coloured().matchAll(/\u001b\[([0-9;]*)m/g)].flatMap(([, codes = '']) =>
      codes.replaceAll(/38;5;\d+/g, (whole) => whole.replaceAll(';', ':')).split(';'),
    ),
  )
const COLOURS = /^(3[0-7]|9[0-7]|38:5:\d+)$/

describe('themes', () => {
  it('have the colours of their table: light', async () => {
    const t = await replayed(80, 24, '--theme light')
    for (const code of ['25', '28', '241']) assert.ok(styles(t).has(`38:5:${code}`), `${code} of ${[...styles(t)]}`)
  })

  for (const [what, args, env] of [
    ['mono', '--theme mono', ''],
    ['mono by NO_COLOR', '', 'NO_COLOR=1'],
  ] as const)
    it(`have no colour but a selection that can be seen: ${what}`, async () => {
      const t = await replayed(80, 24, args, env)
      assert.deepEqual(
        [...styles(t)].filter((code) => COLOURS.test(code)),
        [],
      )
      assert.match(t.coloured(), /\u001b\[(0;)?7m/)
    })

  for (const [what, args, env, colours] of [
    ['dark with 16', '', 'TERM=xterm', /^3[0-7]$/],
    ['light with 16', '--theme light', 'TERM=xterm', /^3[0-7]$/],
    ['light with 256', '--theme light', 'TERM=xterm-256color', /^38:5:\d+$/],
    ['light with all', '--theme light', 'TERM=xterm COLORTERM=truecolor', /^38:5:\d+$/],
    ['light with 16, as FORCE_COLOR says', '--theme light', 'TERM=xterm-256color FORCE_COLOR=1', /^3[0-7]$/],
    ['light with 256, as FORCE_COLOR says', '--theme light', 'TERM=xterm FORCE_COLOR=2', /^38:5:\d+$/],
  ] as const)
    it(`have colours that the terminal knows: ${what}`, async () => {
      const t = await replayed(80, 24, args, env)
      const used = [...styles(t)].filter((code) => COLOURS.test(code))
      assert.ok(used.length >= 2, used.join(' '))
      for (const code of used) assert.match(code, colours)
    })

  for (const [what, env] of [
    ['a terminal without colours', 'TERM=vt100'],
    ['one that does nothing else either', 'TERM=dumb'],
    ['FORCE_COLOR=0', 'TERM=xterm FORCE_COLOR=0'],
  ] as const)
    it(`leave colours to others, and the selection has its mark: ${what}`, async () => {
      const t = await replayed(80, 24, '', env)
      assert.deepEqual(
        [...styles(t)].filter((code) => COLOURS.test(code)),
        [],
      )
      assert.ok(t.lines().some((line) => /^> *\d+ ×dd /.test(line)))
    })

  it('win over NO_COLOR where they are asked for', async () => {
    const t = await replayed(80, 24, '--theme dark', 'NO_COLOR=1')
    assert.ok(styles(t).has('36'))
  })
})

describe('ASCII', () => {
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
  ] as const)
    it(`looks as agreed at ${columns}×${rows}`, async () => {
      const t = await replayed(columns, rows, '--ascii')
      await t.untilShown('recording over')
      for (const line of t.lines()) assert.match(line, /^[\x20-\x7e]*$/)
      sameAsGolden(`ascii-${columns}x${rows}`, t.lines())
      t.keys('?')
      await t.untilShown('In the table')
      if (columns === 80) sameAsGolden('ascii-help-80x24', t.lines())
    })

  it('draws trees and the way down', async () => {
    const t = await replayed(80, 24, '--ascii')
    await t.untilShown('recording over')
    t.keys('3')
    await t.untilShown('+ ')
    sameAsGolden('ascii-directories-80x24', t.lines())
    t.keys('1', 'Enter')
    await t.untilShown('processes > ')
    for (const line of t.lines()) assert.match(line, /^[\x20-\x7e]*$/)
  })

  it('is what a locale without UTF-8 gets, unless it is told otherwise', async () => {
    const t = await replayed(80, 24, '', 'LC_ALL=C')
    assert.match(t.lines().join(''), /^[\x20-\x7e]*$/)
    t.keys('q')
    await t.untilShown('ended with 0')
    t.close()
    const other = await replayed(80, 24, '--no-ascii', 'LC_ALL=C')
    assert.doesNotMatch(other.lines().join(''), /^[\x20-\x7e]*$/)
  })
})

describe('a screen reader', () => {
  it('gets lines that say what there is, and answers keys at once', async () => {
    const t = await replayed(80, 24, '--screen-reader')
    await t.untilShown('selected: ')
    await t.untilShown('recording over')
    sameAsGolden('spoken-80x24', t.lines())
    t.keys('2')
    await t.untilShown('files (here)')
    sameAsGolden('spoken-files-80x24', t.lines())
    t.keys('3')
    await t.untilShown('directories (here)')
    sameAsGolden('spoken-directories-80x24', t.lines())
    t.keys('1')
    await t.untilShown('processes (here)')
    const first = t.lines().find((line) => line.startsWith('selected: '))
    t.keys('Down')
    await t.until((lines) => lines.some((line) => line.startsWith('selected: ') && line !== first), 'another selection', 3000)
    t.keys('q')
    const lines = await t.untilShown('ended with 0')
    assert.equal(lines[0], 'before the program')
  })
})

describe('a config file', () => {
  it('sets columns, order, theme and keys, and flags win', async () => {
    const path = config(`columns = ['comm', 'file', 'pid']\nsort = 'comm'\ntheme = 'light'\nascii = true\n[keys.table]\nquit = 'Q'\n`)
    const t = await replayed(80, 24, `--config ${path} --theme mono`)
    const lines = await t.untilShown(' COMM>')
    assert.ok(lines.some((line) => /^ COMM> +HOTTEST FILE +PID$/.test(line)))
    for (const line of lines) assert.ok(stringWidth(line) <= 80 && /^[\x20-\x7e]*$/.test(line), line)
    assert.deepEqual(
      [...styles(t)].filter((code) => COLOURS.test(code)),
      [],
    )
    t.keys('q', 'Q')
    await t.untilShown('ended with 0')
  })

  it('is said to be wrong, where, and what was meant; the rest holds', async () => {
    const path = config(`sort = 'pid'\nintervall = 3\n`)
    const t = await replayed(120, 24, `--config ${path}`)
    const lines = await t.untilShown('there is no setting intervall (did you mean interval?)')
    assert.ok(lines.some((line) => line.includes(':2:1: ')))
    assert.ok(lines[0]?.includes('config wrong in line 2'))
    assert.ok(lines.some((line) => line.includes('▾') && line.includes('PID')))
  })

  it('must be there where it is named; --no-config takes none; each command says what it does not take', async () => {
    terminal = new Terminal(120, 24)
    await terminal.untilShown('before the program')
    terminal.start(`--config ${folder}/none`)
    await terminal.untilShown('none: it does not exist')
    await terminal.untilShown('ended with 2')
    terminal.start('guard --ascii --rule "audit open /x"')
    await terminal.untilShown('guard takes no --ascii')
    terminal.start('guard --no-bell --rule "audit open /x"')
    await terminal.untilShown('guard takes no --no-bell')
    terminal.start('doctor --no-config')
    await terminal.untilShown('doctor takes no --no-config')
    terminal.start('--no-filter')
    await terminal.untilShown('--no-filter: there is no such flag')
    terminal.start('--columns pid,nope')
    await terminal.untilShown('--columns nope: choose pid')
  })

  it('is told of on stderr by batch, which goes on', async () => {
    const path = config('sort = 3\n')
    terminal = new Terminal(200, 24)
    await terminal.untilShown('before the program')
    terminal.start(`batch --config ${path} --for 0 2>${folder}/stderr`)
    await terminal.untilShown('ended with 2')
    assert.match(readFileSync(join(folder, 'stderr'), 'utf8'), /config\.toml:1:1: sort wants a text in quotes .*\n.*--for 0: seconds, more than 0/)
  })
})
