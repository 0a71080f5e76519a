/** Where processes run: numbers of groups become paths, and records are sent again when more is known. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { containerGroup } from '../../src/kernel/guard/subjects.ts'
import { homeIn, namesIn } from '../../src/kernel/users.ts'
import { Cgroups } from '../../src/kernel/where/cgroups.ts'
import type { Places } from '../../src/kernel/where/container-names.ts'
import { Groups } from '../../src/kernel/where/groups.ts'
import { insideOf, rangesIn } from '../../src/kernel/where/users-inside.ts'
import { Whereabouts } from '../../src/kernel/where/whereabouts.ts'
import { processFact } from './batches.ts'

/** Any folders have numbers; a tree of groups is one of folders. */
const root = mkdtempSync(join(tmpdir(), 'groups-'))
after(() => rmSync(root, { recursive: true }))
const make = (path: string) => {
  mkdirSync(join(root, path), { recursive: true })
  return String(statSync(join(root, path), { bigint: true }).ino)
}
/** No process has this number. */
const NOBODY = 2 ** 30
const A = 'a1b2c3d4'.padEnd(64, '0')

describe('Cgroups', () => {
  it('finds a group by its number, at any depth, and knows it when it is gone', async () => {
    const id = make('system.slice/a.service/deep')
    const groups = new Cgroups({ root })
    assert.equal(groups.pathOf(id, NOBODY), undefined, 'not at once')
    await groups.scan()
    assert.equal(groups.pathOf(id, NOBODY), '/system.slice/a.service/deep')
    assert.equal(groups.pathOf(make(''), NOBODY), '/')
    rmdirSync(join(root, 'system.slice/a.service/deep'))
    await groups.scan()
    assert.equal(groups.pathOf(id, NOBODY), '/system.slice/a.service/deep')
    groups.close()
  })
  it('says of one that was gone before that it is not known, and scans no more for it', async () => {
    const groups = new Cgroups({ root })
    assert.equal(groups.pathOf('999999999999', NOBODY), undefined)
    await groups.scan()
    assert.equal(groups.pathOf('999999999999', NOBODY), null)
    groups.close()
  })
  it('believes nobody who says he is in it: the number decides', () => {
    const groups = new Cgroups({ root })
    assert.equal(groups.pathOf('999999999998', process.pid), undefined)
    groups.close()
  })
  it('scans by itself when it is asked for an unknown one', async () => {
    const id = make('later.slice')
    const groups = new Cgroups({ root, everyMs: 1 })
    for (let i = 0; groups.pathOf(id, NOBODY) === undefined && i < 2000; i++) await new Promise((resolve) => setTimeout(resolve, 1))
    assert.equal(groups.pathOf(id, NOBODY), '/later.slice')
    const other = make('latest.slice')
    for (let i = 0; groups.pathOf(other, NOBODY) === undefined && i < 2000; i++) await new Promise((resolve) => setTimeout(resolve, 1))
    assert.equal(groups.pathOf(other, NOBODY), '/latest.slice')
    groups.close()
  })
  it('remembers no more than it may', async () => {
    const groups = new Cgroups({ root: join(root, 'bounded'), most: 10 })
    const ids: string[] = []
    for (let i = 0; i < 30; i++) {
      ids.push(make(`bounded/${i}`))
      await groups.scan()
      // Its number stays its own: it is kept elsewhere.
      renameSync(join(root, `bounded/${i}`), join(root, `bounded-${i}`))
    }
    assert.equal(ids.filter((id) => groups.pathOf(id, NOBODY) !== undefined).length, 9, 'and the root')
    groups.close()
  })
})

describe('containerGroup', () => {
  it('is the container itself, not who watches over it nor what is in it', async () => {
    make(`libpod-conmon-${A}.scope`)
    make(`watch-${A}.service`)
    const id = make(`libpod-${A}.scope`)
    make(`libpod-${A}.scope/container`)
    make(`crio-conmon-${A}.scope`)
    make(`watch-too-${A}.service`)
    assert.equal(String(await containerGroup('a1b2c3d4', root)), id)
  })
  it('is found in a group of a kind nobody knows too', async () => {
    const id = make('strange:deadbeef01')
    assert.equal(String(await containerGroup('deadbeef', root)), id)
  })
  it('is refused in a sentence where there is none', async () => {
    await assert.rejects(containerGroup('00ff00ff', root), /^Error: container=00ff00ff: no running container has this id$/)
    await assert.rejects(containerGroup('web', root), /at least 8 digits/)
  })
})

