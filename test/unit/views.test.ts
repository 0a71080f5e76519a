/** The views on the screen: what keys lead to, what stays as it was left, what rules are proposed, and how often the model is asked. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import { parseRule } from '../../src/rules/parse.ts'
import { placeColumns } from '../../src/ui/columns.ts'
import { KEYS, offeredKeys } from '../../src/ui/keys.ts'
import { Rows } from '../../src/ui/rows.ts'
import { VIEWS, viewOf } from '../../src/ui/views.ts'
import { batch, delta, fileFact, info, processFact } from './batches.ts'
import { Driven } from './driven.ts'
import { tableRow } from './listed.ts'

const FILES = ['/srv/app/a.log', '/srv/app/b.log', '/srv/db/main', '/etc/hosts']
const COMMS = ['nginx', 'nginx', 'postgres', 'bash']

function filled(): Driven {
  const driven = new Driven(info)
  driven.model.apply(
    batch(1, {
      processes: COMMS.map((comm, i) =>
        processFact(`${i + 1}.1`, { comm, exe: `/bin/${comm}`, uid: i, cgroup: `${i % 2}`, parent: i === 0 ? null : '1.1', ppid: i === 0 ? 0 : 1 }),
      ),
      files: FILES.map((path, i) => fileFact(`1:${i + 1}.1`, path)),
      counters: [
        delta('1.1', '1:1.1', { writes: 1, writeBytes: 4000 }),
        delta('2.1', '1:1.1', { writes: 1, writeBytes: 3000 }),
        delta('2.1', '1:2.1', { writes: 1, writeBytes: 500 }),
        delta('3.1', '1:3.1', { writes: 1, writeBytes: 2000 }),
        delta('4.1', '1:4.1', { opens: 1, reads: 1, readBytes: 100 }),
      ],
    }),
  )
  return driven.settle()
}

/** What a key wrote into the line. */
function drafted(driven: Driven, key: string): string | null {
  const { mode, ruleText } = driven.press(key).state
  if (mode !== 'rule') return null
  assert.ok(parseRule(ruleText).ok, ruleText)
  driven.press('escape')
  return ruleText
}

const body = (driven: Driven) =>
  driven
    .texts()
    .slice(5, -1)
    .filter((line) => line !== '')
const top = (driven: Driven) => driven.texts()[3] ?? ''

