/** Files that rules are about: which paths those are, and that a flood of others does not push them out. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model } from '../../src/model/model.ts'
import { coversPath } from '../../src/rules/match.ts'
import type { RuleObject } from '../../src/rules/rule.ts'
import { ruledPaths } from '../../src/rules/ruled-paths.ts'
import { batch, delta, fileFact, info } from './batches.ts'

const OBJECTS: RuleObject[] = [
  { kind: 'file', text: '/etc/hosts' },
  { kind: 'tree', text: '/srv/app' },
  { kind: 'name', text: 'secret.key' },
  { kind: 'suffix', text: '.log' },
]
const PATHS = ['/etc/hosts', '/etc/hosts2', '/srv/app', '/srv/app/a/b', '/srv/apple', '/srv', '/', '/x/secret.key', '/secret.key/x', '/a.log', '/a.log/b', '']

describe('paths that rules are about', () => {
  it('are those that one of the objects covers', () => {
    for (const some of [OBJECTS, ...OBJECTS.map((one) => [one]), [{ kind: 'tree', text: '/' } as const]]) {
      const isRuled = ruledPaths(some)
      for (const path of PATHS)
        assert.equal(
          isRuled?.(path),
          some.some((object) => coversPath(object, path)),
          `${path} by ${JSON.stringify(some)}`,
        )
    }
    assert.equal(ruledPaths([]), null)
  })
})

describe('a flood of files', () => {
  /** As many files as are remembered, with one operation each. */
  const flood = (tick: number) =>
    batch(tick, {
      files: Array.from({ length: 2000 }, (_, i) => fileFact(`1:${tick * 10_000 + i}.1`, `/flood/${tick}.${i}`)),
      counters: Array.from({ length: 2000 }, (_, i) => delta('7.1', `1:${tick * 10_000 + i}.1`, { opens: 1 })),
    })
  const ruled = fileFact('1:1.1', '/srv/app/data')
  const touched = () => {
    const first = flood(1)
    return { ...first, files: [ruled, ...first.files], counters: [delta('7.1', ruled.id, { opens: 1, writes: 3 }), ...first.counters] }
  }
  const hasRow = (model: Model) => model.files({ sort: 'path', reverse: true, filter: null, kinds: 'files' }).rows.some(({ path }) => path === ruled.path)

  it('pushes out a file that no rule is about', () => {
    const model = new Model(info, { files: 1000 })
    model.apply(touched())
    assert.equal(model.file(ruled.id), undefined)
  })

  for (const when of ['before', 'after'] as const) {
    it(`does not push out one that a rule is about, armed ${when} it was seen`, () => {
      const model = new Model(info, { files: 1000 })
      if (when === 'before') model.keepFiles(ruledPaths(OBJECTS))
      else model.apply(batch(1, { files: [ruled], counters: [delta('7.1', ruled.id, { opens: 1 })] }))
      if (when === 'after') model.keepFiles(ruledPaths(OBJECTS))
      model.apply(when === 'before' ? touched() : flood(2))
      for (let tick = 3; tick < 6; tick++) model.apply(flood(tick))
      assert.equal(model.file(ruled.id)?.path, ruled.path)
      assert.ok(hasRow(model))
      model.keepFiles(null)
      model.apply(flood(7))
      assert.equal(model.file(ruled.id), undefined, 'it goes as others do once no rule is about it')
    })
  }
})
