/** What is said of a rule that leaves a way around open: by its operations, by its place, and by the ancestors that are exempt. */
import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ancestorNotes } from '../../src/commands/ancestor-notes.ts'
import { PlacePreview, placeNotes } from '../../src/commands/place-notes.ts'
import { type Owner, replaceableAboveSoon, replaceableIn } from '../../src/kernel/guard/replaceable.ts'
import { ruleNotes } from '../../src/rules/rule-notes.ts'
import { previewLines } from '../../src/ui/rules-view.ts'
import { parsed } from './rule-lines.ts'

const MOVED = 'files can be moved out of the tree: add rename'
const COPIED = 'exec: a program also runs as a copy, or by ld.so PROGRAM: add read'

describe('a rule without an operation that leads around it', () => {
  it('says so of a tree whose files can be moved out of it', () => {
    for (const ops of ['open', 'read', 'write', 'delete', 'open,write', 'attr', 'create,read'])
      assert.deepEqual(ruleNotes(parsed(`deny ${ops} /t/**`)), [MOVED], ops)
    for (const line of [
      'deny modify /t/**',
      'deny open,rename /t/**',
      'deny create /t/**',
      'deny rename /t/**',
      'deny open /t',
      'deny open **/t',
      'quota 1G /t',
    ])
      assert.deepEqual(ruleNotes(parsed(line)), [], line)
  })

  it('says so of programs that can be read', () => {
    for (const line of ['deny exec /t', 'kill exec **/nc', 'ask exec,open /t']) assert.deepEqual(ruleNotes(parsed(line)), [COPIED], line)
    assert.deepEqual(ruleNotes(parsed('deny exec /t/**')), [MOVED, COPIED])
    assert.deepEqual(ruleNotes(parsed('deny read,exec /t')), [])
  })

  it('says so before what its subject leaves open, each in a line of 80 cells', () => {
    const notes = ruleNotes(parsed('deny exec /t/** by !comm=postgres !exe=/usr/bin/less'))
    assert.deepEqual(notes.slice(0, 2), [MOVED, COPIED])
    assert.equal(notes.length, 4)
    for (const note of [MOVED, COPIED]) assert.ok(note.length < 80)
  })

  it('has at most four lines for that in a preview', () => {
    const preview = { operations: 0, processes: [], seconds: 60, upTo: false, anybody: true, forgotten: 0, forgottenUpTo: false, unnamed: 0 }
    const lines = (notes: string[]) =>
      previewLines('deny exec /t/**', { ...preview, notes }, 80).map((line) =>
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      )
    assert.equal(lines(['a', 'b', 'c', 'd']).length, 5)
    assert.deepEqual(lines(['a', 'b', 'c', 'd', 'e', 'f']).slice(1), ['a', 'b', 'c', 'and 3 more, told when it is armed'])
  })
})

