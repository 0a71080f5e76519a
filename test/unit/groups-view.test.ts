/** The views that group, and the tree of processes, compared with naive ones over made-up batches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addCounts, anyCounts, type Counts, noCounts } from '../../src/model/counts.ts'
import { GROUPINGS, type Grouping } from '../../src/model/departed.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { GROUP_COLUMNS, type GroupColumn, type GroupRow } from '../../src/model/group-look.ts'
import type { GroupSpec } from '../../src/model/group-view.ts'
import { Model } from '../../src/model/model.ts'
import { batch, delta, info, processFact } from './batches.ts'
import { Log, madeUp, ratesIn, shownRates } from './made-up.ts'

const kinds = 'all' as const
const spec = { sort: 'bytes' as GroupColumn, reverse: false, filter: null, kinds, expanded: new Set<string>(), limit: 1000 }

function filterOf(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok)
  return parsed.filter
}

/** Each with what it says of a process, in words of its own. */
const FILTERS: { filter: Filter | null; passes(comm: string, pid: number): boolean }[] = [
  { filter: null, passes: () => true },
  { filter: filterOf('comm:two'), passes: (comm) => comm === 'two' },
  { filter: filterOf('-pid:3'), passes: (_comm, pid) => pid !== 3 },
]

function keyOf(log: Log, who: string, by: Grouping): string {
  const fact = log.lastFacts.get(who)
  if (!fact) return '?'
  return { comm: fact.comm, exe: fact.exe, user: String(fact.uid), container: fact.cgroup, session: fact.session ? String(fact.session.id) : '?' }[by]
}

const idOf = (who: string) => who.slice(0, who.indexOf('#'))
const pidOf = (who: string) => Number.parseInt(who, 10)

/** What processes did, by process; those that did nothing are none. */
function didBy(log: Log, passes: (comm: string, pid: number) => boolean) {
  const all = [...Map.groupBy(log.done, ({ who }) => who)].map(([who, done]) => ({ who, done, ...log.sums(done) }))
  return all.filter(({ who, total }) => anyCounts(total) && passes(log.lastFacts.get(who)?.comm ?? '?', pidOf(who)))
}

type Sums = { members: number; gone: number; total: Counts; tick: Counts }
const nothing = (): Sums => ({ members: 0, gone: 0, total: noCounts(), tick: noCounts() })

function shown({ members, gone, total, ...row }: GroupRow) {
  return { members, gone, total, ...shownRates(row) }
}

function wanted(log: Log, { members, gone, total, tick }: Sums) {
  return { members, gone, total, ...ratesIn(tick, log.seconds) }
}

/** Are rows in the order asked for? Equal ones go by key. */
function checkOrder(rows: GroupRow[], sort: GroupColumn, reverse: boolean): void {
  const value = (row: GroupRow) => (sort === 'total' ? row.total.writeBytes + row.total.readBytes : sort === 'name' ? 0 : row[sort])
  const next = {
    opens: 'opens',
    writes: 'writes',
    bytes: 'writeBytes',
    reads: 'readBytes',
    errors: 'errors',
    members: 'opens',
    total: 'opens',
    name: 'opens',
  } as const
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1]
    if (!before) continue
    const [a, b] = reverse ? [row, before] : [before, row]
    if (sort === 'name') {
      assert.ok(a.name.localeCompare(b.name, 'en', { numeric: true }) <= 0)
      continue
    }
    assert.ok(value(a) >= value(b), `${sort}: ${value(a)} before ${value(b)}`)
    if (value(a) === value(b)) assert.ok(a.total[next[sort]] >= b.total[next[sort]], `equal ${sort} go by their sums`)
  }
}

const some = fc.record({ sort: fc.constantFrom(...GROUP_COLUMNS), reverse: fc.boolean(), by: fc.constantFrom(...GROUPINGS) })
const chosen = fc.constantFrom(...FILTERS)

