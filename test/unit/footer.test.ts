/** The line at the foot: whole entries, those that matter most on a narrow screen, and always the way to all others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { footerLine } from '../../src/ui/footer.ts'
import { KEYS, type KeyRow, type Mode, offeredKeys, type Scene } from '../../src/ui/keys.ts'
import { lineWidth } from '../../src/ui/line.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'

function footer(keys: readonly KeyRow[], columns: number): string {
  const line = footerLine(keys, columns)
  assert.ok(lineWidth(line) <= columns)
  return line.map(({ text }) => text).join('')
}

const MODES = [...new Set(KEYS.map(({ mode }) => mode))]
const SCENES: Scene[] = ['processes', 'files', 'directories', 'events', 'grouped', 'process', 'file', 'directory']

/** The entries as they are on a screen that has room for all. */
function entries(keys: readonly KeyRow[]): string[] {
  return footer(keys, 1000).split('  ')
}

describe('the footer', () => {
  it('has whole entries only, at any width, in the order of the widest', () => {
    for (const mode of MODES) {
      for (const scene of mode === 'table' ? SCENES : [null]) {
        const keys = offeredKeys(mode, false, scene)
        const all = entries(keys)
        for (let columns = 60; columns <= 200; columns++) {
          const shown = footer(keys, columns).split('  ')
          assert.deepEqual(
            shown,
            all.filter((entry) => shown.includes(entry)),
            `${mode} ${scene} at ${columns}`,
          )
        }
      }
    }
  })

  it('has the help and the menu in it wherever there are any, from 60 cells on', () => {
    for (const mode of MODES) {
      for (const recorded of [false, true]) {
        for (const scene of mode === 'table' ? SCENES : [null]) {
          const keys = offeredKeys(mode, recorded, scene)
          const text = footer(keys, 60)
          for (const [key, entry] of [
            ['?', '? help'],
            [':', ': menu'],
          ] as const) {
            if (mode !== 'help' && keys.some(({ match }) => match.includes(key))) assert.ok(text.includes(entry), `${entry} in ${mode} ${scene}: ${text}`)
          }
        }
      }
    }
  })

  it('has room at 80 cells for what one looks for first in each view', () => {
    const wanted: [Mode, Scene | null, string[]][] = [
      ['table', 'processes', ['Enter look', '/ filter', 's sort', 'b by', 'd deny', 'o columns', 'q quit']],
      ['table', 'files', ['Enter look', '/ filter', 's sort', 'b by', 'd deny', 'o columns', 'q quit']],
      ['table', 'directories', ['→ ← open', 'm dir', '/ filter', 'd deny', 'o columns']],
      ['table', 'events', ['Enter look', '/ filter', 'd deny', 'o columns', 'q quit']],
      ['table', 'grouped', ['→ ← open', '/ filter', 'b by', 'd deny', 'o columns']],
      ['table', 'process', ['Enter look', 'Esc back', 'i files', 'e events', 'd deny', 'o columns']],
      ['table', 'file', ['Enter look', 'Esc back', 'e events', 'm dir', 'd deny', 'o columns']],
      ['table', 'directory', ['Enter look', 'Esc back', 'i files', 'e events', 'd deny', 'o columns']],
      ['rules', null, ['Space disarm/arm', 'e edit', 'x delete', 'Esc back']],
      ['quotas', null, ['Space disarm/arm', 'e edit', 'x delete', 'Esc back']],
      ['asks', null, ['y allow', 'n deny', 'p P process', 'e E program', 'a D always', 'Esc back']],
    ]
    for (const [mode, scene, texts] of wanted) {
      const shown = footer(offeredKeys(mode, false, scene), 80)
      for (const text of texts) assert.ok(shown.includes(text), `${text} in ${mode} ${scene}: ${shown}`)
    }
  })

  it('has the way through time first, in the past, and offers the kinds that are not shown', () => {
    const driven = new Driven(info)
    for (const second of [1, 2, 3]) {
      driven.model.apply(
        batch(second, {
          processes: [processFact('10.1', {})],
          files: [fileFact('1:1.1', '/srv/a')],
          counters: [delta('10.1', '1:1.1', { writes: 1, writeBytes: 1 })],
        }),
      )
    }
    const foot = () => driven.texts().at(-1) ?? ''
    assert.match(foot(), /\? help {2}: menu/)
    driven.press('[')
    assert.match(foot(), /^\[ \] in time {2}\{ \} minutes {2}\\ now {2}.*\? help {2}: menu/)
    driven.columns = 200
    driven.press('\\')
    assert.match(foot(), /\. all kinds/)
    driven.press('.')
    assert.match(foot(), /\. files only/)
  })
})
