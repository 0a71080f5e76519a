/** The screen, on a terminal that is a string, over rules that are made up: what it says before, while and after a rule is armed. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { afterEach, describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink'
import { createElement } from 'react'
import type { Source } from '../../src/batch/batch.ts'
import type { ArmOptions, RuleControl, RuleState } from '../../src/rules/control.ts'
import { printRule } from '../../src/rules/print.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { App } from '../../src/ui/App.tsx'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

let unmount: (() => void) | null = null
afterEach(() => unmount?.())

/** A control whose arming is `arm`'s; the rest does nothing. */
function controlWith(arm: (rule: Rule, options?: ArmOptions) => Promise<RuleState>): RuleControl {
  const unused = () => Promise.reject(new Error('not here'))
  return {
    ...{ asks: () => [], defaultAnswer: 'deny', answer: unused, news: () => [], onAsks: null, enforcement: { way: 'idle', why: [], skipped: 0 } },
    ...{ arm, replace: (_, rule, options) => arm(rule, options), armAll: unused, disarm: unused, signalHolders: unused, remove: unused },
    ...{ states: () => [], tick: async () => [], exempt: () => false, close: async () => {} },
  }
}

function armed(rule: Rule): RuleState {
  return {
    ...{ id: 1, rule, text: printRule(rule), state: 'armed', hits: 0, exempted: 0, signalsFailed: 0, unsure: 0, processes: [], holders: [] },
    ...{ lastMs: null, expiresMs: null, notes: [], quota: null },
  }
}

/** The screen, with one process on it. `until` gives what was drawn since it was last asked, `all` all of it. */
async function shown(control: RuleControl | null) {
  let [drawn, all] = ['', '']
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} })
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true })
  stdout.on('data', (data: Buffer) => {
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
    notes: [],
    redraw: () => {},
    ending: () => null,
    control,
    bell: false,
    start: { sort: 'pid', filterText: '', kinds: 'all' } as const,
  }
  const app = render(createElement(App, props), { stdin: stdin as never, stdout: stdout as never, patchConsole: false, exitOnCtrlC: false, interactive: true })
  unmount = app.unmount
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
  return { press: (keys: string) => void stdin.write(keys), until, all: () => all }
}

describe('arming a rule', () => {
  it('is on the screen before it begins, since it may keep the program busy, until it is done', async () => {
    let before = ''
    let done = (_: RuleState) => {}
    let asked: Rule | null = null
    const screen = await shown(
      controlWith((rule) => {
        before = screen.all()
        asked = rule
        return new Promise((resolve) => {
          done = resolve
        })
      }),
    )
    screen.press('d')
    await screen.until('rule: deny modify /data')
    screen.press('\r')
    await screen.until('arming: deny modify /data by pid=10 …')
    for (let i = 0; !asked && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    assert.match(before, /arming: deny modify \/data/, 'it was drawn when arming began')
    assert.ok(asked)
    done(armed(asked))
    const after = await screen.until('rule 1 is armed')
    assert.doesNotMatch(after.slice(after.lastIndexOf('rule 1 is armed') - 200), /arming:/)
  })

  it('says how far it is and what holds already; other keys work meanwhile, and Esc cancels it', async () => {
    let options: ArmOptions = {}
    const screen = await shown(
      controlWith((_, given = {}) => {
        options = given
        given.onProgress?.({ step: 'links', looked: 120_000, all: null })
        return new Promise((_resolve, reject) => given.signal?.addEventListener('abort', () => reject(given.signal?.reason)))
      }),
    )
    screen.press('d')
    await screen.until('rule: deny modify /data')
    screen.press('\r')
    await screen.until('120,000')
    screen.press('?')
    await screen.until('In the table')
    screen.press('\u001b')
    await screen.until('writer')
    assert.equal(options.signal?.aborted, false, 'that Esc closed the help')
    screen.press('\u001b')
    await screen.until('cancelled, and not armed: deny modify /data by pid=10')
    assert.equal(options.signal?.aborted, true)
  })

  it('says why it failed, in the place of that', async () => {
    const screen = await shown(controlWith(() => Promise.reject(new Error('rules cannot be enforced here'))))
    screen.press('d')
    await screen.until('rule: deny')
    screen.press('\r')
    assert.match(await screen.until('rules cannot be enforced here'), /arming: deny/)
  })
})

describe('keys of rules over a recording', () => {
  for (const key of ['d', 'x', 'f', 'a', 'c', 'A']) {
    it(`say why nothing can be stopped, over what a rule would have hit: ${key}`, async () => {
      const screen = await shown(null)
      screen.press(key)
      assert.match(await screen.until('a recording cannot be stopped'), /rule: /)
    })
  }
  for (const key of ['u', 'w', 'C', '5']) {
    it(`say why, and lead nowhere: ${JSON.stringify(key)}`, async () => {
      const screen = await shown(null)
      screen.press(key)
      const drawn = await screen.until('a recording cannot be stopped')
      assert.doesNotMatch(drawn, /No rules|No quotas|Nobody waits/)
    })
  }
})
