/** A paused screen stands still in every view, whatever comes; when it goes on, all of it is there. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { afterEach, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { render } from 'ink'
import { createElement } from 'react'
import type { Batch, Source } from '../../src/batch/batch.ts'
import { App } from '../../src/ui/App.tsx'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

let unmount: (() => void) | null = null
afterEach(() => unmount?.())

const wrote = (seconds: number, name: string, bytes: number) =>
  batch(seconds, {
    processes: [processFact(`${seconds}.1`, { comm: name })],
    files: [fileFact(`1:${seconds}.1`, `/${name}.txt`)],
    counters: [delta(`${seconds}.1`, `1:${seconds}.1`, { writes: 1, writeBytes: bytes })],
  })

it('a paused screen stands still in every view, and counting goes on', async () => {
  let drawn = ''
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} })
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true })
  stdout.on('data', (data: Buffer) => {
    drawn += stripVTControlCharacters(data.toString())
  })
  let give: (next: Batch) => void = () => {}
  const source: Source = { info, next: () => new Promise((resolve) => (give = resolve)), close: async () => {} }
  const props = { source, notes: [], redraw: () => {}, ending: () => null, control: null, bell: false }
  const start = { sort: 'pid', filterText: '', kinds: 'all' } as const
  const options = { stdin: stdin as never, stdout: stdout as never, patchConsole: false, exitOnCtrlC: false, interactive: true }
  const app = render(createElement(App, { ...props, start }), options)
  unmount = app.unmount
  const until = async (text: string) => {
    for (let i = 0; !drawn.includes(text); i++) {
      if (i > 2000) throw new Error(`waited in vain for ${text}; drawn:\n${drawn}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const before = drawn
    drawn = ''
    return before
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve, 60))
  await settle()
  give(wrote(1, 'first', 10))
  await until('first')
  stdin.write(' ')
  await until('PAUSED')
  give(wrote(2, 'second', 2000))
  await settle()
  for (const [key, title] of [
    ['2', 'PATH'],
    ['3', 'NAME'],
    ['1', 'COMM'],
    ['b', 'by name'],
  ] as const) {
    stdin.write(key)
    assert.doesNotMatch(await until(title), /second/, `${title} stands still`)
  }
  give(wrote(3, 'third', 30))
  await settle()
  assert.doesNotMatch(drawn, /second|third/)
  stdin.write(' ')
  const after = await until('third')
  assert.match(after, /second/)
  stdin.write('2')
  assert.match(await until('second.txt'), /third\.txt/)
  // Paused, it says for how long and what waits; and one can go back from there, and see no more than before.
  stdin.write(' ')
  await until('PAUSED')
  give(wrote(4, 'fourth', 40))
  await until('PAUSED 1s: 1 tick waits')
  give(wrote(70, 'fifth', 50))
  await until('PAUSED 1m07s: 2 ticks wait')
  stdin.write('[')
  await settle()
  const past = await until('as it was 00:00:02, 1m08s ago: Esc for now')
  assert.match(past, /second\.txt/)
  assert.doesNotMatch(past, /third|fourth|fifth/)
  stdin.write(' ')
  await settle()
  assert.doesNotMatch(drawn, /PAUSED/)
  drawn = ''
  stdin.write('\\')
  assert.match(await until('fifth.txt'), /fourth\.txt/)
})
