/** What the program says of subjects that a process chooses itself. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseRule } from '../../src/rules/parse.ts'
import { subjectNotes } from '../../src/rules/subject-notes.ts'

function notes(line: string): string[] {
  const parsed = parseRule(line)
  assert.ok(parsed.ok, line)
  return subjectNotes(parsed.rule)
}

it('says of names and programs what a process can do about them', () => {
  assert.deepEqual(notes('deny write /x by !comm=postgres'), ['!comm=postgres: any process can take this name; use !exe=PATH'])
  assert.deepEqual(notes('deny write /x by comm=a uid=5'), ['comm=a: a copy of the program under another name is not matched'])
  assert.match(notes('deny write /x by !exe=/bin/a')[0] as string, /^!exe=\/bin\/a: code that is loaded/)
  assert.match(notes('deny write /x by exe="/bin/a b"')[0] as string, /^exe="?\/bin\/a b"?: a copy/)
})

it('says nothing of ids, processes and cgroups', () => {
  for (const line of ['deny write /x', 'deny write /x by uid=0 pid=5+', 'deny write /x by !cgroup=/a']) assert.deepEqual(notes(line), [], line)
})
