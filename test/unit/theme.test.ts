/** Themes: every colour is in one table, can be read on its background, and mono has none. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { THEMES, themeFor } from '../../src/ui/theme.ts'

/** Of one of the 256 colours, on white, as WCAG 2 counts it. */
function contrastOnWhite(index: number): number {
  const steps = [0, 95, 135, 175, 215, 255]
  const cube = index - 16
  const rgb =
    index >= 232
      ? Array.from({ length: 3 }, () => 8 + (index - 232) * 10)
      : [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => steps[step] ?? 0)
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

describe('themes', () => {
  it('are all there is to name colours in the screen', () => {
    const folder = join(import.meta.dirname, '../../src/ui')
    for (const name of readdirSync(folder).filter((file) => file !== 'theme.ts')) {
      assert.doesNotMatch(
        readFileSync(join(folder, name), 'utf8'),
        /\b(color|dimColor|backgroundColor)\b\s*[:=]/,
        `${name} names a colour: give the text a role`,
      )
    }
  })

  it('can be read on white: light', () => {
    for (const [role, { color = '' }] of Object.entries(THEMES.light)) {
      const [, index] = /^ansi256\((\d+)\)$/.exec(color) ?? []
      assert.ok(index !== undefined, role)
      assert.ok(contrastOnWhite(Number(index)) >= 4.5, `${role}: ${contrastOnWhite(Number(index)).toFixed(2)}`)
    }
  })

  it('have no colour, and no dimming, in mono, but mark what matters', () => {
    for (const look of Object.values(THEMES.mono)) assert.ok(Object.keys(look).every((name) => name === 'bold' || name === 'underline'))
    for (const role of ['warn', 'alert', 'news'] as const) assert.notDeepEqual(THEMES.mono[role], {}, role)
  })

  it('are chosen by name, else by what the terminal says', () => {
    assert.equal(themeFor('auto', {}), 'dark')
    assert.equal(themeFor('auto', { TERM: 'xterm-256color' }), 'dark')
    assert.equal(themeFor('auto', { NO_COLOR: '1' }), 'mono')
    assert.equal(themeFor('auto', { NO_COLOR: '' }), 'dark', 'an empty NO_COLOR says nothing')
    assert.equal(themeFor('auto', { TERM: 'vt220' }), 'mono')
    assert.equal(themeFor('auto', { TERM: 'xterm-mono' }), 'mono')
    assert.equal(themeFor('auto', { COLORFGBG: '0;15' }), 'light')
    assert.equal(themeFor('auto', { COLORFGBG: '0;default;7' }), 'light')
    assert.equal(themeFor('auto', { COLORFGBG: '15;0' }), 'dark')
    assert.equal(themeFor('light', { NO_COLOR: '1' }), 'light', 'what is asked for wins')
  })
})
