/** Keys that act on the machine, as they come: by hand they act; in a paste, or together with other input, they do not, and that is said. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Ask, RuleControl } from '../../src/rules/control.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { printRule } from '../../src/rules/print.ts'
import type { Rule } from '../../src/rules/rule.ts'
import { armed, controlWith, shown, unmount } from './shown.ts'

afterEach(unmount)

const ask = (id: number): Ask => ({
  ...{
    id,
    rule: 1,
    pid: 10,
    tid: 10,
    comm: 'cat',
    ops: ['open'],
    path: '/secret',
    target: null,
    covers: '',
    command: 'cat /secret',
    exe: '/bin/cat',
    user: 'root',
  },
  ...{ container: '', parents: [], sinceMs: Date.now(), untilMs: Date.now() + 60_000, times: 1 },
})

function ruleOf(line: string): Rule {
  const parsed = parseRule(line)
  assert.ok(parsed.ok)
  return parsed.rule
}

/** The screen over one armed rule, one disarmed rule and two requests; `done` is what keys asked for. */
async function screen() {
  const done: string[] = []
  const did = (text: string) => {
    done.push(text)
    return Promise.resolve()
  }
  const rule = ruleOf('deny write /data')
  const states = [
    { ...armed(rule), id: 1, holders: [{ pid: 10, comm: 'writer', how: 'mapped' as const }] },
    { ...armed(rule), id: 2, state: 'disarmed' as const },
  ]
  const asks = [ask(7), ask(8)]
  const some: Partial<RuleControl> = {
    states: () => states,
    asks: () => asks,
    disarm: (id) => did(`disarm ${id}`),
    remove: (id) => did(`remove ${id}`),
    signalHolders: (id, signal) => did(`${signal} ${id}`).then(() => ''),
    answer: (id, { verdict, scope }) => did(`${verdict} ${scope} ${id}`).then(() => 'answered'),
  }
  const arm = (one: Rule) => did(`arm ${printRule(one)}`).then(() => armed(one))
  const shownScreen = await shown(controlWith(arm, some))
  if (!shownScreen.all().includes('w answers')) await shownScreen.until('w answers')
  // So much for what was asked without need: time for what must not come.
  const nothing = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(done, [])
  }
  const doneOnce = async (text: string) => {
    for (let i = 0; done.length === 0 && i < 500; i++) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(done, [text])
  }
  return { ...shownScreen, done, nothing, doneOnce }
}

describe('a key that acts on the machine', () => {
  it('arms no rule from pasted keys, says what to press, and arms by the next Enter', async () => {
    const t = await screen()
    t.press('x\r')
    await t.until('press Enter again to arm: the line changed in the same input')
    await t.nothing()
    await t.pressByHand('\r')
    await t.doneOnce('arm kill modify /data by pid=10')
  })

  it('arms nothing by an Enter right behind the key that opened the line, though it is a read of its own', async () => {
    const t = await screen()
    t.press('x')
    setImmediate(() => t.press('\r'))
    await t.until('rule: kill')
    await t.nothing()
  })

  for (const [keys, opened, does] of [
    ['y', 'w', 'allow call 7'],
    ['n', 'w', 'deny call 7'],
    ['P', 'w', 'deny process 7'],
    ['D', 'w', 'deny always 7'],
    [' ', '5', 'disarm 1'],
    ['x', '5', 'remove 1'],
    ['u', '5', 'disarm 1'],
    ['u', '', 'disarm 1'],
  ] as const) {
    it(`does nothing behind other keys, and acts alone: ${JSON.stringify(keys)} in ${opened === '' ? 'the table' : opened}`, async () => {
      const t = await screen()
      if (opened !== '') {
        t.press(opened)
        await t.until(opened === 'w' ? 'LEFT' : 'RULE')
      }
      t.press(`j${keys}`)
      await t.until('again to ')
      await t.nothing()
      await t.pressByHand('g')
      await t.pressByHand(keys)
      await t.doneOnce(does)
    })
  }

  it('signals holders only by a second key alone', async () => {
    const t = await screen()
    t.press('5')
    await t.until('RULE')
    t.press('KKx')
    await t.until('again to ')
    await t.nothing()
    await t.pressByHand('K')
    await t.doneOnce('SIGKILL 1')
  })

  it('acts on the list of commands as everywhere', async () => {
    const t = await screen()
    t.press(':disarm the rule armed last\r')
    await t.until('press Enter again to disarm')
    await t.nothing()
    await t.pressByHand('\r')
    await t.doneOnce('disarm 1')
  })

  it('quits behind other keys only where no rule is armed; Ctrl-C always does', async () => {
    const t = await screen()
    t.press('5')
    await t.until('RULE')
    t.press('jq')
    await t.until('press q again to quit')
    t.press('j\u0003')
    for (let i = 0; !t.raw().includes('\u001b[?2004l') && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    assert.ok(t.raw().includes('\u001b[?2004l'))
  })
})

const paste = (text: string) => `\u001b[200~${text}\u001b[201~`

describe('a bracketed paste', () => {
  it('is asked for, and goes as one line into a line that is edited', async () => {
    const t = await screen()
    assert.ok(t.raw().includes('\u001b[?2004h'))
    t.press('/')
    await t.until('filter:')
    t.press(paste('sh\rx\r'))
    await t.until('filter: shx')
    await t.nothing()
  })

  it('does nothing over a list, and that is said', async () => {
    const t = await screen()
    t.press(paste('x\r\r'))
    await t.until('paste ignored: no line is being edited')
    t.press('w')
    await t.until('LEFT')
    t.press(paste('yyyy\ry'))
    await t.nothing()
  })

  it('arms nothing by an end marker and an Enter in it', async () => {
    const t = await screen()
    t.press('x')
    await t.until('rule: kill')
    t.press(paste(' for 1h\u001b[201~\r'))
    await t.until('for 1h[201~')
    await t.nothing()
  })
})