describe('groups of processes, beside naive ones', () => {
  it('have the sums of their members, the forgotten ones too, and the members when expanded', () => {
    fc.assert(
      fc.property(madeUp, some, chosen, (all, how, { filter, passes }) => {
        const [model, log] = [new Model(info), new Log()]
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          const did = didBy(log, passes)
          const groups = new Map<string, Sums>()
          for (const { who, total, tick } of did) {
            const known = log.remembers(who)
            if (!known && filter) continue
            const key = keyOf(log, who, how.by)
            const group = groups.get(key) ?? nothing()
            groups.set(key, group)
            if (known) group.members++
            else group.gone++
            addCounts(group.total, total)
            if (known) addCounts(group.tick, tick)
          }
          const asked: GroupSpec = { ...spec, ...how, of: 'processes', filter, expanded: new Set([...groups.keys()].filter((_, i) => i % 2 === 0)) }
          const view = model.groups(asked)
          const heads = view.rows.filter(({ depth }) => depth === 0)
          // Groups of processes that were known and never did anything may be left over, with nothing in them.
          const full = heads.filter(({ members, total }) => members > 0 || anyCounts(total))
          assert.deepEqual(full.map(({ key }) => key).sort(), [...groups.keys()].sort())
          for (const head of full) {
            const group = groups.get(head.key) as Sums
            // A process that did nothing leaves no sum; it is counted all the same when it goes.
            assert.deepEqual({ ...shown(head), gone: group.gone }, wanted(log, group))
            assert.ok(head.gone >= group.gone)
          }
          checkOrder(heads, how.sort, how.reverse)
          for (const head of heads) {
            const members = view.rows.filter(({ depth, key }) => depth === 1 && key.startsWith(`${head.key}\0`))
            const expected = head.expanded ? did.filter(({ who }) => log.remembers(who) && keyOf(log, who, how.by) === head.key) : []
            assert.deepEqual(members.map(({ process }) => process?.id).sort(), expected.map(({ who }) => idOf(who)).sort())
            for (const row of members) {
              const one = expected.find(({ who }) => idOf(who) === row.process?.id)
              assert.deepEqual(shown(row), wanted(log, { members: 1, gone: 0, total: one?.total ?? noCounts(), tick: one?.tick ?? noCounts() }))
            }
            checkOrder(members, how.sort, how.reverse)
          }
          checkWindows(view.rows, (window) => model.groups({ ...asked, ...window }))
        }
      }),
      { numRuns: 150 },
    )
  })
  it('do not lose what ten thousand short processes did', () => {
    const model = new Model(info)
    for (let t = 0; t < 100; t++) {
      const ids = Array.from({ length: 100 }, (_, i) => `${t * 100 + i}.1`)
      const processes = ids.map((id) => processFact(id, { comm: 'cc1' }))
      model.apply(batch(t + 1, { processes, counters: ids.map((id) => delta(id, '1:1.1', { writes: 1, writeBytes: 3 })), exits: ids }))
    }
    const [row] = model.groups({ ...spec, by: 'comm', of: 'processes' }).rows
    assert.deepEqual([row?.name, row && row.members + row.gone, row?.total.writeBytes, row?.bytes], ['cc1', 10_000, 30_000, 300])
  })
})

/** Windows are part of the whole, and every row is found in its place. */
function checkWindows(
  rows: GroupRow[],
  ask: (window: { from?: number; limit?: number; keep?: string }) => { rows: GroupRow[]; count: number; at: number },
): void {
  for (const [at, { key }] of rows.entries()) {
    const view = ask({ from: at % 4, limit: 2, keep: key })
    assert.deepEqual(view.rows, rows.slice(at % 4, (at % 4) + 2))
    assert.deepEqual([view.count, view.at], [rows.length, at])
  }
  assert.deepEqual(ask({ from: 1, limit: 2 }).rows, rows.slice(1, 3))
  assert.equal(ask({ limit: 1 }).count, rows.length)
}

describe('groups of files, beside naive ones', () => {
  it('have what their processes did to files, and the different files when expanded', () => {
    fc.assert(
      fc.property(madeUp, some, chosen, (all, how, { filter, passes }) => {
        const [model, log] = [new Model(info), new Log()]
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          const groups = new Map<string, Map<string, Sums>>()
          const did = new Set(didBy(log, passes).map(({ who }) => who))
          for (const [file, done] of log.byFile(kinds)) {
            for (const [who, own] of Map.groupBy(done, (one) => one.who)) {
              if (!log.remembers(who) || !did.has(who)) continue
              const key = keyOf(log, who, how.by)
              const files = groups.get(key) ?? new Map<string, Sums>()
              groups.set(key, files)
              const sums = files.get(file) ?? { ...nothing(), members: 1 }
              files.set(file, sums)
              const { total, tick } = log.sums(own)
              addCounts(sums.total, total)
              addCounts(sums.tick, tick)
            }
          }
          const view = model.groups({ ...spec, ...how, of: 'files', filter, expanded: new Set(groups.keys()) })
          const heads = view.rows.filter(({ depth }) => depth === 0)
          assert.deepEqual(heads.map(({ key }) => key).sort(), [...groups.keys()].sort())
          checkOrder(heads, how.sort, how.reverse)
          for (const head of heads) {
            const files = groups.get(head.key) as Map<string, Sums>
            const sum = nothing()
            for (const { total, tick } of files.values()) {
              addCounts(sum.total, total)
              addCounts(sum.tick, tick)
            }
            assert.deepEqual(shown(head), wanted(log, { ...sum, members: files.size }))
            const members = view.rows.filter(({ depth, key }) => depth === 1 && key.startsWith(`${head.key}\0`))
            assert.deepEqual(members.map(({ file }) => file?.id).sort(), [...files.keys()].sort())
            for (const row of members) {
              assert.deepEqual(shown(row), wanted(log, files.get(row.file?.id ?? '') as Sums))
              assert.equal(row.name, log.names.get(row.file?.id ?? '')?.path ?? '')
            }
            checkOrder(members, how.sort, how.reverse)
          }
          checkWindows(view.rows, (window) => model.groups({ ...spec, ...how, of: 'files', filter, expanded: new Set(groups.keys()), ...window }))
        }
      }),
      { numRuns: 120 },
    )
  })
})

