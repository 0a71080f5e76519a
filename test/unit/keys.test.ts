/** Keys as terminals send them, by Ink's own parser: what each asks for, in which view, and what a recording does not offer. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { render, useInput } from 'ink'
import { createElement } from 'react'
import { width } from '../../src/text/width.ts'
import { helpLines } from '../../src/ui/help.ts'
import { lookOf } from '../../src/ui/in-table.ts'
import { type Action, actionFor, isAboutRules, KEYS, type Mode, offeredKeys } from '../../src/ui/keys.ts'
import { initialState, reduce, type Surroundings, type UiState } from '../../src/ui/state.ts'
import { info } from './batches.ts'
import { listed, screenOf } from './listed.ts'

/** What the bytes of a key mean in a view, one by one. */
async function meaning(mode: Mode, bytes: readonly string[]): Promise<(Action | null)[]> {
  const seen: (Action | null)[] = []
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} })
  const stdout = Object.assign(new PassThrough().resume(), { columns: 80, rows: 24 })
  const Listener = () => {
    useInput((input, key) => void seen.push(actionFor(mode, input, key)))
    return null
  }
  const app = render(createElement(Listener), { stdin: stdin as never, stdout: stdout as never, patchConsole: false, exitOnCtrlC: false, interactive: true })
  await app.waitUntilRenderFlush()
  for (const [i, sequence] of bytes.entries()) {
    stdin.write(sequence)
    while (seen.length <= i) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  app.unmount()
  return seen
}

describe('keys of a typed line', () => {
  const SENT: [string, Action['do']][] = [
    ['\u007f', 'erase'],
    ['\b', 'erase'],
    ['\u001b[3~', 'eraseNext'],
    ['\u001b[D', 'left'],
    ['\u001bOD', 'left'],
    ['\u001b[C', 'right'],
    ['\u001b[1;5D', 'wordLeft'],
    ['\u001bOd', 'wordLeft'],
    ['\u001b[1;3D', 'wordLeft'],
    ['\u001b[1;5C', 'wordRight'],
    ['\u001b[1;2C', 'right'],
    ['\u001b[H', 'lineStart'],
    ['\u001b[1~', 'lineStart'],
    ['\u0001', 'lineStart'],
    ['\u001b[F', 'lineEnd'],
    ['\u001b[4~', 'lineEnd'],
    ['\u0005', 'lineEnd'],
    ['\u0017', 'eraseWord'],
    ['\u0015', 'clear'],
  ]
  for (const mode of ['rule', 'filter'] as const) {
    it(`mean what they say on every terminal: ${mode}`, async () => {
      const means = await meaning(
        mode,
        SENT.map(([sequence]) => sequence),
      )
      assert.deepEqual(
        means.map((action, i) => [SENT[i]?.[0], action?.do]),
        SENT.map(([sequence, what]) => [sequence, what]),
      )
    })
  }

  it('mean the same within a longer piece of input, one by one', () => {
    const none = Object.fromEntries(['ctrl', 'meta', 'shift'].map((name) => [name, false])) as never
    const one = (input: string) => actionFor('rule', input, none)?.do
    assert.deepEqual([...'x\u0001\u0005\u0017\u007f\r'].map(one), ['type', 'lineStart', 'lineEnd', 'eraseWord', 'erase', 'accept'])
    assert.equal(one('\u0002'), undefined, 'a control character that means nothing is not typed')
  })
})

const ids = Array.from({ length: 30 }, (_, i) => i)
const around: Surroundings = {
  ...screenOf({ rows: listed(ids.map((id) => `${id}.1`)), helpLines: 30 }),
  ...{ rules: ids.map((id) => ({ id, text: '', holders: [] })), asks: ids.map((id) => ({ id })) },
}
const start = initialState({ sort: 'writes', filterText: '', kinds: 'files' })

/** The row selected (in the help: the first shown), and the first one shown. */
function place(state: UiState): [number, number] {
  if (state.mode === 'help') return [state.scroll, state.scroll]
  if (state.mode === 'table') return [lookOf(state).selectedIndex, lookOf(state).scroll]
  return [state.mode === 'asks' ? state.askIndex : state.ruleIndex, state.scroll]
}

