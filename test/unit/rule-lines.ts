/** Rule lines for tests: what a line that is right means, and what is said of lines that are wrong. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseRule } from '../../src/rules/parse.ts'
import type { Rule } from '../../src/rules/rule.ts'

/** The rule of a line that is right. */
export function parsed(line: string): Rule {
  const result = parseRule(line)
  assert.ok(result.ok, `${line}: ${result.ok ? '' : result.message}`)
  return result.rule
}

/** A test for each line that is wrong: where, counted in characters from 0, and what part of the sentence about it is. */
export function saysWhatIsWrong(cases: readonly (readonly [line: string, column: number, part: string])[]): void {
  for (const [line, column, part] of cases) {
    it(`says what is wrong with ${JSON.stringify(line.slice(0, 40))}`, () => {
      const result = parseRule(line)
      assert.ok(!result.ok)
      assert.equal(result.column, column, result.message)
      assert.ok(result.message.includes(part), result.message)
    })
  }
}
