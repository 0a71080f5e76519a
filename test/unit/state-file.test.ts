/** The file that remembers: whose it is, what is not taken, and that nobody can lead its writer astray. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { Runner } from '../../src/commands/config-file.ts'
import { parseState, printState } from '../../src/commands/state.ts'
import { loadState, placeOfState, StateFile, type StatePlace } from '../../src/commands/state-file.ts'
import { NOTHING_KEPT } from '../../src/ui/memory.ts'

const passwd = ['root:x:0:0:root:/root:/bin/sh', 'ann:x:1001:2002::/home/ann:/bin/sh', ''].join('\n')
const runner = (env: Runner['env'], uid: number): Runner => ({ env, uid, passwd })

describe('the place of the state file', () => {
  for (const [what, who, wanted] of [
    ['a user', runner({ HOME: '/home/ann' }, 1001), { path: '/home/ann/.local/state/fswatch-tui/state.json', owner: 1001, as: null }],
    ['XDG_STATE_HOME', runner({ HOME: '/home/ann', XDG_STATE_HOME: '/s' }, 1001), { path: '/s/fswatch-tui/state.json', owner: 1001, as: null }],
    ['root', runner({ HOME: '/root' }, 0), { path: '/root/.local/state/fswatch-tui/state.json', owner: 0, as: null }],
    [
      'sudo',
      runner({ HOME: '/root', SUDO_UID: '1001', SUDO_USER: 'ann' }, 0),
      { path: '/home/ann/.local/state/fswatch-tui/state.json', owner: 1001, as: { uid: 1001, gid: 2002 } },
    ],
    ['sudo by root', runner({ HOME: '/root', SUDO_UID: '0', SUDO_USER: 'root' }, 0), { path: '/root/.local/state/fswatch-tui/state.json', owner: 0, as: null }],
    ['sudo by nobody known', runner({ HOME: '/root', XDG_STATE_HOME: '/s', SUDO_UID: '7777' }, 0), null],
    ['no home', runner({}, 1001), null],
  ] as const)
    it(what, () => assert.deepEqual(placeOfState(who), wanted))
})

const uid = process.getuid?.() ?? 0
const root = mkdtempSync(join(tmpdir(), 'state-'))
const home = join(root, 'home')
after(() => rmSync(root, { recursive: true }))
beforeEach(() => {
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home)
})
const mine: StatePlace = { path: join(home, 'a/fswatch-tui/state.json'), owner: uid, as: null }
const put = (text: string, { path }: StatePlace = mine) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

describe('the state file', () => {
  it('need not be there, and is made for its owner alone', async () => {
    assert.deepEqual(loadState(mine), { kept: NOTHING_KEPT, news: null })
    const file = new StateFile(mine, NOTHING_KEPT)
    assert.equal(await file.keep({ do: 'filter', text: 'comm:\udc80"ä' }), null)
    assert.equal(await file.keep({ do: 'columns', view: 'files', ids: ['path'] }), null)
    await file.close()
    assert.deepEqual(loadState(mine), { kept: { ...NOTHING_KEPT, filters: ['comm:\udc80"ä'], columns: { files: ['path'] } }, news: null })
    assert.equal(statSync(mine.path).mode & 0o777, 0o600)
    assert.equal(statSync(dirname(mine.path)).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(dirname(mine.path)), ['state.json'])
  })

  it('has all that is remembered in a hurry, in its order', async () => {
    const file = new StateFile(mine, NOTHING_KEPT)
    for (const text of ['a', 'b', 'c', 'd']) void file.keep({ do: 'filter', text })
    await file.close()
    assert.deepEqual(loadState(mine).kept.filters, ['a', 'b', 'c', 'd'])
  })

  it('has what two programs remember at once', async () => {
    const [one, other] = [new StateFile(mine, NOTHING_KEPT), new StateFile(mine, NOTHING_KEPT)]
    await one.keep({ do: 'filter', text: 'a' })
    await other.keep({ do: 'filter', text: 'b' })
    await one.keep({ do: 'filter', text: 'c' })
    assert.deepEqual(loadState(mine).kept.filters, ['a', 'b', 'c'])
  })

  for (const [what, text, why] of [
    ['no JSON', '{', 'it is no JSON'],
    ['something else', '[1]', 'it is not what this program wrote'],
    ['wrong columns', '{"version":1,"columns":{"files":"path"}}', 'its columns are no list of texts'],
    ['a wrong history', '{"version":1,"filters":[1]}', 'its filters are no list of texts'],
    ['wrong filters', '{"version":1,"saved":[{"name":"x"}]}', 'its saved filters are no list of names and texts'],
    ['a newer one', '{"version":2}', 'a newer version of this program wrote it'],
  ] as const)
    it(`is told of and left where it is ${what}`, () => {
      put(text)
      const { kept, news } = loadState(mine)
      assert.deepEqual(kept, NOTHING_KEPT)
      assert.equal(news?.sentence, `${mine.path} is not taken: ${why}: columns, histories and saved filters begin anew`)
    })

  it('that is broken is written anew, that of a newer version is not', async () => {
    put('{')
    assert.equal(await new StateFile(mine, NOTHING_KEPT).keep({ do: 'filter', text: 'a' }), null)
    assert.deepEqual(loadState(mine).kept.filters, ['a'])
    put('{"version":2}')
    assert.match((await new StateFile(mine, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })) ?? '', /^not remembered beyond this run: .*newer version/)
    assert.equal(readFileSync(mine.path, 'utf8'), '{"version":2}')
  })

  it('that cannot be written is told of, of histories once', async () => {
    writeFileSync(join(home, 'a'), 'a file where a directory should be')
    const file = new StateFile(mine, NOTHING_KEPT)
    assert.match((await file.keep({ do: 'filter', text: 'a' })) ?? '', /^not remembered beyond this run: mkdir: .*a/)
    assert.equal(await file.keep({ do: 'filter', text: 'b' }), null)
    assert.match((await file.keep({ do: 'save', name: 'n', text: 'b' })) ?? '', /^not remembered/)
  })

  it('is none with --no-config', async () => {
    assert.deepEqual(loadState(null), { kept: NOTHING_KEPT, news: null })
    assert.equal(await new StateFile(null, NOTHING_KEPT).keep({ do: 'filter', text: 'a' }), null)
    assert.match((await new StateFile(null, NOTHING_KEPT).keep({ do: 'save', name: 'n', text: 'a' })) ?? '', /until this program ends/)
  })

  it('says which columns are stronger at the next start', async () => {
    const file = new StateFile(mine, NOTHING_KEPT, ['processes'])
    assert.match((await file.keep({ do: 'columns', view: 'processes', ids: ['pid'] })) ?? '', /stronger/)
    assert.equal(await file.keep({ do: 'columns', view: 'files', ids: ['path'] }), null)
  })

  it('is replaced, not followed, where it is a link', async () => {
    const other = join(home, 'other')
    writeFileSync(other, 'precious')
    mkdirSync(dirname(mine.path), { recursive: true })
    symlinkSync(other, mine.path)
    await new StateFile(mine, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })
    assert.equal(readFileSync(other, 'utf8'), 'precious')
    assert.ok(lstatSync(mine.path).isFile())
  })
})

const NOBODY = 65534

describe('the state file under sudo', { skip: uid === 0 ? false : 'only root can be somebody else' }, () => {
  const theirs: StatePlace = { path: join(home, 'state/fswatch-tui/state.json'), owner: NOBODY, as: { uid: NOBODY, gid: NOBODY } }
  const secret = join(root, 'secret')
  beforeEach(() => {
    chmodSync(root, 0o755)
    chownSync(home, NOBODY, NOBODY)
    rmSync(secret, { recursive: true, force: true })
    mkdirSync(secret, { mode: 0o755 })
    writeFileSync(join(secret, 'state.json'), 'precious', { mode: 0o600 })
  })
  const unharmed = () => {
    assert.deepEqual(readdirSync(secret), ['state.json'])
    assert.equal(readFileSync(join(secret, 'state.json'), 'utf8'), 'precious')
  }

  it('belongs to whoever called it, directories too', async () => {
    assert.equal(await new StateFile(theirs, NOTHING_KEPT).keep({ do: 'filter', text: 'a' }), null)
    for (const path of [theirs.path, dirname(theirs.path), dirname(dirname(theirs.path))]) assert.equal(statSync(path).uid, NOBODY, path)
    assert.deepEqual(loadState(theirs).kept.filters, ['a'])
  })

  it('leads nowhere that he could not write, whatever he links', async () => {
    // Its directory, the one above, and the file itself: each a link to what is root's.
    mkdirSync(join(home, 'state'))
    chownSync(join(home, 'state'), NOBODY, NOBODY)
    symlinkSync(secret, dirname(theirs.path))
    assert.match((await new StateFile(theirs, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })) ?? '', /^not remembered .*denied/)
    unharmed()
    rmSync(join(home, 'state'), { recursive: true })
    symlinkSync(secret, join(home, 'state'))
    assert.match((await new StateFile(theirs, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })) ?? '', /^not remembered .*denied/)
    unharmed()
    rmSync(join(home, 'state'))
    mkdirSync(dirname(theirs.path), { recursive: true })
    symlinkSync(join(secret, 'state.json'), theirs.path)
    for (const path of [dirname(dirname(theirs.path)), dirname(theirs.path)]) chownSync(path, NOBODY, NOBODY)
    await new StateFile(theirs, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })
    unharmed()
    assert.ok(lstatSync(theirs.path).isFile())
    assert.equal(statSync(theirs.path).uid, NOBODY)
  })

  it('is not read where it leads to what he may not read', () => {
    mkdirSync(dirname(theirs.path), { recursive: true })
    writeFileSync(join(secret, 'state.json'), printState({ ...NOTHING_KEPT, filters: ['secret'] }))
    symlinkSync(join(secret, 'state.json'), theirs.path)
    const { kept, news } = loadState(theirs)
    assert.deepEqual(kept, NOTHING_KEPT)
    assert.match(news?.sentence ?? '', /may not read it/)
  })

  it('of root itself is not written below somebody else’s directory', async () => {
    const place: StatePlace = { path: join(home, 'state/fswatch-tui/state.json'), owner: 0, as: null }
    assert.match((await new StateFile(place, NOTHING_KEPT).keep({ do: 'filter', text: 'a' })) ?? '', /is not root's alone/)
    assert.ok(!existsSync(join(home, 'state')))
  })
})

describe('the text of the state', () => {
  it('is made of what is remembered', () => assert.deepEqual(parseState('{"version":1}'), NOTHING_KEPT))
})
