/** The whole screen on a terminal that is a string, over rules that are made up. For tests. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink'
import { createElement } from 'react'
import type { Source } from '../../src/batch/batch.ts'
import type { ArmOptions, RuleControl, RuleState } from '../../src/rules/control.ts'
import { printRule } from '../../src/rules/print.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { App } from '../../src/ui/App.tsx'
import { TerminalInput } from '../../src/ui/terminal-input.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

let last: (() => void) | null = null

/** Takes the last screen off its terminal. */
export function unmount(): void {
  last?.()
}

/** A control whose arming is `arm`'s; the rest does nothing but what `some` says. */
export function controlWith(arm: (rule: Rule, options?: ArmOptions) => Promise<RuleState>, some: Partial<RuleControl> = {}): RuleControl {
  const unused = () => Promise.reject(new Error('not here'))
  return {
    ...{ asks: () => [], defaultAnswer: 'deny', answer: unused, news: () => [], onAsks: null, enforcement: { way: 'idle', why: [], skipped: 0 } },
    ...{ arm, replace: (_, rule, options) => arm(rule, options), armAll: unused, disarm: unused, signalHolders: unused, remove: unused },
    ...{
      states: () => [],
      tick: async () => [],
      exempt: () => false,
      dangers: () => [],
      placeNotes: () => [],
      inability: () => null,
      isOwnSession: () => false,
      isDryRun: false,
      close: async () => {},
    },
    ...some,
  }
}

/** The state of a rule that was just armed. */
export function armed(rule: Rule): RuleState {
  return {
    ...{ id: 1, rule, text: printRule(rule), state: 'armed', hits: 0, exempted: 0, signalsFailed: 0, unsure: 0, processes: [], holders: [] },
    ...{ lastMs: null, expiresMs: null, notes: [], quota: null },
  }
}

/** The screen, with one process on it. `until` gives what was drawn since it was last asked, `all` all of it. */
export async function shown(control: RuleControl | null) {
  let [drawn, all, raw] = ['', '', '']
  const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => terminal, ref: () => terminal, unref: () => terminal })
  const input = new TerminalInput(terminal as unknown as ReadStream, false)
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true })
  stdout.on('data', (data: Buffer) => {
    raw += data.toString()
    const text = stripVTControlCharacters(data.toString())
    drawn += text
    all += text
  })
  const first = batch(1, {
    processes: [processFact('10.1', { comm: 'writer' })],
    files: [fileFact('1:1.1', '/data')],
    counters: [delta('10.1', '1:1.1', { writes: 1, writeBytes: 1 })],
  })
  const batches = [first]
  const source: Source = { info: { ...info, kind: control ? 'live' : 'recording' }, next: async () => batches.shift() ?? null, close: async () => {} }
  const props = {
    source,
    input,
    notes: [],
    redraw: () => {},
    ending: () => null,
    control,
    bell: false,
    start: { sort: 'pid', filterText: '', kinds: 'all' } as const,
  }
  const app = render(createElement(App, props), { stdin: input as never, stdout: stdout as never, patchConsole: false, exitOnCtrlC: false, interactive: true })
  last = app.unmount
  const until = async (text: string) => {
    for (let i = 0; !drawn.includes(text); i++) {
      assert.ok(i < 3000, `waited in vain for ${text}; drawn:\n${drawn}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const before = drawn
    drawn = ''
    return before
  }
  await until('writer')
  /** As a user does who reads first: the key comes long after the frame. On a busy machine a frame takes its time. */
  const pressByHand = async (key: string) => {
    for (let [turns, length] = [0, raw.length]; turns < 10; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 15))
      if (raw.length !== length) [turns, length] = [0, raw.length]
    }
    terminal.write(key)
  }
  return { press: (keys: string) => void terminal.write(keys), pressByHand, until, all: () => all, raw: () => raw }
}