describe('the views', () => {
  it('are picked by number and by Tab, forth and back, the rules among them', () => {
    const driven = filled()
    const shown = () => (driven.state.mode === 'table' ? driven.state.trails.list : driven.state.mode)
    const seen = ['tab', 'tab', 'tab', 'tab', 'tab', 'shift+tab', 'shift+tab', '1', '2', '3', '4', '5', '2'].map((key) => {
      driven.press(key)
      return shown()
    })
    const [p, f, d, e, r] = ['processes', 'files', 'directories', 'events', 'rules']
    assert.deepEqual(seen, [f, d, e, r, p, r, e, p, f, d, e, r, f])
  })

  it('leave out the rules over a recording', () => {
    const driven = new Driven({ ...info, kind: 'recording' })
    assert.equal(driven.press('tab', 'tab', 'tab', 'tab').state.trails.list, 'processes')
    assert.equal(driven.press('shift+tab').state.trails.list, 'events')
  })

  it('keep order, selection and what is expanded each', () => {
    const driven = filled()
    driven.press('downArrow', '2', 's', 'leftArrow', 'return', 'r', 'G')
    const [process, file] = [driven.press('1').selected(), driven.press('2').selected()]
    driven.press('3', 'leftArrow')
    const tree = body(driven).length
    assert.ok(process.startsWith('2 nginx') && file !== '')
    assert.deepEqual([driven.press('1').selected(), driven.press('2').selected(), body(driven.press('3')).length], [process, file, tree])
  })

  it('keep the selection on its row when the order changes, in every view', () => {
    for (const keys of [['2'], ['3', 'downArrow'], ['b'], ['2', 'b'], ['b', 'b', 'b', 'b', 'b'], ['return']]) {
      const driven = filled().press(...keys, 'downArrow')
      const nameOf = () => driven.selected().replace(/^[\d.kM\s]*/, '')
      const name = nameOf()
      driven.model.apply(batch(2, { counters: [delta('4.1', '1:4.1', { writes: 1, writeBytes: 1e6 }), delta('2.1', '1:2.1', { writes: 1, writeBytes: 9e6 })] }))
      assert.equal(nameOf(), name, keys.join(' '))
    }
  })

  it('keep the place of a selected row that goes, say so, and do nothing with who would slip there', () => {
    const gone = () => {
      const driven = filled().press('downArrow')
      assert.match(driven.selected(), /^2 nginx/)
      for (const seconds of [2, 20]) driven.model.apply(batch(seconds, { exits: ['2.1'] }))
      return driven
    }
    const said = 'nginx 2 is no longer in this list: ↑ ↓ select another'
    const driven = gone()
    assert.equal(driven.selected(), said)
    assert.match(top(driven), /none of 3$/)
    assert.match(body(driven)[0] ?? '', /^ +1 nginx/)
    assert.match(body(driven)[2] ?? '', /^ +3 postgres/, 'those below keep their lines')
    for (const key of ['return', 'd', 'x', 'c', 'm', '=', 'rightArrow']) {
      driven.press(key)
      assert.deepEqual([driven.state.mode, driven.state.trails.stops.processes.length, driven.toast], ['table', 1, said], key)
    }
    assert.match(gone().press('downArrow').selected(), /^3 postgres/)
    assert.match(gone().press('upArrow').selected(), /^1 nginx/)
    assert.match(gone().press('r', 'r').selected(), /no longer in this list/, 'another order selects nobody')
    assert.match(gone().press('g').selected(), /^1 nginx/)
    assert.match(gone().press('.').selected(), /^3 postgres/, 'whoever asks for other rows selects among those')
    const back = gone()
    back.model.apply(batch(21, { processes: [processFact('2.1')], counters: [delta('2.1', '1:1.1', { writes: 1 })] }))
    assert.match(back.selected(), /^2 c2.1/, 'it is the same that is there again')
  })

  it('keep the place of the last row, and fit the screen', () => {
    const driven = filled().press('G')
    driven.rows = 12
    for (const seconds of [2, 20]) driven.model.apply(batch(seconds, { exits: ['4.1'] }))
    assert.equal(driven.texts().length, 12)
    assert.match(driven.selected(), /^bash 4 is no longer/)
    assert.match(driven.press('upArrow').selected(), /^3 postgres/)
  })

  it('go back to whoever is first where nobody was chosen, and to the chosen one, or its place, where somebody was', () => {
    const after = (...keys: string[]) => {
      const driven = filled().press(...keys, 'return')
      for (const seconds of [2, 20])
        driven.model.apply(batch(seconds, { exits: [seconds === 2 ? '1.1' : '2.1'], counters: [delta('3.1', '1:3.1', { writes: 1, writeBytes: 9 })] }))
      return driven.press('escape').selected()
    }
    assert.match(after(), /^3 postgres/)
    assert.match(after('downArrow'), /^2 ×nginx/)
    assert.match(after('downArrow', 'upArrow'), /^nginx 1 is no longer/)
    assert.match(filled().press('m', 'escape').state.trails.stops.processes[0]?.look.selected ?? 'nobody', /nobody/)
  })

  it('group, expand, and say by what', () => {
    const driven = filled().press('b')
    assert.match(top(driven), /^1 processes by name /)
    assert.deepEqual(
      body(driven).map((line) => line.replace(/^.* ([▾▸])/, '$1').trim()),
      ['▸ nginx', '▸ postgres', '▸ bash'],
    )
    driven.press('rightArrow')
    assert.deepEqual(
      body(driven).map((line) => line.replace(/^.*?([▾▸] |nginx)/, '$1')),
      ['▾ nginx', 'nginx 1', 'nginx 2', '▸ postgres', '▸ bash'],
    )
    driven.press('downArrow', 'downArrow', 'leftArrow')
    assert.match(driven.selected(), /▾ nginx$/)
    driven.press('leftArrow')
    assert.match(driven.selected(), /▸ nginx$/)
    for (const by of ['program', 'user', 'container', 'parent']) assert.match(top(driven.press('b')), new RegExp(`processes by ${by} `))
    assert.match(body(driven).join('\n'), /▾ nginx 1\n.* nginx 2\n/, 'the tree is open')
    assert.equal(body(driven.press('leftArrow')).length, 1)
    assert.equal(body(driven.press('rightArrow')).length, 4)
    assert.match(top(driven.press('b')), /^1 processes by session /)
    assert.match(top(driven.press('b')), /^1 processes {2}2/)
    assert.match(top(driven.press('2', 'b')), /2 files by name/)
    assert.match(top(driven.press('3', 'b')), /3 directories {2}4/, 'directories are a tree already')
  })

  it('lead from any row to the one that holds it, in few queries', () => {
    const driven = new Driven(info)
    const ids = Array.from({ length: 500 }, (_, i) => `1:${i + 1}.1`)
    const parts = { processes: [processFact('1.1', { comm: 'top' }), ...ids.map((_, i) => processFact(`${i + 2}.1`, { comm: 'sub', parent: '1.1' }))] }
    const files = ids.map((id, i) => fileFact(id, `/srv/app/data/${i}`))
    driven.model.apply(batch(1, { ...parts, files, counters: ids.map((id, i) => delta(`${i + 2}.1`, id, { writes: 1, writeBytes: i + 1 })) }))
    let [asked, most] = [0, 0]
    for (const [keys, method, shown] of [
      [['3', 's', 'leftArrow', 'return', 'g', 'downArrow', 'rightArrow'], 'directories', /srv\/app\/data\/$/],
      [['1', 'b', 'rightArrow'], 'groups', /▾ sub$/],
      [['b', 'b', 'b', 'b'], 'tree', /▾ top 1$/],
    ] as const) {
      const original = driven.model[method] as (spec: unknown) => unknown
      const counted = (spec: { limit: number }) => {
        asked++
        most = Math.max(most, spec.limit)
        return original.call(driven.model, spec)
      }
      Object.assign(driven.model, { [method]: counted })
      driven.press(...keys, 'G')
      asked = 0
      most = 0
      assert.match(driven.press('leftArrow').selected(), shown)
      assert.ok(asked <= 6, `${method}: ${asked}`)
      // Who started a process is not told by its row.
      if (method !== 'tree') assert.ok(most < 30, `${method}: ${most} rows`)
    }
  })

  it('keep for each grouping how it stood', () => {
    const driven = filled().press('b', 'downArrow', 'rightArrow')
    const before = driven.texts()
    driven.press('b', 'b', 'b', 'b', 'b', 'b', 'b')
    assert.deepEqual(driven.texts(), before)
  })

  it('expand and collapse chains of directories, also when one gets a neighbour', () => {
    const driven = new Driven(info)
    const write = (id: string) => delta('1.1', id, { writes: 1, writeBytes: 10 })
    driven.model.apply(batch(1, { processes: [processFact('1.1')], files: [fileFact('1:1.1', '/var/lib/x/a')], counters: [write('1:1.1')] }))
    driven.press('3')
    assert.match(driven.selected(), /▾ \/var\/lib\/x\/$/)
    driven.model.apply(batch(2, { files: [fileFact('1:2.1', '/var/log/b')], counters: [write('1:2.1')] }))
    assert.deepEqual(
      body(driven)
        .map((line) => line.slice(48))
        .sort(),
      ['  ▸ lib/x/', '  ▸ log/', '▾ /var/'],
    )
  })

  it('lead down and back, and Esc at the top drops the filter', () => {
    const driven = filled().press('downArrow', 'return')
    assert.equal(top(driven), 'processes › nginx 2')
    driven.press('downArrow', 'return')
    assert.equal(top(driven), 'processes › nginx 2 › /srv/app/b.log')
    assert.match(driven.texts().join('\n'), /is {7}file {2}rw-r--r-- {2}1 link {2}ext4 {2}1:2\.1/)
    driven.press('return')
    assert.equal(top(driven), 'processes › nginx 2 › /srv/app/b.log › nginx 2')
    driven.press('escape', 'escape', 'escape')
    assert.match(driven.selected(), /^2 nginx/)
    driven.press('/', ...'nginx', 'return', 'escape')
    assert.equal(driven.state.filterText, '')
  })

  it('open a rule to be written where there is nothing to point at, and keep a typed filter apart from what comes behind it', () => {
    const empty = new Driven(info)
    assert.equal(empty.press('d').state.ruleText, 'deny modify ')
    assert.equal(empty.press('escape', 'c').state.ruleText, 'quota 10G ')
    const driven = filled().press('/', ...'srv', 'return', '/')
    assert.equal(driven.state.filterText, 'srv ')
    assert.equal(driven.press(...'x', 'return').state.filterText, 'srv x')
    assert.equal(driven.press('/', 'return').state.filterText, 'srv x')
    assert.equal(driven.press('/', 'escape').state.filterText, 'srv x')
  })

  it('say so when what is looked at is remembered no more', () => {
    const driven = new Driven(info, new Model(info, { endedNs: 1e9 }))
    driven.model.apply(
      batch(1, { processes: [processFact('1.1')], files: [fileFact('1:1.1', '/f')], counters: [delta('1.1', '1:1.1', { opens: 1 })], exits: ['1.1'] }),
    )
    driven.press('return')
    driven.model.apply(batch(100))
    driven.model.apply(batch(200))
    assert.match(driven.texts().join('\n'), /remembered no more/)
    driven.press('return', 'd', 'escape')
    assert.match(top(driven), /^1 processes/)
  })

  it('name the hits of rules on what is looked at, and mark them in the list', () => {
    const driven = filled()
    const parsed = parseRule('deny write /srv/**')
    assert.ok(parsed.ok)
    driven.rules = [
      {
        ...{ id: 3, rule: parsed.rule, text: 'deny write /srv/**', state: 'armed', hits: 9, exempted: 0, signalsFailed: 0, unsure: 0 },
        ...{ processes: [{ pid: 1, comm: 'nginx', hits: 9 }], holders: [], lastMs: null, expiresMs: null, notes: [], quota: null },
      },
    ]
    driven.hitPids = new Set([1])
    assert.match(body(driven)[0] ?? '', /!nginx/)
    assert.match(driven.press('return').texts().join('\n'), /rules {4}3 hit it 9×: deny write \/srv\/\*\*/)
    assert.match(driven.press('return').texts().join('\n'), /rules {4}3 refuses write with EPERM \(9×\): deny write \/srv\/\*\*/)
    assert.match(driven.selected(), /!nginx 1$/)
  })
})

