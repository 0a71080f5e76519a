/** Hold and ask, in a guest: an answer is for what was shown. What another process changes while a call is held is asked about again. */
import assert from 'node:assert/strict'
import { chmodSync, constants, copyFileSync, existsSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Ask } from '../../src/rules/control.ts'
import { answer, arm, asked, at, brake, cleanUp, startTalking, text, until, way } from './held.ts'

const shifter = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/test-programs/shifter')

type Arguments = [first: string, second: string]

/** A call that is held, with arguments that are changed when it is told so. */
function startShifter(call: string, before: Arguments, after: Arguments) {
  const started = startTalking(shifter, call, ...before, ...after)
  const change = async () => {
    started.tell('go\n')
    await until('its arguments are changed', () => started.said().includes('changed'))
  }
  return { ...started, change }
}

const next = (known: Ask) => asked(({ id }) => id !== known.id)

/** Asked about `shown`, changed, allowed: asks again, about `later`; denied then. */
async function changedWhileHeld(call: string, before: Arguments, after: Arguments): Promise<{ shown: Ask; later: Ask }> {
  const { ended, change, said } = startShifter(call, before, after)
  const shown = await asked()
  await change()
  await answer(shown, 'allow')
  const outcome = await Promise.race([next(shown), ended.then(() => said())])
  if (typeof outcome === 'string') throw new Error(`it was not asked again: ${outcome}`)
  await answer(outcome, 'deny')
  assert.equal(await ended, 1)
  assert.match(said(), /Operation not permitted/)
  return { shown, later: outcome }
}

