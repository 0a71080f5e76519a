/** Whether a shell could bring this program back when it is stopped, from what /proc tells. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JobFacts, jobFacts, jobTrouble } from '../../src/commands/job.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { farewell } from '../../src/ui/use-suspend.ts'

/** Processes as 'pid parent group session foreground'. */
function among(...lines: string[]): (pid: number) => JobFacts | null {
  const all = lines.map((line) => {
    const [pid = 0, parent = 0, group = 0, session = 0, foreground = 0] = line.split(' ').map(Number)
    return { pid, parent, group, session, foreground }
  })
  return (pid) => all.find((one) => one.pid === pid) ?? null
}

function armed(text: string) {
  const parsed = parseRule(text)
  assert.ok(parsed.ok)
  return { state: 'armed' as const, rule: parsed.rule }
}

describe('a job', () => {
  it('says when it leaves that rules hold, and what becomes of those who are asked about', () => {
    assert.equal(farewell([], 'deny'), 'fswatch-tui is suspended, fg returns to it')
    assert.match(farewell([armed('deny write /etc/**')], 'deny'), /its rule holds meanwhile$/)
    assert.match(
      farewell([armed('deny write /etc/**'), armed('ask open /root/**')], 'deny'),
      /its 2 rules hold meanwhile, and who is asked about is denied after/,
    )
    assert.doesNotMatch(farewell([{ ...armed('ask open /root/**'), state: 'disarmed' as const }], 'deny'), /asked/)
  })

  it('is read from the text of /proc, whatever the process calls itself', () => {
    assert.deepEqual(jobFacts('12 (a) S) x) T 10 12 9 34816 12 4194304 1 2'), { pid: 12, parent: 10, group: 12, session: 9, foreground: 12 })
    assert.equal(jobFacts('12 (a) S 10 12 9 0 -1 0').foreground, -1)
  })

  it('can be stopped where a shell of its session waits for it, through programs of the same job', () => {
    assert.equal(jobTrouble(12, among('12 10 12 10 12', '10 9 10 10 12')), null)
    assert.equal(jobTrouble(14, among('14 13 12 10 12', '13 12 12 10 12', '12 10 12 10 12', '10 9 10 10 12')), null)
  })

  it('cannot where there is none, where the terminal is not its own, or nothing is known', () => {
    // It is what the terminal started, or its shell has no jobs.
    assert.match(jobTrouble(12, among('12 9 12 12 12', '9 1 9 9 -1')) ?? '', /no job control/)
    assert.match(jobTrouble(12, among('12 10 10 10 10', '10 9 10 10 10', '9 1 9 9 -1')) ?? '', /no job control/)
    assert.match(jobTrouble(12, among('12 10 12 10 12')) ?? '', /no job control/)
    assert.match(jobTrouble(12, among('12 10 12 10 10', '10 9 10 10 10')) ?? '', /not its own/)
    assert.match(jobTrouble(12, among('12 10 12 10 -1', '10 9 10 10 -1')) ?? '', /not its own/)
    assert.match(jobTrouble(12, among()) ?? '', /does not tell/)
  })
})