describe('keys that move', () => {
  const walk = (mode: Mode, ...names: string[]) =>
    names.reduce<UiState>(
      (state, name) => {
        const row = KEYS.find((key) => key.mode === mode && key.match.includes(name))
        assert.ok(row, `${mode}: ${name} means nothing`)
        return reduce(state, row.action, around)
      },
      { ...start, mode },
    )
  for (const mode of ['table', 'rules', 'quotas', 'asks'] as const) {
    it(`work in a list: ${mode}`, () => {
      assert.deepEqual(place(walk(mode, 'downArrow', 'j', 'upArrow')), [1, 0])
      assert.deepEqual(place(walk(mode, 'pageDown')), [9, 0])
      assert.deepEqual(place(walk(mode, 'pageDown', 'pageDown')), [18, 9])
      assert.deepEqual(place(walk(mode, 'G')), [29, 20])
      assert.deepEqual(place(walk(mode, 'end', 'pageUp')), [20, 20])
      assert.deepEqual(place(walk(mode, 'G', 'home')), [0, 0])
      assert.deepEqual(place(walk(mode, 'end', 'g', 'pageUp', 'k')), [0, 0])
    })
  }
  it('work in the help, which has no selection', () => {
    assert.deepEqual(place(walk('help', 'j', 'j', 'k')), [1, 1])
    assert.deepEqual(place(walk('help', 'pageDown', ' ')), [18, 18])
    assert.deepEqual(place(walk('help', 'G')), [20, 20])
    assert.deepEqual(place(walk('help', 'end', 'pageUp')), [11, 11])
    assert.deepEqual(place(walk('help', 'G', 'g', 'k')), [0, 0])
  })
  it('do nothing where there is nothing', () => {
    const nothing = { ...around, rows: listed([]), rules: [], asks: [], helpLines: 3 }
    for (const mode of ['table', 'rules', 'quotas', 'asks', 'help'] as const) {
      for (const action of [{ do: 'last' }, { do: 'page', by: 1 }, { do: 'first' }] as const) {
        assert.deepEqual(place(reduce({ ...start, mode }, action, nothing)), [0, 0], `${mode} ${action.do}`)
      }
    }
  })
})

describe('the help and the footer', () => {
  it('lists every key of every view', () => {
    const text = helpLines(info, 200).join('\n')
    for (const { mode, keys, help } of KEYS) assert.ok(text.includes(`  ${keys.padEnd(12)} ${help}`), `${mode}: ${keys} ${help}`)
    for (const { keys, help } of KEYS) assert.ok(keys !== '' && help !== '')
  })

  it('is never wider than the screen, and no word of it is lost', () => {
    const limited = { ...info, limits: ['what cannot be seen '.repeat(12).trim()] }
    const words = (columns: number) => helpLines(limited, columns).join(' ').split(/\s+/).join(' ')
    for (const columns of [60, 80, 132]) {
      for (const line of helpLines(limited, columns)) assert.ok(width(line) <= columns, line)
      assert.equal(words(columns), words(400))
    }
  })

  it('offer no rules over a recording, and say so', () => {
    const lines = helpLines({ ...info, kind: 'recording' }, 200)
    assert.ok(lines.some((line) => line.startsWith('A recording cannot be stopped')))
    for (const line of lines) assert.doesNotMatch(line, /\b(deny|kill|arm|disarm|quota|audit)\b|next touch/)
    for (const key of ['d', 'x', 'f', 'a', 'c', 'A', 'u']) {
      assert.ok(!offeredKeys('table', true).some(({ match }) => match.includes(key)), key)
      assert.ok(
        offeredKeys('table', false).some(({ match }) => match.includes(key)),
        key,
      )
    }
    assert.ok(!offeredKeys('rule', true).some(({ footer }) => footer === 'arm'))
    assert.deepEqual(offeredKeys('filter', true), offeredKeys('filter', false))
  })

  it('a key that is not offered still has its meaning, to be told why not', () => {
    for (const row of KEYS)
      if (row.mode === 'table' && !offeredKeys('table', true).includes(row)) assert.ok(isAboutRules(row.action) || row.action.do === 'count', row.keys)
  })
})
