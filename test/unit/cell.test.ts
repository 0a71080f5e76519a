/** Filtering by what a row says: each term, as it is written into the filter line, passes exactly the rows that say the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FileFilter } from '../../src/model/file-filter.ts'
import { parseFilter, printFilter } from '../../src/model/filter.ts'
import { matcher, type Subject } from '../../src/model/match.ts'
import { escaped, printable, unescaped } from '../../src/text/printable.ts'
import { termsOf, withTerm } from '../../src/ui/cell.ts'
import type { Subject as RowSubject } from '../../src/ui/view.ts'
import { info } from './batches.ts'
import { Driven } from './driven.ts'
import { recorded } from './recorded.ts'

/** Whatever a process or file may be called: signs of the language, blanks, controls, bytes that are no UTF-8, what turns lines around. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'ab"\\:=<>-!*?+/ \t\n\r\u0007\u001b\u007f\u009b\u00a0\u200b\u202e\ufe0fä文😀\udc80\udce4x{}0un'.split(/(?:)/u)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 10,
})

const nobody: Subject = {
  ...{ pid: 1, comm: 'init', user: 'root', uid: 0, exe: '/sbin/init', hostUser: 'root', cgroup: '1', group: null },
  ...{ rates: { bytes: 0, writes: 0, opens: 0, reads: 0, errors: 0, files: 0 } },
  ...{ total: { opens: 0, reads: 0, writes: 0, mmapPages: 0, changes: 0, errors: 0 }, descendsFrom: () => false, touches: () => false },
}

/** Does a process pass that line? */
function passes(line: string, some: Partial<Subject>): boolean {
  const parsed = parseFilter(line)
  assert.ok(parsed.ok, `${JSON.stringify(line)}: ${parsed.ok ? '' : parsed.message}`)
  assert.equal(parsed.filter?.terms.length, 1, line)
  return matcher(parsed.filter)({ ...nobody, ...some })
}

const lines = (subject: RowSubject) =>
  termsOf(subject).map((term) => ({ is: printFilter({ terms: [term] }), not: printFilter({ terms: [{ ...term, negate: true }] }) }))
const total = { opens: 0, reads: 0, readBytes: 0, writes: 0, writeBytes: 0, mmapPages: 0, changes: 0, errors: 0 }
const touching = (path: string) => ({ touches: (test: (path: string) => boolean) => test(path) })

describe('a term for a row', () => {
  it('parses back to itself, passes the row and no other, and turned around all others', () => {
    fc.assert(
      fc.property(nasty, nasty, (name, other) => {
        const group = (comm: string): RowSubject => ({ kind: 'group', by: 'comm', key: comm, total })
        for (const { is, not } of lines(group(name))) {
          // What is typed there can be seen: nothing in it is invisible or moves the cursor.
          assert.equal(escaped(is), is)
          assert.equal(passes(is, { comm: name }), true, is)
          assert.equal(passes(is, { comm: other }), other === name, is)
          assert.equal(passes(not, { comm: name }), false, not)
          assert.equal(passes(not, { comm: other }), other !== name, not)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('does so for paths, of which a directory also passes what is below', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (above, name, other) => {
        const path = `/${above}/${name}`
        const all = lines({ kind: 'file', id: '1', file: { path }, total, by: null })
        const [file, directory] = all
        assert.ok(file && directory)
        assert.ok(passes(file.is, touching(path)))
        assert.equal(passes(file.is, touching(`/${above}/${other}`)), other === name)
        assert.ok(!passes(file.is, touching(`${path}x`)))
        assert.ok(passes(directory.is, touching(path)))
        assert.ok(!passes(directory.is, touching(`/${above}x/${name}`.replaceAll('//', '/_'))) || name.includes('/') || above.includes('/'))
        assert.ok(!passes(directory.not, touching(path)))
      }),
      { numRuns: 2000 },
    )
  })

  it('is there for all that is known of a process, and for nothing that is not', () => {
    const row = {
      ...{ id: '1', pid: 4711, ppid: 1, parentComm: '', comm: 'a b', exe: '/bin/a b', alive: true, uid: 5, user: '~me', hostUser: '5' },
      ...{ container: '?', group: null, cgroup: '', opens: 0, writes: 0, bytes: 0, reads: 0, errors: 0, files: 0, hottest: null, total },
    }
    const file = { path: '/srv/x', unreadable: true } as const
    assert.deepEqual(
      lines({ kind: 'process', row, file }).map(({ is }) => is),
      ['comm="a b"', 'pid:4711', 'user=~me', 'exe="/bin/a b"'],
    )
    assert.deepEqual(lines({ kind: 'group', by: 'user', key: '33', total })[0]?.is, 'user:33')
    assert.deepEqual(lines({ kind: 'group', by: 'user', key: '33~www', total })[0]?.is, 'user=~www')
    assert.deepEqual(lines({ kind: 'group', by: 'container', key: '77', total })[0]?.is, 'container=77')
    assert.deepEqual(lines({ kind: 'group', by: 'comm', key: '?', total }), [])
    assert.deepEqual(lines({ kind: 'directory', path: '/', total })[0]?.is, 'dir:/')
    assert.deepEqual(lines({ kind: 'nothing' }), [])
  })

  it('stands behind what the line has, once', () => {
    assert.equal(withTerm('', 'pid:1'), 'pid:1')
    assert.equal(withTerm(' comm:x ', 'pid:1'), 'comm:x pid:1')
    assert.equal(withTerm('pid:1 comm:x', 'pid:1'), 'pid:1 comm:x')
    assert.equal(withTerm('-pid:1', 'pid:1'), '-pid:1 pid:1')
  })
})

describe('escapes in quotes', () => {
  it('are those that names are shown with, and any text comes back', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = printable(text)
        let back = ''
        for (let at = 0; at < shown.length; ) {
          const { char, length } = unescaped(shown, at)
          back += char
          at += length
        }
        assert.equal(back, text)
      }),
    )
  })
  it('take any other character as it is', () => {
    assert.deepEqual(parseFilter('"\\q\\"\\\\\\x\\u{110000}"'), { ok: true, filter: { terms: [{ negate: false, kind: 'word', text: 'q"\\xu{110000}' }] } })
  })
})

