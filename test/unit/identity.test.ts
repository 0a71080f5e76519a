/** Who a process is, the same in each view: its user where it runs, its container by name, and groups by what tells them apart. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GroupFact } from '../../src/batch/batch.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { userKey, userOfKey } from '../../src/model/identity.ts'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { draftRule } from '../../src/ui/draft.ts'
import { previewOf } from '../../src/ui/preview.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'

const web: GroupFact = { kind: 'docker', label: 'web', id: 'a'.repeat(64), name: 'web' }
const here = { ...info, users: { 0: 'root', 999: 'coredump' } }

function filled(): Model {
  const model = new Model(here)
  model.apply(
    batch(1, {
      processes: [
        processFact('1.1', { cgroup: '7' }),
        processFact('2.1', { uid: 999, user: 'postgres', cgroup: '8', group: web }),
        processFact('3.1', { uid: 1999, user: 'postgres', cgroup: '9', group: { ...web, id: 'b'.repeat(64) } }),
        processFact('4.1', { uid: 999, user: '', cgroup: '10', group: { ...web, label: 'db', id: 'c'.repeat(64) } }),
        processFact('5.1', { uid: 999, cgroup: '11', group: { kind: 'none', label: '' } }),
      ],
      files: [fileFact('1:1.1', '/x'), fileFact('1:2.1', '/y')],
      counters: ['1.1', '2.1', '3.1', '4.1', '5.1'].map((id) => delta(id, id === '2.1' ? '1:2.1' : '1:1.1', { writes: 1, writeBytes: 1 })),
    }),
  )
  return model
}

function filter(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok)
  return parsed.filter
}

const asked = { reverse: false, filter: null, kinds: 'all', expanded: new Set<string>() } as const
const groups = (model: Model, by: 'user' | 'container') => model.groups({ ...asked, by, of: 'processes', sort: 'name' }).rows

describe('groups', () => {
  it('by user are called as their processes are, and told apart by number', () => {
    const rows = groups(filled(), 'user')
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['~postgres (999)', '~postgres (1999)', '999', 'coredump', 'root'],
    )
    for (const { key, name, total } of rows) {
      const uid = { root: 0, '~postgres (1999)': 1999 }[name] ?? 999
      assert.match(draftRule('deny', { kind: 'group', by: 'user', key, total }) ?? '', new RegExp(` by uid=${uid}$`))
    }
  })

  it('by container have its name, and the number of the group where that does not tell', () => {
    const rows = groups(filled(), 'container')
    assert.deepEqual(
      rows.map(({ key, name }) => [key, name]),
      [
        ['7', 'cgroup 7'],
        ['11', 'cgroup 11'],
        ['10', 'db'],
        ['8', 'web (cgroup 8)'],
        ['9', 'web (cgroup 9)'],
      ],
    )
    const [first] = rows
    assert.ok(first)
    assert.match(draftRule('deny', { kind: 'group', by: 'container', key: first.key, total: first.total }) ?? '', / by cgroup=7$/)
  })

  it('keep their names when their processes are forgotten', () => {
    const model = filled()
    model.apply(batch(2, { exits: ['4.1'] }))
    model.apply(batch(30, {}))
    const row = groups(model, 'container').find(({ key }) => key === '10')
    assert.deepEqual([row?.name, row?.members, row?.gone], ['db', 0, 1])
  })

  it('by user have keys that name any user', () => {
    for (const user of [undefined, '', 'a', 'a~b']) {
      const key = userKey({ uid: 999, ...(user === undefined ? {} : { user }) })
      assert.equal(Number.parseInt(key, 10), 999)
      assert.equal(userOfKey(key, here), user === undefined ? 'coredump' : user === '' ? '999' : `~${user} (999)`)
    }
  })
})

describe('containers and users', () => {
  it('are filtered by in every view', () => {
    const model = filled()
    const paths = (text: string) => model.files({ ...asked, sort: 'path', filter: filter(text) }).rows.map(({ path }) => path)
    assert.deepEqual(paths('container:aaaaaaaa'), ['/y'])
    assert.deepEqual(paths('container:db user:999'), ['/x'])
    assert.deepEqual(paths('user:postgres container:aaaaaaaa'), ['/y'])
    assert.deepEqual(paths('container:none'), [])
  })

  it('are the same in the past', () => {
    const model = filled()
    const of = ({ pid, user, hostUser, container, cgroup }: ReturnType<Model['processes']>['rows'][number]) => [pid, user, hostUser, container, cgroup]
    const now = model.processes({ ...asked, sort: 'pid' }).rows.map(of)
    model.apply(batch(2, {}))
    const moment = model.moments()[0]
    assert.ok(moment)
    assert.deepEqual(model.processesAt(moment.tick, { ...asked, sort: 'pid' })?.rows.map(of), now)
  })

  it('are what a rule on a container would hit', () => {
    const model = filled()
    const hit = (line: string) => {
      const parsed = parseRule(line)
      assert.ok(parsed.ok, line)
      return previewOf(parsed.rule, model, () => false).processes.map(({ pid }) => pid)
    }
    assert.deepEqual(hit('deny write /** by container=aaaaaaaa'), [2])
    assert.deepEqual(hit('deny write /** by cgroup=9'), [3])
    assert.deepEqual(hit('deny write /** by container=dddddddd'), [])
  })
})