describe(`an answer is for what was shown, by ${way}`, () => {
  cleanUp()
  beforeEach(() => {
    for (const name of ['d', 'e']) {
      rmSync(at(name), { recursive: true, force: true })
      mkdirSync(at(name))
      for (const file of ['a', 'b', 't']) writeFileSync(at(`${name}/${file}`), `${name}${file}`)
    }
  })

  it('a path that is changed', async () => {
    await arm(`ask open ${at('d')}/**`)
    const { shown, later } = await changedWhileHeld('open', [at('d/a'), '0'], [at('d/b'), '0'])
    assert.deepEqual([shown.path, later.path], [at('d/a'), at('d/b')])
  })

  it('flags that are changed from reading to writing and truncating', async () => {
    await arm(`ask open ${at('d/a')}`)
    const flags = constants.O_WRONLY | constants.O_TRUNC
    const { shown, later } = await changedWhileHeld('open', [at('d/a'), '0'], [at('d/a'), String(flags)])
    assert.deepEqual(
      [shown.ops, later.ops],
      [
        ['open', 'read'],
        ['open', 'write', 'truncate'],
      ],
    )
    assert.equal(text('d/a'), 'da')
  })

  it('flags that truncate as well', async () => {
    await arm(`ask write ${at('d/a')}`)
    const flags = constants.O_WRONLY | constants.O_TRUNC
    const { shown, later } = await changedWhileHeld('open', [at('d/a'), String(constants.O_WRONLY)], [at('d/a'), String(flags)])
    assert.deepEqual(
      [shown.ops, later.ops],
      [
        ['open', 'write'],
        ['open', 'write', 'truncate'],
      ],
    )
    assert.equal(text('d/a'), 'da')
  })

  it('another name of the same inode', async () => {
    linkSync(at('d/a'), at('d/second'))
    await arm(`ask open ${at('d')}/**`)
    const { later } = await changedWhileHeld('open', [at('d/a'), '0'], [at('d/second'), '0'])
    assert.equal(later.path, at('d/second'))
  })

  it('the source of a rename, during the question of a second rule', async () => {
    await arm(`ask rename ${at('d')}/**`)
    await arm(`ask rename ${at('e')}/**`)
    const { ended, change, said } = startShifter('rename', [at('d/a'), at('e/new')], [at('d/b'), at('e/new')])
    const first = await asked()
    assert.deepEqual([first.path, first.target], [at('d/a'), at('e/new')])
    await answer(first, 'allow')
    const second = await next(first)
    assert.notEqual(second.rule, first.rule)
    await change()
    await answer(second, 'allow')
    const outcome = await Promise.race([asked(({ id }) => id > second.id), ended.then(() => said())])
    if (typeof outcome === 'string') throw new Error(`it was not asked again: ${outcome}`)
    assert.deepEqual([outcome.path, outcome.target], [at('d/b'), at('e/new')])
    await answer(outcome, 'deny')
    assert.equal(await ended, 1)
    assert.deepEqual([text('d/b'), existsSync(at('e/new'))], ['db', false])
  })

  it('the target of a rename, which no rule names', async () => {
    await arm(`ask rename ${at('d/a')}`)
    const { shown, later } = await changedWhileHeld('rename', [at('d/a'), at('e/new')], [at('d/a'), at('e/t')])
    assert.deepEqual([shown.path, shown.target, later.path, later.target], [at('d/a'), at('e/new'), at('d/a'), at('e/t')])
    assert.deepEqual([shown.ops.includes('write'), later.ops.includes('write')], [false, true], 'what is replaced is shown as written')
    assert.equal(text('e/t'), 'et')
  })

  it('either side of a link', async () => {
    const { id } = await arm(`ask link ${at('d')}/**`)
    const { shown, later } = await changedWhileHeld('link', [at('d/a'), at('d/new')], [at('d/b'), at('d/new')])
    assert.deepEqual([shown.path, later.path, later.target], [at('d/a'), at('d/b'), at('d/new')])
    await brake.remove(id)
    await arm(`ask link ${at('d/a')}`)
    const other = await changedWhileHeld('link', [at('d/a'), at('e/new')], [at('d/a'), at('e/other')])
    assert.deepEqual([other.shown.target, other.later.target], [at('e/new'), at('e/other')])
    assert.equal(statSync(at('d/a')).nlink, 1)
  })

  it('the program of an exec', async () => {
    for (const name of ['true', 'echo']) copyFileSync(`/bin/${name}`, at(`d/${name}`))
    await arm(`ask exec ${at('d')}/**`)
    const { shown, later } = await changedWhileHeld('exec', [at('d/true'), ''], [at('d/echo'), ''])
    assert.deepEqual([shown.path, later.path], [at('d/true'), at('d/echo')])
  })

  it('an interpreter is another program than its script: both are asked about', async () => {
    copyFileSync('/bin/sh', at('d/sh'))
    writeFileSync(at('d/script'), `#!${at('d/sh')}\necho ran\n`)
    chmodSync(at('d/script'), 0o755)
    await arm(`ask exec ${at('d')}/**`)
    const { ended, said } = startShifter('exec', [at('d/script'), ''], ['', ''])
    const script = await asked()
    await answer(script, 'allow')
    const interpreter = await next(script)
    assert.deepEqual([script.path, interpreter.path], [at('d/script'), at('d/sh')])
    await answer(interpreter, 'allow')
    await until('it runs', () => said().includes('ran'))
    void ended
  })

  it('a call that reads one file and writes another asks about each', async () => {
    const { ended, said, tell } = startTalking(shifter, 'copy', at('d/a'), at('d/b'), '', '')
    await until('it has opened both', () => said().includes('ready'))
    await arm(`ask read,write ${at('d')}/**`)
    tell('go\n')
    const first = await asked()
    await answer(first, 'allow')
    const second = await next(first)
    assert.deepEqual([first.path, first.ops, second.path, second.ops], [at('d/a'), ['read'], at('d/b'), ['write']])
    await answer(second, 'allow')
    assert.equal(await ended, 0)
    assert.equal(text('d/b'), 'da')
  })

  it('what is not changed is asked about once: rename onto a file, link, truncate, a file that is made', async () => {
    await arm(`ask all ${at('d')}/**`)
    const once = async (call: string, ...args: Arguments) => {
      const { ended, tell } = startShifter(call, args, ['', ''])
      const first = await asked()
      await answer(first, 'allow')
      tell('')
      assert.equal(await Promise.race([ended, next(first).then(({ path, ops }) => `asked again: ${ops} ${path}`)]), 0, call)
      return first
    }
    const renamed = await once('rename', at('d/a'), at('d/t'))
    assert.deepEqual([renamed.path, renamed.target, renamed.ops], [at('d/a'), at('d/t'), ['write', 'create', 'delete', 'rename']])
    await once('link', at('d/t'), at('d/link'))
    await once('open', at('d/b'), String(constants.O_RDWR | constants.O_TRUNC))
    const made = await once('open', at('d/made'), String(constants.O_RDWR | constants.O_CREAT | constants.O_EXCL))
    assert.deepEqual([made.path, made.ops], [at('d/made'), ['create']])
    await once('open', at('d'), String(constants.O_RDWR | 0o20200000))
  })
})
