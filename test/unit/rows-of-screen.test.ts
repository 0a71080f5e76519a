/** Rows as they are written look like the same rows made of a Text a segment, and the bundle's output like Ink's own. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import xterm from '@xterm/headless'
import chalk from 'chalk'
import fc from 'fast-check'
import { Box, renderToString, Text } from 'ink'
import { createElement } from 'react'
import InkOutput from '../../node_modules/ink/build/output.js'
import FastOutput from '../../src/ui/fast-output.ts'
import type { Line } from '../../src/ui/line.ts'
import { Screen } from '../../src/ui/Screen.tsx'
import { written } from '../../src/ui/styled-line.ts'
import { THEMES, type ThemeName } from '../../src/ui/theme.ts'

const [COLUMNS, ROWS] = [30, 6]

before(() => {
  chalk.level = 2
})

const text = fc.array(fc.constantFrom('a', 'B', '7', ' ', '  ', '█', '▂', '…', 'é', '漢', '👍🏽', 'ö'), { maxLength: 6 }).map((parts) => parts.join(''))
const segment = fc.record(
  { text, role: fc.constantFrom('accent', 'good', 'warn', 'alert', 'news', 'dim'), bold: fc.boolean(), inverse: fc.boolean() },
  { requiredKeys: ['text'] },
)
const lines = fc.array(fc.array(segment, { maxLength: 5 }), { minLength: 1, maxLength: ROWS }) as fc.Arbitrary<Line[]>
const theme = fc.constantFrom<ThemeName>('dark', 'light', 'mono')

/** What stands in each cell, and how it looks; the colour of a blank does not show, nor do blanks at the end of a row. */
async function cells(output: string): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true })
  await new Promise<void>((resolve) => terminal.write(output, resolve))
  const rows = Array.from({ length: ROWS }, (_, y) => {
    const row = terminal.buffer.active.getLine(y)
    const looks = Array.from({ length: COLUMNS }, (_, x) => {
      const cell = row?.getCell(x)
      const chars = cell?.getChars() || ' '
      const ground = `${cell?.isInverse()} ${cell?.isUnderline()}`
      return chars === ' ' ? `${chars} ${ground}` : `${chars} ${ground} ${cell?.isBold()} ${cell?.isDim()} ${cell?.getFgColorMode()} ${cell?.getFgColor()}`
    })
    return looks.join('|').replace(/(\| {2}0 0)+$/, '')
  })
  terminal.dispose()
  return rows
}

/** As Ink's users would do it. */
function textASegment(lines: Line[], theme: ThemeName) {
  const rows = lines.map((line, i) => {
    const segments = line.map(({ text, role, ...style }, j) => createElement(Text, { key: j, ...(role ? { ...THEMES[theme][role], ...style } : style) }, text))
    return createElement(Text, { key: i, wrap: 'truncate' }, segments)
  })
  return createElement(Box, { flexDirection: 'column' }, rows)
}

test('a row looks as its segments do', async () => {
  await fc.assert(
    fc.asyncProperty(lines, theme, async (lines, theme) => {
      const solid = lines.map((line) => (line.every(({ text }) => text === '') ? [{ text: 'x' }] : line))
      const fast = renderToString(createElement(Screen, { lines: solid, theme, columns: COLUMNS }), { columns: COLUMNS })
      const slow = renderToString(textASegment(solid, theme), { columns: COLUMNS })
      assert.deepEqual(await cells(fast), await cells(slow))
    }),
    { numRuns: 150 },
  )
})

test("the bundle's output looks like Ink's", async () => {
  await fc.assert(
    fc.asyncProperty(lines, theme, fc.boolean(), async (lines, theme, clipped) => {
      const outputs = [new FastOutput({ width: COLUMNS, height: ROWS }), new InkOutput({ width: COLUMNS, height: ROWS })].map((output) => {
        if (clipped) output.clip({ x1: 0, x2: 12, y1: 0, y2: ROWS })
        for (const [y, line] of lines.entries()) {
          const { text, codes } = written(line, theme)
          if (text !== '') output.write(0, y, text, { transformers: [(shown: string) => (shown === text ? codes : shown)] })
        }
        if (clipped) output.unclip()
        return output.get()
      })
      const [fast, own] = outputs
      assert.equal(fast?.height, own?.height)
      assert.deepEqual(await cells(fast?.output ?? ''), await cells(own?.output ?? ''))
    }),
    { numRuns: 150 },
  )
})

test('segments of one look are written at once, and blanks with what is before them', () => {
  const line: Line = [{ text: 'a', role: 'good' }, { text: '  ' }, { text: 'b', role: 'good' }, { text: ' ', inverse: true }, { text: 'c' }]
  assert.deepEqual(written(line, 'dark'), { text: 'a  b c', codes: '\u001b[32ma  b\u001b[39m\u001b[7m \u001b[27mc' })
})