describe('the rule that a key proposes', () => {
  it('names what the selected row is about, in every view', () => {
    const driven = filled()
    assert.equal(drafted(driven, 'd'), 'deny modify /srv/app/a.log by pid=1')
    driven.press('2')
    assert.equal(drafted(driven, 'x'), 'kill modify /srv/app/a.log')
    assert.equal(drafted(driven, 'c'), 'quota 10G /srv/app')
    driven.press('G')
    assert.equal(drafted(driven, 'a'), 'ask open,read /etc/hosts', 'of a file that was read only')
    driven.press('3', 'g', 'rightArrow', 'downArrow')
    assert.equal(drafted(driven, 'f'), 'freeze modify /srv/**')
    assert.equal(drafted(driven, 'c'), 'quota 10G /srv')
    driven.press('upArrow')
    assert.equal(drafted(driven, 'A'), 'audit modify /**')
    driven.press('1', 'return')
    assert.equal(drafted(driven, 'd'), 'deny modify /srv/app/a.log by pid=1', 'a file of a process')
    driven.press('return', 'downArrow')
    assert.equal(drafted(driven, 'd'), 'deny modify /srv/app/a.log by pid=2', 'a process of a file')
  })

  it('names what a group has in common', () => {
    const driven = filled()
    const seen = ['comm', 'exe', 'user', 'container'].map(() => drafted(driven.press('b'), 'd'))
    assert.deepEqual(seen, ['deny modify /** by comm=nginx', 'deny modify /** by exe=/bin/nginx', 'deny modify /** by uid=0', 'deny modify /** by cgroup=0'])
    assert.equal(drafted(driven, 'c'), null, 'a group has no directory')
  })

  it('is none where no path leads to the file', () => {
    for (const some of [{ cut: true }, { noMount: true }, { deleted: true }, { asGiven: true }, { unreadable: true }] as const) {
      const driven = new Driven(info)
      const files = [fileFact('1:1.1', '/lib/x', some)]
      driven.model.apply(batch(1, { processes: [processFact('1.1')], files, counters: [delta('1.1', '1:1.1', { writes: 1, writeBytes: 1 })] }))
      driven.press('2')
      for (const key of ['d', 'c']) assert.equal(drafted(driven, key), null, JSON.stringify(some))
    }
  })
})