describe('names of users', () => {
  it('come from a passwd file, whatever is in it', () => {
    const text = `root:x:0:0::/:/bin/sh\ntoor:x:0:0\n:x:1:\nx\nbad:x:-1:\nbad:x:1e3:\nbad:x: 7:\n${'n'.repeat(300)}:x:5:\nweb:x:33:33::/srv\u202e:/x`
    assert.deepEqual(namesIn(text), { 0: 'root', 33: 'web' })
    assert.equal(homeIn(text, 33), '/srv\u202e')
    assert.equal(homeIn('a:x:5:5::home:/x', 5), null)
  })
  it('are counted as the namespace counts', () => {
    const ranges = rangesIn('         0       1000          1\n         1     100000      65536\n')
    assert.equal(insideOf(ranges, 1000), 0)
    assert.equal(insideOf(ranges, 100998), 999)
    assert.equal(insideOf(ranges, 165536), null)
    assert.equal(insideOf(ranges, 0), null)
    assert.deepEqual(rangesIn('x y z\n1 2\n'), [])
  })
})

describe('Whereabouts', () => {
  const docker = mkdtempSync(join(tmpdir(), 'docker-'))
  after(() => rmSync(docker, { recursive: true }))
  mkdirSync(join(docker, 'containers', A), { recursive: true })
  writeFileSync(join(docker, 'containers', A, 'config.v2.json'), '{"Name":"/web"}')
  const places: Places = { docker: [docker], containerd: [], storage: [], podLogs: docker, containerLogs: docker }

  let asked = 0
  function whereabouts(paths: Record<string, string | null>, users: { name: string | undefined | null } = { name: undefined }) {
    return new Whereabouts(
      {},
      {
        cgroups: { pathOf: (id) => paths[id], close: () => {} },
        groups: new Groups(async () => places),
        users: {
          nameOf: () => {
            asked++
            return users.name
          },
        },
      },
    )
  }
  const settled = async (where: Whereabouts) => {
    for (let i = 0; i < 2000; i++) {
      const later = where.later()
      if (later.length > 0) return later
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return []
  }

  it('tells at once what the path says, and the name when it is found, once', async () => {
    const where = whereabouts({ 7: `/docker/${A}` })
    const told = where.told(processFact('1.1', { cgroup: '7' }))
    assert.deepEqual(told.group, { kind: 'docker', label: A.slice(0, 12), id: A })
    const [later] = await settled(where)
    assert.deepEqual(later, { ...told, group: { kind: 'docker', label: 'web', id: A, name: 'web' } })
    asked = 0
    assert.deepEqual(where.later(), [])
    assert.equal(asked, 0, 'and looks no more')
    assert.equal(where.told(processFact('2.1', { cgroup: '7' })).group?.label, 'web', 'the next one at once')
    await where.close()
  })
  it('sends again when the group is found, and never of a group that is gone', async () => {
    const paths: Record<string, string | null> = { 8: null }
    const where = whereabouts(paths)
    assert.equal(where.told(processFact('1.1', { cgroup: '7' })).group, undefined)
    assert.equal(where.told(processFact('2.1', { cgroup: '8' })).group, undefined)
    assert.deepEqual(where.later(), [])
    paths[7] = '/system.slice/a.service'
    assert.deepEqual(
      where.later().map(({ id, group }) => [id, group?.label]),
      [['1.1', 'a.service']],
    )
    assert.deepEqual(where.later(), [])
    await where.close()
  })
  it('looks after a few at a time, all of them in turn', async () => {
    const users: { name: string | undefined | null } = { name: null }
    const where = whereabouts({ 7: '/' }, users)
    for (let i = 0; i < 1200; i++) where.told(processFact(`${i}.1`, { cgroup: '7' }))
    asked = 0
    assert.deepEqual(where.later(), [])
    assert.equal(asked, 500)
    users.name = 'postgres'
    const later = [where.later(), where.later(), where.later(), where.later()].map((facts) => facts.map(({ id }) => id))
    assert.deepEqual(
      later.map(({ length }) => length),
      [500, 500, 200, 0],
    )
    assert.equal(new Set(later.flat()).size, 1200)
    assert.equal(later[0]?.[0], '500.1', 'those that waited longest')
    await where.close()
  })
  it('says nothing more of a process that ended', async () => {
    const paths: Record<string, string | null> = {}
    const where = whereabouts(paths)
    where.told(processFact('1.1', { cgroup: '7' }))
    where.forget('1.1')
    paths[7] = '/system.slice/a.service'
    assert.deepEqual(where.later(), [])
    await where.close()
  })
  it('sends again when the user is known', async () => {
    const users: { name: string | undefined | null } = { name: null }
    const where = whereabouts({ 7: '/' }, users)
    assert.equal('user' in where.told(processFact('1.1', { cgroup: '7' })), false)
    users.name = 'postgres'
    assert.deepEqual(
      where.later().map(({ user }) => user),
      ['postgres'],
    )
    assert.deepEqual(where.later(), [])
    await where.close()
  })
})