describe('a directory above a rule', () => {
  const root: Owner = { uid: 0, gid: 0, mode: 0o40755 }
  const of = (parent: Partial<Owner>, own: Partial<Owner> = {}) =>
    replaceableIn([
      { path: '/srv', own: root, parent: root },
      { path: '/srv/a', own: { ...root, ...own }, parent: { ...root, ...parent } },
    ])

  it('can be replaced by the owner of the directory that it is in, and by those who may write there', () => {
    const place = { path: '/srv/a', parent: '/srv' }
    assert.deepEqual(of({ uid: 5 }), { ...place, by: { user: 5 } })
    assert.deepEqual(of({ uid: 5, mode: 0o41777 }), { ...place, by: { user: 5 } })
    assert.deepEqual(of({ mode: 0o40777 }), { ...place, by: 'any user' })
    assert.deepEqual(of({ mode: 0o40775, gid: 8 }), { ...place, by: { group: 8 } })
    // Where the sticky bit is set, only by its own owner.
    assert.deepEqual(of({ mode: 0o41777 }, { uid: 7 }), { ...place, by: { user: 7 } })
  })

  it('cannot be replaced otherwise', () => {
    assert.equal(of({}), null)
    assert.equal(of({}, { uid: 7, mode: 0o40777 }), null)
    assert.equal(of({ mode: 0o41777 }), null)
    assert.equal(of({ mode: 0o40775 }), null, 'the group of root')
    assert.equal(replaceableIn([{ path: '/srv', own: null, parent: null }]), null)
  })

  const folder = mkdtempSync(join(tmpdir(), 'place-'))
  after(() => rmSync(folder, { recursive: true }))
  const at = (...names: string[]) => join(folder, ...names)
  chmodSync(folder, 0o755)
  mkdirSync(at('home/docs/deep'), { recursive: true })
  const isRoot = process.getuid?.() === 0
  const USER = 54_321
  const notes = (path: string, kind: 'file' | 'tree' | 'name' = 'file') => placeNotes({ action: { kind: 'audit' }, object: { kind, text: path } })

  const soon = (path: string, kind: 'file' | 'tree' | 'name' = 'file') => replaceableAboveSoon({ kind, text: path })

  it('is named, with the tree that holds all the same', { skip: !isRoot && 'as root only' }, async () => {
    chownSync(at('home'), USER, 0)
    const sentence = `user ${USER} can replace ${at('home/docs')}: a rule on ${at('home')}/** covers that`
    assert.deepEqual(notes(at('home/docs/file')), [sentence])
    assert.deepEqual(notes(at('home/docs/deep/file')), [sentence], 'the topmost')
    assert.deepEqual(notes(at('home/docs/deep'), 'tree'), [sentence])
    assert.deepEqual(await soon(at('home/docs/deep/file')), await soon(at('home/docs/deep'), 'tree'))
    assert.deepEqual(await soon(at('home/docs/deep/file')), { path: at('home/docs'), parent: at('home'), by: { user: USER } })
    assert.deepEqual([await soon(at('home/file')), await soon('x', 'name')], [null, null])
    // Its own name is anchored.
    for (const path of [at('home/file'), at('file')]) assert.deepEqual(notes(path), [])
    assert.deepEqual(notes(at('home'), 'tree'), [])
    assert.deepEqual(notes(at('home/docs'), 'tree'), [])
    assert.deepEqual(notes('home/docs/file', 'name'), [])
    assert.deepEqual(
      placeNotes({ action: { kind: 'quota', bytes: 1, inodes: null, warnPercent: 90 }, object: { kind: 'tree', text: at('home/docs/deep') } }),
      [],
    )
  })

  it('is found behind a symbolic link, which may be replaced as well', { skip: !isRoot && 'as root only' }, () => {
    symlinkSync(at('home/docs'), at('link'))
    symlinkSync(at('link'), at('home/back'))
    assert.match(notes(at('link/deep/not-there'))[0] ?? '', /can replace .*\/home\/docs: /)
    symlinkSync(at('home/docs/deep'), at('file-link'))
    assert.match(notes(at('file-link'))[0] ?? '', /can replace .*\/home\/docs: /)
    assert.match(notes(at('home/back/file'))[0] ?? '', /can replace .*\/home\/back: /)
  })

  it('is told of a line that is being written when it is known, and of no other line', async () => {
    const line = (text: string) => ({ action: { kind: 'audit' as const }, object: { kind: 'file' as const, text } })
    const asked: string[] = []
    let answer = () => {}
    const places = new PlacePreview(async ({ text }) => {
      asked.push(text)
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return { path: `${text} above`, parent: '/x', by: 'any user' as const }
    })
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(places.of(line('/a')), [])
    assert.deepEqual([places.of(line('/a')), asked], [[], ['/a']], 'asked once')
    answer()
    await settled()
    assert.deepEqual(places.of(line('/a')), ['any user can replace /a above: a rule on /x/** covers that'])
    assert.deepEqual(places.of(line('/b')), [])
    assert.deepEqual(places.of(line('/c')), [])
    answer()
    await settled()
    assert.deepEqual(places.of(line('/c')), [], 'the answer was about another line')
    answer()
    await settled()
    assert.match(places.of(line('/c'))[0] ?? '', /^any user can replace \/c above/)
    assert.deepEqual(asked, ['/a', '/b', '/c'])
    await places.close()
  })
})

describe('ancestors that are exempt', () => {
  const names = (uid: number) => `u${uid}`
  const ancestors = [
    { tgid: 5, comm: 'sudo', tracedBy: null },
    { tgid: 4, comm: 'bash', tracedBy: 7 },
    { tgid: 3, comm: 'tmux', tracedBy: 7 },
    { tgid: 2, comm: 'sh', tracedBy: 8 },
  ]
  it('are named where other processes of their user may trace them, once a user', () => {
    const sentence = (user: string, process: string) =>
      `processes of ${user} can act through ${process}, which no rule hits (kernel.yama.ptrace_scope=0): start from a login of root`
    assert.deepEqual(ancestorNotes(ancestors, 0, names), [sentence('u7', 'bash (4)'), sentence('u8', 'sh (2)')])
  })
  it('are not named where none may, or root alone', () => {
    assert.deepEqual(ancestorNotes(ancestors, 1, names), [])
    assert.deepEqual(ancestorNotes(ancestors.slice(0, 1), 0, names), [])
  })
})
