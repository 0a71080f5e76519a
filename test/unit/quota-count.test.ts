/** A count beside what the kernel adds up: what is deleted and still open is part of it, and what came in between makes it unsure. */
import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { KernelUsage } from '../../src/kernel/quota/bytes.ts'
import { countQuota } from '../../src/kernel/quota/count.ts'

type Nameless = Map<bigint, { bytes: number; inodes: number }>

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fswatch-tui-count-'))
  writeFileSync(join(folder, 'file'), 'x')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Counts the folder; the kernel says this before and after. */
function count(nameless: [Nameless, Nameless], usages: [Partial<KernelUsage>, Partial<KernelUsage>] = [{}, {}]) {
  const none: KernelUsage = { bytes: 0, inodes: 0, moved: 0, shuffled: 0, refused: 0, exempted: 0, unforeseen: 0, lastNs: 0, lastPid: 0 }
  const kernel = {
    raw: () => ({ ...none, ...usages.shift() }),
    nameless: async () => new Map(nameless.shift()),
  }
  return countQuota(kernel, { index: 0, serial: 1 }, folder, { atOnce: 1 })
}

const open = { bytes: 8192, inodes: 1 }

describe('a count of a quota', () => {
  it('has what lies there', async () => {
    const { usage, moved, still } = await count([new Map(), new Map()])
    assert.deepEqual([usage.bytes, usage.inodes, moved, still], [4096, 1, 0, true])
  })

  it('has what is deleted and still open, as it is after it', async () => {
    const { usage, still } = await count([new Map([[1n, open]]), new Map([[1n, { bytes: 12_288, inodes: 0 }]])])
    assert.deepEqual([usage.bytes, usage.inodes, still], [16_384, 1, true])
  })

  it('has it once where it still has a name', async () => {
    const ino = lstatSync(join(folder, 'file'), { bigint: true }).ino
    const { usage } = await count([new Map([[ino, open]]), new Map([[ino, open]])])
    assert.deepEqual([usage.bytes, usage.inodes], [4096, 1])
  })

  it('does not have what is closed in the course of it', async () => {
    const { usage, moved } = await count([new Map([[1n, open]]), new Map()], [{ moved: 100 }, { moved: 8292 }])
    assert.deepEqual([usage.bytes, moved], [4096, 8192])
  })

  it('is unsure of what is deleted in the course of it, and of inodes that come', async () => {
    const { usage, moved, still } = await count([new Map(), new Map([[1n, open]])])
    assert.deepEqual([usage.bytes, moved, still], [4096, 8192, false])
    assert.equal((await count([new Map(), new Map([[1n, { bytes: 0, inodes: 1 }]])])).still, false)
    assert.equal((await count([new Map(), new Map()], [{ inodes: 3 }, { inodes: 4 }])).still, false)
    const renamed = await count([new Map(), new Map()], [{ shuffled: 1 }, { shuffled: 4097 }])
    assert.deepEqual([renamed.moved, renamed.still], [4096, false])
  })
})
