/** The directories view compared with a naive one over made-up batches, and the tree's limits. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Counts } from '../../src/model/counts.ts'
import { Directories } from '../../src/model/directories.ts'
import { DIRECTORY_COLUMNS, type DirectoryColumn, type DirectoryRow } from '../../src/model/directory-look.ts'
import type { DirectorySpec } from '../../src/model/directory-view.ts'
import { type Filter, parseFilter } from '../../src/model/filter.ts'
import { Model } from '../../src/model/model.ts'
import { FIELD, Tally } from '../../src/model/tally.ts'
import { batch, delta, fileFact, info } from './batches.ts'
import { type Done, Log, madeUp, ratesIn, shownRates } from './made-up.ts'

const spec: DirectorySpec = { sort: 'name', reverse: false, filter: null, kinds: 'all', expanded: new Set(), leaves: true, limit: 1000 }

function filterOf(text: string): Filter | null {
  const parsed = parseFilter(text)
  assert.ok(parsed.ok)
  return parsed.filter
}
const FILTERS = ['', 'y', 'path:/c/d/**', 'comm:two', 'errors>1'].map(filterOf)
const EXPANDABLE = ['/', '/a', '/a-b', '/c', '/c/d', '/c/d/e', '/c/d/e/g', '?/', '?/c', '?/c/d', '?/c/d/e', '…/', '…/a', '…/c/d']

/** A directory of the naive tree. */
interface Folder {
  path: string
  name: string
  folders: Map<string, Folder>
  files: { id: string; name: string; path: string }[]
}

const folder = (path: string, name: string): Folder => ({ path, name, folders: new Map(), files: [] })

function treeOf(files: { id: string; path: string; root: string }[]): Folder[] {
  const roots = new Map<string, Folder>()
  for (const { id, path, root } of files) {
    const parts = path.slice(1).split('/')
    const name = parts.pop() ?? ''
    let at = roots.get(root) ?? folder(root, root)
    roots.set(root, at)
    for (const part of parts) {
      const below = at.folders.get(part) ?? folder(at.path.endsWith('/') ? at.path + part : `${at.path}/${part}`, part)
      at.folders.set(part, below)
      at = below
    }
    at.files.push({ id, name, path })
  }
  return [...roots.values()]
}

const filesBelow = (at: Folder): string[] => [...at.files.map(({ id }) => id), ...[...at.folders.values()].flatMap(filesBelow)]

type Row = Pick<
  DirectoryRow,
  'path' | 'id' | 'name' | 'depth' | 'files' | 'expanded' | 'expandable' | 'chain' | 'opens' | 'writes' | 'bytes' | 'reads' | 'errors' | 'total'
>

/** What the rows must say, in order. */
class Expected {
  readonly #log: Log
  readonly #byFile: Map<string, Done[]>
  readonly #spec: DirectorySpec

  constructor(log: Log, asked: DirectorySpec) {
    this.#log = log
    this.#byFile = log.byFile('all')
    this.#spec = asked
  }

  rows(roots: Folder[]): Row[] {
    return this.#level(roots, [], 0)
  }

