/** Screens as agreed, in files. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Compares with test/ui/golden/NAME.txt; UPDATE_GOLDEN=1 writes it. */
export function sameAsGolden(name: string, lines: string[]): void {
  const path = join(import.meta.dirname, `golden/${name}.txt`)
  const text = `${lines.join('\n')}\n`
  if (process.env.UPDATE_GOLDEN === '1' || !existsSync(path)) writeFileSync(path, text)
  assert.equal(text, readFileSync(path, 'utf8'), `the screen is not test/ui/golden/${name}.txt (UPDATE_GOLDEN=1 accepts it)`)
}