describe('rows', () => {
  const counted = (count: number) => {
    const asked: [number, string | null][] = []
    const find = (from: number, limit: number, keep: string | null) => {
      asked.push([from, keep])
      const rows = Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, i) => tableRow(`r${from + i}`))
      return { rows, count, at: keep === null ? -1 : Number(keep.slice(1)), detail: null }
    }
    return { asked, find }
  }

  it('are asked for once for a window and the selected row in it', () => {
    const { asked, find } = counted(1000)
    const rows = new Rows(find, 20, 100, 'r400')
    assert.equal(asked.length, 0, 'nothing before it is wanted')
    assert.deepEqual([rows.place('r110'), rows.count, rows.row(105)?.id, rows.window(100).length, rows.place('r119')], [110, 1000, 'r105', 20, 119])
    assert.equal(rows.place('r400'), 400)
    assert.deepEqual(asked, [[100, 'r400']], 'with it the place of the selected row, wherever that is')
    assert.equal(rows.row(120)?.id, 'r120')
    assert.equal(rows.window(101)[0]?.id, 'r101')
    assert.deepEqual(asked.slice(1), [[101, null]], 'the window that the key scrolls to')
    assert.deepEqual([rows.row(-1), rows.row(1000)], [null, null])
    assert.deepEqual([rows.place('r7'), rows.place('r7')], [7, 7])
    assert.deepEqual(asked.slice(2), [[101, 'r7']], 'a row elsewhere, once')
  })

  it('are not asked for again before the batch or the state changes', () => {
    const driven = filled()
    let asked = 0
    const { processes } = Model.prototype
    driven.model.processes = function (spec) {
      asked++
      return processes.call(this, spec)
    }
    driven.model.apply(batch(2))
    for (let i = 0; i < 5; i++) driven.texts()
    assert.equal(asked, 1)
    driven.press('downArrow', 'downArrow', 'upArrow').texts()
    assert.equal(asked, 1, 'moving within the window')
    driven.press('r').texts()
    assert.equal(asked, 2)
    driven.press('?', 'j', 'escape', '5').texts()
    assert.equal(asked, 2, 'nor for what shows no table')
  })
})

