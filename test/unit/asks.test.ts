/** Answers go to whom they are meant for; flags that mean nothing are refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refuseStrangers } from '../../src/commands/strangers.ts'
import { compileRule } from '../../src/rules/compile.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { initialState, reduce, settle } from '../../src/ui/state.ts'
import { screenOf } from './listed.ts'

const around = (...ids: number[]) => screenOf({ asks: ids.map((id) => ({ id })) })
const opened = (...ids: number[]) => reduce(initialState({ sort: 'writes', filterText: '', kinds: 'files' }), { do: 'asks' }, around(...ids))
const allow = { do: 'answer', verdict: 'allow', scope: 'call' } as const

describe('asks on the screen', () => {
  it('the first is selected, and after our answer the next', () => {
    const answered = reduce(opened(7, 8), allow, around(7, 8))
    assert.deepEqual(answered.request, { do: 'answer', id: 7, answer: { verdict: 'allow', scope: 'call', forMs: null } })
    assert.equal(settle({ ...answered, request: null }, around(8)).ask, 8)
  })

  it('who goes by himself leaves nobody selected: the key meant for him hits nobody', () => {
    const gone = settle(opened(7, 8), around(8))
    assert.equal(reduce(gone, allow, around(8)).request, null)
    const chosen = reduce(gone, { do: 'move', by: 1 }, around(8))
    assert.equal(reduce(chosen, allow, around(8)).request?.do, 'answer')
  })

  it('times are for processes and programs, not for calls', () => {
    const timed = reduce(opened(7), { do: 'time' }, around(7))
    const forMs = (scope: 'call' | 'process') => {
      const { request } = reduce(timed, { ...allow, scope }, around(7))
      return request?.do === 'answer' ? request.answer.forMs : undefined
    }
    assert.deepEqual([forMs('call'), forMs('process')], [null, 60_000])
  })

  it('help goes back to where it was asked for', () => {
    const help = reduce(opened(7), { do: 'help' }, around(7))
    assert.equal(reduce(help, { do: 'back' }, around(7)).mode, 'asks')
  })
})

it('a rule that asks of opens is asked before a file is made by one', () => {
  const opsOf = (line: string) => {
    const parsed = parseRule(line)
    return parsed.ok ? compileRule(parsed.rule).ops : 0
  }
  assert.equal(opsOf('ask open /x'), 1 | 512)
  assert.equal(opsOf('ask delete /x'), 16)
  assert.equal(opsOf('deny open /x'), 1)
})

describe('flags that mean nothing to a command', () => {
  const refused: [string, string[], RegExp][] = [
    ['batch', ['batch', '--rule', 'x', '--', 'true'], /batch takes no --rule: rules are for the screen and for guard/],
    ['', ['--for', '3'], /the screen takes no --for/],
    ['guard', ['guard', '--rule', '--dry-run'], /--rule wants a value/],
    ['', ['--comm'], /--comm wants a value/],
    ['doctor', ['doctor', '--json'], /doctor takes no --json/],
    ['', ['--rle', 'deny write /x'], /there is no flag --rle \(did you mean --rule\?\)/],
    ['guard', ['guard', '--dry-rum'], /did you mean --dry-run/],
    ['', ['-z'], /there is no flag -z;/],
  ]
  for (const [command, args, message] of refused) it(args.join(' '), () => assert.throws(() => refuseStrangers(command, args), message))
  it('those of a command behind -- are its own', () => refuseStrangers('batch', ['batch', '--json', '--', 'x', '--rule']))
  it('values may hold what they like', () =>
    refuseStrangers('guard', ['guard', '--rule=deny write /a=b', '--protect', 'x', '--dry-run', '--json', '--for', '-5']))
  it('also what looks like a flag', () => refuseStrangers('', ['--filter', '-comm:sh']))
})