describe('the tree of processes, beside a naive one', () => {
  it('has the sums of all below each, and what is expanded', () => {
    const expanding = fc.subarray(['1.1', '2.1', '3.1', '4.1', '9.9']).map((ids) => new Set(ids))
    fc.assert(
      fc.property(madeUp, some, chosen, expanding, (all, { sort, reverse }, { filter, passes }, expanded) => {
        const [model, log] = [new Model(info), new Log()]
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          // Those that are forgotten are another test's business.
          if (log.gone.length > 0) return
          const parents = new Map<string, string | null>()
          const did = didBy(log, passes)
          const above = (id: string): string[] => {
            const parent = log.facts.get(id)?.parent ?? null
            parents.set(id, parent)
            return parent ? [id, ...above(parent)] : [id]
          }
          const sums = new Map<string, Sums>()
          for (const { who, total, tick } of did) {
            for (const id of above(idOf(who))) {
              const sum = sums.get(id) ?? nothing()
              sums.set(id, sum)
              sum.members++
              addCounts(sum.total, total)
              addCounts(sum.tick, tick)
            }
          }
          const view = model.tree({ ...spec, sort, reverse, filter, expanded })
          const isShown = (id: string): boolean => {
            const parent = parents.get(id)
            return !parent || (expanded.has(parent) && isShown(parent))
          }
          assert.deepEqual(view.rows.map(({ key }) => key).sort(), [...sums.keys()].filter(isShown).sort())
          for (const [i, row] of view.rows.entries()) {
            assert.deepEqual(shown(row), wanted(log, sums.get(row.key) as Sums))
            assert.equal(row.process?.id, did.some(({ who }) => idOf(who) === row.key) ? row.key : undefined)
            const holder = view.rows.slice(0, i).findLast(({ depth }) => depth < row.depth)
            assert.deepEqual([holder?.key ?? null, holder ? holder.depth + 1 : 0], [parents.get(row.key) ?? null, row.depth])
            const siblings = view.rows.filter(({ key }) => parents.get(key) === parents.get(row.key))
            checkOrder(siblings, sort, reverse)
          }
          checkWindows(view.rows, (window) => model.tree({ ...spec, sort, reverse, filter, expanded, ...window }))
        }
      }),
      { numRuns: 250 },
    )
  })
  it('keeps with a process what its forgotten descendants did, and names a parent that did nothing', () => {
    const model = new Model(info)
    const [shell, make, cc] = [
      processFact('10.1', { comm: 'sh', parent: '9.9', ppid: 9, parentComm: 'login' }),
      processFact('11.1', { comm: 'make', parent: '10.1', ppid: 10 }),
      processFact('12.1', { comm: 'cc', parent: '11.1', ppid: 11 }),
    ]
    const write = (id: string) => delta(id, '1:1.1', { writes: 1, writeBytes: 100 })
    model.apply(batch(1, { processes: [shell, make, cc], counters: [write('10.1'), write('11.1'), write('12.1')], exits: ['12.1'] }))
    model.apply(batch(5, { exits: ['11.1'] }))
    model.apply(batch(13))
    model.apply(batch(60))
    const { rows } = model.tree({ ...spec, expanded: new Set(['9.9', '10.1']) })
    assert.deepEqual(
      rows.map(({ key, name, members, gone, total, process }) => [key, name, members, gone, total.writeBytes, process?.total.writeBytes]),
      [
        ['9.9', 'login', 1, 2, 300, undefined],
        ['10.1', 'sh', 1, 2, 300, 100],
      ],
    )
  })
})