describe('views as data', () => {
  it('have columns of different ids that fit 60 cells, one of which takes the rest', () => {
    for (const { title, view } of VIEWS) {
      const ids = view.columns.map(({ id }) => id)
      assert.deepEqual(ids, [...new Set(ids)])
      assert.ok(ids.includes(view.sort) || title === 'events', 'events have the order they happen in')
      assert.equal(view.columns.filter(({ width }) => width === 0).length, 1)
      for (const cells of [60, 80, 100, 120, 200]) {
        const placed = placeColumns(view.columns, cells)
        assert.equal(
          placed.reduce((sum, column) => sum + column.cells, placed.length - 1),
          cells,
          title,
        )
        assert.ok((placed.at(-1)?.cells ?? 0) >= 8, `${title} at ${cells}`)
      }
    }
  })

  it('can be sorted by every column they show', () => {
    const { model } = filled()
    const wanted = { filter: null, kinds: 'files' as const, expanded: new Set<string>(), from: 0, limit: 9, keep: null }
    for (const { view } of VIEWS) for (const { id } of view.columns) for (const reverse of [true, false]) view.find(model, { ...wanted, sort: id, reverse })
    const first = (sort: string) =>
      viewOf({ kind: 'files' }, 'none')
        .find(model, { ...wanted, sort, reverse: false })
        .rows[0]?.text('path')
    assert.deepEqual([first('bytes'), first('reads'), first('path')], ['/srv/app/a.log', '/etc/hosts', '/etc/hosts'])
  })

  it('the footer teaches the keys of what is on the screen', () => {
    const footer = (driven: Driven) => driven.texts().at(-1) ?? ''
    const driven = filled()
    driven.columns = 200
    assert.match(footer(driven), /b by/)
    assert.doesNotMatch(footer(driven), /open|back/)
    assert.match(footer(driven.press('b')), /→ ← open/)
    assert.match(footer(driven.press('3')), /→ ← open/)
    assert.doesNotMatch(footer(driven), /b by/)
    driven.press('1', 'b', 'b', 'b', 'b', 'b', 'b', 'return')
    assert.match(footer(driven), /Esc back/)
    assert.doesNotMatch(footer(driven), /filter/)
    assert.ok(offeredKeys('table', false).length === KEYS.filter(({ mode }) => mode === 'table').length)
  })
})