describe('whole values', () => {
  it('are no parts, and unknown keys stay words', () => {
    assert.ok(!passes('comm=cat', { comm: 'concatenate' }))
    assert.ok(passes('comm:cat', { comm: 'concatenate' }))
    assert.deepEqual(parseFilter('color=red'), { ok: true, filter: { terms: [{ negate: false, kind: 'word', text: 'color=red' }] } })
    assert.deepEqual(parseFilter('comm='), { ok: false, column: 5, message: 'comm= wants a value right behind it' })
  })
})

const { batches } = await recorded()

describe('= and - in a table', () => {
  const screen = () => {
    const driven = new Driven(info)
    for (const batch of batches) driven.model.apply(batch)
    return driven.settle()
  }
  it('pass exactly the rows that say the same, in each list', () => {
    const driven = screen().press('downArrow', '=', 'c', 'return')
    assert.equal(driven.state.filterText, 'comm=cp')
    const all = (filter: typeof driven.state.filter) => driven.model.processes({ sort: 'pid', reverse: false, filter, kinds: 'files' }).rows
    assert.deepEqual(
      all(driven.state.filter).map(({ id }) => id),
      all(null)
        .filter(({ comm }) => comm === 'cp')
        .map(({ id }) => id),
    )
    const files = screen().press('2', 'downArrow', '-', 'return')
    assert.match(files.state.filterText, /^-path=/)
    const paths = (filter: typeof driven.state.filter) =>
      files.model.files({ sort: 'path', reverse: false, filter, kinds: 'files' }).rows.map(({ path }) => path)
    const gone = paths(null).filter((path) => !paths(files.state.filter).includes(path))
    assert.equal(gone.length, 1)
    assert.equal(parseFilter(files.state.filterText).ok, true)
    assert.ok(new FileFilter(files.state.filter))
  })
  it('say every name in the recording, so that its row passes', () => {
    const { model } = screen()
    for (const row of model.files({ sort: 'path', reverse: false, filter: null, kinds: 'files' }).rows) {
      for (const { is } of lines({ kind: 'file', id: row.id, file: row, total, by: null })) {
        const parsed = parseFilter(is)
        assert.ok(parsed.ok)
        const found = model.files({ sort: 'path', reverse: false, filter: parsed.filter, kinds: 'files' }).rows
        assert.ok(
          found.some(({ id }) => id === row.id),
          is,
        )
        if (is.startsWith('path='))
          assert.ok(
            found.every(({ path }) => path === row.path),
            is,
          )
      }
    }
  })
  it('choose by letter and arrows, turn around, and are left by Esc', () => {
    const driven = screen().press('=', 'rightArrow')
    assert.equal(driven.state.cell?.at, 1)
    driven.press('p', 'p')
    assert.equal(driven.state.cell?.terms[driven.state.cell.at]?.kind, 'pid', 'path, then pid again')
    driven.press('-')
    assert.ok(driven.texts().some((line) => line.startsWith('leave out: ') && line.includes('-pid:')))
    driven.press('escape')
    assert.deepEqual([driven.state.mode, driven.state.filterText], ['table', ''])
  })
  it('are nothing where one process is looked at', () => {
    assert.equal(screen().press('return', '=').state.mode, 'table')
  })
})
