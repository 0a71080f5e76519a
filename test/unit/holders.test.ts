/** The search for processes that hold files: what it finds, its limits, and what it says it did not search. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { HolderSearch } from '../../src/commands/held-before.ts'
import { type Found, findHolders, type HolderOptions, mappingsIn, type SearchLimits } from '../../src/kernel/guard/holders.ts'
import { parsed } from './rule-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'holders-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** A process that opens and maps files and says so. */
async function startHolder(lines: string) {
  const child = spawn('python3', ['-c', `import mmap, os, time\n${lines}\nprint('ready', flush=True)\ntime.sleep(600)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return child
}

describe('the search for holders', () => {
  it('finds what a process has mapped writable and open for writing, and nothing else', async () => {
    for (const name of ['mapped', 'written', 'read', 'both']) writeFileSync(at(name), 'x')
    const child = await startHolder(
      `d = [os.open('${folder}/' + n, os.O_RDWR) for n in ('mapped', 'both')]\nm = [mmap.mmap(n, 0) for n in d]\n[os.close(n) for n in d]\nf = [open('${folder}/' + n, 'r+b') for n in ('both', 'written')]\nr = open('${at('read')}')`,
    )
    try {
      const { holders, notSearched } = await findHolders({ pids: [child.pid as number] })
      const own = holders.filter(({ path }) => path.startsWith(folder)).map(({ path, how }) => `${how} ${path.slice(folder.length + 1)}`)
      assert.deepEqual([own.sort(), notSearched], [['mapped both', 'mapped mapped', 'open written'], []])
    } finally {
      child.kill('SIGKILL')
    }
  })
  it('stops at its limits, and names the process it did not search whole', async () => {
    const child = await startHolder(`f = [open('${folder}/f%d' % i, 'w') for i in range(200)]`)
    try {
      const pids = [child.pid as number]
      const own = async (limits: Partial<SearchLimits>) => {
        const { holders, notSearched } = await findHolders({ limits, pids })
        return [holders.length, notSearched]
      }
      assert.deepEqual(await own({}), [200, []])
      assert.deepEqual(await own({ descriptors: 50 }), [47, pids], 'its first ones are its standard streams')
      assert.deepEqual(await own({ holders: 20 }), [20, pids])
      assert.deepEqual(await own({ mapsBytes: 1000 }), [200, pids])
      assert.deepEqual(await own({ searchMs: 0 }), [0, pids])
    } finally {
      child.kill('SIGKILL')
    }
  })
  it('says how far it is, and ends when it is cancelled', async () => {
    const cancelled = new AbortController()
    const told: string[] = []
    const pids = [process.ppid, process.ppid, process.ppid]
    await findHolders({ pids, onProgress: (looked, all) => void told.push(`${looked} of ${all}`) })
    assert.deepEqual(told, ['0 of 3', '1 of 3', '2 of 3'])
    const search = findHolders({ pids, signal: cancelled.signal, onProgress: (looked) => looked === 1 && cancelled.abort(new Error('cancelled')) })
    await assert.rejects(search, /^Error: cancelled$/)
  })
  it('takes any text for maps', () => {
    const text =
      '7f00-7f01 rw-s 00000000 08:01 12 /a b\n7f01-7f02 rw-s 00001000 08:01 12 /a b\n7f00-7f01 rw-p 0 08:01 12 /private\nnonsense\n00400000-00401000 -w-s 0 08:01 3    /c'
    assert.deepEqual(mappingsIn(text), [
      { path: '/a b', range: '7f00-7f01', file: '08:01 12' },
      { path: '/c', range: '400000-401000', file: '08:01 3' },
    ])
  })
})

const nothing: Found = { holders: [], notSearched: [] }
const write = parsed('deny write /a')

describe('rules that are armed', () => {
  it('together share a search; one that comes while it runs has another, which begins later', async () => {
    const ends: (() => void)[] = []
    const search = new HolderSearch(
      () =>
        new Promise((resolve) => {
          ends.push(() => resolve(nothing))
        }),
    )
    const begun = async (searches: number) => {
      while (ends.length < searches) await new Promise((resolve) => setImmediate(resolve))
    }
    const first = [search.of(write, () => false), search.of(write, () => false)]
    await begun(1)
    const second = [search.of(write, () => false), search.of(write, () => false)]
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(ends.length, 1, 'one after the other, and one for both')
    ends[0]?.()
    await Promise.all(first)
    await begun(2)
    ends[1]?.()
    await Promise.all(second)
  })
  it('end the search that none of them needs any more, and another rule has its own', async () => {
    const begun: HolderOptions[] = []
    const search = new HolderSearch((options) => {
      begun.push(options)
      return new Promise((resolve, reject) => {
        if (begun.length > 1) resolve(nothing)
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason))
      })
    })
    const [first, second] = [new AbortController(), new AbortController()]
    const told: number[] = []
    const both = [first, second].map(({ signal }) => search.of(write, () => false, { signal, onProgress: (looked) => void told.push(looked) }))
    while (begun.length === 0) await new Promise((resolve) => setImmediate(resolve))
    begun[0]?.onProgress?.(7, 9)
    assert.deepEqual(told, [7, 7])
    first.abort(new Error('cancelled'))
    await assert.rejects(both[0] as Promise<unknown>, /^Error: cancelled$/)
    assert.equal(begun[0]?.signal?.aborted, false)
    const third = search.of(write, () => false)
    second.abort(new Error('cancelled too'))
    await assert.rejects(both[1] as Promise<unknown>, /^Error: cancelled too$/)
    assert.equal(begun[0]?.signal?.aborted, true)
    assert.deepEqual(await third, { holders: [], mapped: [], notes: [] })
    assert.equal(begun.length, 2)
  })
  it('search nothing where they are cancelled before the search begins', async () => {
    let searches = 0
    const search = new HolderSearch(async () => {
      searches++
      return nothing
    })
    const cancelled = new AbortController()
    const rule = search.of(write, () => false, { signal: cancelled.signal })
    cancelled.abort(new Error('cancelled'))
    await assert.rejects(rule, /^Error: cancelled$/)
    await new Promise((resolve) => setImmediate(resolve))
    await search.of(write, () => false)
    assert.equal(searches, 1)
  })
  it('say what was not searched, list a thousand holders, and are armed where the search fails', async () => {
    const holders = Array.from({ length: 1200 }, (_, i) => ({ pid: i + 2, comm: 'x', path: '/a', how: 'open' as const, mapping: null }))
    const held = await new HolderSearch(async () => ({ holders, notSearched: [7, 8] })).of(write, (pid) => pid === 2)
    assert.equal(held.holders.length, 1000)
    assert.match(held.notes.join('\n'), /^2 processes were not searched whole .*: pid 7, 8\n1199 processes hold files of this rule: the first 1000 are listed$/)
    const failed = await new HolderSearch(() => Promise.reject(new Error('EMFILE'))).of(write, () => false)
    assert.deepEqual([failed.holders, failed.notes], [[], ['/proc could not be searched for open files and mappings: EMFILE']])
  })
})