  #level(folders: Folder[], files: Folder['files'], depth: number): Row[] {
    const rows: { row: Row; inside: Folder | null }[] = folders.map((one) => this.#directory(one, depth))
    if (this.#spec.leaves) {
      for (const { id, name, path } of files) {
        const own = { path, id, name, depth, expanded: false, expandable: false, chain: [] }
        rows.push({ row: { ...own, ...this.#numbers([id]) }, inside: null })
      }
    }
    const order = ORDERS[this.#spec.sort]
    const tie = (a: Row, b: Row) => (a.path < b.path ? -1 : a.path > b.path ? 1 : (a.id ?? '') < (b.id ?? '') ? -1 : 1)
    rows.sort((a, b) => (this.#spec.reverse ? -1 : 1) * order(a.row, b.row) || tie(a.row, b.row))
    return rows.flatMap(({ row, inside }) => [row, ...(row.expanded && inside ? this.#level([...inside.folders.values()], inside.files, depth + 1) : [])])
  }

  #directory(first: Folder, depth: number): { row: Row; inside: Folder } {
    const chain = [first]
    for (let at = first; at.files.length === 0 && at.folders.size === 1; chain.push(at)) at = [...at.folders.values()][0] as Folder
    const inside = chain.at(-1) as Folder
    const [head = '', ...rest] = chain.map(({ name }) => name)
    const expandable = this.#spec.leaves || inside.folders.size > 0
    const own = { path: inside.path, id: null, depth, expandable, expanded: expandable && this.#spec.expanded.has(inside.path) }
    const name = head.endsWith('/') ? head + rest.join('/') : [head, ...rest].join('/')
    return { row: { ...own, name, chain: chain.map(({ path }) => path), ...this.#numbers(filesBelow(inside)) }, inside }
  }

  #numbers(ids: string[]): Pick<Row, 'files' | 'total'> & ReturnType<typeof ratesIn> {
    const { total, tick } = this.#log.sums(ids.flatMap((id) => this.#byFile.get(id) ?? []))
    return { files: ids.length, total, ...ratesIn(tick, this.#log.seconds) }
  }
}

const most = (value: (row: Row) => number, next: (total: Counts) => number) => (a: Row, b: Row) => value(b) - value(a) || next(b.total) - next(a.total)
const ORDERS: Record<DirectoryColumn, (a: Row, b: Row) => number> = {
  name: (a, b) => {
    const [left, right] = [a.name.split('/'), b.name.split('/')]
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [x, y] = [left[i] as string, right[i] as string]
      if (x !== y) return x < y ? -1 : 1
    }
    return left.length - right.length
  },
  opens: most(
    (row) => row.opens,
    (total) => total.opens,
  ),
  writes: most(
    (row) => row.writes,
    (total) => total.writes,
  ),
  bytes: most(
    (row) => row.bytes,
    (total) => total.writeBytes,
  ),
  reads: most(
    (row) => row.reads,
    (total) => total.readBytes,
  ),
  errors: most(
    (row) => row.errors,
    (total) => total.errors,
  ),
  files: most(
    (row) => row.files,
    (total) => total.opens,
  ),
  total: most(
    (row) => row.total.writeBytes + row.total.readBytes,
    (total) => total.opens,
  ),
}

function shown(row: DirectoryRow): Row {
  const { path, id, name, depth, files, expanded, expandable, chain, total } = row
  return { path, id, name, depth, files, expanded, expandable, chain, total, ...shownRates(row) }
}

describe('the directories view, beside a naive one', () => {
  it('gives the same rows, however it is expanded, filtered and sorted, and any window of them', () => {
    const some = fc.record({
      sort: fc.constantFrom(...DIRECTORY_COLUMNS),
      reverse: fc.boolean(),
      kinds: fc.constantFrom('files' as const, 'all' as const),
      filter: fc.constantFrom(null, ...FILTERS),
      leaves: fc.boolean(),
      expanded: fc.subarray(EXPANDABLE).map((paths) => new Set(paths)),
    })
    fc.assert(
      fc.property(madeUp, some, fc.nat(5), fc.nat(5), (all, chosen, from, limit) => {
        const [model, log] = [new Model(info), new Log()]
        const asked = { ...spec, ...chosen }
        for (const next of all) {
          model.apply(next)
          log.apply(next)
          // Which files pass is the files view's business.
          const passing = model.files({ sort: 'bytes', reverse: false, filter: asked.filter, kinds: asked.kinds, limit: 100 }).rows
          const placed = passing.filter(({ path, unreadable }) => path.startsWith('/') && !unreadable)
          const tree = treeOf(placed.map(({ id, path, cut, noMount }) => ({ id, path, root: cut ? '…/' : noMount ? '?/' : '/' })))
          const expected = new Expected(log, asked).rows(tree)
          const view = model.directories(asked)
          assert.deepEqual(view.rows.map(shown), expected)
          assert.equal(view.count, expected.length)
          const window = model.directories({ ...asked, from, limit })
          assert.deepEqual(window.rows, view.rows.slice(from, from + limit))
          assert.equal(window.count, expected.length)
          for (const row of view.rows) {
            const { at, count } = model.directories({ ...asked, from, limit, keep: row.key })
            assert.deepEqual([at, count], [view.rows.indexOf(row), expected.length])
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the tree of directories, within limits', () => {
  it('never has more directories than may be, and loses no sum of a directory it has', () => {
    const kind = 'files' as const
    const fact = fc.record({ file: fc.nat(5), path: fc.constantFrom('/a/b/c/1', '/a/b/2', '/d/e/3', '/d/e/f/g/h/4', '/5', '/a/z/y/6') })
    const step = fc.record({ ...{ writes: fc.array(fc.nat(5), { maxLength: 4 }) }, name: fact, forget: fc.option(fc.nat(5)) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 3, max: 9 }), (steps, limit) => {
        const tree = new Directories(limit)
        const sums = new Tally()
        const places = new Map<number, number>()
        let all = 0
        for (const { writes, name, forget } of steps) {
          const before = places.get(name.file)
          if (before !== undefined) tree.remove(name.file, before, kind, sums)
          places.set(name.file, tree.place(name.file, fileFact('1:1.1', name.path), kind, sums))
          for (const file of writes) {
            const place = places.get(file)
            if (place === undefined) continue
            const done = delta('1.1', 'x', { writes: 1, writeBytes: file + 1 })
            sums.add(file, done)
            tree.add(place, kind, done)
            all += file + 1
          }
          tree.roll()
          const gone = forget === null ? undefined : places.get(forget)
          if (forget !== null && gone !== undefined) {
            tree.remove(forget, gone, kind, null)
            sums.forget(forget)
            places.delete(forget)
          }
          assert.ok(tree.size <= limit, `${tree.size} directories`)
          assert.equal(tree.count(0, 'all'), places.size)
          // Nothing that was ever done is missing from the root.
          assert.equal(tree.below.files.tally.total.get(0, FIELD.writeBytes), all)
          const known = new Set([0, 1, 2])
          for (const place of places.values()) for (let at = place; at >= 0; at = tree.parent(at)) known.add(at)
          assert.equal(tree.size, known.size)
          for (const at of known) if (at > 2) assert.equal(tree.find(tree.path(at)), at)
        }
      }),
      { numRuns: 500 },
    )
  })
  it('keeps what was done to forgotten files in the sums of their directories', () => {
    const model = new Model(info, { files: 2 })
    for (let n = 1; n <= 50; n++) {
      model.apply(batch(n, { files: [fileFact(`1:${n}.1`, `/log/day-${n % 4}/${n}`)], counters: [delta('1.1', `1:${n}.1`, { writes: 1, writeBytes: 10 })] }))
    }
    const [row] = model.directories(spec).rows
    assert.deepEqual([row?.path, row?.files, row?.total.writeBytes], ['/log', 2, 500])
  })
})
